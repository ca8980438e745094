import Testing

@testable import GeoDatabase

@Suite struct PlaceCodeTests {
  @Test(arguments: [("US", "US"), ("no", "NO"), ("De", "DE"), ("t1", "T1")])
  func `two letters or digits become upper case`(text: String, written: String) throws {
    #expect(try code(text).description == written)
    #expect(try code(text) == code(written))
    #expect(try code(text).isShort)
  }

  @Test(
    arguments: [
      ("GB-ENG", true), ("Europe", true), ("abcdefgh", true), ("a", true), ("~1", false),
      ("CLOUDFLARE", false), ("U S", false), ("ÖS", false), ("U_S", false), ("*", false),
      ("ABCDEFGHI", false), (String(repeating: "x", count: 64), false),
    ])
  func `any other text stays as it is`(text: String, isShort: Bool) throws {
    let country = try code(text)
    #expect(country.description == text)
    #expect(country.isShort == isShort)
    #expect(try country == code(text))
    let others = [text.uppercased(), text.lowercased(), text + "x"].filter { $0 != text }
    for other in others { #expect(PlaceCode(other) != country, "\(other)") }
  }

  @Test(arguments: ["", "-", String(repeating: "x", count: 65)])
  func `no country is empty, a dash, or longer than 64 bytes`(text: String) {
    #expect(PlaceCode(text) == nil)
  }

  @Test func `a longer text in a record is cut, and equals no text of a rule`()
    throws
  {
    let long = try #require(PlaceCode(recorded: Array(repeating: UInt8(ascii: "x"), count: 65)))
    let start = String(repeating: "x", count: 64)
    #expect(long.description == start + "…")
    #expect(try long != code(start))
  }

  @Test(arguments: [
    ("a\r\nX: b", "a\u{FFFD}\u{FFFD}X: b"), ("\u{1B}[31m", "\u{FFFD}[31m"),
    ("a\u{202E}b", "a\u{FFFD}b"), ("U\0", "U\u{FFFD}"),
  ])
  func `control characters of a text are replaced`(text: String, shown: String) throws {
    #expect(try code(text).description == shown)
  }

  @Test func `countries are ordered as texts`() throws {
    let texts = ["ZW", "AD", "A", "GB", "GB-ENG", "GBR", "US", "CLOUDFLARE", "United States"]
    #expect(try texts.map(code).sorted().map(\.description) == texts.sorted())
  }

  @Test func `eight bytes hold a short code, or the place of a text`() throws {
    let texts = try (0..<12).map { try code("not short \($0)").numbered($0) }
    for country in try ["US", "A", "ABCDEFGH"].map(code) + texts {
      #expect(PlaceCode(handle: country.handle, of: texts) == country)
    }
    #expect(PlaceCode(handle: 0, of: texts) == nil)
    #expect(PlaceCode(handle: texts[11].handle, of: [texts[0]]) == nil)
    let bytes = unsafe withUnsafeBytes(of: texts[11].handle) { unsafe Array($0) }
    #expect(bytes == Array("~11".utf8) + [0, 0, 0, 0, 0])
  }
}

@Suite struct SubdivisionCodeTests {
  @Test(arguments: [
    ("US-CA", "US-CA"), ("us-ca", "US-CA"), ("gb-eng", "GB-ENG"), ("no-03", "NO-03"),
  ])
  func `a code of ISO 3166-2 becomes upper case`(text: String, written: String) throws {
    let place = try #require(PlaceCode(subdivision: text))
    #expect(place.description == written)
    #expect(try place == code(written))
  }

  @Test(arguments: [
    "", "US", "US-", "-CA", "USA-CA", "US-CALI", "U1-CA", "US-C-A", "US CA", "US-C Ä",
  ])
  func `another text is no code of ISO 3166-2`(text: String) {
    #expect(PlaceCode(subdivision: text) == nil)
  }

  @Test(arguments: [
    ("CA", "US-CA"), ("ca", "US-CA"), ("eng", "US-ENG"), ("3", "US-3"), ("Saint", "US-Saint"),
    ("California", "US-California"), ("São", "US-São"),
    (String(repeating: "x", count: 64), "US-" + String(repeating: "x", count: 61) + "…"),
  ])
  func `a part gets its country`(part: String, whole: String) throws {
    let place = try code(part).subdivision(of: code("US"))
    #expect(place.description == whole)
    if part.utf8.count < 60 { #expect(try place == code(whole)) }
  }
}

@Suite struct AnonymityFlagsTests {
  @Test func `each flag has a bit, a name and fields of its own`() {
    let table = AnonymityFlags.table
    let fields = table.flatMap(\.fields)
    #expect(table.count == 12)
    #expect(Set(table.map(\.name)).count == 12)
    #expect(Set(fields).count == fields.count)
    #expect(AnonymityFlags(table.map(\.flag)).rawValue == 0xFFF)
  }

  @Test func `an operator has 16 flags`() {
    let own = (0..<16).compactMap(AnonymityFlags.own)
    #expect(AnonymityFlags(own).rawValue == 0xFFFF_0000)
    #expect(AnonymityFlags.own(-1) == nil)
    #expect(AnonymityFlags.own(16) == nil)
    #expect(AnonymityFlags.all.rawValue == 0xFFFF_0FFF)
  }
}
