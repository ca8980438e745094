import Testing

@Suite("list files")
struct ListFileTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "maxmind.yaml":
        "maxmind:\n  database: country.mmdb\n  deny:\n    ip_file: [blocked.conf, more.conf]\n",
      "blocked.conf": """
      # by hand
      127.9.0.0/16 expires=2026-03-01T00:00:00Z
      127.8.0.0/16
      """, "more.conf": "127.7.0.1 1;\n",
      "tests.yaml": """
      config: maxmind.yaml
      tests:
        - name: the list denies
          request: {client: 127.8.0.1, url: "http://a.example/"}
          expect: {decision: deny, reason: deny.ip, rule: 127.8.0.0/16, line: 3}
      """, "requests.txt": "127.8.0.1 http://a.example/\n127.7.0.1 http://a.example/\n",
    ])
    tool = Tool(workspace: workspace)
  }

  @Test(arguments: [
    ("2026-02-28T23:59:59Z", "2 entries, the next expires 2026-03-01T00:00:00Z"),
    ("2026-03-01T00:00:00Z", "1 entry, 1 expired"),
    ("2026-03-01T00:30:00+01:00", "2 entries, the next expires 2026-03-01T00:00:00Z"),
  ]) func `check summarizes lists at a time`(_ now: String, _ summary: String) throws {
    let result = try tool.run("check", "--now", now, "maxmind.yaml")
    // The database was built after these times.
    #expect(result.errorLines.count { $0.contains(": warning: ") } == 1)
    #expect(result.errors.contains("[database-age]"))
    #expect(
      result.lines.first?.contains("; list blocked.conf (\(summary)); list more.conf (1 entry); ")
        == true)
  }

  @Test func `an invalid time is a wrong command line`() throws {
    #expect(try tool.run("check", "--now", "tomorrow", "maxmind.yaml").status == 64)
  }

  @Test func `check reports each bad line, with its file`() throws {
    try workspace.write("blocked.conf", "127.0.0.1\nnonsense\n\n127.0.0.1/99\n")
    let result = try tool.run("check", "maxmind.yaml")
    #expect(result.status == 1)
    #expect(
      result.errors == """
        blocked.conf:2:1: error: "nonsense" is not an IPv4 or IPv6 address [bad-address]
         2 | nonsense
           | ^~~~~~~~
        blocked.conf:4:1: error: prefix length 99 is above 32 [bad-address]
         4 | 127.0.0.1/99
           | ^~~~~~~~~~~~

        """)
  }

  @Test func `explain names the list`() throws {
    let result = try tool.run(
      "explain", "--config", "maxmind.yaml", "--now", "2026-01-01T00:00:00Z", "--client",
      "127.9.0.1", "http://a.example/")
    #expect(
      result.output.contains(
        """
        > 2. deny.ip        deny: 127.9.0.0/16
             blocked.conf:2:1
             2 | 127.9.0.0/16 expires=2026-03-01T00:00:00Z
               | ^~~~~~~~~~~~

        """))
    let json = try tool.run(
      "explain", "--config", "maxmind.yaml", "--json", "--client", "127.7.0.1",
      "http://a.example/")
    #expect(
      json.output == """
        {"client":"127.7.0.1","country":null,"decision":"deny","file":"more.conf","line":1,\
        "reason":"deny.ip","rule":"127.7.0.1","status":403,"url":"a.example/"}

        """)
  }

  @Test func `tests of rules see the lines of lists, and a list counts as one rule`() throws {
    let result = try tool.run("test", "--coverage", "tests.yaml")
    #expect(result.status == 0)
    #expect(
      result.output.contains(
        """
        coverage: 1 of 2 rules hit (50.0 %)
        maxmind.yaml:4:29: never hit: deny.ip more.conf
        """))
  }

  @Test func `a replay names entries by line, and counts a list as one rule`() throws {
    let csv = try tool.run("replay", "--csv", "--config", "maxmind.yaml", "requests.txt")
    #expect(
      csv.lines.dropFirst() == [
        "127.8.0.1,http://a.example/,-,deny,deny.ip,127.8.0.0/16,blocked.conf,3,requests.txt,1",
        "127.7.0.1,http://a.example/,-,deny,deny.ip,127.7.0.1,more.conf,1,requests.txt,2",
      ])
    let json = try tool.run("replay", "--json", "--config", "maxmind.yaml", "requests.txt")
    #expect(
      json.output.contains(
        "\"rules\":[{\"hits\":1,\"kind\":\"deny.ip\",\"line\":4,\"text\":\"blocked.conf\"},"
          + "{\"hits\":1,\"kind\":\"deny.ip\",\"line\":4,\"text\":\"more.conf\"}]"))
  }
}
