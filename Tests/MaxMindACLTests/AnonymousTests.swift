import GeoDatabase
import MaxMindACL
import Testing

/// Line 4: the flags of `anonymous`.
@Suite struct AnonymousTests {
  @Test(
    "each flag reads its field of the record",
    arguments: [
      ("ip", Fixture.anonymous, "127.11.0.1"),
      ("vpn", Fixture.anonymous, "127.11.0.1"),
      ("hosting", Fixture.anonymous, "127.17.0.1"),
      ("public", Fixture.anonymous, "127.13.0.1"),
      ("tor", Fixture.anonymous, "127.18.0.1"),
      ("residential", Fixture.anonymous, "127.15.0.1"),
      ("vpn_datacenter", Fixture.geoGuard, "127.21.0.1"),
      ("relay_proxy", Fixture.geoGuard, "127.22.0.1"),
      ("proxy_over_vpn", Fixture.geoGuard, "127.23.0.1"),
      ("smart_dns_proxy", Fixture.geoGuard, "127.24.0.1"),
      ("proxy", Fixture.path("vendors/ipinfo-privacy.mmdb"), "127.2.0.1"),
      ("relay", Fixture.path("vendors/ipinfo-privacy.mmdb"), "127.3.0.1"),
    ])
  func flag(name: String, database: String, client: String) throws {
    let yaml = """
      maxmind:
        database: \(database)
        anonymous:
          \(name): FLAG
      """
    let blocking = try policy(yaml.replacing("FLAG", with: "true"))
    #expect(try blocking.outcome(client) == "deny anonymous.\(name) \(name) line 4")
    #expect(try blocking.outcome("::ffff:\(client)") == "deny anonymous.\(name) \(name) line 4")
    #expect(try blocking.outcome("192.0.2.1") == "allow default")
    #expect(try policy(yaml.replacing("FLAG", with: "false")).outcome(client) == "allow default")
  }

  @Test("every flag of the documentation is tested")
  func allFlags() {
    let names = [
      "ip", "vpn", "hosting", "public", "tor", "residential", "vpn_datacenter", "relay_proxy",
      "proxy_over_vpn", "smart_dns_proxy", "proxy", "relay",
    ]
    #expect(AnonymityFlags.table.map(\.name) == names)
  }

  @Test(
    "a flag does not match an address with another flag",
    arguments: ["public", "tor", "residential", "hosting"])
  func otherFlags(name: String) throws {
    let policy = try policy(
      "maxmind: { database: \(Fixture.anonymous), anonymous: { \(name): true } }")
    #expect(try policy.outcome("127.11.0.1") == "allow default")
  }

  @Test("a false flag in the configuration does not protect from a true one")
  func falseDoesNotProtect() throws {
    let yaml = """
      maxmind:
        database: \(Fixture.anonymous)
        anonymous: { hosting: false, ip: false, vpn: true }
      """
    // 127.16 is a VPN and a hosting provider, 127.12 a hosting provider; both are anonymous.
    #expect(try policy(yaml).outcome("127.16.0.1") == "deny anonymous.vpn vpn line 3")
    #expect(try policy(yaml).outcome("127.12.0.1") == "allow default")
  }

  @Test("of several set flags, the first in the file is reported")
  func firstFlagInFile() throws {
    func outcome(_ flags: String) throws -> String {
      try policy("maxmind: { database: \(Fixture.anonymous), anonymous: { \(flags) } }")
        .outcome("127.16.0.1")
    }
    #expect(try outcome("vpn: true, hosting: true") == "deny anonymous.vpn vpn line 1")
    #expect(try outcome("hosting: true, vpn: true") == "deny anonymous.hosting hosting line 1")
  }

  @Test("a false flag in the record does not deny")
  func falseInRecord() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.geoGuard)
        anonymous:
          { vpn_datacenter: on, relay_proxy: on, proxy_over_vpn: on, smart_dns_proxy: on }
      """)
    #expect(try policy.outcome("127.25.0.1") == "allow default")
  }

  @Test(
    "an address that allow.ip lists passes the anonymous check, and no other allow rule does that")
  func listedAddressPasses() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.countryAnonymous)
        anonymous: { vpn: true, tor: true }
        allow:
          ip: [127.1.200.9]
          country: [US]
          regex: [["*", "open"]]
      """)
    #expect(try policy.outcome("127.1.200.9") == "allow allow.ip 127.1.200.9 line 5")
    #expect(try policy.outcome("127.1.200.8") == "deny anonymous.vpn vpn line 3")
    #expect(
      try policy.outcome("127.2.200.1", "http://a.example/open") == "deny anonymous.tor tor line 3")
    #expect(try policy.outcome("127.1.0.1") == "allow allow.country US line 6")
    #expect(
      try policy.outcome("127.2.0.1", "http://a.example/open") == "allow allow.regex open line 7")
  }

  @Test("a deny rule is reported before a flag")
  func denyRuleComesFirst() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.countryAnonymous)
        anonymous: { vpn: true }
        deny: { country: [US] }
      """)
    #expect(try policy.outcome("127.1.200.9") == "deny deny.country US line 4")
  }

  @Test("an address without a record is not anonymous")
  func addressWithoutRecord() throws {
    let policy = try policy("maxmind: { database: \(Fixture.anonymous), anonymous: { ip: true } }")
    #expect(try policy.outcome("198.18.0.1") == "allow default")
  }
}
