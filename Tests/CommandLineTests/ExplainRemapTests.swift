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
        country  DE by GeoLite2-Country
        url      a.example/x

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

  @Test func `configurations are shown up to the first that denies`() throws {
    let both = try explain("127.1.0.9", "http://both.example/")
    #expect(
      both.lines.filter { $0.hasPrefix("config") } == ["config   deny.yaml", "config   us.yaml"])
    let first = try explain("127.2.0.9", "http://both.example/")
    #expect(first.lines.filter { $0.hasPrefix("config") } == ["config   deny.yaml"])
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
  func `where no rules decide, it is said why`(_ url: String, _ end: String) throws {
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
        "reason":"deny.country","remap":"more.config:1","rule":"US","url":"both.example/"}

        """)
  }

  @Test func `a line that depends on more than the URL is an error`() throws {
    let result = try tool.run(
      "explain", "--remap", "filtered.config", "--client", "127.1.0.9", "http://a.example/")
    #expect(result.status == 1)
    #expect(result.output == "")
    #expect(
      result.errors == """
        filtered.config:1:1: error: the filter of the line decides on requests too, which is not \
        known here; decide on a copy without it [remap-condition]
         1 | map http://a.example/ http://o/ @action=deny @plugin=maxmind_acl.so @pparam=deny.yaml
           | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~

        """)
    #expect(try tool.run("check", "filtered.config").status == 0)
    let other = try tool.run(
      "explain", "--remap", "filtered.config", "--client", "127.1.0.9", "http://b.example/")
    #expect(other.status == 0)
  }

  static let notDecided =
    "error: filtered.config:1: the filter of the line decides on requests too, which is not known here; "
    + "decide on a copy without it; 2 requests are not decided\n"

  @Test func `replay and diff decide on all but the requests of such a line, and say so`() throws {
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

  @Test func `tests of such a line are refused, those of other lines run`() throws {
    #expect(try tool.run("test", "tests.yaml").status == 0)
    let text = try tool.workspace.read("tests.yaml").replacing("//b.", with: "//a.")
    try tool.workspace.write("tests.yaml", text)
    let result = try tool.run("test", "tests.yaml")
    #expect(result.status == 2)
    #expect(
      result.errorLines.first == """
        filtered.config:1:1: error: the filter of the line decides on requests too, which is not \
        known here; decide on a copy without it [remap-condition]
        """)
  }

  @Test(arguments: [[], ["--config", "deny.yaml", "--remap", "remap.config"]])
  func `one of --config and --remap says where the rules are`(_ options: [String]) throws {
    let result = try tool.run(
      ["explain", "--client", "127.1.0.9"] + options + ["http://a.example/"], input: [])
    #expect(result.status == 64)
    #expect(
      result.errorLines.first == "Error: one of --config and --remap says where the rules are")
  }
}
