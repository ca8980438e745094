import Foundation
import Testing

@Suite("Header fields in logs")
struct LogHeaderTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "client.yaml": """
      maxmind:
        database: country.mmdb
        client: {trusted: [10.0.0.0/8], header: X-Forwarded-For}
        bypass: {header: X-Pass, value: sesame}
        deny: {country: [DE]}
      """,
      "deny.yaml": denyGermany,
      "main.log": """
      10.1.1.1 - - [21/Nov/2026:11:51:37 +0000] "GET /a HTTP/1.1" 200 3 "-" "x" "127.2.0.1, 10.2.2.2"
      10.1.1.1 - - [21/Nov/2026:11:51:38 +0000] "GET /b HTTP/1.1" 200 3 "-" "x" "127.2.0.9, 127.1.1.1"
      127.2.3.1 - - [21/Nov/2026:11:51:39 +0000] "GET /c HTTP/1.1" 200 3 "-" "x" "127.1.0.1"
      10.1.1.1 - - [21/Nov/2026:11:51:40 +0000] "GET /d HTTP/1.1" 200 3 "-" "x" "-"
      10.1.1.1 - - [21/Nov/2026:11:51:41 +0000] "GET /e HTTP/1.1" 200 3 "-" "x" "unknown"
      """,
    ])
    tool = Tool(workspace: workspace)
  }

  private let header =
    "client,url,country,decision,reason,rule,configuration,line,log,log_line"

  @Test func `the client is the one that the proxy would see`() throws {
    let result = try tool.run("replay", "--csv", "--config", "client.yaml", "main.log")
    #expect(result.status == 0)
    #expect(
      result.lines == [
        header,
        "127.2.0.1,/a,DE,deny,deny.country,DE,client.yaml,5,main.log,1",
        "127.1.1.1,/b,US,allow,default,,client.yaml,,main.log,2",
        "127.2.3.1,/c,DE,deny,deny.country,DE,client.yaml,5,main.log,3",
        "10.1.1.1,/d,-,allow,default,,client.yaml,,main.log,4",
        "-,/e,-,deny,error,,client.yaml,,main.log,5",
      ])
  }

  @Test func `explain decides the same for every line`() throws {
    let lines = try tool.run("replay", "--csv", "--config", "client.yaml", "main.log").lines
    let values = ["127.2.0.1, 10.2.2.2", "127.2.0.9, 127.1.1.1", "127.1.0.1", nil, "unknown"]
    for ((line, value), peer) in zip(
      zip(lines.dropFirst(), values),
      ["10.1.1.1", "10.1.1.1", "127.2.3.1", "10.1.1.1", "10.1.1.1"])
    {
      let field = value.map { ["--header", "X-Forwarded-For: \($0)"] } ?? []
      let explained = try tool.run(
        ["explain", "--config", "client.yaml", "--client", peer] + field + ["http://a.example/"],
        input: [])
      let words = line.split(separator: ",", omittingEmptySubsequences: false)
      #expect(explained.output.hasPrefix("\(words[3]): \(words[4])"), "\(line)")
    }
  }

  @Test func `a line's field comes before --header, which fills in for lines without it`() throws {
    let result = try tool.run(
      "replay", "--csv", "--config", "client.yaml", "--header", "x-forwarded-for: 127.2.0.7",
      "main.log")
    #expect(result.lines.dropFirst(2).first?.hasPrefix("127.1.1.1,/b,US,allow") == true)
    #expect(result.lines.dropFirst(4).first?.hasPrefix("127.2.0.7,/d,DE,deny") == true)
  }

  @Test func `a field that no line carries is a warning in every output`() throws {
    let warnings = [
      "client.yaml: client reads X-Forwarded-For, but no line of the logs carries it: each client is the address of the connection",
      "client.yaml: bypass reads X-Pass, but no line of the logs carries it: no request passes by it",
    ]
    let input = "10.1.1.1 http://a.example/\n"
    let text = try tool.run(
      "replay", "--config", "client.yaml", "--report", "report.html", input: input)
    let words = text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let page = try workspace.read("report.html")
    for warning in warnings {
      #expect(words.contains("warning: \(warning)"))
      #expect(page.contains("\(warning)."))
    }
    let json = try tool.run("replay", "--config", "client.yaml", "--json", input: input)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let coverage = try #require(object["coverage"] as? [String: Any])
    #expect(coverage["warnings"] as? [String] == warnings)
  }

  @Test(arguments: [
    ["--header", "X-Forwarded-For: 127.2.0.1", "--header", "X-Pass: x"],
    ["--format", #"{"c":"$client","u":"$url","f":"$http_x_forwarded_for","p":"$http_x_pass"}"#],
  ])
  func `a field that is given is no warning`(_ arguments: [String]) throws {
    let input = #"{"c":"10.1.1.1","u":"http://a.example/","f":"-","p":""}"# + "\n"
    let result = try tool.run(
      ["replay", "--config", "client.yaml"]
        + (arguments.contains("--format") ? [] : ["--format", #"{"c":"$client","u":"$url"}"#])
        + arguments, input: Array(input.utf8))
    #expect(result.status == 0)
    #expect(!result.output.contains("warning"))
  }

  @Test func `parts without a field are no warning if another part has it`() throws {
    let first = try tool.run(
      "replay", "--config", "client.yaml", "--json", input: "10.1.1.1 http://a.example/\n")
    let second = try tool.run("replay", "--config", "client.yaml", "--json", "main.log")
    try workspace.write("one.json", first.output)
    try workspace.write("two.json", second.output)
    let merged = try tool.run("merge", "one.json", "two.json")
    #expect(merged.status == 0)
    #expect(!merged.output.contains("X-Forwarded-For"))
    #expect(merged.output.contains("warning: client.yaml: bypass reads X-Pass"))
  }

  @Test func `diff takes the client of each side`() throws {
    let result = try tool.run(
      "diff", "deny.yaml", "client.yaml", "--traffic", "main.log", "--json")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let denied = try #require(object["newly_denied"] as? [String: Any])
    #expect(denied["requests"] as? Int == 2)
    #expect((denied["countries"] as? [String: Int]) == ["DE": 1, "-": 1])
  }

  @Test func `diff counts the entries of a list file together, and names them in examples`() throws
  {
    try workspace.write("list.txt", "127.2.0.0/24\n127.1.0.0/16\n")
    try workspace.write(
      "list.yaml", "maxmind:\n  database: country.mmdb\n  deny: {ip_file: [list.txt]}\n")
    try workspace.write("none.yaml", "maxmind:\n  database: country.mmdb\n")
    let input = "127.2.0.1 http://a/\n127.1.0.1 http://a/\n127.2.0.5 http://b/\n"
    let result = try tool.run(
      ["diff", "none.yaml", "list.yaml", "--traffic", "-"], input: Array(input.utf8))
    #expect(result.output.contains("  3 of these (100 %)\n"))
    #expect(result.output.contains("new  deny.ip list.txt  list.yaml:3\n"))
    #expect(result.output.contains("new  deny.ip 127.1.0.0/16  list.txt:2\n"))
  }
}
