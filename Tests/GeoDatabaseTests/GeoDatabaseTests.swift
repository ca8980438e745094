import Addresses
import Testing

@testable import GeoDatabase

@Suite struct GeoDatabaseTests {
  /// The countries that the fixtures share, and addresses next to them that are in no database.
  private static let countries: [(String, String?)] = [
    ("127.1.0.0", "US"), ("127.1.255.255", "US"), ("127.2.0.1", "DE"), ("127.3.4.5", "GB"),
    ("127.4.0.1", "NO"), ("127.5.0.1", "CA"), ("127.6.255.255", "FR"), ("127.0.255.255", nil),
    ("203.0.113.127", "GB"), ("203.0.113.128", "NO"), ("203.0.114.0", nil), ("0.0.0.0", nil),
    ("255.255.255.255", nil), ("::ffff:127.1.0.1", "US"),
  ]
  private static let ipv6Countries: [(String, String?)] = [
    ("::1", "FR"), ("::", nil), ("::2", nil), ("2001:db8:1::", "US"),
    ("2001:db8:1:ffff:ffff:ffff:ffff:ffff", "US"), ("2001:db8:0:ffff::", nil),
    ("2001:db8:2::1", "DE"), ("2001:db8:4::1", "NO"), ("ffff::", nil),
  ]

  private func expect(
    _ expected: [(String, String?)], in database: GeoDatabase,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for (text, country) in expected {
      let record = database.record(for: try address(text))
      let known = try country.map { Record(country: .value(try code($0))) }
      #expect(record == known, "\(text)", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [
    "loopback-country", "loopback-city", "flat-country", "ipinfo-lite", "lower-case-country",
    "ipinfo-flat",
  ])
  func `addresses have their country with any shape of record`(name: String) throws {
    let database = try GeoDatabase.load(path: fixture("\(name).mmdb"))
    try expect(Self.countries + Self.ipv6Countries, in: database)
    #expect(database.ipVersion == 6)
    #expect(database.buildEpoch == 1_788_220_800)
    #expect(database.hasCountries)
    #expect(database.anonymityFields == [])
    #expect(database.unreadableRecords == 0)
    #expect(database.countries.sorted().map(\.description) == ["CA", "DE", "FR", "GB", "NO", "US"])
  }

  @Test func `records with the same country are one record`() throws {
    let database = try GeoDatabase.load(path: fixture("loopback-city.mmdb"))
    #expect(database.type == "GeoLite2-City")
    #expect(database.recordCount == 27)
    #expect(database.records.count == 7)
  }

  @Test(arguments: ["127.7.0.1", "127.8.0.1", "127.9.0.1", "2001:db8:7::1"])
  func `a record without a country is known and has none`(text: String) throws {
    let database = try GeoDatabase.load(path: fixture("loopback-country.mmdb"))
    #expect(database.record(for: try address(text)) == Record())
  }

  @Test(arguments: [
    ("2002:7f01:1::1", "US"), ("2002:7f02::", "DE"), ("2002:7f00::", nil),
    ("2002:7f06:ffff:ffff:ffff:ffff:ffff:ffff", "FR"), ("2002::", nil), ("2002:7f07::", ""),
    ("2001:0:7f02:1::1", "DE"), ("2001:0:7f02:ffff:ffff:ffff:ffff:ffff", "DE"),
    ("2001:0:7f00:1::1", nil), ("2001:1:7f02:1::1", nil), ("::7f01:1", "US"),
  ])
  func `an alias leads to the IPv4 part`(text: String, country: String?) throws {
    let database = try GeoDatabase.load(path: fixture("loopback-country.mmdb"))
    let record = database.record(for: try address(text))
    #expect(record == country.map { Record(country: PlaceCode($0).map { .value($0) } ?? .absent) })
  }

  @Test func `an IPv4 database knows no IPv6 address`() throws {
    let database = try GeoDatabase.load(path: fixture("ipv4-only-country.mmdb"))
    #expect(database.ipVersion == 4)
    try expect(Self.countries, in: database)
    for (text, _) in Self.ipv6Countries {
      #expect(database.record(for: try address(text)) == nil, "\(text)")
    }
  }

  @Test(
    arguments: [
      ("127.11.0.1", [.ip, .vpn]), ("127.12.0.1", [.ip, .hosting]),
      ("127.13.0.1", [.ip, .publicProxy]),
      ("127.14.0.1", [.ip, .tor]), ("127.15.0.1", [.ip, .residential]),
      ("127.16.0.1", [.ip, .vpn, .hosting]), ("127.17.0.1", .hosting), ("127.18.0.1", .tor),
      ("2001:db8:11::1", [.ip, .vpn]), ("127.1.0.1", nil),
    ] as [(String, AnonymityFlags?)])
  func `an anonymity database sets flags`(text: String, flags: AnonymityFlags?) throws {
    let database = try GeoDatabase.load(path: fixture("loopback-anonymous.mmdb"))
    #expect(database.record(for: try address(text)) == flags.map { Record(flags: $0) })
    #expect(!database.hasCountries)
    #expect(database.anonymityFields == [.ip, .vpn, .hosting, .publicProxy, .tor, .residential])
  }

  @Test(
    arguments: [
      ("127.21.0.1", .vpnDatacenter), ("127.22.0.1", .relayProxy), ("127.23.0.1", .proxyOverVPN),
      ("127.24.0.1", .smartDNSProxy), ("127.25.0.1", []),
    ] as [(String, AnonymityFlags)])
  func `a GeoGuard database sets flags, and one that is false is not set`(
    text: String, flags: AnonymityFlags
  ) throws {
    let database = try GeoDatabase.load(path: fixture("loopback-geoguard.mmdb"))
    #expect(database.record(for: try address(text)) == Record(flags: flags))
    #expect(
      database.anonymityFields == [.vpnDatacenter, .relayProxy, .proxyOverVPN, .smartDNSProxy])
  }

  @Test func `a record may have a country and flags`() throws {
    let database = try GeoDatabase.load(path: fixture("loopback-country-anonymous.mmdb"))
    #expect(
      database.record(for: try address("127.1.200.1"))
        == Record(country: .value(try code("US")), flags: [.ip, .vpn]))
    #expect(
      database.record(for: try address("127.1.201.1")) == Record(country: .value(try code("US"))))
  }

  @Test func `a database without countries or flags says so`() throws {
    let database = try GeoDatabase.load(path: fixture("no-country.mmdb"))
    #expect(!database.hasCountries)
    #expect(database.countries == [])
    #expect(database.anonymityFields == [])
    #expect(database.record(for: try address("127.1.0.1")) == Record())
  }

  @Test func `a database without records knows no address`() throws {
    let database = try GeoDatabase.load(path: fixture("empty.mmdb"))
    #expect(database.recordCount == 0)
    #expect(!database.hasCountries)
    #expect(database.record(for: try address("127.1.0.1")) == nil)
    #expect(database.record(for: try address("::1")) == nil)
  }

  @Test func `fields of a wrong type are unreadable, the others are read`() throws {
    let database = try GeoDatabase.load(path: fixture("mistyped-records.mmdb"))
    let expected: [(String, Record)] = [
      ("127.1.0.1", Record(country: .unreadable)),
      ("127.2.0.1", Record(country: .unreadable)),
      ("127.3.0.1", Record(country: .value(try code("GB")))),
      ("127.4.0.1", Record(country: .value(try code("NO")), unreadableFlags: .ip)),
      ("127.5.0.1", .unreadable),
      ("127.6.0.1", Record(country: .value(try code("FR")))),
    ]
    for (text, record) in expected {
      #expect(database.record(for: try address(text)) == record, "\(text)")
    }
    #expect(database.unreadableRecords == 1)
    #expect(database.anonymityFields == .ip)
  }

  @Test(arguments: [
    ("127.1.0.1", "CLOUDFLARE"), ("127.2.0.1", "Tor \"exit\"\u{FFFD}\u{FFFD}X-Evil: <b>,\u{FFFD}"),
    ("127.3.0.1", String(repeating: "L", count: 64) + "…"), ("127.4.0.1", nil),
    ("127.5.0.1", nil), ("127.6.0.1", nil), ("127.7.0.1", "NO"), ("127.8.0.1", "DE"),
    ("127.9.0.1", "FR"), ("127.10.0.1", "US"), ("127.11.0.1", nil), ("127.12.0.1", "Europe"),
    ("127.13.0.1", "CLOUDFLARE"), ("127.14.0.1", String(repeating: "L", count: 64) + "…"),
  ])
  func `a country is the first code of a record, with any text`(
    text: String, country: String?
  ) throws {
    let database = try GeoDatabase.load(path: fixture("country-texts.mmdb"))
    let record = try #require(database.record(for: try address(text)))
    guard let country else {
      #expect(record.country == .absent)
      return
    }
    guard case .value(let code) = record.country else {
      Issue.record("\(record.country)")
      return
    }
    #expect(code.description == country)
    #expect(database.countries.contains(code))
    #expect(PlaceCode(handle: code.handle, of: database.countryTexts) == code)
  }

  @Test func `countries and flags that cannot be read do not count`() throws {
    let database = try GeoDatabase.load(path: fixture("unreadable-country.mmdb"))
    #expect(!database.hasCountries)
    #expect(database.anonymityFields == .hosting)
  }

  @Test func `IPv4 addresses are counted by country`() throws {
    let database = try GeoDatabase.load(path: fixture("rare-countries.mmdb"))
    let countries = Set(try ["US", "DE", "GB", "FR"].map(code))
    let (known, byCountry) = database.ipv4Counts(of: countries)
    #expect(known == 65_536 + 64 + 128)
    #expect(
      byCountry == [try code("US"): 65_536, try code("DE"): 64, try code("GB"): 128])
    let whole = try GeoDatabase.load(path: fixture("loopback-city.mmdb"))
    let (all, us) = whole.ipv4Counts(of: [try code("US")])
    // An IPv6 tree has 0.0.0.1 at ::1.
    #expect(all == 9 * 65_536 + 3 * 256 + 1)
    #expect(us == [try code("US"): 65_536 + 256])
  }

  @Test func `any number of threads look up at once`() async throws {
    let database = try GeoDatabase.load(path: fixture("loopback-country.mmdb"))
    let us = Record(country: .value(try code("US")))
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<20_000 as Range<UInt32>).allSatisfy { low in
            database.record(for: Address(ipv4: 0x7f01_0000 + low)) == us
              && database.record(for: Address(ipv4: 0x7f20_0000 + low)) == nil
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
