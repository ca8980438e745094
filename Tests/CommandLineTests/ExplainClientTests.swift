import Foundation
import Testing

@Suite("explain the client and the enforcement")
struct ExplainClientTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "proxy.yaml": """
      maxmind:
        database: country.mmdb
        client: {trusted: [10.0.0.0/8], header: X-Forwarded-For}
        allow: {country: [US]}
        enforce_from: 2026-12-01T06:00:00Z
      """,
      "monitor.yaml": "maxmind: {database: country.mmdb, deny: {country: [DE]}, mode: monitor}",
      "plain.yaml": "maxmind: {database: country.mmdb, deny: {country: [DE]}}",
    ])
    tool = Tool(workspace: workspace)
  }

  static let clients: [(client: String, headers: [String], line: String)] = [
    ("10.0.0.1", ["X-Forwarded-For: 127.2.0.1"], "127.2.0.1 by X-Forwarded-For from 10.0.0.1"),
    (
      "10.0.0.1", ["x-forwarded-for: 127.2.0.1", "X-FORWARDED-FOR: ?"],
      "none by X-Forwarded-For from 10.0.0.1"
    ),
    ("10.0.0.1", [], "10.0.0.1, a trusted proxy that sends no X-Forwarded-For"),
    ("127.2.0.1", ["X-Forwarded-For: 127.1.0.1"], "127.2.0.1, not a trusted proxy"),
  ]

  @Test(arguments: clients) func `the client is shown with its source`(
    _ client: String, _ headers: [String], _ line: String
  ) throws {
    let result = try tool.run(
      ["explain", "--config", "proxy.yaml", "--client", client]
        + headers.flatMap { ["--header", $0] } + ["http://a/"], input: [])
    #expect(result.lines.contains("client   \(line)"))
  }

  @Test(arguments: [
    (["X-Forwarded-For: 127.2.0.1"], "; X-Forwarded-For is ignored: client: is not set"),
    (["X-Key: a", "forwarded: for=127.2.0.1"], "; forwarded is ignored: client: is not set"),
    (["X-Key: a"], ""), ([], ""),
  ]) func `an unread header field with a client is reported`(
    _ headers: [String], _ note: String
  ) throws {
    let result = try tool.run(
      ["explain", "--config", "plain.yaml", "--client", "127.1.0.1"]
        + headers.flatMap { ["--header", $0] } + ["http://a/"], input: [])
    #expect(result.lines.first == "allow: default")
    #expect(result.lines.contains("client   127.1.0.1\(note)"))
  }

  static let times: [(config: String, at: String, line: String?)] = [
    (
      "proxy.yaml", "2026-12-01T05:59:59Z",
      "enforced no: denials are enforced from 2026-12-01T06:00:00Z"
    ),
    (
      "proxy.yaml", "2026-12-01T07:00:00+01:00",
      "enforced yes: denials are enforced from 2026-12-01T06:00:00Z"
    ),
    ("monitor.yaml", "2026-12-01T07:00:00Z", "enforced no: monitor mode: no denial is enforced"),
    ("plain.yaml", "2026-12-01T07:00:00Z", nil),
  ]

  @Test(arguments: times) func `a denial is shown with its enforcement`(
    _ config: String, _ at: String, _ line: String?
  ) throws {
    let result = try tool.run(
      "explain", "--config", config, "--client", "127.2.0.1", "--now", at, "http://a/")
    let isEnforced = line?.hasPrefix("enforced no") != true
    #expect(result.lines.first?.hasPrefix(isEnforced ? "deny: " : "deny, not enforced: ") == true)
    let answer = "403 Forbidden, the proxy's own page"
    #expect(result.lines.contains((isEnforced ? "answer   " : "would be ") + answer))
    #expect(result.lines.first { $0.hasPrefix("enforced") } == line)
    let allowed = try tool.run(
      "explain", "--config", config, "--client", "127.1.0.1", "--now", at, "http://a/")
    #expect(!allowed.lines.contains { $0.hasPrefix("enforced") })
  }

  @Test func `JSON has peer, source and enforcement`() throws {
    let result = try tool.run(
      "explain", "--json", "--config", "proxy.yaml", "--client", "10.0.0.1", "--header",
      "X-Forwarded-For: 127.2.0.1", "--now", "2026-12-01T05:00:00Z", "http://a/")
    #expect(
      result.output == """
        {"client":"127.2.0.1","client_source":"header","country":"DE","decision":"deny",\
        "enforced":false,"line":null,"peer":"10.0.0.1","reason":"default","rule":null,"status":403,"url":"a/"}

        """)
  }

  @Test func `an invalid time is a usage error`() throws {
    let result = try tool.run(
      "explain", "--config", "plain.yaml", "--client", "127.2.0.1", "--now", "tomorrow", "http://a/"
    )
    #expect(result.status == 64)
    #expect(result.errors.contains("The value 'tomorrow' is invalid for '--now <time>'"))
  }

  @Test func `a replay counts denials that are not enforced, and says so`() throws {
    let requests = Array("127.2.0.1 http://a/\n127.1.0.1 http://a/\n".utf8)
    let result = try tool.run(["replay", "--config", "monitor.yaml", "-"], input: requests)
    #expect(result.lines.contains("  denied   1  50.00 %"))
    #expect(result.lines.contains("  monitor.yaml: monitor mode: no denial is enforced"))
  }
}
