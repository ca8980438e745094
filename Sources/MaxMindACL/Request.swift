import GeoDatabase
import URLPattern

/// What a rule may look at: the client's address, the URL, and the header fields.
///
/// For callers that have strings. Code that must not allocate calls
/// `Policy.decide(client:bypassValue:fillURL:)` with borrowed bytes.
public struct Request: Sendable {
  /// The client's address; nil if there is none, which is a decision error.
  public var client: Address?
  /// The host of the URL before remapping, without the port.
  public var host: String
  /// The path of the URL before remapping, without the leading slash, query and fragment.
  public var path: String
  /// The header fields in the order of the request.
  public var headers: [(name: String, value: String)]

  /// Makes a request from the parts of its URL.
  public init(
    client: Address?, host: String, path: String, headers: [(name: String, value: String)] = []
  ) {
    self.client = client
    self.host = host
    self.path = path
    self.headers = headers
  }

  /// Makes a request from an absolute URL: `scheme://[user@]host[:port][/path][?query][#fragment]`.
  /// Nil if it is not of that form.
  public init?(client: Address?, url: String, headers: [(name: String, value: String)] = []) {
    let bytes = Array(url.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      bytes[..<colon].allSatisfy(isSchemeCharacter), colon > 0,
      bytes[colon...].starts(with: "://".utf8)
    else { return nil }
    let rest = bytes[(colon + 3)...]
    // No line of a log or a request line holds white space or control characters in its URL.
    guard rest.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }

    let authorityEnd = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
    var authority = rest[..<authorityEnd]
    if let at = authority.lastIndex(of: UInt8(ascii: "@")) { authority = authority[(at + 1)...] }
    guard let host = Self.host(of: authority) else { return nil }

    var path = rest[authorityEnd...]
    if let end = path.firstIndex(where: { "?#".utf8.contains($0) }) { path = path[..<end] }
    // Traffic Server drops every slash that begins the path, and a `;` with nothing behind it.
    path = path.drop { $0 == UInt8(ascii: "/") }
    if let params = path.firstIndex(of: UInt8(ascii: ";")), params == path.endIndex - 1 {
      path = path.dropLast()
    }
    self.init(
      client: client, host: String(decoding: host, as: UTF8.self),
      path: String(decoding: path, as: UTF8.self), headers: headers)
  }

  /// The host of an authority without its port; the address alone where it stands in brackets.
  private static func host(of authority: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var host = authority
    var port: ArraySlice<UInt8> = []
    if authority.first == UInt8(ascii: "[") {
      guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      host = authority[(authority.startIndex + 1)..<close]
      port = authority[(close + 1)...]
      guard port.isEmpty || port.first == UInt8(ascii: ":") else { return nil }
      port = port.dropFirst()
    } else if let colon = authority.firstIndex(of: UInt8(ascii: ":")) {
      host = authority[..<colon]
      port = authority[(colon + 1)...]
    }
    let isNumber = port.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return isNumber && !host.isEmpty ? host : nil
  }

  /// Assigns the URL to a subject; false if it is too long. The path holds its parameters already.
  func assign(to subject: URLSubject) -> Bool {
    let noParams: [UInt8] = []
    return subject.assign(host: host.utf8.span, path: path.utf8.span, params: noParams.span)
  }

  /// The value of the first field of this name; its case does not matter.
  func firstValue(of name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

/// Whether a byte may stand in a scheme (RFC 3986 §3.1).
private func isSchemeCharacter(_ byte: UInt8) -> Bool {
  switch byte | 0x20 {
  case UInt8(ascii: "a")...UInt8(ascii: "z"): true
  default: "0123456789+-.".utf8.contains(byte)
  }
}
