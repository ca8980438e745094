/// The text with U+FFFD for control characters (except tabs) and for characters that change the direction of writing.
///
/// Names and lines from files cannot steer a terminal or forge a line of a log with it.
package func printable(_ text: String) -> String {
  var scalars = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    let isControl = (scalar.value < 0x20 && scalar != "\t") || (0x7F...0x9F).contains(scalar.value)
    let isSeparator = scalar.value == 0x2028 || scalar.value == 0x2029
    let turnsText =
      (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    scalars.append(isControl || isSeparator || turnsText ? "\u{FFFD}" : scalar)
  }
  return String(scalars)
}

/// Lines, each of them printable.
package func printableLines(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
    .joined(separator: "\n")
}

/// A line of text as content or attribute of XML and HTML, without characters that a document cannot hold
/// (XML 1.0 §2.2).
package func escapedMarkup(_ line: String) -> String {
  let isPlain = line.utf8.allSatisfy {
    switch $0 {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
      UInt8(ascii: "'"):
      false
    default: (0x20..<0x7F).contains($0)
    }
  }
  // Most texts are plain, and a report may hold a million of them.
  if isPlain { return line }
  var escaped = ""
  for scalar in printable(line).unicodeScalars {
    switch scalar {
    case "&": escaped += "&amp;"
    case "<": escaped += "&lt;"
    case ">": escaped += "&gt;"
    case "\"": escaped += "&quot;"
    case "'": escaped += "&#39;"
    case "\t": escaped += "&#9;"
    case "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
    default: escaped.unicodeScalars.append(scalar)
    }
  }
  return escaped
}

/// Appends a text with its quotes as JSON (RFC 8259).
package func appendJSON(_ string: String, to text: inout [UInt8]) {
  let digits = Array("0123456789abcdef".utf8)
  text.append(UInt8(ascii: "\""))
  for byte in string.utf8 {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
    case 0..<0x20: text += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    default: text.append(byte)
    }
  }
  text.append(UInt8(ascii: "\""))
}

/// Bytes of a text that are read by index: an array, or a block of a log.
@usableFromInline package protocol ByteText {
  subscript(index: Int) -> UInt8 { get set }
  /// The first place of a byte in a range.
  func find(_ byte: UInt8, in range: Range<Int>) -> Int?
}

extension [UInt8]: ByteText {
  @inlinable package func find(_ byte: UInt8, in range: Range<Int>) -> Int? {
    self[range].firstIndex(of: byte)
  }
}

extension ByteText {
  /// The first quote that no backslash escapes.
  @inlinable @inline(__always) package func endOfQuoted(_ range: Range<Int>) -> Int? {
    var start = range.lowerBound
    while let quote = find(UInt8(ascii: "\""), in: start..<range.upperBound) {
      var slashes = quote
      while slashes > range.lowerBound, self[slashes - 1] == UInt8(ascii: "\\") { slashes -= 1 }
      if (quote - slashes) & 1 == 0 { return quote }
      start = quote + 1
    }
    return nil
  }

  /// Replaces `\xHH`, `\"`, `\\` and C's `\n`, `\t`, `\r`, `\b` and `\v` in place, as nginx and Apache write them.
  /// Leaves other escapes as they are. The result is never longer.
  ///
  /// - Returns: The end of the shortened bytes.
  @inlinable package mutating func undoBackslashes(in range: Range<Int>) -> Int {
    var source = range.lowerBound
    var target = range.lowerBound
    while source < range.upperBound {
      let byte = self[source]
      var plain = byte
      var length = 1
      if byte == UInt8(ascii: "\\"), source + 1 < range.upperBound {
        let letter = self[source + 1]
        if letter | 0x20 == UInt8(ascii: "x"), source + 3 < range.upperBound,
          let high = self[source + 2].hexadecimalValue, let low = self[source + 3].hexadecimalValue
        {
          (plain, length) = (high << 4 | low, 4)
        } else if let unescaped = unescaped(letter) {
          (plain, length) = (unescaped, 2)
        }
      }
      self[target] = plain
      source += length
      target += 1
    }
    return target
  }

  /// Replaces the escapes of a JSON text (RFC 8259 section 7), and `\v`, in place. A lone surrogate becomes U+FFFD.
  /// The result is never longer.
  ///
  /// - Returns: The end of the shortened bytes. Nil: there is an invalid escape.
  @inlinable package mutating func undoJSONEscapes(in range: Range<Int>) -> Int? {
    var source = range.lowerBound
    var target = range.lowerBound
    while source < range.upperBound {
      let byte = self[source]
      if byte != UInt8(ascii: "\\") {
        self[target] = byte
        source += 1
        target += 1
        continue
      }
      guard source + 1 < range.upperBound else { return nil }
      let letter = self[source + 1]
      source += 2
      if letter == UInt8(ascii: "u") {
        guard var scalar = hexadecimalNumber(at: source, before: range.upperBound) else {
          return nil
        }
        source += 4
        if (0xD800..<0xDC00).contains(scalar), source + 1 < range.upperBound,
          self[source] == UInt8(ascii: "\\"), self[source + 1] == UInt8(ascii: "u"),
          let low = hexadecimalNumber(at: source + 2, before: range.upperBound),
          (0xDC00..<0xE000).contains(low)
        {
          scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
          source += 6
        }
        // Six bytes of escape hold at most three of UTF-8, twelve hold four.
        for unit in UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? .init() {
          self[target] = unit
          target += 1
        }
      } else {
        let isSlash = letter == UInt8(ascii: "/")
        let isFormFeed = letter == UInt8(ascii: "f")
        guard let plain = isSlash ? letter : isFormFeed ? 0x0C : unescaped(letter) else {
          return nil
        }
        self[target] = plain
        target += 1
      }
    }
    return target
  }

  @inlinable package func hexadecimalNumber(at start: Int, before end: Int) -> UInt32? {
    guard end - start >= 4 else { return nil }
    var value: UInt32 = 0
    for index in start..<(start + 4) {
      guard let digit = self[index].hexadecimalValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}

/// The byte that a letter after a backslash stands for in C, nginx, Apache and JSON.
@inlinable package func unescaped(_ letter: UInt8) -> UInt8? {
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

/// A text in YAML's single quotes.
package func singleQuoted(_ text: String) -> String {
  "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
}
