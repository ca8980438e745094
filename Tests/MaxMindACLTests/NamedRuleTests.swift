import Addresses
import Text
import Testing

@testable import MaxMindACL

/// The rules with several conditions, under `rules`.
@Suite struct NamedRuleTests {
  /// 127.1.64.1 is in US-CA, North America and AS64500; 127.1.200.1 is in the US and a VPN.
  private static let databases =
    "[\(Fixture.city), \(Fixture.networks), \(Fixture.countryAnonymous)]"

  /// Rules of a section, each `{ … }`. They are on line 3.
  private func load(_ rules: String..., section: String = "deny", more: String = "") throws
    -> Policy
  {
    let list = rules.joined(separator: ", ")
    return try policy(
      "maxmind:\n  database: \(Self.databases)\n  \(section): { rules: [\(list)] }\n\(more)")
  }

  private func outcome(
    _ policy: Policy, _ client: String? = "127.1.64.1", _ url: String = anyURL,
    method: String? = "GET", at now: Int64? = nil
  ) throws -> String {
    var request = try request(client, url)
    request.method = method
    return policy.outcome(of: policy.decide(request, at: now))
  }

  // MARK: - Conditions

  /// Each kind of condition: a value that holds for the request of `outcome`, and one that does not.
  static let conditions: [(key: String, holds: String, fails: String)] = [
    ("ip", "[127.1.0.0/16]", "[127.2.0.0/16]"),
    ("asn", "[64500]", "[64501]"), ("country", "[US]", "[DE]"),
    ("subdivision", "[US-CA]", "[US-NY]"), ("continent", "[NA]", "[EU]"),
    ("anonymous", "[vpn]", "[tor]"), ("regex", "[/page$]", "[/other$]"),
    ("host", "[a.example]", "[b.example]"), ("method", "[GET]", "[PUT]"),
    ("time", "{ weekdays: [thu] }", "{ weekdays: [fri] }"),
  ]

  /// A client for which all of `holds` hold but the subdivision; 1970-01-01 was a Thursday.
  private static let flagged = "127.1.200.1"

  private func client(_ key: String) -> String { key == "anonymous" ? Self.flagged : "127.1.64.1" }

  @Test("each condition holds or not, and not: turns it around", arguments: conditions)
  func condition(key: String, holds: String, fails: String) throws {
    for section in ["deny", "allow"] {
      let other = section == "deny" ? "allow default" : "deny default"
      for (value, isMatch) in [(holds, true), (fails, false)] {
        let plain = try load("{ name: one, \(key): \(value) }", section: section)
        let negated = try load("{ name: one, not: { \(key): \(value) } }", section: section)
        let matched = "\(section) \(section).rules one line 3"
        #expect(try outcome(plain, client(key), at: 0) == (isMatch ? matched : other))
        #expect(try outcome(negated, client(key), at: 0) == (isMatch ? other : matched))
      }
    }
  }

  @Test("all conditions have to hold, in any order", arguments: conditions.indices)
  func allConditions(failing: Int) throws {
    // The subdivision and the flag hold for different clients.
    let used = Self.conditions.filter { $0.key != "subdivision" }
    func rule(_ failing: String?) -> String {
      let texts = used.map { "\($0.key): \($0.key == failing ? $0.fails : $0.holds)" }
      return "{ name: all, \(texts.joined(separator: ", ")) }"
    }
    #expect(try outcome(load(rule(nil)), Self.flagged, at: 0) == "deny deny.rules all line 3")
    let key = Self.conditions[failing].key
    if key == "subdivision" { return }
    #expect(try outcome(load(rule(key)), Self.flagged, at: 0) == "allow default")
  }

  @Test("any value of a condition is enough; none of those of not: may hold")
  func anyValue() throws {
    for (key, holds, fails) in Self.conditions where key != "time" {
      let both = "[\(fails.dropFirst().dropLast()), \(holds.dropFirst().dropLast())]"
      #expect(
        try outcome(load("{ name: any, \(key): \(both) }"), client(key))
          == "deny deny.rules any line 3")
      #expect(
        try outcome(load("{ name: any, not: { \(key): \(both) } }"), client(key)) == "allow default"
      )
    }
  }

  @Test("each exception is enough by itself")
  func eachException() throws {
    for (key, holds, _) in Self.conditions {
      let others = Self.conditions.filter { $0.key != key && $0.key != "subdivision" }
        .map { "\($0.key): \($0.fails)" }.joined(separator: ", ")
      let rule = "{ name: x, host: [a.example], not: { \(key): \(holds), \(others) } }"
      #expect(try outcome(load(rule), client(key), at: 0) == "allow default", "\(key)")
    }
  }

  @Test("ip and ip_file of a rule are one condition")
  func lists() throws {
    let directory = try TemporaryDirectory()
    try directory.write("127.2.0.0/16\n".utf8, to: "list.conf")
    for (conditions, matching) in [
      ("ip: [127.1.0.0/16], ip_file: [list.conf]", ["127.1.0.1", "127.2.0.1"]),
      ("ip_file: [list.conf]", ["127.2.0.1"]),
      ("not: { ip: [127.1.0.0/16], ip_file: [list.conf] }", ["127.3.0.1", "2001:db8::1"]),
    ] {
      let policy = try directory.load(
        "maxmind: { deny: { rules: [{ name: listed, \(conditions) }] } }".utf8)
      for client in ["127.1.0.1", "127.2.0.1", "127.3.0.1", "2001:db8::1"] {
        let expected = matching.contains(client) ? "deny deny.rules listed line 1" : "allow default"
        #expect(try policy.outcome(client) == expected, "\(conditions) \(client)")
      }
    }
  }

  @Test(
    "a host is compared without case, port and final dot; *. is every name below",
    arguments: [
      ("a.example", "http://a.example/", true), ("a.example", "http://A.Example.:8080/", true),
      ("A.EXAMPLE.", "http://a.example/", true), ("a.example", "http://www.a.example/", false),
      ("a.example", "http://ba.example/", false), ("a.example", "http://a.example.org/", false),
      ("*.a.example", "http://www.a.example/", true),
      ("*.a.example", "http://x.y.A.example./", true),
      ("*.a.example", "http://a.example/", false), ("*.a.example", "http://ba.example/", false),
      ("*.a.example", "http://.a.example/", false),
      ("[2001:db8::1]", "http://[2001:DB8::1]:80/", true),
      ("2001:db8::1", "http://[2001:db8::1]/", true),
      ("192.0.2.1", "http://192.0.2.1/", true),
    ])
  func hosts(host: String, url: String, matches: Bool) throws {
    let policy = try policy("maxmind: { deny: { rules: [{ name: host, host: ['\(host)'] }] } }")
    #expect(try policy.outcome("192.0.2.1", url).hasPrefix("deny deny.rules") == matches)
  }

  @Test(
    "methods differ in case, and one that is too long is in no list",
    arguments: [
      ("GET", "GET", true), ("GET", "get", false), ("get", "GET", false), ("GET", "GETS", false),
      ("GET", "GE", false), ("M-SEARCH", "M-SEARCH", true),
      (String(repeating: "A", count: 24), String(repeating: "A", count: 24), true),
      (String(repeating: "A", count: 24), String(repeating: "A", count: 25), false),
      ("GET", String(repeating: "\u{FF}", count: 24), false),
    ])
  func methods(method: String, sent: String, matches: Bool) throws {
    for (section, other) in [("deny", "allow default"), ("allow", "deny default")] {
      let policy = try load("{ name: m, method: [\(method)] }", section: section)
      let expected = matches ? "\(section) \(section).rules m line 3" : other
      #expect(try outcome(policy, method: sent) == expected)
    }
  }

  // MARK: - Time

  private static let night =
    "{ name: night, time: { daily: '22:00-06:00', weekdays: [mon-fri], zone: Europe/Berlin } }"

  @Test(
    "a window begins with its first minute and belongs to the day on which it begins",
    arguments: [
      // 2026-11-27 is a Friday; Berlin is at UTC+1.
      ("2026-11-27T20:59:59Z", false), ("2026-11-27T21:00:00Z", true),
      ("2026-11-28T04:59:59Z", true), ("2026-11-28T05:00:00Z", false),
      // Saturday night, Sunday night, Monday morning.
      ("2026-11-28T21:30:00Z", false), ("2026-11-29T23:30:00Z", false),
      ("2026-11-30T03:00:00Z", false),
      ("2026-11-30T21:00:00Z", true),
      // In summer Berlin is at UTC+2.
      ("2026-07-03T19:59:59Z", false), ("2026-07-03T20:00:00Z", true),
      ("2026-07-04T03:59:59Z", true),
      ("2026-07-04T04:00:00Z", false),
    ])
  func windows(time: String, isInside: Bool) throws {
    let policy = try load(Self.night)
    #expect(
      try outcome(policy, at: moment(time))
        == (isInside ? "deny deny.rules night line 3" : "allow default"))
  }

  @Test(
    "an hour that the clock shows twice is in the window twice, a skipped one never",
    arguments: [
      // 2026-10-25: 03:00 becomes 02:00 again at 01:00Z. 2026-03-29: 02:00 becomes 03:00 at 01:00Z.
      ("2026-10-25T00:29:59Z", false), ("2026-10-25T00:30:00Z", true),
      ("2026-10-25T00:59:59Z", true),
      ("2026-10-25T01:00:00Z", false), ("2026-10-25T01:30:00Z", true),
      ("2026-10-25T02:00:00Z", false),
      ("2026-03-29T00:59:59Z", false), ("2026-03-29T01:00:00Z", false),
      ("2026-03-29T01:30:00Z", false),
    ])
  func changeOfClock(time: String, isInside: Bool) throws {
    let policy = try load("{ name: half, time: { daily: '02:30-03:00', zone: Europe/Berlin } }")
    #expect(
      try outcome(policy, at: moment(time))
        == (isInside ? "deny deny.rules half line 3" : "allow default"))
  }

  @Test("weekdays alone are whole days, by the clock of UTC")
  func wholeDays() throws {
    let policy = try load("{ name: weekend, time: { weekdays: [sat, sun] } }")
    for (time, isInside) in [
      ("2026-11-27T23:59:59Z", false), ("2026-11-28T00:00:00Z", true),
      ("2026-11-29T23:59:59Z", true), ("2026-11-30T00:00:00Z", false),
    ] {
      #expect(try outcome(policy, at: moment(time)).hasPrefix("deny") == isInside, "\(time)")
    }
  }

  private func moment(_ text: String) throws -> Int64 {
    let bytes = Array(text.utf8)
    let parsed = epoch(time: bytes.span)
    return try #require(parsed, "\(text)")
  }

  // MARK: - Absent and unreadable fields

  @Test(
    "an absent field is in no list, and not: holds for it",
    arguments: ["asn", "country", "subdivision", "continent", "anonymous"])
  func absent(key: String) throws {
    let value = try #require(Self.conditions.first { $0.key == key }).holds
    for client in ["127.99.0.1", "198.18.0.1"] {
      #expect(try outcome(load("{ name: x, \(key): \(value) }"), client) == "allow default")
      #expect(
        try outcome(load("{ name: x, not: { \(key): \(value) } }"), client)
          == "deny deny.rules x line 3")
    }
  }

  /// Rules on 127.1.0.1, whose country cannot be read. Its network is 64500.
  @Test(
    "an unreadable field is an error, unless another condition certainly fails",
    arguments: [
      ("{ name: x, country: [DE] }", nil), ("{ name: x, not: { country: [DE] } }", nil),
      ("{ name: x, country: [DE], asn: [64500] }", nil),
      ("{ name: x, country: [DE], asn: [64501] }", "none"),
      ("{ name: x, country: [DE], not: { asn: [64500] } }", "none"),
      ("{ name: x, country: [DE], regex: [page] }", nil),
      ("{ name: x, country: [DE], regex: [other] }", "none"),
      ("{ name: x, country: [DE], not: { regex: [page] } }", "none"),
      ("{ name: x, not: { country: [DE], asn: [64500] } }", "none"),
      ("{ name: x, not: { country: [DE], method: [GET] } }", "none"),
      ("{ name: x, country: [DE], time: { daily: '00:00-24:00' } }", nil),
      ("{ name: x, not: { country: [DE], ip: [127.1.0.1] } }", "none"),
      // Another rule that matches wins over the error, wherever it is.
      ("{ name: x, country: [DE] }, { name: y, asn: [64500] }", "y"),
      ("{ name: y, asn: [64500] }, { name: x, country: [DE] }", "y"),
      ("{ name: x, country: [DE] }, { name: y, asn: [64501] }", nil),
    ] as [(String, String?)])
  func unreadable(rules: String, name: String?) throws {
    for section in ["deny", "allow"] {
      for onError in ["allow", "deny"] {
        let policy = try policy(
          """
          maxmind:
            database: [\(Fixture.mistyped), \(Fixture.networks)]
            \(section): { rules: [\(rules)] }
            on_error: \(onError)
          """)
        let expected =
          switch name {
          case nil: "\(onError) error unreadableCountry"
          case "none"?: section == "deny" ? "allow default" : "deny default"
          case let name?: "\(section) \(section).rules \(name) line 3"
          }
        #expect(try policy.outcome("127.1.0.1") == expected, "\(section) \(onError)")
      }
    }
  }

  @Test("an unreadable flag is an error of a rule")
  func unreadableFlag() throws {
    // 127.4 is in Norway, and its is_anonymous is a text.
    func outcome(_ rule: String) throws -> String {
      try policy(
        "maxmind: { database: [\(Fixture.mistyped), \(Fixture.anonymous)], deny: { rules: [{ name: x, \(rule) }] } }"
      ).outcome("127.4.0.1")
    }
    #expect(try outcome("anonymous: [ip]") == "deny error unreadableFlag")
    #expect(try outcome("anonymous: [ip, vpn]") == "deny error unreadableFlag")
    #expect(try outcome("anonymous: [vpn]") == "allow default")
    #expect(try outcome("anonymous: [ip], country: [GB]") == "allow default")
    #expect(try outcome("anonymous: [ip], country: [NO]") == "deny error unreadableFlag")
    #expect(try outcome("not: { anonymous: [ip] }") == "deny error unreadableFlag")
  }

  @Test(
    "an error of a deny rule comes before allow.ip and the flags, and after every deny rule that matches"
  )
  func placeOfErrors() throws {
    func outcome(_ rules: String) throws -> String {
      try policy("maxmind: { database: [\(Fixture.mistyped), \(Fixture.networks)], \(rules) }")
        .outcome("127.1.0.1")
    }
    let rule = "rules: [{ name: x, country: [GB] }]"
    #expect(
      try outcome("deny: { \(rule) }, allow: { ip: [127.1.0.1] }") == "deny error unreadableCountry"
    )
    #expect(try outcome("deny: { \(rule), asn: [64500] }") == "deny deny.asn 64500 line 1")
    #expect(try outcome("deny: { \(rule), regex: [['*', page]] }") == "deny deny.regex page line 1")
    #expect(try outcome("allow: { \(rule), ip: [127.1.0.1] }") == "allow allow.ip 127.1.0.1 line 1")
    #expect(
      try outcome("allow: { \(rule), regex: [['*', page]] }") == "allow allow.regex page line 1")
    #expect(try outcome("allow: { \(rule) }") == "deny error unreadableCountry")
  }

  @Test("without an address, the rules that read neither address nor record decide")
  func withoutAddress() throws {
    for (rule, expected) in [
      ("host: [a.example]", "deny deny.rules x line 3"),
      ("regex: [page]", "deny deny.rules x line 3"),
      ("host: [a.example], country: [US]", "deny error noAddress"),
      ("not: { ip: [192.0.2.1] }", "deny error noAddress"),
      ("host: [b.example]", "deny error noAddress"),
    ] {
      #expect(try outcome(load("{ name: x, \(rule) }"), nil) == expected, "\(rule)")
      #expect(
        try outcome(load("{ name: x, \(rule) }", section: "allow"), nil) == "deny error noAddress")
    }
  }

  @Test(
    "an unknown method and a URL that is not available are errors, unless another condition fails")
  func unknownParts() throws {
    let method = try load("{ name: x, method: [PUT], host: [a.example] }")
    #expect(try outcome(method, method: nil) == "deny error noMethod")
    #expect(try outcome(method, "127.1.0.1", "http://b.example/", method: nil) == "allow default")
    let unfilled = try load("{ name: x, method: [GET], host: [a.example] }")
    for (sent, expected) in [("GET", "deny error noURL"), ("PUT", "allow default")] {
      let bytes = Array(sent.utf8)
      let decision = unfilled.decide(
        client: ResolvedClient(Address("127.1.0.1")), peer: nil, bypassValue: nil,
        circumstances: { Circumstances(method: RequestMethod(bytes.span), now: 0) }
      ) { _ in false }
      #expect(unfilled.outcome(of: decision) == expected)
    }
  }

  @Test("the URL and the circumstances are fetched only for a rule that reads them")
  func fetched() throws {
    let policy = try load(
      "{ name: x, country: [DE], method: [GET], regex: [page] }",
      "{ name: y, asn: [64500], method: [PUT], regex: [page] }")
    for (client, method, calls, urls) in [
      ("127.3.0.1", "GET", 0, 0), ("127.1.0.1", "GET", 1, 0), ("127.1.0.1", "PUT", 1, 1),
      ("127.2.0.1", "GET", 1, 1),
    ] {
      var (fetches, fills) = (0, 0)
      let bytes = Array(method.utf8)
      _ = policy.decide(
        client: ResolvedClient(Address(client)), peer: nil, bypassValue: nil,
        circumstances: {
          fetches += 1
          return Circumstances(method: RequestMethod(bytes.span), now: 0)
        }
      ) {
        fills += 1
        return policy.assign(
          host: Array("a.example".utf8).span, path: Array("page".utf8).span, to: $0)
      }
      #expect(fetches == calls && fills == urls, "\(client) \(method) \(fetches) \(fills)")
    }
  }

  // MARK: - Forms of the URL

  @Test("forms follow polarity: what matches more denies more")
  func forms() throws {
    // As sent it is below /public/, but an origin may serve /secret.
    let mixed = "http://a.example/public/..;/secret"
    let pattern = "regex: ['^a\\.example/public/']"
    let deny = try load("{ name: x, \(pattern) }")
    let denyNot = try load("{ name: x, host: [a.example], not: { \(pattern) } }")
    let allow = try load("{ name: x, \(pattern) }", section: "allow")
    let allowNot = try load("{ name: x, host: [a.example], not: { \(pattern) } }", section: "allow")
    let policies = [(deny, "deny"), (denyNot, "deny"), (allow, "deny"), (allowNot, "deny")]
    for (policy, verdict) in policies {
      #expect(try outcome(policy, "127.1.0.1", mixed).hasPrefix(verdict))
    }
    let plain = "http://a.example/public/page"
    for (policy, verdict) in zip(policies.map(\.0), ["deny", "allow", "allow", "deny"]) {
      #expect(try outcome(policy, "127.1.0.1", plain).hasPrefix(verdict))
    }
    let other = "http://a.example/secret"
    for (policy, verdict) in zip(policies.map(\.0), ["allow", "deny", "deny", "allow"]) {
      #expect(try outcome(policy, "127.1.0.1", other).hasPrefix(verdict))
    }
  }

  @Test("a pattern that hits its limit is an error under deny, and no match under allow")
  func limits() throws {
    let url = "http://a.example/" + String(repeating: "a", count: 4000)
    let slow = "regex: ['^(a+)+$|(x+x+)+y|(.*.*.*.*.*.*.*.*)*b$']"
    #expect(
      try outcome(load("{ name: x, \(slow) }"), "127.1.0.1", url) == "deny error patternLimit")
    #expect(
      try outcome(load("{ name: x, \(slow) }", section: "allow"), "127.1.0.1", url)
        == "deny default")
    #expect(
      try outcome(
        load("{ name: x, host: [a.example], not: { \(slow) } }", section: "allow"), "127.1.0.1", url
      )
        == "deny default")
  }

  // MARK: - Order and reports

  @Test("the first rule in the file that matches is reported, beyond 64 rules too")
  func order() throws {
    let misses = (0..<130).map { "{ name: miss\($0), asn: [\($0 + 1)] }" }
    let hit = "{ name: hit, asn: [64500] }"
    for place in [0, 63, 64, 65, 127, 128, 130] {
      var rules = misses
      rules.insert(hit, at: place)
      rules.append("{ name: late, country: [US] }")
      let policy = try policy(
        "maxmind:\n  database: \(Self.databases)\n  deny: { rules: [\(rules.joined(separator: ", "))] }\n"
      )
      #expect(try outcome(policy) == "deny deny.rules hit line 3", "\(place)")
    }
  }

  @Test("named rules come after the other rules of their line of the ladder")
  func afterOthers() throws {
    for kind in FieldRuleTests.kinds.dropLast() {
      for section in ["deny", "allow"] {
        let policy = try policy(
          "maxmind: { database: \(Self.databases), \(section): { rules: [{ name: x, host: [a.example] }], \(kind) } }"
        )
        #expect(try !outcome(policy).contains(".rules "), "\(kind)")
      }
    }
    let flags = try load(
      "{ name: x, country: [US] }", section: "allow", more: "  anonymous: { vpn: true }")
    #expect(try outcome(flags, Self.flagged) == "deny anonymous.vpn vpn line 4")
    let both = try policy(
      "maxmind: { database: \(Self.databases), deny: { rules: [{ name: x, country: [US] }] }, allow: { ip: [127.1.64.1] } }"
    )
    #expect(try outcome(both) == "deny deny.rules x line 1")
  }

  @Test("one rule under allow makes the default deny")
  func defaultVerdict() throws {
    let policy = try load("{ name: x, country: [DE] }", section: "allow")
    #expect(try outcome(policy) == "deny default")
  }

  @Test("a rule's own response is the whole answer; others have that of rules:, or the plain one")
  func responses() throws {
    let policy = try load(
      "{ name: a, host: [a.example], response: { status: 451, headers: { X-A: b } } }",
      "{ name: b, host: [b.example], response: { close: true } }",
      "{ name: c, host: [c.example], response: { redirect: 'https://c.example/{reason}/{country}' } }",
      "{ name: d, host: [d.example] }",
      more: "  response: { status: 410, headers: { X-All: x }, rules: { status: 404 } }")
    func answer(_ host: String) throws -> Answer? {
      policy.explain(try request("127.1.64.1", "http://\(host)/page")).answer
    }
    let own = try #require(try answer("a.example"))
    #expect(own.status == 451 && own.configured.fields.map(\.name) == ["X-A"])
    #expect(try answer("b.example")?.status == nil)
    #expect(try answer("b.example") != nil)
    #expect(
      try answer("c.example")?.location == nil
        || answer("c.example")?.location == "https://c.example/deny.rules/US")
    #expect(try answer("d.example")?.status == 404)
    #expect(try answer("d.example")?.configured.fields.isEmpty == true)
    #expect(try answer("e.example") == nil)
    let plain = try load("{ name: d, host: [a.example] }", more: "  response: { status: 410 }")
    #expect(plain.explain(try request("127.1.64.1")).answer?.status == 410)
  }

  @Test("descriptions and explanations name the rule")
  func reports() throws {
    let policy = try load("{ name: video rights, country: [US], regex: [page] }")
    let request = try request("127.1.64.1")
    #expect(
      policy.describe(policy.decide(request))
        == "deny deny.rules video rights maxmind.yaml:3 country=US")
    #expect(
      policy.explain(request).rendered(client: "127.1.64.1", by: policy).contains(
        """
          2. deny.regex     no rules
        > 2. deny.rules     deny: video rights
             maxmind.yaml:3:27
             3 |   deny: { rules: [{ name: video rights, country: [US], regex: [page] }] }
               |                           ^~~~~~~~~~~~
          3. allow.ip       not reached
        """))
    #expect(policy.summary.contains(": 1 deny.rules; default allow; "))
    // An explanation has no line for a kind without rules, but for the stock plugin's kinds.
    let names = policy.explain(request).steps.map(\.step.name)
    #expect(
      !names.contains("allow.rules") && !names.contains("deny.asn") && names.contains("deny.regex"))
  }
}
