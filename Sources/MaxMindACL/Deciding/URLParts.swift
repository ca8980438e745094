import Text

/// The position of a part in a text's bytes. 8 bytes.
package struct ByteRange: Hashable, Sendable {
  /// The first byte, from 0.
  package var start: UInt32
  /// The number of bytes.
  package var count: UInt32

  /// Makes a range. Numbers are truncated to 32 bits.
  @inlinable
  package init(_ range: Range<Int>) {
    start = UInt32(truncatingIfNeeded: range.lowerBound)
    count = UInt32(truncatingIfNeeded: range.count)
  }

  /// An empty range.
  @inlinable
  package static var empty: ByteRange { ByteRange(0..<0) }

  @inlinable
  package var isEmpty: Bool { count == 0 }

  /// The indices of the bytes.
  @inlinable
  package var indices: Range<Int> { Int(start)..<(Int(start) + Int(count)) }
}

/// The parts of a request's URL for rules and remap lines, as positions in its bytes. 32 bytes.
package struct URLParts: Hashable, Sendable {
  /// The scheme without the colon; empty: none.
  package var scheme: ByteRange
  /// The host without the port, and an IPv6 address without brackets; empty: none.
  package var host: ByteRange
  /// The digits of the port; empty: none.
  package var port: ByteRange
  /// The path without leading slashes, query and fragment.
  package var path: ByteRange

  /// A URL without any part.
  package static var empty: URLParts { URLParts() }

  private init() {
    scheme = .empty
    host = .empty
    port = .empty
    path = .empty
  }

  /// The parts of `scheme://[user@]host[:port][/path][?query][#fragment]`; nil: invalid. Does not allocate.
  package init?(absolute range: Range<Int>, in bytes: Span<UInt8>) {
    var colon = range.lowerBound
    while colon < range.upperBound, isSchemeCharacter(bytes[colon]) { colon += 1 }
    let authority = colon + 3
    guard colon > range.lowerBound, authority <= range.upperBound,
      bytes[colon] == UInt8(ascii: ":"), bytes[colon + 1] == UInt8(ascii: "/"),
      bytes[colon + 2] == UInt8(ascii: "/")
    else { return nil }
    var end = authority
    var start = authority
    while end < range.upperBound {
      let byte = bytes[end]
      if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") {
        break
      }
      if byte == UInt8(ascii: "@") { start = end + 1 }
      end += 1
    }
    guard let (host, port) = Self.hostAndPort(start..<end, in: bytes),
      let path = Self.path(end..<range.upperBound, in: bytes)
    else { return nil }
    // A request line cannot contain white space or control characters.
    guard (authority..<end).allSatisfy({ isVisible(bytes[$0]) }) else { return nil }
    scheme = ByteRange(range.lowerBound..<colon)
    self.host = ByteRange(host)
    self.port = ByteRange(port)
    self.path = ByteRange(path)
  }

  /// The parts of a request target without a host, `/path[?query]` or `*`; nil: invalid. Does not allocate.
  package init?(target range: Range<Int>, in bytes: Span<UInt8>) {
    guard let first = range.first,
      bytes[first] == UInt8(ascii: "/") || (bytes[first] == UInt8(ascii: "*") && range.count == 1)
    else { return nil }
    self.init(path: range, in: bytes)
  }

  /// The parts of a path, with or without its leading slash; nil: a byte is not valid in a request line. Does not
  /// allocate.
  package init?(path range: Range<Int>, in bytes: Span<UInt8>) {
    guard let path = Self.path(range, in: bytes) else { return nil }
    scheme = .empty
    host = .empty
    port = .empty
    self.path = ByteRange(path)
  }

  /// The host of an authority, without brackets, and its port.
  package static func hostAndPort(
    _ range: Range<Int>, in bytes: Span<UInt8>
  ) -> (host: Range<Int>, port: Range<Int>)? {
    var host = range
    var port = range.upperBound..<range.upperBound
    if let first = range.first, bytes[first] == UInt8(ascii: "[") {
      guard let close = range.first(where: { bytes[$0] == UInt8(ascii: "]") }) else { return nil }
      host = (first + 1)..<close
      if close + 1 < range.upperBound {
        guard bytes[close + 1] == UInt8(ascii: ":") else { return nil }
        port = (close + 2)..<range.upperBound
      }
    } else if let colon = range.first(where: { bytes[$0] == UInt8(ascii: ":") }) {
      host = range.lowerBound..<colon
      port = (colon + 1)..<range.upperBound
    }
    let isNumber = port.allSatisfy { bytes[$0].isASCIIDigit }
    return isNumber && !host.isEmpty ? (host, port) : nil
  }

  /// The path after an authority; nil: a byte is not valid in a request line.
  private static func path(_ range: Range<Int>, in bytes: Span<UInt8>) -> Range<Int>? {
    var start = range.lowerBound
    while start < range.upperBound, bytes[start] == UInt8(ascii: "/") { start += 1 }
    var end = start
    while end < range.upperBound, bytes[end] != UInt8(ascii: "?"), bytes[end] != UInt8(ascii: "#") {
      guard isVisible(bytes[end]) else { return nil }
      end += 1
    }
    for index in end..<range.upperBound where !isVisible(bytes[index]) { return nil }
    return start..<end
  }
}

/// The number of bytes of a path without a final `;` that begins no parameters.
func countWithoutEmptyParameter(_ path: Span<UInt8>) -> Int {
  let semicolon = UInt8(ascii: ";")
  guard let last = path.indices.last, path[last] == semicolon,
    !(0..<last).contains(where: { path[$0] == semicolon })
  else { return path.count }
  return last
}

/// Whether a byte is neither white space nor a control character.
@inline(__always)
private func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x7F }

/// Whether a byte may stand in a scheme (RFC 3986 §3.1).
private func isSchemeCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
    true
  default: false
  }
}
