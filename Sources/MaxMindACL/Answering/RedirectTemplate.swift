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
