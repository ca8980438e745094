import Testing

@testable import MaxMindACL

/// Header field names as an origin reads them, and lists of names.
@Suite struct HeaderTextTests {
  @Test(
    "an origin may confuse names that differ only in case and punctuation",
    arguments: [
      ("X-Client-Country", "X-Client-Country", true),
      ("X-Client-Country", "x-client-country", true),
      ("X-Client-Country", "X_Client_Country", true),
      ("X-Client-Country", "x-CLIENT_country", true),
      ("X-Client-Country", "X.Client.Country", true),
      ("X-Client-Country", "X+Client~Country", true),
      ("X-Client-Country", "X Client\tCountry", true),
      ("X_Client_Country", "X-Client-Country", true),
      ("Geo1", "GEO1", true),
      ("X-Client-Country", "X-Client-Countr", false),
      ("X-Client-Country", "X-Client-Country-", false),
      ("X-Client-Country", "XClientCountry", false),
      ("X-Client-Country", "X--Client-Country", false),
      ("X-Client-Country", "X-Client-Countrz", false),
      ("Geo1", "Geo2", false),
      ("Geo1", "Geo-", false),
      ("Geo-", "Geo\r", true),
      ("[", "{", true),
      ("@", "`", true),
      ("A", "!", false),
      ("0", "\u{10}", false),
      ("", "", true),
      ("", "-", false),
    ])
  func variables(name: String, other: String, isOne: Bool) {
    #expect(areOne(Array(name.utf8), Array(other.utf8)) == isOne)
    #expect(areOne(Array(other.utf8), Array(name.utf8)) == isOne)
  }

  private func areOne(_ name: [UInt8], _ other: [UInt8]) -> Bool {
    unsafe name.withUnsafeBufferPointer { name in
      unsafe other.withUnsafeBufferPointer { unsafe areOneVariable(name, $0) }
    }
  }

  @Test("each byte of a name maps to a capital letter, a digit or an underscore")
  func bytes() {
    for byte in UInt8.min...UInt8.max {
      let character = Character(UnicodeScalar(byte))
      let isKept = byte < 0x80 && (character.isLetter || character.isNumber)
      #expect(
        variableByte(byte)
          == (isKept ? Array(character.uppercased().utf8)[0] : UInt8(ascii: "_")))
    }
  }

  @Test(
    "names are removed from a list, and the others do not change",
    arguments: [
      ("close", "close"),
      ("X-A", ""),
      ("close, X-A", "close"),
      ("X-A, close", "close"),
      ("close, X-A, Upgrade", "close, Upgrade"),
      ("close,X-A,X-B,X-A,keep-alive", "close,X-B,keep-alive"),
      ("close \t,\t x-a \t,te", "close \t,te"),
      ("close, \"X-A\", te", "close, te"),
      ("\"close\", \" X-A \"", "\"close\""),
      ("X_A, x.a, X-A-, X-AA, close", "X-A-, X-AA, close"),
      ("\"X-A, close", "close"),
      ("X-A,X-A,,X-A", ""),
      ("close,,te,", "close,,te,"),
      ("close\0X-A", "close\0X-A"),
      ("close;X-A", "close;X-A"),
      ("", ""),
    ])
  func lists(list: String, expected: String) {
    var bytes = Array(list.utf8)
    let length = unsafe bytes.withUnsafeMutableBufferPointer { list in
      unsafe removeNames(from: list) { unsafe areOne(Array("X-A".utf8), Array($0)) }
    }
    #expect(String(decoding: bytes[..<length], as: UTF8.self) == expected)
  }
}
