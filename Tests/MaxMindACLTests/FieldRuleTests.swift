import Addresses
import Testing

@testable import MaxMindACL

/// Rules for networks, subdivisions, continents and the registered country, and the fields of `fields`.
@Suite struct FieldRuleTests {
  private static func vendor(_ name: String) -> String { Fixture.path("vendors/\(name).mmdb") }

  private static let databases = "[\(Fixture.city), \(Fixture.networks)]"

  // MARK: - Networks

  @Test(
    "a network is a number with or without AS, or a range with both ends",
    arguments: [
      ("64500", true), ("AS64500", true), ("as64500", true), ("64500-64500", true),
      ("64400-64500", true), ("AS64500-AS64501", true), ("64500-AS64501", true),
      ("0-4294967295", true), ("64499", false), ("64501-64505", false), ("64400-64499", false),
    ])
  func spellings(value: String, matches: Bool) throws {
    let policy = try policy(
      "maxmind: { database: \(Fixture.networks), deny: { asn: [\(value)] } }")
    let outcome = try policy.outcome("127.1.0.1")
    #expect(outcome == (matches ? "deny deny.asn \(value) line 1" : "allow default"))
    #expect(try policy.outcome("127.99.0.1") == "allow default")
  }

  @Test(
    "of several ranges with a number, the first in the file is reported",
    arguments: [
      ("64000-65000, 64500", "64000-65000"), ("64500, 64000-65000", "64500"),
      ("64400-64600, 64000-65000, 64500-64501", "64400-64600"),
      ("64000-64499, 64499-64500, 64000-64500", "64499-64500"),
      ("1-2, 64500-64500, 3", "64500-64500"),
    ])
  func firstRange(values: String, first: String) throws {
    let policy = try policy(
      "maxmind: { database: \(Fixture.networks), deny: { asn: [\(values)] } }")
    #expect(try policy.outcome("127.1.0.1") == "deny deny.asn \(first) line 1")
  }

  @Test(
    "a record has its number in any type, or as a text; 0 is no network; the rest is unreadable")
  func values() throws {
    let policy = try policy(
      "maxmind: { database: \(Self.vendor("asn-values")), deny: { asn: [64500] } }")
    for part in 1...15 {
      let expected =
        switch part {
        case ...5: "deny deny.asn 64500 line 1"
        case ...8: "allow default"
        default: "deny error unreadableASN"
        }
      #expect(try policy.outcome("127.\(part).0.1") == expected, "\(part)")
    }
  }

  @Test(
    "each vendor's field of the network is read",
    arguments: [
      "maxmind-enterprise", "maxmind-isp", "ipinfo-core", "ipinfo-country-asn", "ipinfo-asn",
      "ipinfo-company", "flat-asn",
    ])
  func vendors(name: String) throws {
    let policy = try policy(
      "maxmind: { database: \(Self.vendor(name)), allow: { asn: [64500] } }")
    #expect(try policy.outcome("127.1.0.1") == "allow allow.asn 64500 line 1")
    #expect(try policy.outcome("127.9.0.1") == "deny default")
  }

  // MARK: - Subdivisions and continents

  @Test(
    "each subdivision of a record counts, with the country before its code",
    arguments: [
      ("US-CA", "127.1.0.1", true), ("us-ca", "127.1.0.1", true), ("CA-US", "127.1.0.1", false),
      ("GB-ENG", "127.2.0.1", true), ("GB-WBK", "127.2.0.1", true), ("US-WBK", "127.2.0.1", false),
      // A subdivision without a country, and records without one.
      ("US-CA", "127.5.0.1", false), ("US-CA", "127.3.0.1", false), ("US-CA", "127.4.0.1", false),
      ("US-CA", "127.99.0.1", false),
    ])
  func subdivision(code: String, client: String, matches: Bool) throws {
    let policy = try policy(
      "maxmind: { database: \(Self.vendor("maxmind-city")), deny: { subdivision: [\(code)] } }")
    #expect(
      try policy.outcome(client)
        == (matches ? "deny deny.subdivision \(code) line 1" : "allow default"))
  }

  @Test(
    "a continent is the code of the record, in MaxMind's and in IPinfo's fields",
    arguments: [
      ("maxmind-city", "NA", "127.1.0.1"), ("maxmind-city", "EU", "127.4.0.1"),
      ("ipinfo-core", "AS", "127.1.0.1"), ("ipinfo-country-asn", "OC", "127.2.0.1"),
    ])
  func continent(database: String, code: String, client: String) throws {
    func outcome(_ rules: String) throws -> String {
      try policy("maxmind: { database: \(Self.vendor(database)), \(rules) }").outcome(client)
    }
    #expect(try outcome("deny: { continent: [\(code)] }") == "deny deny.continent \(code) line 1")
    #expect(try outcome("deny: { continent: [SA] }") == "allow default")
    #expect(
      try outcome("allow: { continent: [\(code.lowercased())] }")
        == "allow allow.continent \(code.lowercased()) line 1")
  }

  // MARK: - The ladder

  /// The kinds of rules, in the order in which a line of the ladder reports them; all match 127.1.64.1.
  static let kinds = [
    "ip: [127.1.0.0/16]", "asn: [64500]", "country: [US]", "subdivision: [US-CA]",
    "continent: [NA]",
    "regex: [['*', page]]", "rules: [{ name: page, regex: [page] }]",
  ]

  @Test(
    "the first kind that matches is reported, in any order of the file", arguments: kinds.indices)
  func order(first: Int) throws {
    let rules = Self.kinds[first...].reversed().joined(separator: ", ")
    let name = String(Self.kinds[first].prefix { $0 != ":" })
    for section in ["deny", "allow"] {
      let policy = try policy("maxmind: { database: \(Self.databases), \(section): { \(rules) } }")
      #expect(try policy.outcome("127.1.64.1").hasPrefix("\(section) \(section).\(name) "))
      #expect(
        try policy.outcome("127.99.64.1", "http://a.example/")
          == (section == "deny" ? "allow default" : "deny default"))
    }
  }

  @Test("allow.ip comes before the flags, every other kind after them", arguments: kinds)
  func afterFlags(kind: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: [\(Fixture.city), \(Fixture.networks), \(Fixture.countryAnonymous)]
        anonymous: { vpn: true }
        allow: { \(kind) }
      """)
    let isAddress = kind.hasPrefix("ip")
    // 127.1.200.1 is flagged and not in California.
    let flagged = try policy.outcome("127.1.200.1")
    #expect(flagged.hasPrefix(isAddress ? "allow allow.ip" : "deny anonymous.vpn"))
  }

  @Test("deny rules of every kind win over allow.ip", arguments: kinds)
  func denyWins(kind: String) throws {
    let policy = try policy(
      "maxmind: { database: \(Self.databases), deny: { \(kind) }, allow: { ip: [127.1.64.1] } }")
    #expect(try policy.outcome("127.1.64.1").hasPrefix("deny deny."))
  }

  @Test("unknown concerns the country, not the network")
  func unknown() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Self.vendor("maxmind-enterprise"))
        unknown: allow
        allow: { asn: [1], country: [GB] }
      """)
    // 127.2 is in Germany and has no network.
    #expect(try policy.outcome("127.2.0.1") == "deny default")
    #expect(try policy.outcome("127.9.0.1") == "allow unknown")
  }

  @Test(
    "an unreadable field that a deny rule reads denies before allow.ip, one of an allow rule after it"
  )
  func unreadable() throws {
    func outcome(_ rules: String) throws -> String {
      try policy("maxmind: { database: \(Self.vendor("asn-values")), \(rules) }")
        .outcome("127.9.0.1")
    }
    #expect(
      try outcome("deny: { asn: [1] }, allow: { ip: [127.9.0.1] }") == "deny error unreadableASN")
    #expect(
      try outcome("allow: { asn: [1], ip: [127.9.0.1] }") == "allow allow.ip 127.9.0.1 line 1")
    #expect(try outcome("allow: { asn: [1] }") == "deny error unreadableASN")
    #expect(try outcome("allow: { asn: [1] }, on_error: allow") == "allow error unreadableASN")
    #expect(
      try outcome("deny: { asn: [1], ip: [127.9.0.1] }") == "deny deny.ip 127.9.0.1 line 1")
  }

  // MARK: - The registered country

  @Test(
    "country_from says which country counts",
    arguments: [
      // 127.5 is CA and registered in the US, 127.8 is registered in the US, 127.7 has neither.
      ("[country]", "127.5.0.1", "CA"), ("[country]", "127.8.0.1", nil),
      ("[country, registered_country]", "127.5.0.1", "CA"),
      ("[country, registered_country]", "127.8.0.1", "US"),
      ("[registered_country, country]", "127.5.0.1", "US"),
      ("[registered_country]", "127.5.0.1", "US"), ("[registered_country]", "127.8.0.1", "US"),
      ("[country, registered_country]", "127.7.0.1", nil),
      ("[registered_country]", "127.7.0.1", nil),
    ] as [(String, String, String?)])
  func countryFrom(fields: String, client: String, country: String?) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        country_from: \(fields)
        deny: { country: [US], regex: [[CA, page]] }
        unknown: allow
      """)
    let expected =
      switch country {
      case "US": "deny deny.country US line 4"
      case "CA": "deny deny.regex page line 4"
      default: "allow unknown"
      }
    #expect(try policy.outcome(client) == expected)
    #expect(policy.explain(try request(client)).country?.description == country)
  }

  // MARK: - Fields of other vendors

  @Test(
    "pointers read fields and flags that no known name fits",
    arguments: [
      ("country: /geo/cc", "deny: { country: [DE] }", "127.1.0.1", "deny deny.country DE line 4"),
      ("asn: /net/number", "deny: { asn: [64500] }", "127.1.0.1", "deny deny.asn 64500 line 4"),
      ("asn: /net/0", "deny: { asn: [64500] }", "127.2.0.1", "deny deny.asn 64500 line 4"),
      (
        "country: /geo/cc, subdivision: /geo/parts/0/code", "deny: { subdivision: [DE-BY] }",
        "127.1.0.1", "deny deny.subdivision DE-BY line 4"
      ),
      (
        "continent: /geo/a~1b~0c", "deny: { continent: [EU] }", "127.1.0.1",
        "deny deny.continent EU line 4"
      ),
      ("bot: /risk/bot", "anonymous: { bot: true }", "127.1.0.1", "deny anonymous.own bot line 4"),
      (
        "bot: /risk/bot, scraper: /risk/scraper", "anonymous: { bot: false, scraper: true }",
        "127.1.0.1", "deny anonymous.own scraper line 4"
      ),
      ("bot: /risk/bot", "anonymous: { bot: true }", "127.2.0.1", "deny error unreadableFlag"),
      ("scraper: /risk/scraper", "anonymous: { scraper: true }", "127.2.0.1", "allow default"),
      ("tor: /risk/bot", "anonymous: { tor: true }", "127.1.0.1", "deny anonymous.tor tor line 4"),
      (
        "bot: /risk/bot", "deny: { rules: [{ name: robots, anonymous: [bot] }] }", "127.1.0.1",
        "deny deny.rules robots line 4"
      ),
      ("country: /geo/cc", "deny: { country: [DE] }", "127.3.0.1", "deny error unreadableCountry"),
    ])
  func pointers(fields: String, rules: String, client: String, expected: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Self.vendor("other-vendor"))
        fields: { \(fields) }
        \(rules)
      """)
    #expect(try policy.outcome(client) == expected)
    #expect(try policy.outcome("127.99.0.1") == "allow default")
  }

  @Test("a pointer replaces the known names")
  func replaced() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        fields: { country: /registered_country/iso_code }
        deny: { country: [US] }
      """)
    #expect(try policy.outcome("127.5.0.1") == "deny deny.country US line 4")
  }

  @Test("groups can have networks, subdivisions and continents")
  func groups() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Self.databases)
        define: { hosting: [64400-64500, AS64501], west: [US-CA, DE-BE], far: [AS, NA] }
        deny: { asn: [$hosting] }
        allow: { subdivision: [$west], continent: [$far] }
      """)
    #expect(try policy.outcome("127.1.64.1") == "deny deny.asn 64400-64500 ($hosting) line 4")
    #expect(try policy.outcome("127.2.64.1") == "deny deny.asn AS64501 ($hosting) line 4")
    #expect(try policy.outcome("127.5.0.1") == "allow allow.continent NA ($far) line 5")
  }
}
