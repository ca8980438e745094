import Foundation
import MaxMindACL
import Testing

/// The groups of `define`, and the built-in ones. DiagnosticCases+Groups has their mistakes.
@Suite struct GroupTests {
  @Test("a group expands where it stands, in its order, with its name and place")
  func order() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country: [US, $outer, FR]
          ip:
            - 192.0.2.1
            - $net
        define:
          outer: [GB, $inner, DE]
          inner: [NO]
          net: [198.51.100.0/24, 2001:db8::1]
      """)
    #expect(policy.warnings == [])
    let rules = policy.rules.map {
      "\($0.step.name) \($0.text) \($0.range.start.line):\($0.range.start.column)"
    }
    #expect(
      rules == [
        "deny.ip 192.0.2.1 6:9", "deny.ip 198.51.100.0/24 ($net) 7:9",
        "deny.ip 2001:db8::1 ($net) 7:9", "deny.country US 4:15",
        "deny.country GB ($outer) 4:19", "deny.country NO ($outer) 4:19",
        "deny.country DE ($outer) 4:19", "deny.country FR 4:27",
      ])
  }

  @Test("a value that several groups contain is one rule")
  func overlap() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        define: { a: [DE, NO], b: [NO, US, NO], home: ["::1", 127.0.0.0/8] }
        allow: { country: [$a, $b, $a], ip: [$home, $private] }
      """)
    #expect(policy.warnings == [])
    #expect(
      policy.rules.map(\.text) == [
        "::1 ($home)", "127.0.0.0/8 ($home)", "10.0.0.0/8 ($private)", "172.16.0.0/12 ($private)",
        "192.168.0.0/16 ($private)", "fc00::/7 ($private)", "169.254.0.0/16 ($private)",
        "fe80::/10 ($private)", "DE ($a)", "NO ($a)", "US ($b)",
      ])
  }

  @Test(
    "each list of countries or addresses takes groups",
    arguments: [
      ("deny: { country: [$c] }", "127.4.0.1", "deny deny.country NO ($c) line 4"),
      ("allow: { country: [$c] }", "127.4.0.1", "allow allow.country NO ($c) line 4"),
      ("deny: { ip: [$n] }", "198.51.100.9", "deny deny.ip 198.51.100.0/24 ($n) line 4"),
      ("allow: { ip: [$n] }", "198.51.100.9", "allow allow.ip 198.51.100.0/24 ($n) line 4"),
      ("bypass: { ip: [$n] }", "198.51.100.9", "allow bypass 198.51.100.0/24 ($n) line 4"),
      ("deny: { regex: [[US, $c, page]] }", "127.4.0.1", "deny deny.regex page line 4"),
      ("deny: { regex: [[US, $c, page]] }", "127.2.0.1", "allow default"),
      ("deny: { regex: [[$all, page]] }", "198.18.0.1", "deny deny.regex page line 4"),
    ])
  func lists(rules: String, client: String, expected: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        define: { c: [CA, NO], n: [192.0.2.0/24, 198.51.100.0/24], all: ["*"] }
        \(rules)
      """)
    #expect(try policy.outcome(client) == expected)
  }

  @Test("trusted proxies and the senders of a bypass field can be groups")
  func trusted() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        define: { proxies: [198.51.100.0/24] }
        client: { header: X-Forwarded-For, trusted: [$proxies] }
        bypass: { header: X-Pass, value: open, ip: [$private] }
        deny: { country: [NO] }
      """)
    #expect(policy.warnings == [])
    let forwarded = [(name: "X-Forwarded-For", value: "127.4.0.1")]
    #expect(
      try policy.outcome("198.51.100.1", headers: forwarded) == "deny deny.country NO line 6")
    #expect(try policy.outcome("198.51.101.1", headers: forwarded) == "allow default")
    let pass = [(name: "X-Pass", value: "open")]
    #expect(try policy.outcome("127.4.0.1", headers: pass) == "allow bypass X-Pass line 5")
  }

  @Test(
    "the built-in groups have their members",
    arguments: [
      (
        "$eu",
        "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
      ),
      (
        "$eea",
        "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO"
      ),
    ])
  func builtInCountries(group: String, members: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny: { country: [\(group)] }
      """)
    // The test database has few of them, and that is no warning.
    #expect(policy.warnings == [])
    let codes = policy.configuration.deny.countries.map(\.value.description)
    #expect(codes == members.split(separator: " ").map(String.init))
    #expect(try policy.outcome("127.2.0.1") == "deny deny.country DE (\(group)) line 3")
    #expect(try policy.outcome("127.3.0.1") == "allow default")  // GB
    let norway = try policy.outcome("127.4.0.1")
    #expect(norway == (group == "$eea" ? "deny deny.country NO ($eea) line 3" : "allow default"))
  }

  @Test(
    "$private has the private, link-local and loopback addresses, and no others",
    arguments: [
      ("9.255.255.255", nil), ("10.0.0.0", "10.0.0.0/8"), ("10.255.255.255", "10.0.0.0/8"),
      ("11.0.0.0", nil), ("172.15.255.255", nil), ("172.16.0.0", "172.16.0.0/12"),
      ("172.31.255.255", "172.16.0.0/12"), ("172.32.0.0", nil), ("192.167.255.255", nil),
      ("192.168.0.0", "192.168.0.0/16"), ("192.168.255.255", "192.168.0.0/16"),
      ("192.169.0.0", nil), ("169.253.255.255", nil), ("169.254.0.0", "169.254.0.0/16"),
      ("169.254.255.255", "169.254.0.0/16"), ("169.255.0.0", nil), ("126.255.255.255", nil),
      ("127.0.0.0", "127.0.0.0/8"), ("127.255.255.255", "127.0.0.0/8"), ("128.0.0.0", nil),
      ("fbff::1", nil), ("fc00::", "fc00::/7"), ("fdff:ffff::1", "fc00::/7"), ("fe00::", nil),
      ("fe7f:ffff::1", nil), ("fe80::", "fe80::/10"), ("febf:ffff::1", "fe80::/10"),
      ("fec0::", nil), ("::1", "::1"), ("::2", nil), ("100.64.0.1", nil),
    ] as [(String, String?)])
  func builtInAddresses(client: String, range: String?) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny: { ip: [$private] }
      """)
    let expected = range.map { "deny deny.ip \($0) ($private) line 3" } ?? "allow default"
    #expect(try policy.outcome(client) == expected)
  }

  @Test("an explanation shows the member, its group and the place of the group")
  func explanation() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        define:
          nordics: [NO, $eu]
        deny:
          country: [US, $nordics]
      """)
    let text = try policy.explain(request("127.4.0.1")).rendered(client: "127.4.0.1", by: policy)
    #expect(
      text.contains(
        """
        > 2. deny.country   deny: NO ($nordics)
             maxmind.yaml:6:19
             6 |     country: [US, $nordics]
               |                   ^~~~~~~~
        """), "\(text)")
    #expect(
      try policy.describe(policy.decide(request("127.4.0.1")))
        == "deny deny.country NO ($nordics) maxmind.yaml:6 country=NO")
  }

  @Test("a changed group is loaded")
  func reload() throws {
    let directory = try TemporaryDirectory()
    func configure(_ group: String) throws {
      try directory.write(
        """
        maxmind:
          database: \(Fixture.country)
          define: { closed: \(group) }
          deny: { country: [$closed] }
        """.utf8, to: "acl.yaml")
    }
    try configure("[DE]")
    var watch = PolicyWatch(path: "acl.yaml", directory: directory.path)
    let first = try watch.load(replacing: nil)
    #expect(try first.outcome("127.4.0.1") == "allow default")
    try configure("[DE, NO]")
    #expect(watch.look() == .unsettled)
    #expect(watch.look() == .settled)
    let second = try watch.load(replacing: first)
    #expect(try second.outcome("127.4.0.1") == "deny deny.country NO ($closed) line 4")
  }
}
