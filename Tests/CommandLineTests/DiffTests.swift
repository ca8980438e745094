import Foundation
import Testing

@Suite("diff")
struct DiffTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "old.yaml": denyGermany,
      "new.yaml": """
      maxmind:
        database: country.mmdb
        deny:
          country: [GB]
          regex: [["*", "/secret/"]]
      """,
      "broken.yaml": "maxmind: {database: none.mmdb}",
      "old.config": "map http://a.example/ http://127.0.0.1/\n",
      "new.config": """
      map http://a.example/ http://127.0.0.1/ @plugin=maxmind_acl.so @pparam=new.yaml
      map http://b.example/ http://127.0.0.1/
      """,
      "traffic.txt": """
      127.1.0.1 http://a.example/
      127.2.0.1 http://a.example/
      127.2.0.2 http://b.example/secret/1
      127.3.0.1 http://b.example/x?y
      127.3.0.2 http://a.example/
      127.1.0.1 http://a.example/secret/
      - http://a.example/
      """,
    ])
    tool = Tool(workspace: workspace)
  }

  private func diff(_ arguments: String...) throws -> Tool.Result {
    try tool.run(["diff"] + arguments, input: [])
  }

  private func object(_ result: Tool.Result) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test func `JSON holds the flips with their causes and places`() throws {
    let result = try diff("old.yaml", "new.yaml", "--json", "--traffic", "traffic.txt")
    #expect(result.status == 0)
    #expect(result.errors == "")
    let summary = try object(result)
    #expect(summary["format"] as? String == "maxmind-acl diff 1")
    #expect(summary["unchanged"] as? [String: Int] == ["allow": 1, "deny": 2])
    let denied = try #require(summary["newly_denied"] as? [String: Any])
    #expect(denied["requests"] as? Int == 3)
    #expect(denied["countries"] as? [String: Int] == ["GB": 2, "US": 1])
    let networks = try #require(denied["networks"] as? [String: Any])
    #expect(networks["counts"] as? [String: Int] == ["127.3.0.0/24": 2, "127.1.0.0/24": 1])
    let causes = try #require(denied["causes"] as? [NSDictionary])
    let byDefault: [String: Any] = ["reason": "default", "file": "old.yaml"]
    let expected: [[String: Any]] = [
      [
        "requests": 2, "old": byDefault,
        "new": ["reason": "deny.country", "rule": "GB", "file": "new.yaml", "line": 4],
      ],
      [
        "requests": 1, "old": byDefault,
        "new": ["reason": "deny.regex", "rule": "/secret/", "file": "new.yaml", "line": 5],
      ],
    ]
    #expect(causes == expected.map { $0 as NSDictionary })
    let examples = try #require(denied["examples"] as? [[String: Any]])
    #expect(
      examples.map {
        "\($0["file"] ?? ""):\($0["line"] ?? "") \($0["client"] ?? "") \($0["url"] ?? "")"
      }
        == [
          "traffic.txt:4 127.3.0.1 http://b.example/x?y",
          "traffic.txt:5 127.3.0.2 http://a.example/",
          "traffic.txt:6 127.1.0.1 http://a.example/secret/",
        ])
    let allowed = try #require(summary["newly_allowed"] as? [String: Any])
    #expect(allowed["requests"] as? Int == 1)
    #expect(allowed["countries"] as? [String: Int] == ["DE": 1])
  }

  @Test func `the text begins with the number of flips`() throws {
    let result = try diff("old.yaml", "new.yaml", "--traffic", "traffic.txt")
    #expect(result.status == 0)
    let first = try #require(result.lines.first)
    #expect(first.contains("newly denied 3"))
    #expect(first.contains("newly allowed 1"))
    #expect(result.output.contains("new.yaml:5"))
  }

  static let conditions: [(String, Int32, String)] = [
    ("newly-denied > 3", 0, ""),
    ("newly-denied > 2", 1, "--fail-if: newly-denied > 2: 3 of 7 requests (42.857 %)\n"),
    ("newly-denied > 50%", 0, ""),
    ("newly-allowed > 0.1%", 1, "--fail-if: newly-allowed > 0.1%: 1 of 7 requests (14.286 %)\n"),
    ("coverage < 100%", 0, ""),
  ]

  @Test(arguments: conditions) func `a condition that holds fails`(
    _ condition: String, _ status: Int32, _ errors: String
  ) throws {
    let result = try diff(
      "old.yaml", "new.yaml", "--traffic", "traffic.txt", "--fail-if", condition)
    #expect(result.status == status)
    #expect(result.errors == errors)
    #expect(result.output.contains("newly denied 3"))
  }

  @Test func `each of several conditions counts`() throws {
    let result = try diff(
      "old.yaml", "new.yaml", "--traffic", "traffic.txt", "--fail-if", "changed > 9", "--fail-if",
      "changed > 3", "--fail-if", "newly-denied > 2")
    #expect(result.status == 1)
    #expect(result.errorLines.count == 2)
  }

  @Test func `the same rules and databases change nothing`() throws {
    let result = try diff(
      "old.yaml", "old.yaml", "--traffic", "traffic.txt", "--fail-if", "changed > 0")
    #expect(result.status == 0)
  }

  @Test func `two databases are compared with one configuration`() throws {
    // The City database lacks one of the networks.
    let same = try diff(
      "old.yaml", "old.yaml", "--json", "--traffic", "traffic.txt", "--old-database",
      "country.mmdb", "--new-database", "GeoIP2-City.mmdb")
    #expect(same.status == 0)
    let sides = try object(same)
    let old = try #require(sides["old"] as? [String: Any])
    let new = try #require(sides["new"] as? [String: Any])
    #expect(old["databases"] as? [String] == ["GeoLite2-Country, built 2026-09-01"])
    #expect(new["databases"] as? [String] == ["GeoLite2-City, built 2026-09-01"])
    let missing = try diff(
      "old.yaml", "old.yaml", "--traffic", "traffic.txt", "--new-database", "none.mmdb")
    #expect(missing.status == 2)
    #expect(missing.errors.contains("none.mmdb"))
  }

  @Test func `a configuration and a remap config are compared with requests that only one maps`()
    throws
  {
    let result = try diff("old.config", "new.config", "--json", "--traffic", "traffic.txt")
    #expect(result.status == 0)
    let summary = try object(result)
    let mapped = try #require(summary["newly_mapped"] as? [String: Any])
    #expect(mapped["requests"] as? Int == 2)
    #expect((summary["newly_unmapped"] as? [String: Any])?["requests"] as? Int == 0)
    let denied = try #require(summary["newly_denied"] as? [String: Any])
    let causes = try #require(denied["causes"] as? [[String: Any]])
    #expect(
      causes.compactMap { $0["old"] as? [String: String] } == [
        ["reason": "no rules"], ["reason": "no rules"], ["reason": "no rules"],
      ])
    let yaml = try diff("new.yaml", "new.config", "--json", "--traffic", "traffic.txt")
    #expect((try object(yaml)["newly_mapped"] as? [String: Any])?["requests"] as? Int == 0)
  }

  @Test func `requests that lose their line are listed and fail conditions`() throws {
    let arguments = ["new.config", "old.config", "--traffic", "traffic.txt"]
    let result = try tool.run(
      ["diff"] + arguments + ["--fail-if", "newly-unmapped > 0", "--fail-if", "changed > 4"],
      input: [])
    #expect(result.status == 1)
    #expect(
      result.errors == """
        --fail-if: newly-unmapped > 0: 2 of 7 requests (28.571 %)
        --fail-if: changed > 4: 5 of 7 requests (71.429 %)

        """)
    #expect(result.lines.first?.contains("newly unmapped 2 (28.571 %)") == true)
    #expect(
      result.output.contains(
        """
          traffic.txt:3: 127.2.0.2 (DE Germany)
            http://b.example/secret/1
            old  no rules
            new  unmapped

        """))
    let json = try tool.run(["diff", "--json"] + arguments, input: [])
    let unmapped = try #require(try object(json)["newly_unmapped"] as? [String: Any])
    #expect((unmapped["hosts"] as? [String: Any])?["counts"] as? [String: Int] == ["b.example": 2])
    _ = try tool.run(["diff", "--report", "diff.html"] + arguments, input: [])
    #expect(try workspace.read("diff.html").contains("Newly unmapped"))
  }

  @Test func `clients that move to another country are counted, whether a decision flips or not`()
    throws
  {
    try workspace.link("loopback-country-swapped.mmdb", as: "moved.mmdb")
    let arguments = [
      "diff", "new.yaml", "new.yaml", "--traffic", "traffic.txt", "--old-database", "country.mmdb",
      "--new-database", "moved.mmdb",
    ]
    let result = try tool.run(arguments, input: [])
    #expect(result.status == 0)
    #expect(result.lines.first?.hasPrefix("newly denied 0 of 7 requests") == true)
    #expect(
      result.output.contains(
        """
        Of another country by the new database: 4 requests
          requests     share  old → new
                 2  28.571 %  DE Germany → US United States
                 2  28.571 %  US United States → DE Germany

        """))
    let flips = try tool.run(
      arguments.map { $0 == "new.yaml" ? "old.yaml" : $0 } + ["--report", "diff.html"], input: [])
    #expect(flips.output.contains("traffic.txt:1: 127.1.0.1 (US United States → DE Germany)"))
    let page = try workspace.read("diff.html")
    #expect(page.contains("Of another country by the new database"))
    #expect(page.contains(" from US United States → DE Germany, "))
  }

  @Test func `the report is a page`() throws {
    let result = try diff(
      "old.yaml", "new.yaml", "--traffic", "traffic.txt", "--report", "diff.html")
    #expect(result.status == 0)
    let page = try workspace.read("diff.html")
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    #expect(page.contains("/secret/"))
  }

  @Test func `several logs, and standard input`() throws {
    let text = try workspace.read("traffic.txt")
    let result = try tool.run(
      ["diff", "old.yaml", "new.yaml", "--json", "--traffic", "traffic.txt", "-"],
      input: Array(text.utf8))
    #expect(result.status == 0)
    let denied = try #require(try object(result)["newly_denied"] as? [String: Any])
    #expect(denied["requests"] as? Int == 6)
  }

  static let troubles: [([String], String)] = [
    (["none.yaml", "new.yaml", "--traffic", "traffic.txt"], "none.yaml: error: "),
    (["old.yaml", "broken.yaml", "--traffic", "traffic.txt"], "broken.yaml:1:21: error: "),
    (["old.yaml", "new.yaml", "--traffic", "none.log"], "none.log"),
    (["old.yaml", "new.yaml", "--traffic", "-"], "error: no line of - holds a request\n"),
    (
      ["old.yaml", "new.yaml", "--traffic", "traffic.txt", "--report", "none/x.html"],
      "none/x.html: error: cannot be written: No such file or directory\n"
    ),
  ]

  @Test(arguments: troubles) func `a failure exits with 2`(
    _ arguments: [String], _ message: String
  ) throws {
    let result = try tool.run(["diff"] + arguments + ["--fail-if", "changed > 0"], input: [])
    #expect(result.status == 2)
    #expect(result.errors.contains(message))
  }

  @Test(arguments: [
    "", "old.yaml", "old.yaml new.yaml", "old.yaml new.yaml --traffic",
    "old.yaml new.yaml --traffic traffic.txt --fail-if nonsense",
    "old.yaml new.yaml --traffic traffic.txt --fail-if denied>1",
  ]) func `a wrong command line exits with 64`(_ arguments: String) throws {
    let words = arguments.split(separator: " ").map(String.init)
    let result = try tool.run(["diff"] + words, input: [])
    #expect(result.status == 64)
    #expect(result.errors.contains("Usage: maxmind-acl diff "))
  }
}

@Suite("diff --all")
struct ExhaustiveDiffTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "old.yaml": denyGermany,
      "same.yaml": "maxmind: {database: country.mmdb, deny: {country: [DE]}}",
      "patterns.yaml": """
      maxmind:
        database: country.mmdb
        deny: {country: [DE], regex: [[US, /video/], [US, /music/]]}
      """,
      "others.yaml": """
      maxmind:
        database: country.mmdb
        deny: {country: [DE], regex: [[US, /music/], [US, /films/]]}
      """,
      "client.yaml": """
      maxmind:
        database: country.mmdb
        deny: {country: [DE]}
        client: {trusted: [10.0.0.0/8], header: X-Forwarded-For}
        mode: monitor
      """,
    ])
    tool = Tool(workspace: workspace)
  }

  private func diff(_ arguments: String...) throws -> Tool.Result {
    try tool.run(["diff"] + arguments + ["--all"], input: [])
  }

  @Test func `equal rules are the same for every address`() throws {
    let result = try diff("old.yaml", "same.yaml")
    #expect(result.errors == "")
    #expect(result.output == "old.yaml → same.yaml: same for every address\n")
    #expect(result.status == 0)
  }

  @Test func `ranges that differ are listed by country with their share`() throws {
    try workspace.write(
      "new.yaml",
      "maxmind: {database: country.mmdb, deny: {country: [GB], ip: [10.0.0.0/25, 10.0.0.128/25]}}")
    let result = try diff("old.yaml", "new.yaml")
    #expect(result.status == 1)
    #expect(
      result.lines == [
        "old.yaml → new.yaml: 0.0031 % of the IPv4 space and 25.0 % of the known IPv6 space decided otherwise",
        "  DE: deny → allow: 65,792 IPv4 addresses, 65,536 IPv6 /64s: 127.2.0.0/16, 198.51.100.0/24, 2001:db8:2::/48",
        "  GB: allow → deny: 65,664 IPv4 addresses: 127.3.0.0/16, 203.0.113.0/25",
        "  no country: allow → deny: 256 IPv4 addresses: 10.0.0.0/24",
      ])
  }

  @Test func `patterns that only one side has are named for each record`() throws {
    let result = try diff("patterns.yaml", "others.yaml")
    #expect(result.status == 1)
    #expect(
      result.lines.dropFirst() == [
        "  US: allow, or deny by request: 65,792 IPv4 addresses, 65,536 IPv6 /64s: 127.1.0.0/16, 192.0.2.0/24, 2001:db8:1::/48",
        "    only before: deny if regex /video/", "    only after: deny if regex /films/",
      ])
  }

  @Test func `keys that decide besides the rules are named`() throws {
    let result = try diff("old.yaml", "client.yaml")
    #expect(result.status == 1)
    #expect(
      result.lines == [
        "old.yaml → client.yaml: same rules",
        "  client: differs, so a request may be decided otherwise",
        "  mode, enforce_percent, enforce_from or enforce_until: differs, so a request may be decided otherwise",
      ])
  }

  @Test func `JSON has all ranges`() throws {
    let blocks = (0..<9).map { "10.0.\(2 * $0).0/24" }
    try workspace.write("none.yaml", "maxmind: {deny: {ip: [192.0.2.1]}}")
    try workspace.write(
      "many.yaml",
      "maxmind: {deny: {ip: [192.0.2.1, \(blocks.joined(separator: ", "))]}}")
    let result = try diff("none.yaml", "many.yaml", "--json")
    #expect(result.status == 1)
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? NSDictionary
    let comparison = try #require((object?["comparisons"] as? [NSDictionary])?.first)
    let group = try #require((comparison["groups"] as? [NSDictionary])?.first)
    #expect(group["ranges"] as? [String] == blocks)
    #expect(group["ipv4_addresses"] as? Int == 9 * 256)
    #expect(object?["same"] as? Bool == false)
  }

  @Test func `remap lines are compared each with its own`() throws {
    try workspace.write(
      "old.config",
      """
      map http://a.example/ http://127.0.0.1/ @plugin=maxmind_acl.so @pparam=old.yaml
      map http://b.example/ http://127.0.0.1/ @plugin=maxmind_acl.so @pparam=old.yaml
      map http://c.example/ http://127.0.0.1/ @plugin=maxmind_acl.so @pparam=old.yaml
      """)
    try workspace.write(
      "new.config",
      """
      map http://a.example/ http://127.0.0.1/ @plugin=maxmind_acl.so @pparam=same.yaml
      map http://b.example/ http://127.0.0.1/ @plugin=maxmind_acl.so @pparam=client.yaml
      map http://c.example/ http://127.0.0.1/
      map http://d.example/ http://127.0.0.1/
      """)
    let result = try diff("old.config", "new.config")
    #expect(result.status == 1)
    #expect(
      result.lines.filter { !$0.hasPrefix("  ") } == [
        "map http://c.example/: 1 configuration in old.config, 0 in new.config",
        "only new.config has map http://d.example/",
        "old.yaml → same.yaml (map http://a.example/): same for every address",
        "old.yaml → client.yaml (map http://b.example/): same rules",
      ])
    let mixed = try diff("old.config", "new.yaml")
    #expect(mixed.status != 0)
  }

  @Test func `options for logs are refused`() throws {
    let both = try diff("old.yaml", "same.yaml", "--traffic", "x.log")
    #expect(both.status == 64)
    #expect(both.errorLines.first == "Error: --all reads no logs: remove --traffic")
    let neither = try tool.run("diff", "old.yaml", "same.yaml")
    #expect(neither.status == 64)
    #expect(neither.errorLines.first == "Error: expected --traffic or --all")
    #expect(try diff("old.yaml", "same.yaml", "--report", "x.html").status == 64)
  }
}
