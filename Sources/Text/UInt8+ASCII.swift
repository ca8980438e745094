// What bytes are as characters of ASCII. Inlined, since some are asked for each byte of each request or log line.

extension UInt8 {
  /// Whether this is a digit.
  @inlinable package var isASCIIDigit: Bool { self &- UInt8(ascii: "0") < 10 }

  /// Whether this is a letter.
  @inlinable package var isASCIILetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

  /// The byte, or that of the lower-case letter where this is an upper-case one.
  @inlinable package var asciiLowerCased: UInt8 {
    self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self
  }

  /// The value of a hexadecimal digit of either case; nil: this is none.
  @inlinable package var hexadecimalValue: UInt8? {
    if isASCIIDigit { return self &- UInt8(ascii: "0") }
    let letter = (self | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? letter &+ 10 : nil
  }
}
