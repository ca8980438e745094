import Testing

@Suite("Methods in logs")
struct LogMethodTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "method.yaml": """
      maxmind:
        database: country.mmdb
        deny:
          rules:
            - name: reading
              country: [DE]
              method: [GET]
      """,
      "deny.yaml": denyGermany,
      "requests.log": "127.2.0.1 http://a.example/\n127.2.0.2 http://a.example/\n",
      "main.log": """
      127.2.0.1 - - [21/Nov/2026:11:51:37 +0000] "GET /a HTTP/1.1" 200 3 "-" "x"
      127.2.0.1 - - [21/Nov/2026:11:51:38 +0000] "POST /b HTTP/1.1" 200 3 "-" "x"

      """,
    ])
    tool = Tool(workspace: workspace)
  }

  private let warning =
    "rules read the method, but 2 of 2 requests have none in the logs and count as GET"

  @Test func `a request without a method counts as GET, with a warning`() throws {
    let text = try tool.run(
      "replay", "--config", "method.yaml", "--report", "report.html", "requests.log")
    #expect(text.status == 0)
    #expect(text.output.contains("denied   2"))
    #expect(
      text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        .contains("warning: \(warning)"))
    #expect(try workspace.read("report.html").contains("\(warning)."))
    let json = try tool.run("replay", "--json", "--config", "method.yaml", "requests.log")
    #expect(json.output.contains("\"without_method\":2"))
    #expect(json.output.contains("\"warnings\":[\"\(warning)\"]"))
    let difference = try tool.run(
      "diff", "deny.yaml", "method.yaml", "--traffic", "requests.log")
    #expect(
      difference.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        .contains("warning: \(warning)"))
  }

  @Test(arguments: ["--config method.yaml main.log", "--config deny.yaml requests.log"])
  func `there is no warning if each request has a method, or no rule reads it`(
    _ arguments: String
  ) throws {
    let words = arguments.split(separator: " ").map(String.init)
    let result = try tool.run(["replay"] + words, input: [])
    #expect(result.status == 0)
    #expect(!result.output.contains("warning: "))
  }

  @Test func `parts of a log add up`() throws {
    for (part, log) in [("a.json", "requests.log"), ("b.json", "main.log")] {
      let result = try tool.run("replay", "--json", "--config", "method.yaml", log)
      try workspace.write(part, result.output)
    }
    let merged = try tool.run("merge", "--json", "a.json", "b.json")
    let whole = try tool.run(
      "replay", "--json", "--config", "method.yaml", "requests.log", "main.log")
    #expect(merged.output == whole.output)
    #expect(merged.output.contains("but 2 of 4 requests have none in the logs"))
  }
}
