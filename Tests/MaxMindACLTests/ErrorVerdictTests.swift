import MaxMindACL
import Testing
import URLPattern

/// Decision errors and `on_error`.
@Suite struct ErrorVerdictTests {
  /// A pattern and a URL that exceed PCRE2's limit.
  static let hostilePattern = "(a+)+$"
  static let hostileURL = "http://a.example/" + String(repeating: "a", count: 64) + "!"

  private func yaml(_ rest: String, database: String = Fixture.country) -> String {
    "maxmind:\n  database: \(database)\n" + rest
  }

  /// The outcome by default, with `on_error: deny` and with `on_error: allow`.
  private func outcomes(
    _ yaml: String, _ client: String?, _ url: String = anyURL
  ) throws -> [String] {
    try ["", "\n  on_error: deny", "\n  on_error: allow"].map {
      try policy(yaml + $0).outcome(client, url)
    }
  }

  private func expectError(
    _ failure: Failure, _ yaml: String, _ client: String?, _ url: String = anyURL
  ) throws {
    let expected = ["deny error \(failure)", "deny error \(failure)", "allow error \(failure)"]
    #expect(try outcomes(yaml, client, url) == expected)
  }

  @Test(
    "a request without an address gets the verdict of on_error, with any rules",
    arguments: [
      "  deny: { ip: [192.0.2.1] }", "  allow: { ip: [0.0.0.0/0, \"::/0\"] }",
      "  deny: { country: [US] }", "  allow: { country: [US] }",
      "  allow: { regex: [[\"*\", \"page\"]] }", "  deny: { regex: [[US, \"page\"]] }",
      "  deny:",
    ])
  func noAddress(rules: String) throws {
    try expectError(.noAddress, yaml(rules), nil)
  }

  @Test("a match of a deny rule takes precedence over a missing address")
  func denyRegexWithoutAddress() throws {
    let yaml = yaml("  deny: { regex: [[\"*\", \"page\"]] }")
    let expected = "deny deny.regex page line 3"
    #expect(try outcomes(yaml, nil) == [expected, expected, expected])
  }

  // 127.1: country is a text. 127.2: iso_code is a number. 127.5: the record is a text.
  @Test(
    "an unreadable country is an error if a rule reads the country",
    arguments: ["127.1.0.1", "127.2.0.1", "127.5.0.1"],
    [
      "deny: { country: [GB] }", "allow: { country: [GB] }", "deny: { regex: [[GB, \"page\"]] }",
      "allow: { regex: [[GB, \"page\"]] }",
    ])
  func unreadableCountry(client: String, rules: String) throws {
    try expectError(
      .unreadableCountry, yaml("  \(rules)", database: Fixture.mistyped), client)
  }

  @Test("of two failures the first in the ladder is reported")
  func firstFailure() throws {
    let rules = "  deny: { country: [GB], regex: [[\"*\", \"\(Self.hostilePattern)\"]] }"
    let yaml = yaml(rules, database: Fixture.mistyped)
    try expectError(.unreadableCountry, yaml, "127.1.0.1", Self.hostileURL)
    try expectError(.noAddress, yaml, nil, Self.hostileURL)
  }

  @Test(
    "an unreadable country is ignored if no rule reads the country",
    arguments: [
      ("deny: { ip: [192.0.2.1] }", "allow default"),
      ("allow: { ip: [192.0.2.1] }", "deny default"),
      ("deny: { regex: [[\"*\", \"nothing\"]] }", "allow default"),
      ("allow: { regex: [[\"*\", \"page\"]] }", "allow allow.regex page line 3"),
    ])
  func unreadableCountryThatNobodyReads(rules: String, expected: String) throws {
    let yaml = yaml("  \(rules)", database: Fixture.mistyped)
    #expect(try outcomes(yaml, "127.1.0.1") == [expected, expected, expected])
  }

  @Test(
    "a match in lines 1 and 2 takes precedence over an unreadable country",
    arguments: [
      ("ip: [127.1.0.0/16]", "deny deny.ip 127.1.0.0/16 line 3"),
      ("regex: [[\"*\", \"page\"]]", "deny deny.regex page line 3"),
      ("regex: [[GB, \"page\"], [\"*\", \"a\"]]", "deny deny.regex a line 3"),
    ])
  func definiteDenyWins(rule: String, expected: String) throws {
    let yaml = yaml(
      "  deny: { \(rule), country: [GB] }\n  allow: { country: [GB] }", database: Fixture.mistyped)
    #expect(try outcomes(yaml, "127.1.0.1") == [expected, expected, expected])
  }

  @Test("bypass takes precedence over every error")
  func bypassWins() throws {
    let rules = "  bypass: { header: X-Pass, value: open }\n  deny: { country: [GB] }"
    let policy = try policy(yaml(rules, database: Fixture.mistyped))
    let headers = [(name: "X-Pass", value: "open")]
    for client in [nil, "127.1.0.1"] {
      #expect(try policy.outcome(client, headers: headers) == "allow bypass X-Pass line 3")
      #expect(try policy.outcome(client).hasPrefix("deny error"))
    }
  }

  @Test("an unreadable country that may hide a deny rule decides before allow.ip")
  func hiddenDenyComesBeforeAllowAddress() throws {
    let rules = "  deny: { country: [GB] }\n  allow: { ip: [127.1.0.1] }"
    try expectError(.unreadableCountry, yaml(rules, database: Fixture.mistyped), "127.1.0.1")
  }

  @Test("an unreadable country that only allow rules read decides after allow.ip")
  func hiddenAllowComesAfterAllowAddress() throws {
    let rules = "  allow: { country: [GB], ip: [127.1.0.1], regex: [[\"*\", \"open\"]] }"
    let yaml = yaml(rules, database: Fixture.mistyped)
    let expected = "allow allow.ip 127.1.0.1 line 3"
    #expect(try outcomes(yaml, "127.1.0.1") == [expected, expected, expected])
    let open = "allow allow.regex open line 3"
    #expect(try outcomes(yaml, "127.1.0.2", "http://a.example/open") == [open, open, open])
    try expectError(.unreadableCountry, yaml, "127.1.0.2")
  }

  @Test("unknown does not decide on an unreadable country")
  func unreadableIsNotUnknown() throws {
    let rules = "  allow: { country: [GB] }\n  unknown: allow"
    try expectError(.unreadableCountry, yaml(rules, database: Fixture.mistyped), "127.1.0.1")
  }

  // 127.4 is NO, with is_anonymous "yes".
  @Test("an unreadable flag is an error if the configuration reads it")
  func unreadableFlag() throws {
    let rules = "  anonymous: { ip: true }\n  allow: { country: [\"NO\"] }"
    let yaml = yaml(rules, database: Fixture.mistyped)
    try expectError(.unreadableFlag, yaml, "127.4.0.1")
    #expect(try policy(yaml).outcome("127.3.0.1") == "deny default")
  }

  @Test("an unreadable flag is ignored if it is not blocked")
  func unreadableFlagThatNobodyReads() throws {
    let rules = "  anonymous: { ip: false }\n  allow: { country: [\"NO\"] }"
    let expected = "allow allow.country NO line 4"
    let yaml = yaml(rules, database: Fixture.mistyped)
    #expect(try outcomes(yaml, "127.4.0.1") == [expected, expected, expected])
  }

  @Test("deny rules and allow.ip come before an unreadable flag")
  func unreadableFlagComesThird() throws {
    let rules = """
        anonymous: { ip: true }
        deny: { country: ["NO"] }
      """
    #expect(
      try policy(yaml(rules, database: Fixture.mistyped)).outcome("127.4.0.1")
        == "deny deny.country NO line 4")
    let listed = """
        anonymous: { ip: true }
        allow: { ip: [127.4.0.1] }
      """
    #expect(
      try policy(yaml(listed, database: Fixture.mistyped)).outcome("127.4.0.1")
        == "allow allow.ip 127.4.0.1 line 4")
  }

  // MARK: - Patterns over their limit

  @Test("a deny pattern over its limit gets the verdict of on_error")
  func denyPatternOverLimit() throws {
    let rules = "  deny: { regex: [[\"*\", \"\(Self.hostilePattern)\"]] }"
    try expectError(.patternLimit, yaml(rules), "127.1.0.1", Self.hostileURL)
    #expect(try policy(yaml(rules)).outcome("127.1.0.1", anyURL) == "allow default")
  }

  @Test("a deny pattern over its limit decides before allow.ip")
  func denyPatternOverLimitComesBeforeAllow() throws {
    let rules = """
        deny: { regex: [["*", "\(Self.hostilePattern)"]] }
        allow: { ip: [127.1.0.1] }
      """
    try expectError(.patternLimit, yaml(rules), "127.1.0.1", Self.hostileURL)
  }

  @Test(
    "a match of another deny rule takes precedence over a pattern over its limit",
    arguments: [
      ("regex: [[\"*\", \"(a+)+$\"], [\"*\", \"a\"]]", "deny deny.regex a line 3"),
      ("regex: [[\"*\", \"a\"], [\"*\", \"(a+)+$\"]]", "deny deny.regex a line 3"),
      ("ip: [127.1.0.1], regex: [[\"*\", \"(a+)+$\"]]", "deny deny.ip 127.1.0.1 line 3"),
      ("country: [US], regex: [[\"*\", \"(a+)+$\"]]", "deny deny.country US line 3"),
    ])
  func definiteDenyWinsOverLimit(rules: String, expected: String) throws {
    let yaml = yaml("  deny: { \(rules) }")
    let outcomes = try outcomes(yaml, "127.1.0.1", Self.hostileURL)
    #expect(outcomes == [expected, expected, expected])
  }

  @Test("an allow pattern over its limit does not match")
  func allowPatternOverLimit() throws {
    let rules = "  allow: { regex: [[\"*\", \"\(Self.hostilePattern)\"]] }"
    let outcomes = try outcomes(yaml(rules), "127.1.0.1", Self.hostileURL)
    #expect(outcomes == ["deny default", "deny default", "deny default"])
  }

  @Test("the patterns after an allow pattern over its limit still match")
  func nextAllowPattern() throws {
    let rules = "  allow: { regex: [[\"*\", \"\(Self.hostilePattern)\"], [\"*\", \"aaa\"]] }"
    #expect(
      try policy(yaml(rules)).outcome("127.1.0.1", Self.hostileURL)
        == "allow allow.regex aaa line 3")
  }

  // MARK: - The URL

  /// A decision on a request without an available URL, and the number of fetches.
  private func decideWithoutURL(
    _ yaml: String, _ client: String? = "127.1.0.1"
  ) throws -> (outcome: String, calls: Int) {
    let policy = try policy(yaml)
    var calls = 0
    let decision = policy.decide(
      client: ResolvedClient(try request(client).client), peer: nil, bypassValue: nil,
      circumstances: { get },
      fillURL: { _ in
        calls += 1
        return false
      })
    return (policy.outcome(of: decision), calls)
  }

  @Test("an unavailable URL is an error if a deny pattern needs it")
  func noURLForDenyPattern() throws {
    let rules = yaml("  deny: { regex: [[US, \"x\"]] }\n  allow: { ip: [127.1.0.1] }")
    #expect(try decideWithoutURL(rules).outcome == "deny error noURL")
    #expect(try decideWithoutURL(rules + "\n  on_error: allow").outcome == "allow error noURL")
    #expect(try decideWithoutURL(rules, "127.2.0.1").outcome == "deny default")
  }

  @Test("an unavailable URL matches no allow pattern")
  func noURLForAllowPattern() throws {
    let rules = yaml("  allow: { regex: [[\"*\", \".\"]] }\n  on_error: allow")
    #expect(try decideWithoutURL(rules).outcome == "deny default")
  }

  @Test("a match takes precedence over an unavailable URL")
  func definiteMatchWinsOverMissingURL() throws {
    let rules = yaml("  deny: { country: [US], regex: [[\"*\", \"x\"]] }")
    #expect(try decideWithoutURL(rules).outcome == "deny deny.country US line 3")
    #expect(try decideWithoutURL(rules, nil).outcome == "deny error noAddress")
  }

  @Test("the URL is fetched at most once, and only for a pattern")
  func urlIsFetchedOnce() throws {
    let both = yaml("  deny: { regex: [[DE, \"x\"]] }\n  allow: { regex: [[\"*\", \"y\"]] }")
    #expect(try decideWithoutURL(both, "127.1.0.1").calls == 1)
    #expect(try decideWithoutURL(both, "127.2.0.1").calls == 1)
    let germans = yaml("  deny: { regex: [[DE, \"x\"]] }")
    #expect(try decideWithoutURL(germans, "127.1.0.1").calls == 0)
    #expect(try decideWithoutURL(germans, "127.2.0.1").calls == 1)
    let decidedBefore = yaml("  deny: { ip: [127.1.0.1], regex: [[\"*\", \"x\"]] }")
    #expect(try decideWithoutURL(decidedBefore).calls == 0)
    let allowed = yaml("  allow: { country: [US], regex: [[\"*\", \"x\"]] }")
    #expect(try decideWithoutURL(allowed).calls == 0)
  }

  @Test("a URL that a deny pattern fetched also serves allow patterns")
  func urlServesBothSides() throws {
    let policy = try policy(
      yaml("  deny: { regex: [[\"*\", \"/z\"]] }\n  allow: { regex: [[\"*\", \"/y\"]] }"))
    var calls = 0
    let path = Array("y".utf8)
    let host = Array("a.example".utf8)
    let none: [UInt8] = []
    let decision = policy.decide(
      client: ResolvedClient(try request("127.1.0.1").client), peer: nil, bypassValue: nil,
      circumstances: { get },
      fillURL: { subject in
        calls += 1
        return subject.assign(host: host.span, path: path.span, params: none.span)
      })
    #expect(policy.outcome(of: decision) == "allow allow.regex /y line 4")
    #expect(calls == 1)
  }

  @Test("parameters that the proxy splits off are part of the subject")
  func parameters() throws {
    let policy = try policy(yaml("  deny: { regex: [[\"*\", '^a.example/a;b/x\\.txt$']] }"))
    let (host, path, params) = (
      Array("a.example".utf8), Array("a".utf8), Array("b/x.txt".utf8)
    )
    let decision = policy.decide(
      client: ResolvedClient(try request("127.1.0.1").client), peer: nil, bypassValue: nil,
      circumstances: { get },
      fillURL: { $0.assign(host: host.span, path: path.span, params: params.span) })
    #expect(decision.reason.step == .denyRegex)
  }
}
