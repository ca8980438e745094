import Text

/// Where a part of a text stands in its bytes. 8 bytes.
package struct ByteRange: Hashable, Sendable {
  /// The first byte, from 0.
  package var start: UInt32
  /// How many bytes there are.
  package var count: UInt32

  /// Makes a range; numbers that 32 bits don't hold are cut off.
  @inlinable
  package init(_ range: Range<Int>) {
    start = UInt32(truncatingIfNeeded: range.lowerBound)
    count = UInt32(truncatingIfNeeded: range.count)
  }

  /// No bytes at all.
  @inlinable
  package static var empty: ByteRange { ByteRange(0..<0) }

  /// Whether it holds no byte.
  @inlinable
  package var isEmpty: Bool { count == 0 }

  /// The places of the bytes.
  @inlinable
  package var indices: Range<Int> { Int(start)..<(Int(start) + Int(count)) }
}

/// The parts of a request's URL that rules and remap lines look at, as places in its bytes. 32 bytes.
package struct URLParts: Hashable, Sendable {
  /// The scheme without the colon; empty where the URL has none.
  package var scheme: ByteRange
  /// The host without the port, an IPv6 address without its brackets; empty where the URL has none.
  package var host: ByteRange
  /// The digits of the port; empty where the URL has none.
  package var port: ByteRange
  /// The path as Traffic Server keeps it: without the slashes that begin it, the query and the fragment, and
  /// without a `;` that ends it and begins no parameters.
  package var path: ByteRange

  /// No part at all.
  package static var empty: URLParts { URLParts() }

  private init() {
    scheme = .empty
    host = .empty
    port = .empty
    path = .empty
  }

  /// The parts of `scheme://[user@]host[:port][/path][?query][#fragment]` at a place in some bytes; nil if it
  /// is not of that form. Does not allocate.
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
    // Nothing that was sent in a request line holds white space or control characters.
    guard (authority..<end).allSatisfy({ isVisible(bytes[$0]) }) else { return nil }
    scheme = ByteRange(range.lowerBound..<colon)
    self.host = ByteRange(host)
    self.port = ByteRange(port)
    self.path = ByteRange(path)
  }

  /// The parts of a request's target that has no host: `/path[?query]`, or `*`; nil if it is not of that form.
  /// Does not allocate.
  package init?(target range: Range<Int>, in bytes: Span<UInt8>) {
    guard let first = range.first,
      bytes[first] == UInt8(ascii: "/") || (bytes[first] == UInt8(ascii: "*") && range.count == 1)
    else { return nil }
    self.init(path: range, in: bytes)
  }

  /// The parts of a path alone, with or without the slash that begins it; nil where a byte in it cannot stand
  /// in a request line. Does not allocate.
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

  /// The path of what follows an authority; nil where a byte in it cannot stand in a request line.
  private static func path(_ range: Range<Int>, in bytes: Span<UInt8>) -> Range<Int>? {
    var start = range.lowerBound
    while start < range.upperBound, bytes[start] == UInt8(ascii: "/") { start += 1 }
    var end = start
    while end < range.upperBound, bytes[end] != UInt8(ascii: "?"), bytes[end] != UInt8(ascii: "#") {
      guard isVisible(bytes[end]) else { return nil }
      end += 1
    }
    for index in end..<range.upperBound where !isVisible(bytes[index]) { return nil }
    if end > start {
      let isLone = !(start..<(end - 1)).contains { bytes[$0] == UInt8(ascii: ";") }
      if bytes[end - 1] == UInt8(ascii: ";"), isLone { end -= 1 }
    }
    return start..<end
  }
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
