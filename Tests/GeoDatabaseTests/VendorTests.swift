import Addresses
import Testing

@testable import GeoDatabase

/// Each vendor's shape of records, with all fields selected.
@Suite struct VendorTests {
  /// A database and its records at 127.1.0.1, 127.2.0.1 and so on.
  struct Vendor: CustomTestStringConvertible {
    var name: String
    var records: [Record]
    var readable: Set<RecordField> = []
    var flags: AnonymityFlags = []

    var testDescription: String { name }
  }

  static let core: AnonymityFlags = [.ip, .hosting]
  static let plus: AnonymityFlags = [.ip, .hosting, .proxy, .relay, .tor, .vpn]
  static let privacy: AnonymityFlags = [.hosting, .proxy, .relay, .tor, .vpn]

  static let vendors: [Vendor] = [
    Vendor(
      name: "vendors/maxmind-city",
      records: [
        maxmind("US", "US", "NA", ["US-CA"]), maxmind("GB", "GB", "EU", ["GB-ENG", "GB-WBK"]),
        maxmind("CA", "US", "NA"), record(continent: "EU"), record(registered: "US"),
      ], readable: [.country, .registeredCountry, .continent, .subdivision]),
    Vendor(
      name: "vendors/maxmind-enterprise",
      records: [
        maxmind("US", "US", "NA", ["US-CA"], asn: 64500, "Example Transit"),
        maxmind("DE", "DE", "EU"),
      ], readable: Set(RecordField.allCases)),
    Vendor(
      name: "vendors/dbip-city-lite",
      records: [maxmind("US", "US", "NA"), maxmind("DE", "DE", "EU")],
      readable: [.country, .registeredCountry, .continent]),
    Vendor(
      name: "no-country",
      records: [
        record(asn: 64500, "Example Transit"), record(asn: 64501, "Beispiel Netz"),
        record(asn: 64502, "Example Broadband"),
      ], readable: [.asn, .organisation]),
    Vendor(
      name: "vendors/maxmind-isp",
      records: [record(asn: 64500, "Example Transit"), Record(), record(asn: 4_200_000_000)],
      readable: [.asn, .organisation]),
    Vendor(
      name: "vendors/maxmind-anonymous-plus",
      records: [
        Record(flags: [.ip, .vpn]), Record(flags: [.ip, .vpn]), Record(flags: [.ip, .residential]),
        Record(),
      ], flags: [.ip, .vpn, .residential]),
    Vendor(
      name: "vendors/maxmind-ip-risk",
      records: [
        Record(flags: [.ip, .publicProxy]), Record(), Record(flags: [.ip, .hosting]),
      ], flags: [.ip, .publicProxy, .hosting]),
    Vendor(
      name: "vendors/maxmind-residential-proxy",
      records: [Record(flags: .residential), Record(flags: .residential)], flags: .residential),
    Vendor(
      name: "vendors/ipinfo-residential-proxy", records: [Record(flags: .residential)],
      flags: .residential),
    Vendor(
      name: "ipinfo-lite",
      records: [
        record("US", continent: "NA", asn: 64500, "Example Transit"),
        record("DE", continent: "EU", asn: 64501, "Beispiel Netz"),
      ], readable: [.country, .continent, .asn, .organisation]),
    Vendor(
      name: "vendors/ipinfo-core",
      records: [
        record(
          "JP", continent: "AS", ["JP-13"], asn: 64500, "Example Transit", flags: [.ip, .hosting]),
        record("AU", continent: "OC", ["AU-VIC"]),
      ], readable: [.country, .continent, .subdivision, .asn, .organisation], flags: core),
    Vendor(
      name: "vendors/ipinfo-plus",
      records: [
        record(
          "JP", continent: "AS", ["JP-13"], asn: 64500, "Example Transit", flags: [.ip, .vpn]),
        record("AU", continent: "OC", ["AU-VIC"], flags: [.proxy, .relay, .tor]),
      ], readable: [.country, .continent, .subdivision, .asn, .organisation], flags: plus),
    Vendor(
      name: "ipinfo-flat",
      records: [
        record("US", continent: "NA", asn: 64500), record("DE", continent: "EU", asn: 64501),
      ],
      readable: [.country, .continent, .asn]),
    Vendor(
      name: "vendors/ipinfo-country-asn",
      records: [
        record("JP", continent: "AS", asn: 64500, "Example Transit"),
        record("AU", continent: "OC"),
      ], readable: [.country, .continent, .asn, .organisation]),
    Vendor(
      name: "vendors/ipinfo-asn", records: [record(asn: 64500, "Example Transit")],
      readable: [.asn, .organisation]),
    Vendor(
      name: "vendors/ipinfo-company",
      records: [record("JP", asn: 64500, "Example Transit"), record("JP")],
      readable: [.country, .asn, .organisation]),
    Vendor(
      name: "vendors/ipinfo-location", records: [record("ES", ["ES-VC"]), record("CH")],
      readable: [.country, .subdivision]),
    Vendor(
      name: "vendors/ipinfo-privacy",
      records: [
        Record(flags: .vpn), Record(flags: [.hosting, .proxy]), Record(flags: [.relay, .tor]),
      ], flags: privacy),
    Vendor(
      name: "vendors/ipinfo-privacy-text",
      records: [Record(flags: .vpn), Record(flags: [.hosting, .proxy]), Record()],
      flags: [.vpn, .hosting, .proxy]),
    Vendor(
      name: "flat-country", records: [record("US"), record("DE")], readable: [.country]),
    Vendor(
      name: "vendors/flat-asn",
      records: [record("JP", asn: 64500, "Example Transit"), record(asn: 64501)],
      readable: [.country, .asn, .organisation]),
    Vendor(
      name: "loopback-country",
      records: [maxmind("US", "US", "NA"), maxmind("DE", "DE", "EU")],
      readable: [.country, .registeredCountry, .continent]),
  ]

  private static func maxmind(
    _ country: String, _ registered: String, _ continent: String, _ subdivisions: [String] = [],
    asn: UInt32? = nil, _ organisation: String? = nil
  ) -> Record {
    record(
      country, registered: registered, continent: continent, subdivisions, asn: asn, organisation)
  }

  private static func record(
    _ country: String? = nil, registered: String? = nil, continent: String? = nil,
    _ subdivisions: [String] = [], asn: UInt32? = nil, _ organisation: String? = nil,
    flags: AnonymityFlags = []
  ) -> Record {
    func place(_ text: String?) -> FieldValue<PlaceCode> {
      text.flatMap { PlaceCode($0) }.map { .value($0) } ?? .absent
    }
    return Record(
      country: place(country), registeredCountry: place(registered), continent: place(continent),
      subdivisions: subdivisions.isEmpty
        ? .absent : .value(subdivisions.compactMap { PlaceCode($0) }),
      asn: asn.map { .value($0) } ?? .absent, organisation: organisation, flags: flags)
  }

  private func load(_ name: String, _ selection: FieldSelection) throws -> GeoDatabase {
    try GeoDatabase.load(path: fixture("\(name).mmdb"), reading: selection)
  }

  private static let everything = FieldSelection(fields: Set(RecordField.allCases))

  @Test(arguments: vendors)
  func `all fields of a vendor's records are read`(vendor: Vendor) throws {
    let database = try load(vendor.name, Self.everything)
    for (index, record) in vendor.records.enumerated() {
      let client = try address("127.\(index + 1).0.1")
      #expect(database.record(for: client) == record, "\(client)")
    }
    #expect(database.readable == vendor.readable)
    #expect(database.unreadable == [])
    #expect(database.unreadableRecords == 0)
    #expect(database.anonymityFields == vendor.flags)
    #expect(database.selection == Self.everything)
  }

  @Test(arguments: vendors)
  func `fields that are not selected are absent, and do not distinguish records`(
    vendor: Vendor
  ) throws {
    for fields: Set<RecordField> in [
      [], [.asn], [.subdivision], [.organisation], [.country, .continent], [.registeredCountry],
    ] {
      let database = try load(vendor.name, FieldSelection(fields: fields))
      for (index, whole) in vendor.records.enumerated() {
        let expected = Record(
          country: fields.contains(.country) ? whole.country : .absent,
          registeredCountry: fields.contains(.registeredCountry)
            ? whole.registeredCountry : .absent,
          continent: fields.contains(.continent) ? whole.continent : .absent,
          subdivisions: fields.contains(.subdivision) ? whole.subdivisions : .absent,
          asn: fields.contains(.asn) ? whole.asn : .absent,
          organisation: fields.contains(.organisation) ? whole.organisation : nil,
          flags: whole.flags)
        #expect(database.record(for: try address("127.\(index + 1).0.1")) == expected)
      }
      #expect(database.readable == vendor.readable.intersection(fields))
      #expect(Set(database.records).count == database.records.count)
    }
  }

  @Test func `the places, networks and root fields of a database are listed`() throws {
    let database = try load("vendors/ipinfo-plus", Self.everything)
    #expect(database.countries == Set(try ["JP", "AU"].map(code)))
    #expect(database.continents == Set(try ["AS", "OC"].map(code)))
    #expect(database.subdivisions == Set(try ["JP-13", "AU-VIC"].map(code)))
    #expect(database.asns == [64500])
    let isp = try load("vendors/maxmind-isp", FieldSelection())
    #expect(
      isp.rootFields == [
        "autonomous_system_number", "autonomous_system_organization", "isp", "organization",
      ])
  }

  @Test(
    arguments: [
      (1, .value(64500)), (2, .value(64500)), (3, .value(64500)), (4, .value(64500)),
      (5, .value(64500)), (6, .absent), (7, .absent), (8, .absent), (9, .unreadable),
      (10, .unreadable), (11, .unreadable), (12, .unreadable), (13, .unreadable), (14, .unreadable),
      (15, .unreadable),
    ] as [(Int, FieldValue<UInt32>)])
  func `an ASN is a number or its text, and 0 is none`(
    block: Int, expected: FieldValue<UInt32>
  ) throws {
    let database = try load("vendors/asn-values", FieldSelection(fields: [.asn]))
    #expect(database.record(for: try address("127.\(block).0.1")) == Record(asn: expected))
    #expect(database.readable == [.asn])
    #expect(database.unreadable == [.asn])
  }

  @Test func `pointers replace the known paths`() throws {
    let bot = try #require(AnonymityFlags.own(0))
    let scraper = try #require(AnonymityFlags.own(15))
    let selection = FieldSelection(
      fields: Set(RecordField.allCases),
      pointers: [
        .country: try JSONPointer("/geo/cc"), .subdivision: try JSONPointer("/geo/parts/0/code"),
        .continent: try JSONPointer("/geo/a~1b~0c"), .asn: try JSONPointer("/net/number"),
        .organisation: try JSONPointer("/net/owner"),
      ],
      flagPointers: [
        bot: try JSONPointer("/risk/bot"), scraper: try JSONPointer("/risk/scraper"),
        .vpn: try JSONPointer("/risk/vpn"),
      ])
    let database = try load("vendors/other-vendor", selection)
    #expect(
      database.record(for: try address("127.1.0.1"))
        == Self.record(
          "DE", continent: "EU", ["DE-BY"], asn: 64500, "Example Transit", flags: [bot, scraper]))
    #expect(database.record(for: try address("127.2.0.1")) == Record(unreadableFlags: bot))
    #expect(
      database.record(for: try address("127.3.0.1"))
        == Record(country: .unreadable, asn: .unreadable))
    #expect(database.anonymityFields == [bot, scraper, .vpn])
    let whole = FieldSelection(
      fields: [.subdivision], pointers: [.subdivision: try JSONPointer("/geo/parts/1/code")])
    let other = try load("vendors/other-vendor", whole)
    #expect(other.record(for: try address("127.1.0.1")) == Self.record(nil, ["DE-BE"]))
    #expect(try load("vendors/other-vendor", Self.everything).readable == [])
  }

  @Test func `a pointer of a flag replaces its known fields`() throws {
    let selection = FieldSelection(
      flagPointers: [.vpn: try JSONPointer("/none"), .residential: try JSONPointer("/none")])
    let plus = try load("vendors/maxmind-anonymous-plus", selection)
    #expect(plus.record(for: try address("127.1.0.1")) == Record(flags: .ip))
    let proxies = try load("vendors/maxmind-residential-proxy", selection)
    #expect(proxies.record(for: try address("127.1.0.1")) == Record())
  }

  @Test func `one file is loaded once for each selection`() throws {
    let first = try load("vendors/maxmind-city", FieldSelection())
    let second = try load("vendors/maxmind-city", FieldSelection(fields: [.country, .continent]))
    #expect(first !== second)
    #expect(try load("vendors/maxmind-city", FieldSelection()) === first)
    #expect(first.readable == [.country])
    #expect(second.readable == [.country, .continent])
  }

  @Test func `an exact selection reads the text of country.iso_code and booleans only`() throws {
    func country(_ client: String, _ name: String) throws -> FieldValue<PlaceCode>? {
      try load(name, FieldSelection(readsExactly: true)).record(for: address(client))?.country
    }
    #expect(try country("127.1.0.1", "loopback-country") == .value(code("US")))
    #expect(try country("127.1.0.1", "lower-case-country") == .value(PlaceCode(exactly: "us".utf8)))
    #expect(try country("127.1.0.1", "lower-case-country") != .value(code("us")))
    #expect(try country("127.7.0.1", "loopback-country") == .unreadable)
    #expect(try country("127.200.0.1", "loopback-country") == nil)
    // These have `country_code` only, or the code in `country`.
    #expect(try country("127.1.0.1", "flat-country") == .unreadable)
    #expect(try country("127.1.0.1", "ipinfo-flat") == .unreadable)
    #expect(try country("127.2.0.1", "mistyped-records") == .unreadable)
  }

  @Test(arguments: ["", "-", "us", "Us", "US", "usa", "CLOUDFLARE", "a b"])
  func `an exact place keeps its text`(text: String) {
    let place = PlaceCode(exactly: text.utf8)
    #expect(place.text == Array(text.utf8))
    #expect((place == PlaceCode(text)) == (!["", "-", "us", "Us"].contains(text)))
  }

  @Test(arguments: [
    ("/a", ["a"]), ("/", [""]), ("/a//b", ["a", "", "b"]), ("/a~1b/c~0d", ["a/b", "c~d"]),
    ("/~01", ["~1"]), ("/é", ["é"]),
    (String(repeating: "/x", count: 16), Array(repeating: "x", count: 16)),
  ])
  func `a JSON pointer is split and its escapes are undone`(text: String, parts: [String]) throws {
    let pointer = try JSONPointer(text)
    #expect(pointer.parts == parts)
    #expect(pointer.text == text)
  }

  @Test(arguments: [
    ("", "a JSON pointer begins with /, such as /country/iso_code"),
    ("country", "a JSON pointer begins with /, such as /country/iso_code"),
    ("/a~", "in a JSON pointer 0 or 1 follows ~: ~0 is the character ~, and ~1 is /"),
    ("/a~2", "in a JSON pointer 0 or 1 follows ~: ~0 is the character ~, and ~1 is /"),
    (String(repeating: "/x", count: 17), "a JSON pointer has at most 16 parts"),
    ("/" + String(repeating: "x", count: 256), "a JSON pointer has at most 256 bytes"),
  ])
  func `another text is refused with the reason`(text: String, message: String) {
    let error = #expect(throws: JSONPointerError.self) { try JSONPointer(text) }
    #expect(error?.message == message)
  }
}
