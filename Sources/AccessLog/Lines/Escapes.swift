import Text

/// Puts back what servers escape in what they log, in place.
enum Escapes {
  /// `\xHH`, `\"`, `\\` and C's `\n`, `\t`, `\r`, `\b` and `\v`, as nginx and Apache write them; another byte after a backslash
  /// leaves both as they are. The result is never longer.
  ///
  /// - Returns: The end of the shortened bytes.
  static func undoBackslashes(_ range: Range<Int>, in bytes: LogBytes) -> Int {
    var source = range.lowerBound
    var target = range.lowerBound
    while source < range.upperBound {
      let byte = bytes[source]
      guard byte == UInt8(ascii: "\\"), source + 1 < range.upperBound else {
        bytes[target] = byte
        source += 1
        target += 1
        continue
      }
      let letter = bytes[source + 1]
      if letter == UInt8(ascii: "x") || letter == UInt8(ascii: "X"), source + 3 < range.upperBound,
        let high = bytes[source + 2].hexadecimalValue, let low = bytes[source + 3].hexadecimalValue
      {
        bytes[target] = high << 4 | low
        source += 4
      } else if let plain = unescaped(letter) {
        bytes[target] = plain
        source += 2
      } else {
        bytes[target] = byte
        source += 1
      }
      target += 1
    }
    return target
  }

  /// The escapes of JSON strings (RFC 8259 section 7), and `\v` beside them; a lone surrogate becomes the
  /// replacement character. The result is never longer.
  ///
  /// - Returns: The end of the shortened bytes; nil where an escape is none of these.
  static func undoJSON(_ range: Range<Int>, in bytes: LogBytes) -> Int? {
    var source = range.lowerBound
    var target = range.lowerBound
    while source < range.upperBound {
      let byte = bytes[source]
      guard byte == UInt8(ascii: "\\") else {
        bytes[target] = byte
        source += 1
        target += 1
        continue
      }
      guard source + 1 < range.upperBound else { return nil }
      let letter = bytes[source + 1]
      if letter == UInt8(ascii: "u") {
        guard var scalar = hexNumber(at: source + 2, before: range.upperBound, in: bytes) else {
          return nil
        }
        source += 6
        if (0xD800..<0xDC00).contains(scalar), source + 1 < range.upperBound,
          bytes[source] == UInt8(ascii: "\\"), bytes[source + 1] == UInt8(ascii: "u"),
          let low = hexNumber(at: source + 2, before: range.upperBound, in: bytes),
          (0xDC00..<0xE000).contains(low)
        {
          scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
          source += 6
        }
        // Six bytes of escape hold at most three of UTF-8, twelve hold four.
        for unit in UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? .init() {
          bytes[target] = unit
          target += 1
        }
      } else {
        guard letter == UInt8(ascii: "/") || letter == UInt8(ascii: "f") || unescaped(letter) != nil
        else { return nil }
        bytes[target] =
          letter == UInt8(ascii: "/")
          ? letter : letter == UInt8(ascii: "f") ? 0x0C : unescaped(letter) ?? letter
        source += 2
        target += 1
      }
    }
    return target
  }

  private static func unescaped(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): letter
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "v"): 0x0B
    default: nil
    }
  }

  private static func hexNumber(at start: Int, before end: Int, in bytes: LogBytes) -> UInt32? {
    guard end - start >= 4 else { return nil }
    var value: UInt32 = 0
    for index in start..<(start + 4) {
      guard let digit = bytes[index].hexadecimalValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
