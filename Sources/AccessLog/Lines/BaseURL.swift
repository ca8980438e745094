import MaxMindACL

/// The scheme, host and port of requests whose log does not hold them: `http://www.example.com:8080`.
package struct BaseURL: Hashable, Sendable {
  /// The URL as the operator wrote it.
  package let text: String
  let parts: URLParts

  /// Nil: the text is not an absolute URL, or has a path, query or fragment.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let parts = URLParts(absolute: bytes.indices, in: bytes.span), parts.path.isEmpty,
      !text.contains(where: { "?#@".contains($0) })
    else { return nil }
    self.text = text
    self.parts = parts
  }
}

/// The start of each block's bytes: the parts of URLs that lines do not hold.
struct BlockPrefix: Sendable {
  /// The bytes: `https`, then the base URL.
  let bytes: [UInt8]
  /// The places of the parts of the base URL in a block.
  let base: URLParts?

  init(_ baseURL: BaseURL?) {
    let shift = 5
    bytes = Array("https".utf8) + Array((baseURL?.text ?? "").utf8)
    base = baseURL.map {
      var parts = $0.parts
      parts.scheme = $0.parts.scheme.moved(by: shift)
      parts.host = $0.parts.host.moved(by: shift)
      parts.port = $0.parts.port.moved(by: shift)
      parts.path = .empty
      return parts
    }
  }

  static var http: ByteRange { ByteRange(0..<4) }
  static var https: ByteRange { ByteRange(0..<5) }
}

extension ByteRange {
  fileprivate func moved(by shift: Int) -> ByteRange {
    isEmpty ? .empty : ByteRange((indices.lowerBound + shift)..<(indices.upperBound + shift))
  }
}
