import MaxMindACL
import RuleTests
import Testing

/// The outcomes of the requests of tests.
@Suite struct RunTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var client = "127.1.0.1"
    var url = "http://a.example/"
    var expect: String
    /// The unmet expectations.
    var said: [String] = []

    var testDescription: String { "\(client) \(url) \(expect)" }
  }

  static let rows = [
    Row(expect: "allow"),
    Row(expect: "deny", said: ["decision: expected deny, was allow"]),
    Row(client: "127.2.0.1", expect: "deny"),
    Row(client: "127.2.0.1", expect: "allow", said: ["decision: expected allow, was deny"]),
    Row(expect: "{reason: allow.country, rule: US, line: 5, country: US}"),
    Row(expect: "{reason: allow.ip}", said: ["reason: expected allow.ip, was allow.country"]),
    Row(expect: "{rule: NO}", said: ["rule: expected NO, was US"]),
    Row(expect: "{line: 6}", said: ["line: expected 6, was 5"]),
    Row(expect: "{country: DE}", said: ["country: expected DE, was US"]),
    Row(expect: "{country: none}", said: ["country: expected none, was US"]),
    Row(expect: "{country: us}"),
    Row(expect: "{status: 403}", said: ["status: expected 403, was the origin's"]),
    Row(client: "127.2.0.1", expect: "{status: 403, reason: default, country: DE}"),
    Row(
      client: "127.2.0.1", expect: "{rule: US, line: 5}",
      said: ["rule: expected US, was none", "line: expected 5, was none"]),
    Row(client: "127.99.0.1", expect: "{decision: deny, reason: default, country: none}"),
    Row(client: "127.99.0.1", expect: "{country: US}", said: ["country: expected US, was none"]),
    Row(client: "127.4.0.1", expect: "{decision: allow, rule: NO, country: NO}"),
    Row(
      client: "10.0.0.0/8 edges", expect: "{decision: allow, reason: allow.ip, rule: 10.0.0.0/8}"),
    Row(client: "10.0.0.0/8 neighbours", expect: "{reason: default}"),
    Row(
      client: "\"-\"", expect: "{decision: deny, reason: error, country: none}"),
    Row(
      url: "http://a.example/x/%2e%2e/secret/",
      expect: "{reason: deny.regex, rule: /secret/, line: 9}"),
    Row(
      client: "[127.1.0.1, 127.2.0.1]", expect: "allow",
      said: ["decision: expected allow, was deny"]),
  ]

  @Test(arguments: rows) func `a request is compared with each expectation`(_ row: Row) throws {
    let files = try TestFiles([
      "tests.yaml": file(client: row.client, url: row.url, expect: row.expect)
    ])
    let run = try files.run()
    #expect(run.tests.flatMap(\.cases).flatMap(\.mismatches).map(\.description) == row.said)
    #expect(run.tests.allSatisfy(\.passed) == row.said.isEmpty)
  }

  static let responses: [(String, String, [String])] = [
    ("{status: 451}", "{status: 451}", []),
    ("{status: 451}", "{status: 403}", ["status: expected 403, was 451"]),
    ("{close: true}", "{decision: deny, status: 444}", []),
    ("{redirect: 'https://b.example/'}", "{decision: deny, status: 302}", []),
    ("{redirect: /page}", "{status: 403}", []), ("{default: {status: 404}}", "{status: 404}", []),
    ("{error: {status: 404}}", "{status: 403}", []),
  ]

  @Test(arguments: responses) func `the status is the status of the denial's answer`(
    _ response: String, _ expect: String, _ said: [String]
  ) throws {
    let files = try TestFiles([
      "tests.yaml": file(client: "127.2.0.1", url: "http://a.example/page", expect: expect),
      "maxmind.yaml": configuration + "\n  response: \(response)\n",
    ])
    let run = try files.run()
    #expect(run.tests.flatMap(\.cases).flatMap(\.mismatches).map(\.description) == said)
  }

  static let flags: [(String, Bool)] = [
    ("anonymous", true), ("anonymous.vpn", true), ("anonymous.tor", false), ("default", false),
  ]

  @Test(arguments: flags) func `anonymous covers the reason of every flag`(
    _ reason: String, _ passes: Bool
  ) throws {
    let files = try TestFiles([
      "maxmind.yaml": "maxmind: {database: both.mmdb, anonymous: {vpn: true, tor: true}}",
      "tests.yaml": file(client: "127.1.200.1", expect: "{reason: \(reason)}"),
    ])
    #expect(try files.run().tests.map(\.passed) == [passes])
  }

  static let headers: [(String, Bool)] = [
    ("{X-Pass: sesame}", true), ("{x-PASS: sesame}", true), ("{X-Pass: Sesame}", false),
    ("{X-Pass: \"\"}", false), ("{X-Other: sesame}", false),
    ("{X-Pass: no, x-pass: sesame}", false), ("{x-pass: sesame, X-Pass: no}", true),
  ]

  @Test(arguments: headers) func `bypass reads the first header field with the name`(
    _ headers: String, _ passes: Bool
  ) throws {
    let files = try TestFiles([
      "tests.yaml": """
      config: maxmind.yaml
      tests:
        - name: one
          request: {client: 127.2.0.1, url: "http://a.example/", headers: \(headers)}
          expect: {decision: allow, reason: bypass}
      """
    ])
    #expect(try files.run().tests.map(\.passed) == [passes])
  }

  @Test func `every client requests every URL`() throws {
    let files = try TestFiles([
      "tests.yaml": """
      config: maxmind.yaml
      tests:
        - name: one
          request:
            client: [127.1.0.1, 127.4.0.0/16 edges]
            url: ["http://a.example/", "http://b.example/secret/"]
          expect: allow
      """
    ])
    let test = try #require(try files.run().tests.first)
    let made = test.cases.map { "\($0.client.text) \(test.url(of: $0)) \($0.passed)" }
    #expect(
      made == [
        "127.1.0.1 http://a.example/ true", "127.1.0.1 http://b.example/secret/ false",
        "127.4.0.0 http://a.example/ true", "127.4.0.0 http://b.example/secret/ false",
        "127.4.255.255 http://a.example/ true", "127.4.255.255 http://b.example/secret/ false",
      ])
  }

  static let filters: [([String], [String])] = [
    ([], ["Office passes", "the US", "the rest"]), (["the"], ["the US", "the rest"]),
    (["OFFICE"], ["Office passes"]), (["office", "rest"], ["Office passes", "the rest"]),
    (["none"], []),
  ]

  @Test(arguments: filters) func `a filter is part of a name in any case`(
    _ filter: [String], _ names: [String]
  ) throws {
    let request = "request: {client: 127.1.0.1, url: \"http://a/\"}, expect: allow"
    let files = try TestFiles([
      "tests.yaml": """
      config: maxmind.yaml
      tests:
        - {name: Office passes, \(request)}
        - {name: the US, \(request)}
        - {name: the rest, \(request)}
      """
    ])
    #expect(try files.run(filter: filter).tests.map(\.test.name.value) == names)
  }

  @Test func `names are relative to the file of tests, or to directory`() throws {
    let test = "tests: [{name: x, request: {client: 127.1.0.1, url: \"http://a/\"}, expect: allow}]"
    let files = try TestFiles([
      "tests/beside.yaml": "config: ../maxmind.yaml\n\(test)",
      "etc/acl.yaml": "maxmind: {database: country.mmdb}",
      "tests/elsewhere.yaml": "config: ../etc/acl.yaml\n\(test)",
      "tests/given.yaml": "config: ../etc/acl.yaml\ndirectory: ..\n\(test)",
    ])
    #expect(try files.run("tests/beside.yaml").tests.map(\.passed) == [true])
    #expect(throws: LoadFailure.self) { try files.run("tests/elsewhere.yaml") }
    #expect(try files.run("tests/given.yaml").tests.map(\.passed) == [true])
  }

  @Test func `a mistake in the configuration is reported in its own file`() throws {
    let files = try TestFiles([
      "maxmind.yaml": "maxmind: {database: country.mmdb, deny: {country: [United States]}}",
      "tests.yaml": file(expect: "allow"),
    ])
    let failure = #expect(throws: LoadFailure.self) { try files.run() }
    #expect(
      files.withoutDirectory(failure?.firstError?.summary ?? "")
        == "maxmind.yaml:1:52: error: country: \"United States\" is not a country code (ISO 3166-1, such as US), and no record of the database has it [bad-country]"
    )
  }
}
