import MaxMindACL
import RuleTests
import Testing

/// Tests of the rules of a remap.config.
@Suite struct RemapTests {
  let files: TestFiles

  init() throws {
    files = try TestFiles([
      "etc/remap.config": """
      map http://us.example/open/ http://origin.example/
      map http://us.example/ http://origin.example/ @plugin=maxmind_acl.so @pparam=us.yaml
      map http://both.example/ http://origin.example/ \\
        @plugin=maxmind_acl.so @pparam=us.yaml @plugin=maxmind_acl.so @pparam=office.yaml
      redirect http://old.example/ http://us.example/
      redirect_temporary http://moved.example/ http://us.example/
      """,
      "etc/us.yaml": "maxmind: {database: ../country.mmdb, allow: {country: [US]}}",
      "etc/office.yaml": "maxmind: {database: ../country.mmdb, allow: {ip: [127.1.1.0/24]}}",
      "other/us.yaml": "maxmind: {database: ../country.mmdb, allow: {country: [DE]}}",
      "other/office.yaml": "maxmind: {database: ../country.mmdb}",
    ])
  }

  /// Runs one test. Returns the unmet expectations.
  private func said(
    client: String = "127.1.0.1", _ url: String, _ expect: String, beside: String = ""
  ) throws -> [String] {
    let text = """
      remap: etc/remap.config
      \(beside)
      tests:
        - name: one
          request: {client: \(client), url: "\(url)"}
          expect: \(expect)
      """
    let file = try RuleTestFile.read(Array(text.utf8), file: files.path("tests.yaml"))
    let run = try LoadedRuleTests.load(file).run()
    return run.tests.flatMap(\.cases).flatMap(\.mismatches).map {
      files.withoutDirectory($0.description)
    }
  }

  static let rows: [(String, String, String, [String])] = [
    ("127.1.0.1", "http://us.example/x", "{decision: allow, reason: allow.country}", []),
    ("127.2.0.1", "http://us.example/x", "{decision: deny, status: 403, country: DE}", []),
    ("127.2.0.1", "http://us.example/open/x", "{decision: allow, reason: no rules}", []),
    ("127.2.0.1", "http://us.example/open/x", "{country: DE}", []),
    (
      "127.2.0.1", "http://us.example/open/x", "deny", ["decision: expected deny, was allow"]
    ),
    ("127.1.1.1", "http://both.example/", "{decision: allow, reason: allow.ip}", []),
    ("127.1.0.1", "http://both.example/", "{decision: deny, reason: default}", []),
    ("127.1.0.1", "http://none.example/", "{status: 404, reason: unmapped}", []),
    (
      "127.1.0.1", "http://none.example/", "allow",
      ["decision: expected allow, was none: the request is unmapped"]
    ),
    (
      "127.1.0.1", "http://none.example/", "deny",
      ["decision: expected deny, was none: the request is unmapped"]
    ),
    ("127.2.0.1", "http://old.example/", "{status: 301, reason: redirected}", []),
    ("127.2.0.1", "http://moved.example/", "{status: 307, reason: redirected}", []),
    (
      "127.2.0.1", "http://moved.example/", "allow",
      ["decision: expected allow, was none: the request is redirected"]
    ),
    ("127.1.0.1", "http://us.example/", "{map: \"remap.config:2\"}", []),
    ("127.1.0.1", "http://us.example/", "{map: \"http://us.example/\"}", []),
    (
      "127.1.0.1", "http://us.example/", "{map: \"remap.config:1\"}",
      [
        "map: expected remap.config:1, was etc/remap.config:2: map http://us.example/ http://origin.example/"
      ]
    ),
    (
      "127.1.0.1", "http://none.example/", "{map: \"http://us.example/\"}",
      ["map: expected http://us.example/, was none"]
    ),
  ]

  @Test(arguments: rows) func `the URL chooses the line and its rules`(
    _ client: String, _ url: String, _ expect: String, _ said: [String]
  ) throws {
    #expect(try self.said(client: client, url, expect) == said)
  }

  @Test func `names in the remap.config are relative to it, or to directory`() throws {
    #expect(try said(client: "127.2.0.1", "http://us.example/", "deny") == [])
    #expect(
      try said(client: "127.2.0.1", "http://us.example/", "allow", beside: "directory: other") == []
    )
  }

  @Test func `database replaces the databases of the configurations`() throws {
    #expect(try said(client: "127.2.0.1", "http://us.example/", "{country: DE}") == [])
    let beside = "database: swapped.mmdb"
    #expect(
      try said(
        client: "127.2.0.1", "http://us.example/", "{decision: allow, country: US}", beside: beside)
        == [])
  }

  @Test func `the explanation of a failure names the line and each configuration`() throws {
    let text = """
      remap: etc/remap.config
      tests:
        - name: one
          request: {client: 127.1.0.1, url: "http://both.example/"}
          expect: allow
      """
    let file = try RuleTestFile.read(Array(text.utf8), file: files.path("tests.yaml"))
    let run = try LoadedRuleTests.load(file).run()
    let test = try #require(run.tests.first)
    let lines = run.explanation(of: try #require(test.cases.first), in: test)
    #expect(
      lines.map(files.withoutDirectory).filter { !$0.hasPrefix("  ") && $0 != "" } == [
        "etc/remap.config:3: map http://both.example/ http://origin.example/",
        "allow: allow.country", "config   us.yaml", "client   127.1.0.1",
        "country  US by GeoLite2-Country, built 2026-09-01", "url      both.example/",
        "> 5. allow.country  allow: US",
        "deny: default", "config   office.yaml", "client   127.1.0.1",
        "country  US by GeoLite2-Country, built 2026-09-01", "url      both.example/",
        "answer   403 Forbidden, the proxy's own page",
        "> 6. default        deny: there are allow rules, and none matched",
      ])
  }

  @Test func `a rule that passes a request to the next configuration is hit`() throws {
    let text = """
      remap: etc/remap.config
      tests:
        - name: one
          request: {client: 127.1.0.1, url: "http://both.example/"}
          expect: deny
      """
    let file = try RuleTestFile.read(Array(text.utf8), file: files.path("tests.yaml"))
    var coverage = RuleCoverage()
    coverage.add(try LoadedRuleTests.load(file).run())
    #expect(
      files.withoutDirectory(coverage.rendered) == """
        coverage: 1 of 2 rules hit (50.0 %)
        etc/office.yaml:1:51: never hit: allow.ip 127.1.1.0/24
         1 | maxmind: {database: ../country.mmdb, allow: {ip: [127.1.1.0/24]}}
           |                                                   ^~~~~~~~~~~~
        etc/us.yaml: never reached: default
        """)
  }

  @Test func `configurations with one name in two directories are counted separately`() throws {
    var coverage = RuleCoverage()
    for beside in ["", "directory: other"] {
      let text = """
        remap: etc/remap.config
        \(beside)
        tests: [{name: one, request: {client: 127.1.0.1, url: "http://us.example/"}, expect: {country: US}}]
        """
      let file = try RuleTestFile.read(Array(text.utf8), file: files.path("tests.yaml"))
      coverage.add(try LoadedRuleTests.load(file).run())
    }
    #expect(coverage.summary == "1 of 3 rules hit (33.3 %)")
  }

  @Test func `map has no meaning without a remap.config`() {
    let failure = #expect(throws: LoadFailure.self) {
      try RuleTestFile.read(Array(file(expect: "{map: x}").utf8), file: "t")
    }
    #expect(
      failure?.diagnostics.map(\.summary) == [
        "t:5:14: error: expect: unknown key \"map\"; it works only with remap: [unknown-key]"
      ])
  }
}
