// Bytes as ASCII characters. Inlined, because some run for each byte of each request or log line.

extension UInt8 {
  /// Whether this is a digit.
  @inlinable package var isASCIIDigit: Bool { self &- UInt8(ascii: "0") < 10 }

  /// Whether this is a letter.
  @inlinable package var isASCIILetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

  /// The byte, with an upper-case letter in lower case.
  @inlinable package var asciiLowerCased: UInt8 {
    self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self
  }

  /// The value of a hexadecimal digit in any case. Nil: not such a digit.
  @inlinable package var hexadecimalValue: UInt8? {
    if isASCIIDigit { return self &- UInt8(ascii: "0") }
    let letter = (self | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? letter &+ 10 : nil
  }
}
