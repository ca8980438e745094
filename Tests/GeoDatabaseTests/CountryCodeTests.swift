import Testing

@testable import GeoDatabase

@Suite struct CountryCodeTests {
  @Test(arguments: [
    ("US", "US"), ("no", "NO"), ("De", "DE"), ("T1", "T1"), ("GB-ENG", "GB-ENG"),
    ("abcdefgh", "ABCDEFGH"),
  ])
  func `a code is put into upper case`(text: String, written: String) throws {
    #expect(try code(text).description == written)
    #expect(try code(text) == code(written))
  }

  @Test(arguments: ["", "ABCDEFGHI", "U S", "US\n", "ÖS", "U\0", "*", "U_S"])
  func `what is no short code is refused`(text: String) {
    #expect(CountryCode(text) == nil)
  }

  @Test func `codes are ordered as texts`() throws {
    let texts = ["ZW", "AD", "A", "GB", "GB-ENG", "GBR", "US"]
    #expect(try texts.map(code).sorted().map(\.description) == texts.sorted())
  }
}

@Suite struct AnonymityFlagsTests {
  @Test func `each flag has a bit, a name and a field of its own`() {
    let table = AnonymityFlags.table
    #expect(table.count == 10)
    #expect(Set(table.map(\.name)).count == 10)
    #expect(Set(table.map(\.field)).count == 10)
    #expect(AnonymityFlags.all.rawValue.nonzeroBitCount == 10)
  }
}
