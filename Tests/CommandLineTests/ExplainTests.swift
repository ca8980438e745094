import Foundation
import Testing

@Suite("explain")
struct ExplainTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "maxmind.yaml": manualExample, "deny.yaml": denyGermany,
      "full.yaml": """
      maxmind:
        database: country.mmdb
        bypass: {header: X-Pass, value: sesame}
        unknown: allow
        allow:
          country: [US]
          ip: [127.6.0.0/16]
          regex: [[NO, /fjord/]]
        deny:
          regex: [["*", /secret/]]
      """,
      "anonymous.yaml": """
      maxmind:
        database: anonymous.mmdb
        on_error: allow
        anonymous: {vpn: true, tor: yes, hosting: false}
      """,
      "broken.yaml": "maxmind:\n  database: country.mmdb\n  deny:\n    ip: [nonsense]\n",
    ])
    tool = Tool(workspace: workspace)
  }

  @Test func `the manual's example denies 127.0.0.1, which is in both lists`() throws {
    let result = try tool.run(
      "explain", "--config", "maxmind.yaml", "--client", "127.0.0.1", "http://a.example/x.html")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(
      result.output == """
        deny: deny.ip

        client   127.0.0.1
        country  none by GeoLite2-City, built 2026-09-01
        url      a.example/x.html
        answer   403 Forbidden, deny.html

          1. bypass         no rules
        > 2. deny.ip        deny: 127.0.0.1
             maxmind.yaml:14:9
             14 |       - 127.0.0.1
                |         ^~~~~~~~~
          2. deny.country   not reached
          2. deny.regex     not reached
          3. allow.ip       not reached
          4. anonymous      not reached
          5. allow.country  not reached
          5. allow.regex    not reached
          6. default        not reached

        """)
  }

  @Test func `other spellings of the URL are shown if a rule reads them`() throws {
    let result = try tool.run(
      "explain", "--config", "maxmind.yaml", "--client", "127.1.0.1",
      "HTTPS://u@A.Example.:8443/b/../x%2etxt;p?q#f")
    #expect(result.status == 0)
    #expect(
      result.output == """
        deny: deny.regex

        client   127.1.0.1
        country  US by GeoLite2-City, built 2026-09-01
        url      a.example/b/../x%2etxt;p
        also as  a.example/x.txt;p
        also as  a.example/x.txt
        answer   403 Forbidden, deny.html

          1. bypass         no rules
          2. deny.ip        1 rule, no match
          2. deny.country   1 rule, no match
        > 2. deny.regex     deny: .*\\.txt
             maxmind.yaml:16:14
             16 |       - [US, ".*\\\\.txt"] # the backslash is escaped for YAML
                |              ^~~~~~~~~~
             matches the form "normalised": a.example/x.txt;p
          3. allow.ip       not reached
          4. anonymous      not reached
          5. allow.country  not reached
          5. allow.regex    not reached
          6. default        not reached

        """)
  }

  @Test func `an allow rule that another form of the URL misses is shown with that form`() throws {
    let arguments = [
      "--config", "full.yaml", "--client", "127.4.0.1", "http://a.example/fjord/..;/x",
    ]
    let result = try tool.run(["explain"] + arguments, input: [])
    #expect(result.lines.first == "deny: default")
    #expect(
      result.output.contains(
        """
          5. allow.regex    1 rule, no match
             full.yaml:8: /fjord/ matches the URL as sent,
             but not the form "structural, cut first": a.example/x
        > 6. default        deny: there are allow rules, and none matched

        """), "\(result.output)")
    let json = try tool.run(["explain", "--json"] + arguments, input: [])
    #expect(
      json.output.contains(
        #""missed":{"form":"structural, cut first","form_url":"a.example/x","line":8,"rule":"/fjord/"}"#
      ), "\(json.output)")
  }

  @Test func `JSON has the form that a deny rule matches`() throws {
    let result = try tool.run(
      "explain", "--json", "--config", "maxmind.yaml", "--client", "127.1.0.1",
      "http://a.example/x.%74xt;y")
    #expect(
      result.output.contains(#""form":"normalised","form_url":"a.example/x.txt;y""#),
      "\(result.output)")
  }

  @Test func `the default names the reason why nothing matched`() throws {
    let result = try tool.run(
      "explain", "--config", "maxmind.yaml", "--client", "127.3.0.1", "http://a/")
    #expect(result.status == 0)
    #expect(result.lines.first == "deny: default")
    let last = "> 6. default        deny: there are allow rules, and none matched"
    #expect(result.lines.last == last)
    let open = try tool.run("explain", "--config", "deny.yaml", "--client", "::1", "http://a/")
    #expect(open.lines.last == "> 6. default        allow: there are no allow rules")
  }

  @Test func `neither a URL nor a rule can steer the terminal`() throws {
    try workspace.write(
      "escape.yaml",
      "maxmind: {database: country.mmdb, deny: {regex: [['*', \"\\e|\\x9b\"]]}}")
    let result = try tool.run(
      "explain", "--config", "escape.yaml", "--client", "127.1.0.1",
      "http://a/%1B%5B31m\u{9b}%C2%9B")
    #expect(result.status == 0)
    #expect(result.lines.first == "deny: deny.regex")
    let controls = result.output.unicodeScalars.filter { $0.properties.generalCategory == .control }
    #expect(controls.allSatisfy { $0 == "\n" })
  }

  /// A request and its object from `--json`. Nil is null.
  struct Case: Sendable, CustomTestStringConvertible {
    var config: String
    var client: String
    var url = "http://a.example/"
    var headers: [String] = []
    var decision: String
    var reason: String
    var rule: String?
    var line: Int?
    var country: String?
    var subject = "a.example/"

    var testDescription: String { "\(config) \(client) \(url) → \(decision) \(reason)" }
  }

  static let cases = [
    Case(
      config: "maxmind.yaml", client: "127.0.0.1", decision: "deny", reason: "deny.ip",
      rule: "127.0.0.1", line: 14),
    Case(
      config: "maxmind.yaml", client: "::ffff:127.0.0.1", decision: "deny", reason: "deny.ip",
      rule: "127.0.0.1", line: 14),
    Case(
      config: "maxmind.yaml", client: "127.2.0.1", decision: "deny", reason: "deny.country",
      rule: "DE", line: 12, country: "DE"),
    Case(
      config: "maxmind.yaml", client: "127.1.0.1", url: "http://a.example/x.txt?y",
      decision: "deny", reason: "deny.regex", rule: #".*\.txt"#, line: 16, country: "US",
      subject: "a.example/x.txt"),
    Case(
      config: "maxmind.yaml", client: "192.168.1.1", decision: "allow", reason: "allow.ip",
      rule: "192.168.10.0/20", line: 9),
    Case(
      config: "maxmind.yaml", client: "127.1.0.1", decision: "allow", reason: "allow.country",
      rule: "US", line: 6, country: "US"),
    Case(
      config: "maxmind.yaml", client: "::ffff:127.1.0.1", decision: "allow",
      reason: "allow.country", rule: "US", line: 6, country: "US"),
    Case(
      config: "maxmind.yaml", client: "::1", decision: "deny", reason: "default", country: "FR"),
    Case(config: "maxmind.yaml", client: "-", decision: "deny", reason: "error"),
    Case(
      config: "full.yaml", client: "127.2.0.1", headers: ["x-PASS: sesame"], decision: "allow",
      reason: "bypass", rule: "X-Pass", line: 3, country: "DE"),
    Case(
      config: "full.yaml", client: "127.2.0.1", headers: ["X-Pass: no", "X-Pass: sesame"],
      decision: "deny", reason: "default", country: "DE"),
    Case(
      config: "full.yaml", client: "-", headers: ["X-Pass:sesame"], decision: "allow",
      reason: "bypass", rule: "X-Pass", line: 3),
    Case(
      config: "full.yaml", client: "127.4.0.1", url: "http://a.example/fjord/1",
      decision: "allow", reason: "allow.regex", rule: "/fjord/", line: 8, country: "NO",
      subject: "a.example/fjord/1"),
    Case(config: "full.yaml", client: "127.99.0.1", decision: "allow", reason: "unknown"),
    Case(
      config: "full.yaml", client: "127.99.0.1", url: "http://a.example/secret/",
      decision: "deny", reason: "deny.regex", rule: "/secret/", line: 10,
      subject: "a.example/secret/"),
    Case(
      config: "anonymous.yaml", client: "127.11.0.1", decision: "deny", reason: "anonymous.vpn",
      rule: "vpn", line: 4),
    Case(
      config: "anonymous.yaml", client: "127.14.0.1", decision: "deny", reason: "anonymous.tor",
      rule: "tor", line: 4),
    Case(config: "anonymous.yaml", client: "127.12.0.1", decision: "allow", reason: "default"),
    Case(config: "anonymous.yaml", client: "-", decision: "allow", reason: "error"),
    Case(
      config: "deny.yaml", client: "2001:db8:2::1", decision: "deny", reason: "deny.country",
      rule: "DE", line: 4, country: "DE"),
    Case(
      config: "deny.yaml", client: "1.2.3.4", url: "http://[2001:db8::1]:80/\u{e4}\"\\",
      decision: "allow", reason: "default", subject: "2001:db8::1/\u{e4}\"\\"),
  ]

  @Test(arguments: cases) func `JSON is one object with exactly these values`(_ row: Case) throws {
    let headers = row.headers.flatMap { ["--header", $0] }
    let result = try tool.run(
      ["explain", "--json", "--config", row.config, "--client", row.client] + headers + [row.url],
      input: [])
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(result.lines.count == 1)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? NSDictionary)
    var expected: [String: Any] = [
      "decision": row.decision, "reason": row.reason, "rule": row.rule ?? NSNull(),
      "line": row.line ?? NSNull(), "client": row.client, "country": row.country ?? NSNull(),
      "url": row.subject,
    ]
    if row.decision == "deny" { expected["status"] = 403 }
    if row.reason == "deny.regex" {
      expected["form"] = "sent"
      expected["form_url"] = row.subject
    }
    if row.decision == "deny", row.config == "maxmind.yaml" { expected["page"] = "deny.html" }
    #expect(object == expected as NSDictionary)
  }

  static let wrong: [[String]] = [
    ["127.0.0.1"],
    ["--config", "maxmind.yaml", "http://a/"],
    ["--client", "127.0.0.1", "http://a/"],
    ["--config", "maxmind.yaml", "--client", "127.0.0", "http://a/"],
    ["--config", "maxmind.yaml", "--client", "127.0.0.1/8", "http://a/"],
    ["--config", "maxmind.yaml", "--client", "fe80::1%eth0", "http://a/"],
    ["--config", "maxmind.yaml", "--client", "[::1]", "http://a/"],
    ["--config", "maxmind.yaml", "--client", "", "http://a/"],
    ["--config", "maxmind.yaml", "--client", "127.0.0.1", "a.example/x"],
    ["--config", "maxmind.yaml", "--client", "127.0.0.1", "http://a/b c"],
    ["--config", "maxmind.yaml", "--client", "127.0.0.1", "http:///x"],
    ["--config", "maxmind.yaml", "--client", "127.0.0.1", "--header", "X-Pass", "http://a/"],
    ["--config", "maxmind.yaml", "--client", "127.0.0.1", "--header", ": x", "http://a/"],
    ["--config", "maxmind.yaml", "--client", "127.0.0.1", "http://a/", "http://b/"],
    ["--config", "maxmind.yaml", "--client", "127.0.0.1", "--jsonn", "http://a/"],
  ]

  @Test(arguments: wrong) func `a wrong command line exits with 64 and shows the usage of explain`(
    _ arguments: [String]
  ) throws {
    let result = try tool.run(["explain"] + arguments, input: [])
    #expect(result.status == 64)
    #expect(result.output == "")
    #expect(result.errors.hasPrefix("Error: "))
    #expect(result.errors.contains("Usage: maxmind-acl explain "))
  }

  @Test func `a configuration that cannot be loaded exits with 1 and the reason`() throws {
    let broken = try tool.run(
      "explain", "--config", "broken.yaml", "--client", "127.0.0.1", "http://a/")
    #expect(broken.status == 1)
    #expect(broken.output == "")
    #expect(broken.errors.hasPrefix("broken.yaml:4:10: error: "))
    #expect(broken.errors.contains("\n 4 |     ip: [nonsense]\n   |          ^~~~~~~~\n"))
    let missing = try tool.run(
      "explain", "--json", "--config", "none.yaml", "--client", "127.0.0.1", "http://a/")
    #expect(missing.status == 1)
    #expect(missing.output == "")
    #expect(missing.errors.hasPrefix("none.yaml: error: "))
    #expect(missing.errors.contains("No such file or directory"))
    let directory = try tool.run(
      "explain", "--config", ".", "--client", "127.0.0.1", "http://a/")
    #expect(directory.status == 1)
    #expect(directory.errors.contains("a directory"))
  }

  @Test func `names are relative to the configuration, or to --directory`() throws {
    let yaml = "maxmind: {database: country.mmdb, deny: {country: [DE]}}"
    try workspace.write("other/acl.yaml", yaml)
    let arguments = ["--client", "127.2.0.1", "http://a/"]
    let beside = try tool.run(["explain", "--config", "other/acl.yaml"] + arguments, input: [])
    #expect(beside.status == 1)
    #expect(beside.errors.contains("other/country.mmdb"))
    let elsewhere = try tool.run(
      ["explain", "--directory", workspace.url.path, "--config", "other/acl.yaml"] + arguments,
      input: [])
    #expect(elsewhere.status == 0)
    #expect(elsewhere.lines.first == "deny: deny.country")
    let absolute = try tool.run(
      ["explain", "--directory", ".", "--config", workspace.path("other/acl.yaml")] + arguments,
      input: [])
    #expect(absolute.status == 0)
  }
}
