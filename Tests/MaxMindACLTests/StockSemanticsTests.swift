import Addresses
import MaxMindACL
import Testing

/// `semantics`: the decisions of the stock plugins. Tests/EndToEnd/test_stock_semantics.py compares them with the
/// plugins themselves.
@Suite struct StockSemanticsTests {
  private static func yaml(
    _ version: Int, _ lines: String, database: String = Fixture.countryAnonymous
  ) -> String {
    "maxmind:\n  database: \(database)\n  semantics: trafficserver-\(version)\n"
      + lines.split(separator: "\n").map { "  \($0)\n" }.joined()
  }

  private static let rules = #"""
    anonymous: {vpn: true}
    bypass: {header: X-Pass, value: open}
    deny:
      ip: [127.1.0.0/24, 127.2.0.9]
      country: [DE]
      regex: [[US, "^a"], [US, "["], [DE, "x"]]
    allow:
      ip: [127.1.0.5]
      country: [US, DE, us]
      regex: [[DE, "open"], ["*", "open"]]
    """#

  @Test(
    "the lines of both ladders",
    arguments: [
      ("127.1.0.5", "/ax", "allow allow.ip", "allow allow.ip"),
      ("127.1.0.6", "/", "deny deny.ip", "deny deny.ip"),
      ("9.9.9.9", "/", "deny unknown", "deny unknown"),
      ("127.1.1.1", "/ax", "deny deny.regex", "deny deny.regex"),
      ("127.1.1.1", "/x", "allow allow.country", "deny deny.regex"),
      ("127.1.200.1", "/x", "allow allow.country", "deny anonymous.vpn"),
      ("127.2.0.1", "/open", "allow allow.regex", "allow allow.regex"),
      ("127.2.0.1", "/x;open", "deny deny.country", "allow allow.regex"),
      ("127.2.0.1", "/x", "deny deny.country", "deny deny.country"),
    ])
  func ladder(client: String, path: String, of9: String, of10: String) throws {
    // The host begins with an "a" only in the subject of 10.
    let url = "http://a.example\(path)"
    for (version, expected) in [(9, of9), (10, of10)] {
      let policy = try policy(Self.yaml(version, Self.rules))
      let decision = policy.decide(try request(client, url))
      #expect("\(decision.verdict) \(decision.reason)" == expected, "version \(version)")
    }
  }

  @Test("only 10 knows a bypass, from everyone")
  func bypass() throws {
    for (version, expected) in [(9, Verdict.deny), (10, .allow)] {
      let policy = try policy(Self.yaml(version, Self.rules))
      let request = try request(nil, anyURL, headers: [(name: "x-pass", value: "open")])
      #expect(policy.decide(request).verdict == expected)
    }
  }

  @Test("a record without a country is denied before allow.ip, if a rule reads countries")
  func noCountry() throws {
    for (rule, expected) in [("country: [US]", "error"), ("country: []", "allow.ip")] {
      let policy = try policy(
        Self.yaml(9, "allow:\n  ip: [127.7.0.1]\n  \(rule)", database: Fixture.country))
      #expect("\(policy.decide(try request("127.7.0.1", anyURL)).reason)" == expected)
    }
  }

  @Test("a database for IPv4 denies IPv6 clients before allow.ip")
  func ipv4Only() throws {
    let policy = try policy(Self.yaml(9, "allow:\n  ip: [\"::1\"]", database: Fixture.ipv4Only))
    #expect(policy.decide(try request("::1", anyURL)).verdict == .deny)
  }

  @Test(
    "the default",
    arguments: [
      ("deny: {country: [DE]}", Verdict.allow), ("allow:", .allow), ("allow: x", .allow),
      ("allow: {}", .deny), ("allow: [US]", .deny), ("allow: {country: US}", .deny),
      ("allow: {country: [GB, [US]]}", .allow), ("allow: {ip: [[x]]}", .allow),
      ("allow: {regex: [x]}", .deny),
    ])
  func byDefault(lines: String, expected: Verdict) throws {
    let policy = try policy(Self.yaml(9, lines))
    #expect(policy.decide(try request("127.1.0.1", anyURL)).verdict == expected)
  }

  @Test(
    "addresses as each version reads them",
    arguments: [
      ("127.1", "127.0.0.1", "127.0.0.1"), ("0x7f.0.0.1", "127.0.0.1", "127.0.0.1"),
      ("0b11.0.0.1", nil, "3.0.0.1"), ("127.0.0.1:80", "127.0.0.1", nil),
      ("[127.0.0.1]", "127.0.0.1", nil), ("[::1]:80", "::1", nil), ("[::1]", "::1", "::1"),
      ("127.0.0.1 x", "127.0.0.1", nil), ("10.0.0.0/08", "0.0.0.0/0", nil),
      ("10.0.0.0/010", "10.0.0.0/8", "10.0.0.0/8"), ("10.0.0.0/8x", "10.0.0.0/8", nil),
      ("10.0.0.0/-0", "0.0.0.0/0", nil), ("10.0.0.0/-8", nil, nil),
      ("10.0.0.1/33", nil, "10.0.0.1"),
      ("10.0.0.1/264", nil, "10.0.0.0/8"), ("1..2.3", nil, "1.0.2.3"), ("1.2.3.", nil, nil),
      ("1.2.3.4.5", nil, nil), ("10.0.0.9-10.0.0.1", nil, nil), ("::1-::2", "::1-::2", "::1-::2"),
      ("10.0.0.1-::2", nil, nil), ("::ffff:10.0.0.1", nil, nil), ("1:2:3:4:5:6:7:8", nil, nil),
      ("2001:db8::/48", "2001:db8::/48", "2001:db8::/48"), ("::/129", nil, nil), ("", nil, nil),
    ] as [(String, String?, String?)])
  func addresses(text: String, of9: String?, of10: String?) throws {
    // The range of a test is what the first rule of a policy shows.
    let expected = text == "1:2:3:4:5:6:7:8" ? (text, text) : (of9, of10)
    for (version, range) in [(9, expected.0), (10, expected.1)] {
      let policy = try policy(Self.yaml(version, "deny:\n  ip: [\"\(text)\"]"))
      let addresses = policy.configuration.deny.addresses.map { "\($0.value)" }
      #expect(addresses == (range.map { [$0] } ?? []), "version \(version)")
    }
  }

  @Test("`explain` lists the ladder in force")
  func explanation() throws {
    func lines(_ version: Int) throws -> String {
      let policy = try policy(Self.yaml(version, Self.rules))
      let explanation = policy.explain(try request("127.2.0.1", "http://A.example/open;x"))
      return explanation.steps.map { "\($0.line) \($0.step.name)" }.joined(separator: ", ")
        + "; \(explanation.subject)"
    }
    #expect(
      try lines(9)
        == "1 error, 2 allow.ip, 3 deny.ip, 4 unknown, 5 deny.regex, 6 allow.regex, 7 deny.country, "
        + "7 allow.country, 8 default; open")
    #expect(
      try lines(10)
        == "1 bypass, 2 error, 3 allow.ip, 4 deny.ip, 5 unknown, 6 anonymous, 7 deny.regex, "
        + "8 allow.regex, 9 deny.country, 9 allow.country, 10 default; A.example/open;x")
  }

  @Test("a walk over all addresses gives each client's outcome")
  func walk() throws {
    let policy = try policy(Self.yaml(10, Self.rules))
    var walk = PolicyWalk([policy])
    while let range = walk.next() {
      guard let certain = walk.outcome(of: 0)?.certain else { continue }
      for path in ["/open", "/music/x", "/"] {
        let decision = policy.decide(try request("\(range.first)", "http://a.example\(path)"))
        #expect(decision.verdict == certain, "\(range)")
      }
    }
  }
}
