import ASCII

/// What RFC 3986 calls syntax-based normalisation (§6.2.2), of a path.
///
/// Every function takes bytes and reads nothing else; none of them makes a path longer.
enum URLNormalisation {
  /// Which percent-escapes are decoded. None decodes `%2F`: a slash that was escaped separates nothing.
  enum Escapes {
    /// Those of letters, digits, `-`, `.`, `_` and `~` (§2.3).
    case unreserved
    case allButSlashAndNul

    func contains(_ byte: UInt8) -> Bool {
      switch self {
      case .allButSlashAndNul:
        return byte != UInt8(ascii: "/") && byte != 0
      case .unreserved:
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
          return true
        default:
          return false
        }
      }
    }
  }

  /// False: the path has no escape, no run of slashes and no dot segment. True: it may have.
  static func mayChange(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let bytes = path.baseAddress, path.count >= 2 else { return false }
    // An escape is three bytes long, so that the last byte begins none.
    let last = path.count &- 1
    var index = 0
    while index &+ 8 <= last {
      if unsafe mayChange(wordAt: bytes + index) { return true }
      index &+= 8
    }
    if index == last { return false }
    // What is left, with some of what was looked at.
    if last >= 8 { return unsafe mayChange(wordAt: bytes + (last &- 8)) }
    while index < last {
      let (byte, next) = unsafe (bytes[index], bytes[index &+ 1])
      if byte == UInt8(ascii: "%") { return true }
      if byte == UInt8(ascii: "/") && next | 1 == UInt8(ascii: "/") { return true }
      index &+= 1
    }
    return false
  }

  /// Whether any of eight bytes is `%`, or a slash with a slash or a dot after it.
  private static func mayChange(wordAt bytes: UnsafePointer<UInt8>) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let slashes = ones &* UInt64(UInt8(ascii: "/"))
    let word = unsafe UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self)
    let following = unsafe UnsafeRawPointer(bytes + 1).loadUnaligned(as: UInt64.self)
    // Zero bytes are what is looked for. A dot with its lowest bit set is a slash.
    let escapes = word ^ (ones &* UInt64(UInt8(ascii: "%")))
    let pairs = (word ^ slashes) | ((following | ones) ^ slashes)
    let zeroBytes = ((escapes &- ones) & ~escapes) | ((pairs &- ones) & ~pairs)
    return zeroBytes & (ones &* 0x80) != 0
  }

  /// Decodes escapes, then collapses runs of slashes, then removes dot segments (§5.2.4).
  ///
  /// - Parameters:
  ///   - path: begins with a slash.
  ///   - target: room for as many bytes as the path has; no part of it.
  /// - Returns: the length of the result, which begins with a slash.
  static func normalise(
    _ path: UnsafeBufferPointer<UInt8>, decoding escapes: Escapes,
    into target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let length = unsafe decodeAndCollapse(path, decoding: escapes, into: target)
    return unsafe removeDotSegments(target, length)
  }

  /// Both in one pass, since no escape decodes to a slash. A malformed escape stays.
  private static func decodeAndCollapse(
    _ path: UnsafeBufferPointer<UInt8>, decoding escapes: Escapes,
    into target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    guard let source = path.baseAddress else { return 0 }
    let count = path.count
    var read = 0
    var written = 0
    while read < count {
      var byte = unsafe source[read]
      read &+= 1
      if byte == UInt8(ascii: "%"), count &- read >= 2,
        let high = unsafe source[read].hexadecimalValue,
        let low = unsafe source[read &+ 1].hexadecimalValue,
        escapes.contains(high << 4 | low)
      {
        byte = high << 4 | low
        read &+= 2
      } else if unsafe byte == UInt8(ascii: "/") && written > 0
        && target[written &- 1] == UInt8(ascii: "/")
      {
        continue
      }
      unsafe target[written] = byte
      written &+= 1
    }
    return written
  }

  /// In place. `..` at the root stays at the root; a dot segment at the end leaves its slash.
  private static func removeDotSegments(_ path: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    let dot = UInt8(ascii: ".")
    let slash = UInt8(ascii: "/")
    var read = 0
    var written = 0
    // INVARIANT: `read` is at a slash, and `written <= read`.
    while read < count {
      let start = read &+ 1
      var end = start
      while end < count, unsafe path[end] != slash { end &+= 1 }
      let length = end &- start
      let isSingle = unsafe length == 1 && path[start] == dot
      let isDouble = unsafe length == 2 && path[start] == dot && path[start &+ 1] == dot
      if isDouble {
        while written > 0 {
          written &-= 1
          if unsafe path[written] == slash { break }
        }
      }
      if !isSingle && !isDouble {
        while read < end {
          unsafe path[written] = path[read]
          written &+= 1
          read &+= 1
        }
      } else if end == count {
        unsafe path[written] = slash
        written &+= 1
      }
      read = end
    }
    return written
  }
}
