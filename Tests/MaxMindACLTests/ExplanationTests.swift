import MaxMindACL
import Testing

/// The explanations of decisions.
@Suite struct ExplanationTests {
  private static let ladder = #"""
    maxmind:
      database: \#(Fixture.countryAnonymous)
      bypass: { header: X-Pass, value: open }
      deny:
        ip: [10.0.0.1, 10.0.0.2]
        country: [DE]
        regex: [["*", "secret"], ["*", "(a+)+$"]]
      anonymous: { vpn: true, tor: false }
      allow:
        ip: [10.0.0.3]
        country: [US, GB]
        regex: [["*", "open"]]
    """#

  /// The steps in one line: `name` did not match, `-name` has no rules, `*name` decided, `(name)` was not reached.
  private func steps(_ explanation: Explanation) -> String {
    explanation.steps.map { entry in
      switch entry.outcome {
      case .notConfigured: "-\(entry.step.name)"
      case .notMatched: entry.step.name
      case .decided: "*\(entry.step.name)"
      case .notReached: "(\(entry.step.name))"
      }
    }.joined(separator: " ")
  }

  private func explain(
    _ yaml: String, _ client: String?, _ url: String = anyURL,
    headers: [(name: String, value: String)] = []
  ) throws -> (explanation: Explanation, steps: String) {
    let explanation = try policy(yaml).explain(request(client, url, headers: headers))
    return (explanation, steps(explanation))
  }

  @Test(
    "the step that decided is marked, and later steps are not reached",
    arguments: [
      (
        "10.0.0.1", "page",
        "bypass *deny.ip (deny.country) (deny.regex) (allow.ip) (anonymous) (allow.country) (allow.regex) (default)"
      ),
      (
        "127.2.0.1", "page",
        "bypass deny.ip *deny.country (deny.regex) (allow.ip) (anonymous) (allow.country) (allow.regex) (default)"
      ),
      (
        "127.1.0.1", "secret",
        "bypass deny.ip deny.country *deny.regex (allow.ip) (anonymous) (allow.country) (allow.regex) (default)"
      ),
      (
        "10.0.0.3", "page",
        "bypass deny.ip deny.country deny.regex *allow.ip (anonymous) (allow.country) (allow.regex) (default)"
      ),
      (
        "127.1.200.1", "page",
        "bypass deny.ip deny.country deny.regex allow.ip *anonymous (allow.country) (allow.regex) (default)"
      ),
      (
        "127.1.0.1", "page",
        "bypass deny.ip deny.country deny.regex allow.ip anonymous *allow.country (allow.regex) (default)"
      ),
      (
        "198.18.0.1", "open",
        "bypass deny.ip deny.country deny.regex allow.ip anonymous allow.country *allow.regex (default)"
      ),
      (
        "198.18.0.1", "page",
        "bypass deny.ip deny.country deny.regex allow.ip anonymous allow.country allow.regex *default"
      ),
    ])
  func decidingStep(client: String, path: String, expected: String) throws {
    #expect(try explain(Self.ladder, client, "http://a.example/\(path)").steps == expected)
  }

  @Test("a matched bypass leaves all other steps unreached")
  func bypass() throws {
    let (explanation, steps) = try explain(
      Self.ladder, "10.0.0.1", headers: [(name: "X-Pass", value: "open")])
    #expect(steps.hasPrefix("*bypass (deny.ip) "))
    #expect(explanation.rule?.text == "X-Pass")
  }

  @Test("steps without rules differ from steps without a match, which have a number of rules")
  func notConfigured() throws {
    let yaml = """
      maxmind: { database: \(Fixture.country), deny: { country: [US, DE], ip: [192.0.2.1] } }
      """
    let (explanation, steps) = try explain(yaml, "127.3.0.1")
    #expect(
      steps
        == "-bypass deny.ip deny.country -deny.regex -allow.ip -anonymous -allow.country -allow.regex *default"
    )
    #expect(explanation.steps.map(\.ruleCount) == [0, 1, 2, 0, 0, 0, 0, 0, 0])
    #expect(explanation.steps.map(\.line) == [1, 2, 2, 2, 3, 4, 5, 5, 6])
  }

  @Test("the last step is unknown if that key decided")
  func unknown() throws {
    let yaml = "maxmind: { database: \(Fixture.country), deny: { country: [US] }, unknown: deny }"
    #expect(try explain(yaml, "198.18.0.1").steps.hasSuffix(" *unknown"))
    #expect(try explain(yaml, "127.2.0.1").steps.hasSuffix(" *default"))
  }

  @Test("an error is listed at the line that it affects, and ends the ladder")
  func errors() throws {
    let noAddress = try explain(Self.ladder, nil).steps
    #expect(
      noAddress
        == "bypass deny.ip deny.country deny.regex *error (allow.ip) (anonymous) (allow.country) (allow.regex) (default)"
    )
    let url = "http://a.example/" + String(repeating: "a", count: 64) + "!"
    #expect(try explain(Self.ladder, "127.1.0.1", url).steps == noAddress)

    let denying = "maxmind: { database: \(Fixture.mistyped), deny: { country: [GB] } }"
    #expect(
      try explain(denying, "127.1.0.1").steps
        == "-bypass -deny.ip deny.country -deny.regex *error (allow.ip) (anonymous) (allow.country) (allow.regex) (default)"
    )
    let allowing = "maxmind: { database: \(Fixture.mistyped), allow: { country: [GB] } }"
    #expect(
      try explain(allowing, "127.1.0.1").steps
        == "-bypass -deny.ip -deny.country -deny.regex -allow.ip -anonymous allow.country -allow.regex *error (default)"
    )
    let flags = "maxmind: { database: \(Fixture.mistyped), anonymous: { ip: true } }"
    #expect(
      try explain(flags, "127.4.0.1").steps
        == "-bypass -deny.ip -deny.country -deny.regex -allow.ip anonymous *error (allow.country) (allow.regex) (default)"
    )
  }

  @Test("the rule has its position and its line of the file")
  func rule() throws {
    let rule = try #require(try explain(Self.ladder, "10.0.0.2").explanation.rule)
    #expect(rule.step == .denyIP)
    #expect(rule.text == "10.0.0.2")
    #expect(rule.line == 5)
    #expect(rule.sourceLine == "    ip: [10.0.0.1, 10.0.0.2]")
    #expect(
      rule.excerpt == """
         5 |     ip: [10.0.0.1, 10.0.0.2]
           |                    ^~~~~~~~
        """)
  }

  @Test("the country is shown even if no rule reads it")
  func country() throws {
    let yaml = "maxmind: { database: \(Fixture.country), bypass: { header: X-Pass, value: open } }"
    let headers = [(name: "X-Pass", value: "open")]
    let bypassed = try explain(yaml, "127.2.0.1", headers: headers).explanation
    #expect(bypassed.country == (try code("DE")))
    #expect(try policy(yaml).country(of: bypassed.decision) == nil)
    #expect(try explain(yaml, "198.18.0.1").explanation.country == nil)
    #expect(try explain(yaml, nil).explanation.country == nil)
  }

  @Test(
    "the URL is shown in all forms for patterns, without repetitions",
    arguments: [
      ("http://A.Example/page", ["a.example/page"]),
      ("http://a.example/a/../%62", ["a.example/a/../%62", "a.example/b"]),
      ("http://a.example/%62%20", ["a.example/%62%20", "a.example/b%20", "a.example/b "]),
      ("http://a.example/a%20b", ["a.example/a%20b", "a.example/a b"]),
      (
        "http://a.example/a%20b;x",
        ["a.example/a%20b;x", "a.example/a b;x", "a.example/a b", "a.example/a%20b"]
      ),
      ("http://a.example/a//../b", ["a.example/a//../b", "a.example/b", "a.example/a/b"]),
    ])
  func subjects(url: String, expected: [String]) throws {
    #expect(try explain(Self.ladder, "127.1.0.1", url).explanation.subjects == expected)
  }

  private static let patterns = #"""
    maxmind:
      database: \#(Fixture.country)
      deny:
        regex: [["*", '^a\.example/secret'], [US, '\.mp3$'], ["*", 'caf\xc3\xa9']]
      allow:
        regex: [["*", '^b\.example/'], ["*", '^a\.example/public/'], ["*", 'a/[^/]+$']]
    """#

  @Test(
    "a deny rule has the first form that its pattern matches",
    arguments: [
      ("secret/x", "sent", "a.example/secret/x"),
      ("s%65cret/x", "normalised", "a.example/secret/x"),
      ("caf%C3%A9", "decoded", "a.example/café"),
      ("song.mp3;x", "structural, cut first", "a.example/song.mp3"),
      ("song.mp3%3Bx", "structural, decode first", "a.example/song.mp3"),
      ("secret//../x", "sent", "a.example/secret//../x"),
      ("b/..//secret//../x", "normalised, dots first", "a.example/secret/x"),
      ("%2fsecret/%2f../x", "structural, cut first, dots first", "a.example/secret/x"),
      ("%3b%2fsecret/%3b/..%3b/x", "structural, decode first, dots first", "a.example/secret/x"),
    ])
  func form(path: String, name: String, url: String) throws {
    let explanation = try explain(Self.patterns, "127.1.0.1", "http://a.example/\(path)")
      .explanation
    #expect(explanation.decision.reason.step == .denyRegex)
    #expect(explanation.form?.name == name)
    #expect(explanation.form?.url == url)
    #expect(explanation.misses.isEmpty)
  }

  @Test(
    "an allow rule that misses one form is shown with that form",
    arguments: [
      ("public/../x", "^a\\.example/public/", "normalised", "a.example/x"),
      ("public/..;/x", "^a\\.example/public/", "structural, cut first", "a.example/x"),
      ("public/..%3b/x", "^a\\.example/public/", "structural, decode first", "a.example/x"),
      ("a/b%2Fc", "a/[^/]+$", "structural, cut first", "a.example/a/b/c"),
      ("public//..//x", "^a\\.example/public/", "normalised", "a.example/x"),
    ])
  func miss(path: String, pattern: String, name: String, url: String) throws {
    let explanation = try explain(Self.patterns, "127.1.0.1", "http://a.example/\(path)")
      .explanation
    #expect(explanation.decision.reason.step == .byDefault)
    #expect(explanation.form == nil)
    let miss = try #require(explanation.misses.first)
    #expect(miss.rule.text == pattern)
    #expect(miss.form.name == name)
    #expect(miss.form.url == url)
  }

  @Test(
    "no miss is shown if no rule matches as sent, one allows, or another step decides",
    arguments: [
      "http://a.example/x", "http://a.example/public/x;y", "http://a.example/secret/public/..;/x",
    ])
  func noMiss(url: String) throws {
    #expect(try explain(Self.patterns, "127.1.0.1", url).explanation.misses.isEmpty)
  }
}
