import Testing

/// The six lines of the semantics: the first that matches decides.
@Suite struct LadderTests {
  /// A rule of each kind. All match a US client in 127.1.200.0/24 that requests `/secret`.
  private func ladder(without left: String...) -> String {
    let lines = """
      maxmind:
        database: \(Fixture.countryAnonymous)
        bypass: { header: X-Pass, value: open }        # bypass
        deny:
          ip: [127.1.200.9]                            # deny.ip
          country: [US]                                # deny.country
          regex: [["*", "secret"]]                     # deny.regex
        anonymous: { vpn: true }                       # anonymous
        allow:
          ip: [127.1.200.0/24, 192.0.2.1]              # allow.ip
          country: [US]                                # allow.country
          regex: [[US, "secret"]]                      # allow.regex
      """
    return lines.split(separator: "\n", omittingEmptySubsequences: false)
      .map { line in left.contains { line.hasSuffix("# \($0)") } ? "" : line }
      .joined(separator: "\n")
  }

  private func outcome(of yaml: String) throws -> String {
    try policy(yaml).outcome(
      "127.1.200.9", "http://a.example/secret", headers: [(name: "X-Pass", value: "open")])
  }

  @Test("line 1, bypass, comes before everything else")
  func bypassComesFirst() throws {
    #expect(try outcome(of: ladder()) == "allow bypass X-Pass line 3")
  }

  @Test("line 2 reports a deny.ip rule before the other kinds of deny rules")
  func denyAddressComesBeforeOtherDenyRules() throws {
    #expect(try outcome(of: ladder(without: "bypass")) == "deny deny.ip 127.1.200.9 line 5")
  }

  @Test("line 2 reports a deny.country rule before a deny.regex rule")
  func denyCountryComesBeforeDenyRegex() throws {
    let yaml = ladder(without: "bypass", "deny.ip")
    #expect(try outcome(of: yaml) == "deny deny.country US line 6")
  }

  @Test("line 2, any deny rule, comes before line 3, allow.ip")
  func denyRegexComesBeforeAllowAddress() throws {
    let yaml = ladder(without: "bypass", "deny.ip", "deny.country")
    #expect(try outcome(of: yaml) == "deny deny.regex secret line 7")
  }

  @Test("line 3, allow.ip, comes before line 4, anonymous")
  func allowAddressComesBeforeAnonymous() throws {
    let yaml = ladder(without: "bypass", "deny.ip", "deny.country", "deny.regex")
    #expect(try outcome(of: yaml) == "allow allow.ip 127.1.200.0/24 line 10")
  }

  @Test("line 4, anonymous, comes before line 5, the other allow rules")
  func anonymousComesBeforeOtherAllowRules() throws {
    let yaml = ladder(without: "bypass", "deny.ip", "deny.country", "deny.regex", "allow.ip")
    #expect(try outcome(of: yaml) == "deny anonymous.vpn vpn line 8")
  }

  @Test("line 5 reports an allow.country rule before an allow.regex rule")
  func allowCountryComesBeforeAllowRegex() throws {
    let yaml = ladder(
      without: "bypass", "deny.ip", "deny.country", "deny.regex", "allow.ip", "anonymous")
    #expect(try outcome(of: yaml) == "allow allow.country US line 11")
  }

  @Test("line 5 matches with an allow.regex rule alone")
  func allowRegexDecides() throws {
    let yaml = ladder(
      without: "bypass", "deny.ip", "deny.country", "deny.regex", "allow.ip", "anonymous",
      "allow.country")
    #expect(try outcome(of: yaml) == "allow allow.regex secret line 12")
  }

  @Test(
    "line 6 denies if the configuration has an allow rule of any kind",
    arguments: [
      "ip: [192.0.2.1]", "country: [DE]", #"regex: [[US, "nothing like it"]]"#,
      "ip: [], country: [DE]",
    ])
  func defaultWithAllowRules(rules: String) throws {
    let policy = try policy(
      "maxmind: { database: \(Fixture.country), allow: { \(rules) } }")
    #expect(try policy.outcome("127.1.0.1") == "deny default")
  }

  @Test(
    "line 6 allows if the configuration has no allow rule",
    arguments: [
      "", "deny: { ip: [192.0.2.1] }", "deny: { country: [DE] }", #"deny: { regex: [[DE, "x"]] }"#,
      "bypass: { header: X-Pass, value: open }", "on_error: deny",
      "deny: { country: [DE], ip: [192.0.2.1] }",
    ])
  func defaultWithoutAllowRules(rest: String) throws {
    let policy = try policy("maxmind:\n  database: \(Fixture.country)\n  \(rest)")
    #expect(try policy.outcome("127.1.0.1") == "allow default")
    #expect(try policy.outcome("198.18.0.1") == "allow default", "unknown to the database")
  }

  @Test("an allow.ip entry alone flips the default to deny")
  func allowAddressAloneFlipsDefault() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.anonymous)
        anonymous: { tor: true }
        allow:
          ip: [127.14.0.1]
      """)
    #expect(try policy.outcome("127.14.0.1") == "allow allow.ip 127.14.0.1 line 5")
    #expect(try policy.outcome("127.14.0.2") == "deny anonymous.tor tor line 3")
    #expect(try policy.outcome("192.0.2.1") == "deny default")
  }

  @Test("an empty allow section counts as no allow rules, with a warning")
  func allowOfNull() throws {
    let policy = try policy("maxmind:\n  database: \(Fixture.country)\n  allow:\n")
    #expect(try policy.outcome("127.1.0.1") == "allow default")
    #expect(policy.warnings.map(\.id) == [.emptySection])
  }

  @Test(
    "an allow section with keys but no rules is an error",
    arguments: ["country: []", "country:", "ip: []", "country: [], ip: [], regex: []"])
  func allowWithoutRules(rules: String) throws {
    let found = try diagnostics(
      "maxmind: { database: \(Fixture.country), allow: { \(rules) } }".utf8)
    #expect(found.filter { $0.severity == .error }.map(\.id) == [.noAllowRules])
  }
}

/// Line 1: the bypass header.
@Suite struct BypassTests {
  private let yaml = """
    maxmind:
      database: \(Fixture.country)
      bypass:
        header: X-Pass
        value: "Open Sesame"
      deny:
        ip: [0.0.0.0/0]
    """

  @Test(
    "the first field of the name lets a request through if its raw value is equal",
    arguments: [
      ([("X-Pass", "Open Sesame")], true),
      ([("x-pass", "Open Sesame")], true),
      ([("X-PASS", "Open Sesame")], true),
      ([("Accept", "*/*"), ("X-Pass", "Open Sesame")], true),
      ([("X-Pass", "Open Sesame"), ("X-Pass", "no")], true),
      ([("X-Pass", "no"), ("X-Pass", "Open Sesame")], false),
      ([("X-Pass", "open sesame")], false),
      ([("X-Pass", "Open Sesame ")], false),
      ([("X-Pass", " Open Sesame")], false),
      ([("X-Pass", "Open Sesam")], false),
      ([("X-Pass", "Open Sesame, Open Sesame")], false),
      ([("X-Pass", "\"Open Sesame\"")], false),
      ([("X-Pass", "")], false),
      ([("X-Pas", "Open Sesame")], false),
      ([], false),
    ] as [([(String, String)], Bool)])
  func bypass(headers: [(String, String)], passes: Bool) throws {
    let expected = passes ? "allow bypass X-Pass line 4" : "deny deny.ip 0.0.0.0/0 line 7"
    let headers = headers.map { (name: $0.0, value: $0.1) }
    #expect(try policy(yaml).outcome("127.1.0.1", headers: headers) == expected)
  }

  @Test("a bypass value is compared byte by byte, not as characters")
  func bypassComparesBytes() throws {
    let yaml = """
      maxmind:
        database: \(Fixture.country)
        bypass: { header: X-Pass, value: "\\u00e9" }
        deny: { ip: [0.0.0.0/0] }
      """
    let policy = try policy(yaml)
    #expect(try policy.outcome("127.1.0.1", headers: [("X-Pass", "\u{e9}")]).hasPrefix("allow"))
    #expect(try policy.outcome("127.1.0.1", headers: [("X-Pass", "e\u{301}")]).hasPrefix("deny"))
  }

  @Test("bypass lets a request without an address through")
  func bypassWithoutAddress() throws {
    let headers = [(name: "X-Pass", value: "Open Sesame")]
    #expect(try policy(yaml).outcome(nil, headers: headers) == "allow bypass X-Pass line 4")
  }

  @Test("the policy names the header that it reads, or none")
  func bypassHeader() throws {
    #expect(try policy(yaml).bypassHeader == "X-Pass")
    #expect(try policy("maxmind: { database: \(Fixture.country) }").bypassHeader == nil)
  }
}
