import Foundation
import Testing

@Suite("explain --remap")
struct ExplainRemapTests {
  let tool: Tool

  init() throws {
    let plugin = "@plugin=maxmind_acl.so"
    tool = Tool(
      workspace: try Workspace([
        "deny.yaml": denyGermany,
        "us.yaml": "maxmind: {database: country.mmdb, deny: {country: [US]}}\n",
        "canary.yaml": denyGermany + "\n  mode: monitor\n",
        "canary.config":
          "map http://de.example/ http://o/ \(plugin) @pparam=canary.yaml \(plugin) @pparam=deny.yaml\n"
          + "map http://us.example/ http://o/ \(plugin) @pparam=canary.yaml \(plugin) @pparam=us.yaml\n",
        "canary-tests.yaml": """
        remap: canary.config
        tests:
          - name: the second lets Germany through
            request: {client: 127.2.0.1, url: "http://us.example/"}
            expect: allow
          - name: the second denies Germany
            request: {client: 127.2.0.1, url: "http://de.example/"}
            expect: allow
        """,
        "remap.config": """
        # one
        map http://a.example/ http://o/ \\
          \(plugin) @pparam=deny.yaml
        .include more.config
        """,
        "more.config": """
        map http://both.example/ http://o/ \(plugin) @pparam=deny.yaml \(plugin) @pparam=us.yaml
        map http://none.example/ http://o/
        redirect http://old.example/ http://new.example/
        """,
        "filtered.config":
          "map http://a.example/ http://o/ @action=deny \(plugin) @pparam=deny.yaml\n"
          + "map http://b.example/ http://o/ \(plugin) @pparam=deny.yaml\n",
        "requests": """
        127.2.0.1 http://b.example/
        127.2.0.1 http://a.example/
        127.1.0.1 http://b.example/
        127.1.0.1 http://a.example/
        """,
        "tests.yaml": """
        remap: filtered.config
        tests:
          - name: one
            request: {client: 127.2.0.1, url: "http://b.example/"}
            expect: deny
        """,
      ]))
  }

  private func explain(_ client: String, _ url: String, _ options: String...) throws -> Tool.Result
  {
    try tool.run(
      ["explain", "--remap", "remap.config", "--client", client] + options + [url], input: [])
  }

  @Test func `the line comes first, then its configuration decides`() throws {
    let result = try explain("127.2.0.9", "http://A.example/x")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(
      result.output == """
        remap.config:2: map http://a.example/ http://o/

        deny: deny.country

        config   deny.yaml
        client   127.2.0.9
        country  DE by GeoLite2-Country, built 2026-09-01
        url      a.example/x
        answer   403 Forbidden, the proxy's own page

          1. bypass         no rules
          2. deny.ip        no rules
        > 2. deny.country   deny: DE
             deny.yaml:4:15
             4 |     country: [DE]
               |               ^~
          2. deny.regex     not reached
          3. allow.ip       not reached
          4. anonymous      not reached
          5. allow.country  not reached
          5. allow.regex    not reached
          6. default        not reached

        """)
  }

  @Test func `configurations are shown up to the first denial`() throws {
    let both = try explain("127.1.0.9", "http://both.example/")
    #expect(
      both.lines.filter { $0.hasPrefix("config") } == ["config   deny.yaml", "config   us.yaml"])
    let first = try explain("127.2.0.9", "http://both.example/")
    #expect(first.lines.filter { $0.hasPrefix("config") } == ["config   deny.yaml"])
  }

  @Test func `after a denial that is not enforced the next configuration decides`() throws {
    func explain(_ url: String, _ options: String...) throws -> Tool.Result {
      try tool.run(
        ["explain", "--remap", "canary.config", "--client", "127.2.0.9"] + options + [url],
        input: [])
    }
    let steps = """
        1. bypass         no rules
        2. deny.ip        no rules

      """
    #expect(
      try explain("http://de.example/").output == """
        canary.config:1: map http://de.example/ http://o/

        deny, not enforced: deny.country

        config   canary.yaml
        client   127.2.0.9
        country  DE by GeoLite2-Country, built 2026-09-01
        url      de.example/
        enforced no: monitor mode: no denial is enforced
        would be 403 Forbidden, the proxy's own page

        \(steps)> 2. deny.country   deny: DE
             canary.yaml:4:15
             4 |     country: [DE]
               |               ^~
        \(Self.notReached)

        deny: deny.country

        config   deny.yaml
        client   127.2.0.9
        country  DE by GeoLite2-Country, built 2026-09-01
        url      de.example/
        answer   403 Forbidden, the proxy's own page

        \(steps)> 2. deny.country   deny: DE
             deny.yaml:4:15
             4 |     country: [DE]
               |               ^~
        \(Self.notReached)

        """)
    let passed = #"{"config":"canary.yaml","line":4,"reason":"deny.country","rule":"DE"}"#
    #expect(
      try explain("http://de.example/", "--json").output.replacing(
        "\(tool.workspace.url.path)/", with: "") == """
          {"client":"127.2.0.9","config":"deny.yaml","country":"DE","decision":"deny","line":4,\
          "not_enforced":[\(passed)],"reason":"deny.country","remap":"canary.config:1","rule":"DE",\
          "status":403,"url":"de.example/"}

          """)
    #expect(
      try explain("http://us.example/", "--json").output.replacing(
        "\(tool.workspace.url.path)/", with: "") == """
          {"client":"127.2.0.9","config":"us.yaml","country":"DE","decision":"allow","line":null,\
          "not_enforced":[\(passed)],"reason":"default","remap":"canary.config:2","rule":null,\
          "url":"us.example/"}

          """)
  }

  private static let notReached = """
      2. deny.regex     not reached
      3. allow.ip       not reached
      4. anonymous      not reached
      5. allow.country  not reached
      5. allow.regex    not reached
      6. default        not reached
    """

  @Test func `replay and tests use the next configuration too`() throws {
    let replay = try tool.run(
      ["replay", "--remap", "canary.config", "--csv", "-"],
      input: Array("127.2.0.1 http://de.example/\n127.2.0.1 http://us.example/\n".utf8))
    #expect(
      replay.lines.dropFirst() == [
        "127.2.0.1,http://de.example/,DE,deny,deny.country,DE,deny.yaml,4,-,1",
        "127.2.0.1,http://us.example/,DE,allow,default,,us.yaml,,-,2",
      ])
    let test = try tool.run("test", "--coverage", "canary-tests.yaml")
    #expect(test.status == 1)
    #expect(test.output.contains("FAIL canary-tests.yaml:6: the second denies Germany\n"))
    #expect(test.output.contains("deny, not enforced: deny.country"))
    #expect(test.output.contains("FAIL 1 passed, 1 failed"))
    #expect(!test.output.contains("never hit: deny.country DE"))
  }

  static let undecided = [
    ("http://none.example/", "map http://none.example/ http://o/\nallow: the line has no rules\n"),
    (
      "http://old.example/",
      "redirect http://old.example/ http://new.example/\nredirected: no rules decide\n"
    ),
    (
      "http://other.example/",
      "unmapped: no line of remap.config maps the URL; Traffic Server answers with 404\n"
    ),
  ]

  @Test(arguments: undecided)
  func `without rules the output names the reason`(_ url: String, _ end: String) throws {
    let result = try explain("127.1.0.9", url)
    #expect(result.status == 0)
    #expect(result.output.hasSuffix(end))
    let json = try explain("127.1.0.9", url, "--json")
    #expect(json.output.contains("\"config\":null"))
    #expect(json.output.contains("\"decision\":null"))
  }

  @Test func `JSON names the line and the configuration that decided`() throws {
    let result = try explain("127.1.0.9", "http://both.example/", "--json")
    #expect(
      result.output.replacing("\(tool.workspace.url.path)/", with: "") == """
        {"client":"127.1.0.9","config":"us.yaml","country":"US","decision":"deny","line":1,\
        "reason":"deny.country","remap":"more.config:1","rule":"US","status":403,\
        "url":"both.example/"}

        """)
  }

  @Test func `a line that depends on more than the URL is an error`() throws {
    let result = try tool.run(
      "explain", "--remap", "filtered.config", "--client", "127.1.0.9", "http://a.example/")
    #expect(result.status == 1)
    #expect(result.output == "")
    #expect(
      result.errors == """
        filtered.config:1:1: error: the filter of the line also decides on requests; the result is \
        unknown here, so decide on a copy without it [remap-condition]
         1 | map http://a.example/ http://o/ @action=deny @plugin=maxmind_acl.so @pparam=deny.yaml
           | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~

        """)
    #expect(try tool.run("check", "filtered.config").status == 0)
    let other = try tool.run(
      "explain", "--remap", "filtered.config", "--client", "127.1.0.9", "http://b.example/")
    #expect(other.status == 0)
  }

  static let notDecided =
    "error: filtered.config:1: the filter of the line also decides on requests; the result is unknown "
    + "here, so decide on a copy without it; 2 requests are not decided\n"

  @Test func `replay and diff decide all other requests and report these`() throws {
    let replay = try tool.run("replay", "--remap", "filtered.config", "--csv", "requests")
    #expect(replay.status == 1)
    #expect(replay.errors.hasSuffix(Self.notDecided))
    #expect(
      replay.lines.dropFirst() == [
        "127.2.0.1,http://b.example/,DE,deny,deny.country,DE,deny.yaml,4,requests,1",
        "127.1.0.1,http://b.example/,US,allow,default,,deny.yaml,,requests,3",
      ])
    let diff = try tool.run(
      "diff", "deny.yaml", "filtered.config", "--traffic", "requests", "--json")
    #expect(diff.status == 2)
    #expect(diff.errors == Self.notDecided)
  }

  @Test func `tests of such a line are refused, tests of other lines run`() throws {
    #expect(try tool.run("test", "tests.yaml").status == 0)
    let text = try tool.workspace.read("tests.yaml").replacing("//b.", with: "//a.")
    try tool.workspace.write("tests.yaml", text)
    let result = try tool.run("test", "tests.yaml")
    #expect(result.status == 2)
    #expect(
      result.errorLines.first == """
        filtered.config:1:1: error: the filter of the line also decides on requests; the result is \
        unknown here, so decide on a copy without it [remap-condition]
        """)
  }

  @Test(arguments: [[], ["--config", "deny.yaml", "--remap", "remap.config"]])
  func `exactly one of --config and --remap is expected`(_ options: [String]) throws {
    let result = try tool.run(
      ["explain", "--client", "127.1.0.9"] + options + ["http://a.example/"], input: [])
    #expect(result.status == 64)
    #expect(
      result.errorLines.first == "Error: expected one of --config and --remap")
  }
}
