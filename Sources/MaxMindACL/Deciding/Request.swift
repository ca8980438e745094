import Addresses
import Platform
import URLPattern

/// A request: the client's address, the URL and the header fields.
///
/// The URL is the one that the client sent, before any rewriting, with nothing decoded.
///
/// ```swift
/// let request = Request(
///   client: Address("10.0.0.1"), host: "www.example.com", path: "a/b",
///   headers: [(name: "X-Forwarded-For", value: "192.0.2.44")])
/// ```
public struct Request: Sendable {
  /// The address of the connection; nil: none, which is a decision error. It is the client's address, unless the
  /// configuration reads it from a header field of a trusted proxy.
  package var client: Address?
  /// The scheme of the URL before remapping.
  package var scheme = "http"
  /// The host of the URL before remapping, without the port.
  package var host: String
  /// The port in the URL before remapping; empty: none.
  package var port = ""
  /// The path of the URL before remapping, without the leading slash, query and fragment.
  package var path: String
  /// The query of the URL before remapping, without the question mark; nil: none.
  package var query: String?
  /// The method; nil: unknown.
  package var method: String? = "GET"
  /// The header fields in the order of the request.
  package var headers: [(name: String, value: String)]

  /// Makes a request from the parts of its URL.
  public init(
    client: Address?, host: String, path: String, headers: [(name: String, value: String)] = []
  ) {
    self.client = client
    self.host = host
    self.path = path
    self.headers = headers
  }

  /// Makes a request from an absolute URL, `scheme://[user@]host[:port][/path][?query][#fragment]`. Nil: invalid.
  ///
  /// ```swift
  /// let request = Request(client: Address("192.0.2.44"), url: "http://www.example.com/a?b=c")
  /// ```
  public init?(client: Address?, url: String, headers: [(name: String, value: String)] = []) {
    let bytes = Array(url.utf8)
    guard let parts = URLParts(absolute: bytes.indices, in: bytes.span) else { return nil }
    self.init(
      client: client, host: String(decoding: bytes[parts.host.indices], as: UTF8.self),
      path: String(decoding: bytes[parts.path.indices], as: UTF8.self), headers: headers)
    scheme = String(decoding: bytes[parts.scheme.indices], as: UTF8.self).lowercased()
    port = String(decoding: bytes[parts.port.indices], as: UTF8.self)
    query = queryText(of: bytes)
  }

  /// What named rules read besides client, header fields and URL.
  ///
  /// - Parameter now: The time of the request, in seconds since 1970; nil: the present.
  func circumstances(at now: Int64?) -> Circumstances {
    let method = method.map { Array($0.utf8) } ?? []
    return Circumstances(method: RequestMethod(method.span), now: now ?? Int64(time(nil)))
  }
}

/// The query of a URL, without question mark and fragment; nil: none.
private func queryText(of url: [UInt8]) -> String? {
  let url = url.prefix { $0 != UInt8(ascii: "#") }
  guard let mark = url.firstIndex(of: UInt8(ascii: "?")) else { return nil }
  return String(decoding: url[mark...].dropFirst(), as: UTF8.self)
}
