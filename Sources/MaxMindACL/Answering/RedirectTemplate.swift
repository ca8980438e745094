import Text

/// `redirect`: a URL with placeholders that each denied request fills in.
///
/// Parsed once. Each placeholder stores its part of the URL, because the part sets the percent-encoding.
package struct RedirectTemplate: Hashable, Sendable {
  enum Placeholder: String, CaseIterable, Hashable, Sendable {
    /// The code of the client's country; `XX` if it has none.
    case country
    /// The client's address; `-` if there is none.
    case client
    /// Why the request was denied: `deny.country`, `anonymous.vpn`, `default`, …
    case reason
    /// `http` or `https`.
    case scheme
    /// The host of the denied URL, without the port.
    case host
    /// The path of the denied URL, without the leading slash.
    case path
    /// The query of the denied URL, without the question mark.
    case query
    /// The denied URL.
    case url
  }

  /// The part of a URL that contains a placeholder.
  enum Place: Hashable, Sendable {
    case scheme
    case host
    case path
    /// In the query or the fragment.
    case query
    /// The placeholder is the whole query.
    case wholeQuery
  }

  enum Part: Hashable, Sendable {
    case literal([UInt8])
    case value(Placeholder, Place)
  }

  /// The template as written.
  package let text: String
  let parts: [Part]
  /// Whether the template is a path on the host of the denied URL.
  let isRelative: Bool

  init(text: String, parts: [Part], isRelative: Bool) {
    self.text = text
    self.parts = parts
    self.isRelative = isRelative
  }

  /// The URL without query and fragment; nil: it depends on the denied request.
  package var fixedURL: String? {
    var url: [UInt8] = []
    for part in target {
      guard case .literal(let bytes) = part else { return nil }
      url += bytes
    }
    return isRelative ? nil : String(decoding: url, as: UTF8.self)
  }

  /// The parts before the query and the fragment.
  private var target: ArraySlice<Part> {
    parts.prefix { part in
      switch part {
      case .literal(let bytes): bytes.first != UInt8(ascii: "?") && bytes.first != UInt8(ascii: "#")
      case .value(_, let place): place != .query && place != .wholeQuery
      }
    }
  }

  /// Whether the redirect always leads to the denied URL.
  var isAlwaysLoop: Bool {
    let path: [Part] = [.literal(Array("/".utf8)), .value(.path, .path)]
    if isRelative { return Array(target) == path }
    return target.suffix(2) == path[...] && target.dropLast(2).last == .value(.host, .host)
  }
}

struct RedirectTemplateError: Error {
  var message: String
}

extension RedirectTemplate {
  /// Parses a template: `http://…`, `https://…`, `{scheme}://…`, or a path on the same host.
  static func parse(_ text: String) throws(RedirectTemplateError) -> RedirectTemplate {
    var parser = TemplateParser(text)
    return try parser.parse()
  }
}

private struct TemplateParser {
  private let text: String
  private var rest: ArraySlice<UInt8>
  private var parts: [RedirectTemplate.Part] = []
  private var place = RedirectTemplate.Place.path
  private var hasHost = false
  private var hasFragment = false

  init(_ text: String) {
    self.text = text
    rest = Array(text.utf8)[...]
  }

  mutating func parse() throws(RedirectTemplateError) -> RedirectTemplate {
    let isRelative = try start()
    while let byte = rest.first {
      switch byte {
      case UInt8(ascii: "{"): try placeholder()
      default: try literal(byte)
      }
    }
    guard isRelative || hasHost else {
      throw RedirectTemplateError(message: "the URL has no host")
    }
    return RedirectTemplate(text: text, parts: parts, isRelative: isRelative)
  }

  /// Reads the scheme. Returns whether the template is relative.
  private mutating func start() throws(RedirectTemplateError) -> Bool {
    if take("{scheme}") {
      parts.append(.value(.scheme, .scheme))
      guard take("://") else { throw notAbsolute }
      append("://")
    } else if take("http://") {
      append("http://")
    } else if take("https://") {
      append("https://")
    } else if rest.first == UInt8(ascii: "/"), rest.dropFirst().first != UInt8(ascii: "/") {
      return true
    } else {
      throw notAbsolute
    }
    place = .host
    return false
  }

  private var notAbsolute: RedirectTemplateError {
    RedirectTemplateError(
      message: "expected a URL such as https://www.example.com/denied, or a path such as /denied")
  }

  private mutating func take(_ prefix: String) -> Bool {
    guard rest.starts(with: prefix.utf8) else { return false }
    rest = rest.dropFirst(prefix.utf8.count)
    return true
  }

  private mutating func append(_ literal: String) {
    for byte in literal.utf8 { append(byte) }
  }

  private mutating func append(_ byte: UInt8, startsPart: Bool = false) {
    if !startsPart, case .literal(var bytes)? = parts.last {
      bytes.append(byte)
      parts[parts.count - 1] = .literal(bytes)
    } else {
      parts.append(.literal([byte]))
    }
  }

  private mutating func literal(_ byte: UInt8) throws(RedirectTemplateError) {
    if let next = placeBehind(byte) {
      rest = rest.dropFirst()
      place = next
      hasFragment = hasFragment || byte == UInt8(ascii: "#")
      append(byte, startsPart: true)
      return
    }
    if byte == UInt8(ascii: "%") {
      let digits = rest.dropFirst().prefix(2)
      guard digits.count == 2, digits.allSatisfy({ $0.hexadecimalValue != nil }) else {
        throw RedirectTemplateError(
          message: "% must be followed by two hexadecimal digits; write %25 for a literal %")
      }
    } else if place == .host ? !isHostByte(byte) : !isURLByte(byte) {
      throw unexpected(byte)
    }
    hasHost = hasHost || place == .host
    rest = rest.dropFirst()
    append(byte)
  }

  /// The part of the URL that a delimiter starts; nil: the byte is not a delimiter here.
  private func placeBehind(_ byte: UInt8) -> RedirectTemplate.Place? {
    switch (byte, place) {
    case (UInt8(ascii: "/"), .host): .path
    case (UInt8(ascii: "?"), .host), (UInt8(ascii: "?"), .path): .query
    case (UInt8(ascii: "#"), _) where !hasFragment: .query
    default: nil
    }
  }

  private func unexpected(_ byte: UInt8) -> RedirectTemplateError {
    let character = String(decoding: rest, as: UTF8.self).unicodeScalars.first.map(String.init)
    let shown = character.map { "\"\($0)\"" } ?? "this"
    let part = place == .host ? "the host" : "a URL"
    let isBrace = byte == UInt8(ascii: "}")
    return RedirectTemplateError(
      message: "\(shown) cannot stand in \(part)"
        + (isBrace ? "; write %7D for a literal }" : "; percent-encode it"))
  }

  private mutating func placeholder() throws(RedirectTemplateError) {
    guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
      throw RedirectTemplateError(
        message: "a { begins a placeholder and needs a }; write %7B for a literal {")
    }
    let name = String(decoding: rest[rest.index(after: rest.startIndex)..<end], as: UTF8.self)
    guard let placeholder = RedirectTemplate.Placeholder(rawValue: name) else {
      let known = RedirectTemplate.Placeholder.allCases.map(\.rawValue)
      throw RedirectTemplateError(message: unknownPlaceholder(name, among: known))
    }
    if place == .host, placeholder != .host, placeholder != .country {
      throw RedirectTemplateError(
        message: "{\(name)} cannot stand in the host; {host} and {country} can")
    }
    rest = rest[rest.index(after: end)...]
    let itsPlace = isWholeQuery ? .wholeQuery : place
    parts.append(.value(placeholder, itsPlace))
    hasHost = hasHost || place == .host
  }

  /// Whether the placeholder before `rest` is the whole query.
  private var isWholeQuery: Bool {
    guard place == .query, rest.isEmpty || rest.first == UInt8(ascii: "#"),
      case .literal(let bytes)? = parts.last
    else { return false }
    return bytes == [UInt8(ascii: "?")]
  }
}

/// Whether a byte is unreserved (RFC 3986 §2.3).
func isUnreserved(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: "-._~".utf8.contains(byte)
  }
}

/// Whether a byte may stand in a host with its port: a name, an address or an address in brackets.
private func isHostByte(_ byte: UInt8) -> Bool {
  isUnreserved(byte) || ":[]".utf8.contains(byte)
}

/// Whether a byte may stand in a path, query or fragment without an escape.
func isURLByte(_ byte: UInt8) -> Bool {
  isUnreserved(byte) || "!$&'()*+,;=:@/?".utf8.contains(byte)
}
