/// `redirect`: a URL with placeholders for what is known of a denied request.
///
/// Parsed once; each placeholder knows in which part of the URL it stands, since that says how its value is
/// percent-encoded.
package struct RedirectTemplate: Hashable, Sendable {
  /// What a placeholder stands for.
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

  /// The part of a URL in which a placeholder stands.
  enum Place: Hashable, Sendable {
    case scheme
    case host
    case path
    /// In the query or the fragment.
    case query
    /// Between a `?` and the end of the query: the placeholder is all of it.
    case wholeQuery
  }

  enum Part: Hashable, Sendable {
    case literal([UInt8])
    case value(Placeholder, Place)
  }

  /// The template as it is written.
  package let text: String
  let parts: [Part]
  /// Whether it is a path on the host of the denied URL.
  let isRelative: Bool

  init(text: String, parts: [Part], isRelative: Bool) {
    self.text = text
    self.parts = parts
    self.isRelative = isRelative
  }

  /// The URL that it leads to, without query and fragment; nil where that depends on the denied request.
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

  /// Whether it leads to the denied URL itself, whatever that is.
  var isAlwaysLoop: Bool {
    let path: [Part] = [.literal(Array("/".utf8)), .value(.path, .path)]
    if isRelative { return Array(target) == path }
    return target.suffix(2) == path[...] && target.dropLast(2).last == .value(.host, .host)
  }
}

/// What is wrong with a template.
struct RedirectTemplateError: Error {
  var message: String
}
