import Foundation
import Testing

@Suite("migrate")
struct MigrateTests {
  private static let rules = """
    maxmind:
      # The rules of the shop.
      database: country.mmdb
      allow:
        country: [US, us]
        ip: [127.1.0.5]
      deny:
        ip: [127.1.0.0/24]
        regex:
          - [US, "^private/"]
          - [GB, "music"]
    """

  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace(["maxmind.yaml": Self.rules])
    tool = Tool(workspace: workspace)
  }

  private func migrate(_ arguments: String) throws -> Tool.Result {
    try tool.run(["migrate"] + arguments.split(separator: " ").map(String.init), input: [])
  }

  @Test func `clients and patterns are named with an example and the cause`() throws {
    let result = try migrate("maxmind.yaml --from trafficserver-9")
    #expect(result.status == 1)
    #expect(result.errors == "")
    #expect(
      result.output == """
        maxmind.yaml: from trafficserver-9

        Clients that are decided otherwise
          127.1.0.5: US, 1 IPv4 address
            allow; now deny
            127.1.0.5 http://www.example.com/: allow by allow.ip, now deny by deny.ip
            the stock plugin lets allow.ip win over deny rules

        Patterns that match other URLs
          maxmind.yaml:10: deny.regex ^private/: no longer matches http://www.example.com/private/
          maxmind.yaml:11: deny.regex music: now matches http://music.example.com/

        Deny patterns also match other spellings of a path
          such as http://www.example.com/musi%63


        """)
  }

  @Test func `the host of the remap line is the host of examples`() throws {
    try workspace.write(
      "remap.config",
      "map http://shop.example/ http://origin/ @plugin=maxmind_acl.so @pparam=maxmind.yaml\n")
    let result = try migrate("remap.config --from trafficserver-9")
    #expect(result.status == 1)
    #expect(result.output.contains("no longer matches http://shop.example/private/"))
    // The pattern "music" cannot match this host.
    #expect(!result.output.contains("now matches"))
  }

  @Test func `logs count the requests that change`() throws {
    try workspace.write(
      "requests.txt", "127.1.0.5 http://www.example.com/\n127.1.1.1 http://www.example.com/\n")
    let result = try migrate("maxmind.yaml --from trafficserver-9 --traffic requests.txt")
    #expect(result.status == 1)
    #expect(result.output.contains("newly denied 1 of 2 requests"))
  }

  @Test func `the key semantics keeps the decisions`() throws {
    let written = try migrate("maxmind.yaml --from trafficserver-9 --write semantics")
    #expect(written.status == 0)
    #expect(written.output == "maxmind.yaml: written\n")
    #expect(
      try workspace.read("maxmind.yaml")
        == Self.rules.replacing(
          "maxmind:\n", with: "maxmind:\n  semantics: trafficserver-9\n"))
    let again = try migrate("maxmind.yaml --from trafficserver-9")
    #expect(again.status == 0)
    #expect(again.output == "maxmind.yaml: has the key semantics\n")
    let explained = try tool.run(
      "explain", "--config", "maxmind.yaml", "--client", "127.1.0.5", "http://a.example/")
    #expect(explained.output.hasPrefix("allow: allow.ip"))
  }

  @Test func `rewritten patterns match the same paths`() throws {
    let written = try migrate("maxmind.yaml --from trafficserver-9 --write patterns")
    #expect(written.status == 0)
    let text = try workspace.read("maxmind.yaml")
    #expect(text.contains("- [US, '^[^/]+/private/']"))
    #expect(text.contains("- [GB, '^[^/]+/.*(?:music)']"))
  }

  @Test func `alternatives are rewritten each by itself`() throws {
    try workspace.write(
      "maxmind.yaml", Self.rules.replacing("^private/", with: "^private/|^(a|b)/"))
    let written = try migrate("maxmind.yaml --from trafficserver-9 --write patterns")
    #expect(written.status == 0)
    #expect(
      try workspace.read("maxmind.yaml").contains("- [US, '^[^/]+/(?:private/|(?:a|b)/)']"))
  }

  @Test func `a pattern without a rewritten form is named, and nothing is written`() throws {
    let rules = Self.rules.replacing("^private/", with: "^(?<section>private)/")
    try workspace.write("maxmind.yaml", rules)
    let result = try migrate("maxmind.yaml --from trafficserver-9 --write patterns")
    #expect(result.status == 2)
    #expect(
      result.errors == "maxmind.yaml:10: error: deny.regex ^(?<section>private)/: "
        + "cannot be rewritten; edit it by hand\n")
    #expect(try workspace.read("maxmind.yaml") == rules)
  }

  @Test func `a file that the stock plugin could not read is an error`() throws {
    try workspace.write("maxmind.yaml", denyGermany + "\n  unknown: deny\n")
    let result = try migrate("maxmind.yaml --from trafficserver-9")
    #expect(result.status == 2)
    #expect(result.errors.contains("conflicting-keys"))
  }

  @Test func `a text in one line cannot be rewritten`() throws {
    try workspace.write(
      "maxmind.yaml", "maxmind: {database: country.mmdb, deny: {country: [DE]}}\n")
    let result = try migrate("maxmind.yaml --from trafficserver-9 --write semantics")
    #expect(result.status == 2)
    #expect(result.errors == "maxmind.yaml: error: cannot be rewritten; edit it by hand\n")
  }
}
