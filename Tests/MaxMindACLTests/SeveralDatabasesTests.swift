import Addresses
import Foundation
import GeoDatabase
import Testing

@testable import MaxMindACL

/// Configurations with several databases, and with none.
@Suite struct SeveralDatabasesTests {
  private static func vendor(_ name: String) -> String { Fixture.path("vendors/\(name).mmdb") }

  private func outcome(_ databases: [String], _ rules: String, _ client: String) throws -> String {
    let list = databases.joined(separator: ", ")
    return try policy("maxmind: { database: [\(list)], \(rules) }").outcome(client)
  }

  // MARK: - Fields

  @Test(
    "a field comes from the first database that has it for the address",
    arguments: [
      // The swapped database has 127.1 in Germany and 127.2 in the US.
      ([Fixture.country, Fixture.swapped], "127.1.0.1", "deny deny.country US line 1"),
      ([Fixture.swapped, Fixture.country], "127.1.0.1", "allow default"),
      ([Fixture.swapped, Fixture.country], "127.2.0.1", "deny deny.country US line 1"),
      // This one has 127.1 alone.
      ([Fixture.oneCountry, Fixture.swapped], "127.1.0.1", "deny deny.country US line 1"),
      ([Fixture.oneCountry, Fixture.swapped], "127.2.0.1", "deny deny.country US line 1"),
      ([Fixture.oneCountry, Fixture.country], "127.2.0.1", "allow default"),
    ])
  func firstDatabase(databases: [String], client: String, expected: String) throws {
    #expect(try outcome(databases, "deny: { country: [US] }", client) == expected)
    let v6 = "::ffff:\(client)"
    #expect(try outcome(databases, "deny: { country: [US] }", v6) == expected)
  }

  @Test("a record without the field asks the next database, for each field by itself")
  func eachField() throws {
    // 127.7 has only a continent in the first; the third has no country for it either.
    let rules = "deny: { continent: [NA], asn: [64500] }, allow: { country: [JP], continent: [EU] }"
    let databases = [Fixture.country, Self.vendor("ipinfo-core"), Fixture.networks]
    #expect(try outcome(databases, rules, "127.7.0.1") == "allow allow.continent EU line 1")
    // 127.1 is in the US and in North America by the first, its network is in the second.
    #expect(try outcome(databases, rules, "127.1.0.1") == "deny deny.asn 64500 line 1")
    #expect(
      try outcome(databases.reversed(), rules, "127.1.0.1") == "deny deny.asn 64500 line 1")
    let country = "allow: { country: [JP] }"
    #expect(
      try outcome([Fixture.networks, Self.vendor("ipinfo-core")], country, "127.1.0.1")
        == "allow allow.country JP line 1")
  }

  @Test("flags of all databases count, and one that is false does not hide one that is true")
  func flags() throws {
    let databases = [Self.vendor("ipinfo-privacy"), Fixture.countryAnonymous, Fixture.anonymous]
    // 127.1.200 is a VPN in both, 127.2.200 hosting and proxy in the first and Tor in the second.
    for database in [databases, databases.reversed()] {
      for (flag, isSet) in [
        ("tor", true), ("hosting", true), ("proxy", true), ("vpn", false), ("relay", false),
      ] {
        let found = try outcome(database, "anonymous: { \(flag): true }", "127.2.200.1")
        #expect(found == (isSet ? "deny anonymous.\(flag) \(flag) line 1" : "allow default"))
      }
    }
  }

  @Test("an unreadable field is an error and does not fall through; one that nothing reads is not")
  func unreadable() throws {
    // In mistyped-records, 127.1 has a list as its country, 127.3 a sound GB.
    let databases = [Fixture.mistyped, Fixture.country]
    let rules = "deny: { country: [NO] }"
    #expect(try outcome(databases, rules, "127.1.0.1") == "deny error unreadableCountry")
    #expect(try outcome(databases, rules, "127.2.0.1") == "deny error unreadableCountry")
    #expect(try outcome(databases, rules, "127.3.0.1") == "allow default")
    #expect(try outcome(databases.reversed(), rules, "127.1.0.1") == "allow default")
    #expect(
      try outcome([Fixture.mistyped, Fixture.networks], "deny: { asn: [64500] }", "127.1.0.1")
        == "deny deny.asn 64500 line 1")
  }

  @Test("a record that cannot be decoded hides the fields of its own database alone")
  func undecodable() throws {
    // 127.5 is a text in place of a map in the first. The network comes from the second.
    let databases = [Fixture.mistyped, Fixture.networks, Fixture.country]
    #expect(
      try outcome(databases, "deny: { asn: [64504] }", "127.5.0.1") == "deny deny.asn 64504 line 1")
    #expect(
      try outcome(databases, "deny: { asn: [1], country: [DE] }", "127.5.0.1")
        == "deny error unreadableCountry")
    #expect(
      try outcome(databases, "anonymous: { ip: true }", "127.5.0.1") == "deny error unreadableFlag")
    // Other records of the first have a continent, none has a network.
    #expect(
      try outcome(databases, "deny: { continent: [EU] }", "127.5.0.1")
        == "deny error unreadableContinent")
  }

  @Test("all databases are asked for the country before one is asked for the registered country")
  func registeredCountry() throws {
    // 127.5 in maxmind-city: registered in the US, no country. In the second: CA.
    let databases = [Self.vendor("maxmind-city"), Fixture.country]
    let rules = "country_from: [country, registered_country], deny: { country: [US, CA] }"
    #expect(try outcome(databases, rules, "127.5.0.1") == "deny deny.country CA line 1")
    let reversed = "country_from: [registered_country, country], deny: { country: [US, CA] }"
    #expect(try outcome(databases, reversed, "127.5.0.1") == "deny deny.country US line 1")
  }

  @Test("clients of either family, without an address and outside all databases are decided")
  func clients() throws {
    let databases = [Fixture.ipv4Only, Fixture.networks]
    let rules = "deny: { country: [US], asn: [64501] }"
    #expect(try outcome(databases, rules, "2001:db8:1::1") == "allow default")
    #expect(try outcome(databases, rules, "2001:db8:2::1") == "deny deny.asn 64501 line 1")
    #expect(try outcome(databases, rules, "203.0.114.1") == "allow default")
    let policy = try policy(
      "maxmind: { database: [\(databases.joined(separator: ", "))], \(rules) }")
    #expect(try policy.outcome(nil) == "deny error noAddress")
  }

  @Test("the summary and the explanation name each database, and the reports the oldest")
  func reports() throws {
    let policy = try policy(
      "maxmind: { database: [\(Fixture.swapped), \(Fixture.networks)], deny: { asn: [64500], country: [DE] } }"
    )
    #expect(
      policy.summary.hasSuffix(
        "databases \(Fixture.swapped) (GeoLite2-Country, built 2026-09-08), "
          + "\(Fixture.networks) (GeoLite2-ASN, built 2026-09-01)"))
    #expect(policy.oldestBuild == 1_788_220_800)
    let explanation = policy.explain(try request("127.1.0.1"))
    #expect(
      explanation.rendered(client: "127.1.0.1", by: policy).contains(
        """
        country  DE by GeoLite2-Country, built 2026-09-08 and GeoLite2-ASN, built 2026-09-01
        network  AS64500
        """))
  }

  // MARK: - No database

  @Test(
    "rules that read no record need no database",
    arguments: [
      ("deny: { ip: [192.0.2.1] }", "192.0.2.1", "deny deny.ip 192.0.2.1 line 1"),
      ("deny: { regex: [['*', page]] }", "192.0.2.1", "deny deny.regex page line 1"),
      (
        "deny: { rules: [{ name: all, host: [a.example], method: [GET], not: { ip: [192.0.2.2] } }] }",
        "192.0.2.1", "deny deny.rules all line 1"
      ),
      (
        "deny: { rules: [{ name: all, host: [a.example], not: { ip: [192.0.2.1] } }] }",
        "192.0.2.1", "allow default"
      ),
      (
        "allow: { rules: [{ name: all, regex: [page] }] }", "192.0.2.1",
        "allow allow.rules all line 1"
      ),
      ("allow: { ip: [192.0.2.2] }", "192.0.2.1", "deny default"),
      ("mode: monitor", "192.0.2.1", "allow default"),
    ])
  func noDatabase(rules: String, client: String, expected: String) throws {
    let policy = try policy("maxmind: { \(rules) }")
    #expect(try policy.outcome(client) == expected)
    #expect(policy.databases.isEmpty && policy.oldestBuild == nil)
    #expect(
      policy.summary.hasSuffix(
        "; no database" + (rules == "mode: monitor" ? "; monitor mode: no denial is enforced" : "")),
      "\(policy.summary)")
    let explanation = policy.explain(try request(client)).rendered(client: client, by: policy)
    #expect(explanation.contains("country  none by no database\n"))
  }

  // MARK: - Reloads

  private struct Files {
    let directory: TemporaryDirectory
    var running: Policy?

    init() throws {
      directory = try TemporaryDirectory()
      try put(Fixture.country, "country.mmdb")
      try put(Fixture.networks, "asn.mmdb")
      try directory.write(
        "maxmind: { database: [country.mmdb, asn.mmdb], deny: { country: [US], asn: [64501] } }"
          .utf8,
        to: "m.yaml")
      try load()
    }

    func put(_ fixture: String, _ name: String) throws {
      try directory.write(Data(contentsOf: URL(fileURLWithPath: fixture)), to: name)
    }

    mutating func load() throws {
      running = try Policy.load(path: "m.yaml", directory: directory.path, replacing: running)
    }
  }

  @Test("a replaced database is loaded alone, and the other stays the same object")
  func reloadsAlone() throws {
    var files = try Files()
    let first = try #require(files.running)
    try files.put(Fixture.swapped, "country.mmdb")
    try files.load()
    let second = try #require(files.running)
    #expect(first.databases[0] !== second.databases[0])
    #expect(first.databases[1] === second.databases[1])
    #expect(try first.outcome("127.1.0.1") == "deny deny.country US line 1")
    #expect(try second.outcome("127.1.0.1") == "allow default")
    #expect(try second.outcome("127.2.0.1") == "deny deny.asn 64501 line 1")
  }

  @Test(
    "if one database cannot be loaded, nothing changes", arguments: ["country.mmdb", "asn.mmdb"])
  func broken(name: String) throws {
    var files = try Files()
    let path = "\(files.directory.path)/\(name)"
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: LoadFailure.self) { try files.load() }
    try files.put(Fixture.path("broken/truncated.mmdb"), name)
    #expect(throws: LoadFailure.self) { try files.load() }
    try files.put(name == "asn.mmdb" ? Fixture.networks : Fixture.country, name)
    try files.load()
    #expect(try files.running?.outcome("127.2.0.1") == "deny deny.asn 64501 line 1")
  }

  @Test("an older database and one that has lost a country are refused, each for itself")
  func refused() throws {
    var files = try Files()
    try files.put(Fixture.swapped, "country.mmdb")
    try files.load()
    let newer = try #require(files.running)
    try files.put(Fixture.country, "country.mmdb")
    try files.load()
    let refused = try #require(files.running)
    #expect(refused.warnings.map(\.id) == [.databaseOlder])
    #expect(refused.databases[0] === newer.databases[0])
    #expect(try refused.outcome("127.2.0.1") == "deny deny.asn 64501 line 1")
    #expect(try refused.outcome("127.1.0.1") == "allow default")
  }

  @Test("a database stays the one of its name when the list changes, else the one in its place")
  func changedList() throws {
    var files = try Files()
    try files.put(Fixture.swapped, "country.mmdb")
    try files.load()
    func write(_ databases: String) throws {
      try files.directory.write(
        "maxmind: { database: [\(databases)], deny: { country: [US], asn: [64501] } }".utf8,
        to: "m.yaml")
    }
    // An older one before it, of the same type, replaces nothing.
    try files.put(Fixture.country, "older.mmdb")
    try write("older.mmdb, country.mmdb, asn.mmdb")
    try files.load()
    #expect(try #require(files.running).warnings.isEmpty)
    #expect(try files.running?.outcome("127.1.0.1") == "deny deny.country US line 1")
    // In place of the newer one it is refused.
    try write("country.mmdb, asn.mmdb")
    try files.load()
    try write("older.mmdb, asn.mmdb")
    try files.load()
    #expect(try #require(files.running).warnings.map(\.id) == [.databaseOlder])
    #expect(try files.running?.outcome("127.1.0.1") == "allow default")
  }

  @Test("the watch follows every database")
  func watched() throws {
    let files = try Files()
    var watch = PolicyWatch(path: "m.yaml", directory: files.directory.path)
    _ = try watch.load(replacing: nil)
    #expect(watch.look() == .none)
    try files.put(Fixture.swapped, "asn.mmdb")
    #expect(watch.look() == .unsettled)
  }
}
