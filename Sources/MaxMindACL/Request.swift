import GeoDatabase
import URLPattern

/// What a rule may look at: the client's address, the URL, and the header fields.
///
/// For callers that have strings. Code that must not allocate calls
/// `Policy.decide(client:peer:bypassValue:fillURL:)` with borrowed bytes.
public struct Request: Sendable {
  /// The address that the connection comes from; nil if there is none, which is a decision error. It is the
  /// client's, unless the configuration names a header field in which a trusted proxy says who that is.
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
    guard let parts = URLParts(absolute: bytes.indices, in: bytes.span) else { return nil }
    self.init(
      client: client, host: String(decoding: bytes[parts.host.indices], as: UTF8.self),
      path: String(decoding: bytes[parts.path.indices], as: UTF8.self), headers: headers)
  }

  /// Assigns the URL to a subject; false if it is too long. The path holds its parameters already.
  func assign(to subject: URLSubject) -> Bool {
    let noParams: [UInt8] = []
    return subject.assign(host: host.utf8.span, path: path.utf8.span, params: noParams.span)
  }
}
