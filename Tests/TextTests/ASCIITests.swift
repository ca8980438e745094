import Testing
import Text

@Suite struct ASCIITests {
  @Test func `each byte has the class of its character`() {
    for byte in UInt8.min ... .max {
      let scalar = Unicode.Scalar(byte)
      let character = scalar.isASCII ? Character(scalar) : nil
      #expect(byte.isASCIIDigit == (character?.wholeNumberValue != nil))
      #expect(byte.isASCIILetter == (character?.isLetter == true))
      #expect(byte.hexadecimalValue.map { Int($0) } == character?.hexDigitValue)
      #expect(byte.asciiLowerCased == character?.lowercased().utf8.first ?? byte)
    }
  }
}
