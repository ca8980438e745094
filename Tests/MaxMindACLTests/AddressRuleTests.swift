import Testing

/// The rules of `ip`, in `allow` and `deny`.
@Suite struct AddressRuleTests {
  @Test("an address in both ip lists is denied")
  func addressInBothLists() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          ip: [127.0.0.1]
        deny:
          ip: [127.0.0.1]
      """)
    #expect(try policy.outcome("127.0.0.1") == "deny deny.ip 127.0.0.1 line 6")
  }

  @Test(
    "a rule matches its addresses and no others",
    arguments: [
      ("192.0.2.7", "192.0.2.7", true),
      ("192.0.2.7", "192.0.2.6", false),
      ("192.0.2.7", "192.0.2.8", false),
      // CIDR.
      ("192.0.2.0/25", "192.0.2.0", true),
      ("192.0.2.0/25", "192.0.2.127", true),
      ("192.0.2.0/25", "192.0.2.128", false),
      ("192.0.2.0/25", "192.0.1.255", false),
      ("192.0.2.7/32", "192.0.2.7", true),
      ("192.0.2.7/32", "192.0.2.8", false),
      ("192.0.2.6/31", "192.0.2.7", true),
      ("192.0.2.6/31", "192.0.2.8", false),
      // Host bits are masked.
      ("192.168.10.0/20", "192.168.0.0", true),
      ("192.168.10.0/20", "192.168.15.255", true),
      ("192.168.10.0/20", "192.168.16.0", false),
      ("2001:db8::1/64", "2001:db8::ffff", true),
      ("2001:db8::1/64", "2001:db8:0:1::", false),
      // Ranges include their ends.
      ("10.0.0.1-10.0.0.9", "10.0.0.0", false),
      ("10.0.0.1-10.0.0.9", "10.0.0.1", true),
      ("10.0.0.1-10.0.0.9", "10.0.0.9", true),
      ("10.0.0.1-10.0.0.9", "10.0.0.10", false),
      ("10.0.0.1 - 10.0.0.9", "10.0.0.5", true),
      ("2001:db8::5-2001:db8:0:0:1::", "2001:db8::4", false),
      ("2001:db8::5-2001:db8:0:0:1::", "2001:db8::1234", true),
      ("2001:db8::5-2001:db8:0:0:1::", "2001:db8:0:0:1::", true),
      ("2001:db8::5-2001:db8:0:0:1::", "2001:db8:0:0:1::1", false),
      ("10.0.0.5-10.0.0.5", "10.0.0.5", true),
      // IPv6.
      ("::1", "::1", true),
      ("::1", "::2", false),
      ("2001:db8::/32", "2001:db8:ffff::1", true),
      ("2001:db8::/32", "2001:db9::", false),
      ("2001:DB8::A", "2001:db8::a", true),
      // A /0 covers one family.
      ("0.0.0.0/0", "0.0.0.0", true),
      ("0.0.0.0/0", "255.255.255.255", true),
      ("0.0.0.0/0", "2001:db8::1", false),
      ("0.0.0.0/0", "::1", false),
      ("::/0", "2001:db8::1", true),
      ("::/0", "::", true),
      ("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true),
      ("::/0", "192.0.2.7", false),
      // An IPv4-mapped address is its IPv4 address, in clients and in rules.
      ("192.0.2.0/24", "::ffff:192.0.2.7", true),
      ("192.0.2.0/24", "::ffff:c000:207", true),
      ("0.0.0.0/0", "::ffff:192.0.2.7", true),
      ("::/0", "::ffff:192.0.2.7", false),
      ("::ffff:192.0.2.7", "192.0.2.7", true),
      ("::ffff:192.0.2.0/120", "192.0.2.7", true),
      ("::ffff:192.0.2.0/120", "192.0.3.7", false),
      ("::ffff:0:0/96", "192.0.2.7", true),
      ("::ffff:10.0.0.1-::ffff:10.0.0.9", "10.0.0.5", true),
      // `ip` rules do not unwrap 6to4, Teredo and NAT64 addresses.
      ("192.0.2.0/24", "2002:c000:207::1", false),
      ("192.0.2.0/24", "64:ff9b::192.0.2.7", false),
      ("192.0.2.0/24", "::192.0.2.7", false),
      ("2002:c000:207::/48", "2002:c000:207::1", true),
    ])
  func ruleHolds(rule: String, client: String, holds: Bool) throws {
    let denying = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          ip:
            - "\(rule)"
      """)
    let expected = holds ? "deny deny.ip \(rule) line 5" : "allow default"
    #expect(try denying.outcome(client) == expected)

    let allowing = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          ip:
            - "\(rule)"
      """)
    #expect(
      try allowing.outcome(client) == (holds ? "allow allow.ip \(rule) line 5" : "deny default"))
  }

  @Test(
    "the most specific rule is reported, then the first in the file",
    arguments: ["deny", "allow"])
  func mostSpecificRule(side: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        \(side):
          ip:
            - 10.0.0.0/8
            - 10.1.0.0/16
            - 10.1.2.0/24
            - 10.1.0.0/16
            - 0.0.0.0/0
            - 10.1.2.0-10.1.2.3
            - 10.1.2.3
            - 2001:db8::/32
            - 2001:db8::/48
            - ::/0
      """)
    let expected = [
      ("10.1.2.3", "10.1.2.3 line 11"),
      ("10.1.2.2", "10.1.2.0-10.1.2.3 line 10"),
      ("10.1.2.4", "10.1.2.0/24 line 7"),
      ("10.1.3.0", "10.1.0.0/16 line 6"),
      ("10.2.0.0", "10.0.0.0/8 line 5"),
      ("11.0.0.0", "0.0.0.0/0 line 9"),
      ("2001:db8::1", "2001:db8::/48 line 13"),
      ("2001:db8:1::", "2001:db8::/32 line 12"),
      ("2001:db9::", "::/0 line 14"),
    ]
    for (client, rule) in expected {
      #expect(try policy.outcome(client) == "\(side) \(side).ip \(rule)", "\(client)")
    }
  }

  @Test("a deny rule wins over a more specific allow rule")
  func wideDenyWinsOverNarrowAllow() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          ip: [10.1.2.3]
        deny:
          ip: [10.0.0.0/8]
      """)
    #expect(try policy.outcome("10.1.2.3") == "deny deny.ip 10.0.0.0/8 line 6")
  }

  @Test("an ip rule needs no countries in the database")
  func addressRuleReadsNoCountry() throws {
    let policy = try policy(
      "maxmind: { database: \(Fixture.networks), deny: { ip: [127.1.0.0/16] } }")
    #expect(try policy.outcome("127.1.0.1") == "deny deny.ip 127.1.0.0/16 line 1")
    #expect(try policy.outcome("127.2.0.1") == "allow default")
  }
}
