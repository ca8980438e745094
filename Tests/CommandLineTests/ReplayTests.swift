import Foundation
import Testing

@Suite("replay")
struct ReplayTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "maxmind.yaml": manualExample, "deny.yaml": denyGermany,
      "broken.yaml": "maxmind: {database: none.mmdb}",
      "bypass.yaml": """
      maxmind:
        database: country.mmdb
        bypass: {header: X-Pass, value: sesame}
        deny: {country: [DE]}
      """,
      "remap.config": """
      map http://a.example/ http://127.0.0.1/ @plugin=maxmind_acl.so @pparam=maxmind.yaml
      map http://b.example/ http://127.0.0.1/ @plugin=maxmind_acl.so @pparam=deny.yaml
      map http://c.example/ http://127.0.0.1/
      """,
      "combined.log": """
      127.1.0.1 - - [10/Oct/2025:13:55:36 +0000] "GET /x.html HTTP/1.1" 200 2326 "-" "curl/8"
      127.1.0.1 - - [10/Oct/2025:13:56:36 +0000] "GET /x.txt?q HTTP/1.1" 200 2326 "-" "curl/8"
      127.2.0.1 - - [10/Oct/2025:13:56:37 +0000] "\\x16\\x03\\x01" 400 166 "-" "-"
      127.2.0.1 - - [10/Oct/2025:14:56:36 +0200] "HEAD / HTTP/1.1" 200 0 "-" "curl/8"
      """,
    ])
    tool = Tool(workspace: workspace)
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  static let requests = """
    # clients of the manual's example
    127.0.0.1 http://a.example/
    127.1.0.1 http://a.example/x.html
    127.1.0.1 http://a.example/x.txt

    127.2.0.1 http://a.example/
    127.3.0.1 http://a.example/
    ::1 http://a.example/
    ::ffff:127.1.0.1 http://a.example/y,"z".mp3
    192.168.1.1 http://a.example/
    - http://a.example/

    """

  static let decisions = """
    client,url,country,decision,reason,rule,configuration,line,log,log_line
    127.0.0.1,http://a.example/,-,deny,deny.ip,127.0.0.1,maxmind.yaml,14,LOG,2
    127.1.0.1,http://a.example/x.html,US,allow,allow.country,US,maxmind.yaml,6,LOG,3
    127.1.0.1,http://a.example/x.txt,US,deny,deny.regex,.*\\.txt,maxmind.yaml,16,LOG,4
    127.2.0.1,http://a.example/,DE,deny,deny.country,DE,maxmind.yaml,12,LOG,6
    127.3.0.1,http://a.example/,GB,deny,default,,maxmind.yaml,,LOG,7
    ::1,http://a.example/,FR,deny,default,,maxmind.yaml,,LOG,8
    127.1.0.1,"http://a.example/y,""z"".mp3",US,deny,deny.regex,.*\\.mp3,maxmind.yaml,17,LOG,9
    192.168.1.1,http://a.example/,-,allow,allow.ip,192.168.10.0/20,maxmind.yaml,9,LOG,10
    -,http://a.example/,-,deny,error,,maxmind.yaml,,LOG,11

    """

  @Test(arguments: ["standard input", "-", "a file"])
  func `each decision is a line of CSV, and the summary goes to standard error`(
    _ source: String
  ) throws {
    try workspace.write("requests.txt", Self.requests)
    let names = ["standard input": [], "-": ["-"], "a file": ["requests.txt"]]
    let result = try tool.run(
      ["replay", "--csv", "--config", "maxmind.yaml"] + (names[source] ?? []),
      input: source == "a file" ? [] : Array(Self.requests.utf8))
    #expect(result.status == 0)
    let log = source == "a file" ? "requests.txt" : "-"
    #expect(result.output == Self.decisions.replacing("LOG", with: log))
    #expect(result.errors.contains("9 requests"))
  }

  static let spellings: [(name: String, requests: String)] = [
    ("CRLF", requests.replacing("\n", with: "\r\n")),
    ("tabs", requests.replacing(" http", with: "\thttp")),
    ("indented", requests.replacing("\n127", with: "\n \t 127")),
    ("space at the end", requests.replacing("/\n", with: "/ \t\n")),
    ("no last line break", requests.trimmingCharacters(in: .newlines)),
  ]

  @Test(arguments: spellings) func `white space and line breaks of all kinds are the same`(
    _ name: String, _ requests: String
  ) throws {
    let result = try tool.run("replay", "--csv", "--config", "maxmind.yaml", input: requests)
    #expect(result.status == 0)
    #expect(result.output == Self.decisions.replacing("LOG", with: "-"))
  }

  @Test func `the summary is a text for a person`() throws {
    try workspace.write("requests.txt", Self.requests)
    let result = try tool.run("replay", "--config", "maxmind.yaml", "requests.txt")
    #expect(result.status == 0)
    #expect(result.errors == "")
    for text in ["9 requests", "maxmind.yaml:12", "deny.country", "US", "127.1.0.0/24"] {
      #expect(result.output.contains(text), "\(text)")
    }
    #expect(!result.output.contains("\u{1b}"))
  }

  @Test func `each configuration of a remap.config has its own counts, by its own database`()
    throws
  {
    // In the second database the first client has another country.
    try workspace.link("loopback-country-swapped.mmdb", as: "swapped.mmdb")
    try workspace.write(
      "swapped.yaml",
      "maxmind:\n  database: swapped.mmdb\n  deny:\n    country: [FR, US, DE]\n  unknown: deny\n")
    try workspace.write(
      "two.config",
      """
      map http://a.example/ http://o/ @plugin=maxmind_acl.so @pparam=maxmind.yaml
      map http://b.example/ http://o/ @plugin=maxmind_acl.so @pparam=swapped.yaml

      """)
    let requests = [
      "127.1.0.1 http://a.example/x.html", "127.1.0.1 http://a.example/x.mp3",
      "127.2.0.1 http://a.example/", "127.1.0.1 http://b.example/", "127.1.0.2 http://b.example/",
      "127.2.0.1 http://b.example/", "127.2.0.2 http://b.example/", "127.2.0.3 http://b.example/",
    ]
    let result = try tool.run(
      "replay", "--json", "--remap", "two.config", input: requests.joined(separator: "\n"))
    #expect(result.status == 0, "\(result.errors)")
    let summary = try object(result.output)
    let configurations = try #require(summary["configurations"] as? [[String: Any]])
    #expect(
      configurations.map { $0["decisions"] as? [String: Int] } == [
        ["allow": 1, "deny": 2], ["allow": 0, "deny": 5],
      ])
    let hits = configurations.map { configuration in
      (configuration["rules"] as? [[String: Any]] ?? []).compactMap { rule -> String? in
        guard let hits = rule["hits"] as? Int, hits > 0 else { return nil }
        return "\(rule["kind"] ?? "") \(rule["text"] ?? "") \(rule["line"] ?? "") \(hits)"
      }
    }
    #expect(
      hits == [
        ["deny.country DE 12 1", #"deny.regex .*\.mp3 17 1"#, "allow.country US 6 1"],
        ["deny.country US 4 3", "deny.country DE 4 2"],
      ])
    #expect(
      summary["countries"] as? [String: [String: Int]] == [
        "US": ["allow": 1, "deny": 4], "DE": ["allow": 0, "deny": 3],
      ])
  }

  @Test func `JSON holds all counts`() throws {
    let result = try tool.run("replay", "--json", "--config", "maxmind.yaml", input: Self.requests)
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(result.lines.count == 1)
    let summary = try object(result.output)
    #expect(summary["format"] as? String == "maxmind-acl replay 1")
    #expect(summary["decisions"] as? [String: Int] == ["allow": 2, "deny": 7])
    #expect(
      summary["countries"] as? [String: [String: Int]] == [
        "-": ["allow": 1, "deny": 2], "US": ["allow": 1, "deny": 2], "DE": ["allow": 0, "deny": 1],
        "GB": ["allow": 0, "deny": 1], "FR": ["allow": 0, "deny": 1],
      ])
    #expect(
      summary["reasons"] as? [String: [String: Int]] == [
        "allow.country": ["allow": 1, "deny": 0], "allow.ip": ["allow": 1, "deny": 0],
        "default": ["allow": 0, "deny": 2], "deny.country": ["allow": 0, "deny": 1],
        "deny.ip": ["allow": 0, "deny": 1], "deny.regex": ["allow": 0, "deny": 2],
        "error": ["allow": 0, "deny": 1],
      ])
    let configurations = try #require(summary["configurations"] as? [[String: Any]])
    let rules = try #require(configurations.first?["rules"] as? [[String: Any]])
    let hits = rules.map {
      "\($0["line"] ?? "") \($0["kind"] ?? "") \($0["text"] ?? "") \($0["hits"] ?? "")"
    }
    #expect(
      hits == [
        "14 deny.ip 127.0.0.1 1", "12 deny.country DE 1", #"16 deny.regex .*\.txt 1"#,
        #"17 deny.regex .*\.mp3 1"#, "8 allow.ip 127.0.0.1 0", "9 allow.ip 192.168.10.0/20 1",
        "6 allow.country US 1",
      ])
    let networks = try #require(summary["denied_networks"] as? [String: Any])
    #expect(
      networks["counts"] as? [String: Int] == [
        "127.0.0.0/24": 1, "127.1.0.0/24": 2, "127.2.0.0/24": 1, "127.3.0.0/24": 1, "::/48": 1,
      ])
    let coverage = try #require(summary["coverage"] as? [String: Any])
    #expect(coverage["lines"] as? Int == 9)
    #expect(coverage["requests"] as? Int == 9)
  }

  @Test(arguments: 1...3) func `any number of threads gives the same result`(_ threads: Int) throws
  {
    var random = SystemRandomNumberGenerator()
    // Several blocks of a megabyte.
    let path = String(repeating: "x", count: 700) + ".txt"
    let lines = (0..<3000).map { _ in
      "127.\(Int.random(in: 0...9, using: &random)).0.1 http://h\(Int.random(in: 0...99, using: &random)).example/\(path)"
    }
    try workspace.write("many.txt", lines.joined(separator: "\n"))
    let arguments = ["replay", "--config", "maxmind.yaml", "many.txt", "--threads"]
    let one = try tool.run(arguments + ["1", "--json"], input: [])
    let several = try tool.run(arguments + ["\(threads)", "--json"], input: [])
    #expect(several.output == one.output)
    let csv = try tool.run(arguments + ["\(threads)", "--csv"], input: [])
    let clients = csv.lines.dropFirst().map {
      $0.split(separator: ",").prefix(2).joined(separator: " ")
    }
    #expect(clients == lines)
  }

  @Test(arguments: [
    (
      "--base-url", "foo",
      "'foo' is not a scheme and host; expected a URL such as http://www.example.com"
    ),
    (
      "--format", "$client$url",
      "nothing separates the fields client and url, so the first has no end"
    ),
  ])
  func `an invalid base URL or format is a mistake of the command line`(
    option: String, value: String, message: String
  ) throws {
    let commands = [
      ["replay", "--config", "deny.yaml", "combined.log"],
      ["diff", "deny.yaml", "deny.yaml", "--traffic", "combined.log"],
    ]
    for command in commands {
      let result = try tool.run(command + [option, value], input: [])
      #expect(result.status == 64)
      #expect(result.errorLines.first == "Error: \(option): \(message)")
    }
  }

  @Test func `combined logs are read, their hosts from --base-url`() throws {
    let arguments = ["replay", "--csv", "--config", "maxmind.yaml", "combined.log"]
    let result = try tool.run(arguments + ["--base-url", "http://www.example.com"], input: [])
    #expect(result.status == 0)
    #expect(
      result.lines == [
        "client,url,country,decision,reason,rule,configuration,line,log,log_line",
        "127.1.0.1,http://www.example.com/x.html,US,allow,allow.country,US,maxmind.yaml,6,combined.log,1",
        #"127.1.0.1,http://www.example.com/x.txt?q,US,deny,deny.regex,.*\.txt,maxmind.yaml,16,combined.log,2"#,
        "127.2.0.1,http://www.example.com/,DE,deny,deny.country,DE,maxmind.yaml,12,combined.log,4",
      ])
    #expect(result.errors.contains("no URL"))
    #expect(result.errors.contains("combined.log:3"))
    let without = try tool.run(arguments, input: [])
    #expect(without.status == 1)
    #expect(without.output == "")
    #expect(without.errors.contains("--base-url"))
    try workspace.write("pass.yaml", "maxmind: {bypass: {regex: [/x]}, deny: {ip: [127.0.0.0/8]}}")
    let bypass = try tool.run("replay", "--csv", "--config", "pass.yaml", "combined.log")
    #expect(bypass.status == 1)
    #expect(bypass.errors.contains("the requests hold no host"))
    // No rule looks at the host.
    let country = try tool.run("replay", "--csv", "--config", "deny.yaml", "combined.log")
    #expect(country.status == 0)
    #expect(country.lines.count == 4)
  }

  @Test func `each URL goes through its own remap line`() throws {
    let result = try tool.run(
      "replay", "--csv", "--remap", "remap.config",
      input: """
        127.2.0.1 http://a.example/
        127.2.0.1 http://b.example/
        127.2.0.1 http://c.example/
        127.2.0.1 http://d.example/
        127.1.0.1 http://b.example/x.txt
        """)
    #expect(result.status == 0)
    #expect(
      result.lines.dropFirst() == [
        "127.2.0.1,http://a.example/,DE,deny,deny.country,DE,maxmind.yaml,12,-,1",
        "127.2.0.1,http://b.example/,DE,deny,deny.country,DE,deny.yaml,4,-,2",
        "127.2.0.1,http://c.example/,DE,allow,no rules,,,,-,3",
        "127.2.0.1,http://d.example/,DE,unmapped,,,,,-,4",
        "127.1.0.1,http://b.example/x.txt,US,allow,default,,deny.yaml,,-,5",
      ])
  }

  @Test func `a note warns of remapped URLs in the logs`() throws {
    let input = "127.1.0.1 http://a.example/\n127.1.0.1 http://127.0.0.1/\n"
    let arguments = ["replay", "--json", "--remap", "remap.config"]
    let mapped = try tool.run(arguments, input: Array(input.utf8))
    #expect(mapped.errors == "")
    let unmapped = try tool.run(arguments, input: Array((input + "::1 http://127.0.0.1/\n").utf8))
    #expect(unmapped.status == 0)
    #expect(
      unmapped.errors == """
        note: no line of remap.config maps most of the URLs; do the logs hold the URLs from before \
        remapping (cquuc)?

        """)
  }

  @Test func `malformed lines are counted by kind with their places, and the replay continues`()
    throws
  {
    let input: [UInt8] =
      Array(
        """
        # a comment counts as a line
        127.1.0.1 http://a/
        127.0.0.1
        127.0.0 http://a/
        a.example http://a/
        127.1.0.1 a/
        127.1.0.1 http://a/\u{1}

        """.utf8) + Array("127.1.0.1 http://a/".utf8) + [0xE4, 0x0A]
      + Array("127.1.0.1 http://a/x\n".utf8)
    try workspace.write("requests.txt", bytes: input)
    let arguments = ["replay", "--config", "maxmind.yaml", "requests.txt"]
    let result = try tool.run(arguments + ["--json"], input: [])
    #expect(result.status == 0)
    let coverage = try #require(try object(result.output)["coverage"] as? [String: Any])
    #expect(coverage["lines"] as? Int == 8)
    #expect(coverage["requests"] as? Int == 3)
    #expect(
      coverage["malformed"] as? [String: Int] == [
        "not of the format": 1, "no client address": 2, "no URL": 2,
      ])
    let examples = try #require(coverage["malformed_examples"] as? [[String: Any]])
    #expect(
      examples.map { "\($0["kind"] ?? ""): \($0["file"] ?? ""):\($0["line"] ?? "")" } == [
        "not of the format: requests.txt:3", "no client address: requests.txt:4",
        "no client address: requests.txt:5", "no URL: requests.txt:6", "no URL: requests.txt:7",
      ])
    let least = try tool.run(arguments + ["--min-coverage", "90%"], input: [])
    #expect(least.status == 3)
    #expect(least.errors == "--min-coverage: 3 of 8 lines hold a request\n")
    #expect(try tool.run(arguments + ["--min-coverage", "37 %"], input: []).status == 0)
  }

  @Test(arguments: ["", "\n", "\r\n\r\n", "# nothing\n", "   \n\t\n"])
  func `nothing to decide is an error`(_ requests: String) throws {
    let result = try tool.run("replay", "--json", "--config", "maxmind.yaml", input: requests)
    #expect(result.status == 1)
    #expect(result.errors == "error: no line of - holds a request\n")
    #expect(try object(result.output)["decisions"] as? [String: Int] == ["allow": 0, "deny": 0])
    let least = try tool.run(
      "replay", "--min-coverage", "100", "--config", "maxmind.yaml", input: requests)
    #expect(least.status == 1)
    let csv = try tool.run("replay", "--csv", "--config", "maxmind.yaml", input: requests)
    #expect(
      csv.output == "client,url,country,decision,reason,rule,configuration,line,log,log_line\n")
  }

  @Test func `no field of CSV is a formula or steers a terminal`() throws {
    try workspace.write("=cmd.log", "127.1.0.1 http://a/\u{9B}31m\u{202E}x\n")
    let result = try tool.run("replay", "--csv", "--config", "deny.yaml", "=cmd.log")
    let line = "127.1.0.1,http://a/\u{FFFD}31m\u{FFFD}x,US,allow,default,,deny.yaml,,'=cmd.log,1"
    #expect(result.lines.last == line)
  }

  @Test(arguments: [1, 2, 5]) func `CSV names the line of the log`(_ threads: Int) throws {
    // Several blocks of a megabyte, most of it comments.
    let comment = "# " + String(repeating: "x", count: 800)
    let lines = (0..<9000).map { $0 % 3 == 0 ? comment : "127.1.0.1 http://a/\($0 + 1)" }
    for name in ["one.log", "two.log"] {
      try workspace.write(name, lines.joined(separator: "\n") + "\n")
    }
    let result = try tool.run(
      "replay", "--csv", "--config", "deny.yaml", "--threads", "\(threads)", "one.log", "two.log")
    #expect(result.lines.count == 12_001)
    let isRight = result.lines.dropFirst().allSatisfy { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      return fields.last.map { fields[1] == "http://a/\($0)" } ?? false
    }
    #expect(isRight)
    #expect(result.lines[6000].hasSuffix(",one.log,9000"))
    #expect(result.lines[6001].hasSuffix(",two.log,2"))
  }

  @Test func `a log without one request is an error`() throws {
    let result = try tool.run(
      "replay", "--format", "combined", "--config", "deny.yaml", input: "nonsense\n")
    #expect(result.status == 1)
    #expect(result.errors.contains("error: no line of - holds a request\n"))
  }

  @Test func `header fields apply to every request`() throws {
    let result = try tool.run(
      "replay", "--csv", "--config", "bypass.yaml", "--header", "x-pass: sesame",
      input: "127.2.0.1 http://a/\n- http://a/\n")
    #expect(result.status == 0)
    #expect(
      result.lines.dropFirst() == [
        "127.2.0.1,http://a/,DE,allow,bypass,X-Pass,bypass.yaml,3,-,1",
        "-,http://a/,-,allow,bypass,X-Pass,bypass.yaml,3,-,2",
      ])
  }

  @Test func `--database replaces the configured database`() throws {
    try workspace.write("other.yaml", denyGermany.replacing("country.mmdb", with: "none.mmdb"))
    let arguments = ["replay", "--csv", "--config", "other.yaml"]
    let input = Array("127.2.0.1 http://a/\n".utf8)
    #expect(try tool.run(arguments, input: input).status == 1)
    let result = try tool.run(arguments + ["--database", "country.mmdb"], input: input)
    #expect(result.lines.last == "127.2.0.1,http://a/,DE,deny,deny.country,DE,other.yaml,4,-,1")
  }

  @Test func `the report is a page that names the logs and rules`() throws {
    let result = try tool.run(
      "replay", "--config", "maxmind.yaml", "--report", "report.html", input: Self.requests)
    #expect(result.status == 0)
    let page = try workspace.read("report.html")
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    #expect(page.contains("maxmind.yaml:12"))
    let failed = try tool.run(
      "replay", "--config", "maxmind.yaml", "--report", "none/report.html", input: Self.requests)
    #expect(failed.status == 1)
    #expect(
      failed.errors == "none/report.html: error: cannot be written: No such file or directory\n")
  }

  @Test func `the report may go to a device`() throws {
    let result = try tool.shell(
      """
      mkfifo pipe
      cat pipe > copy &
      echo '127.2.0.1 http://a/' | "$tool" replay --config deny.yaml --report pipe
      wait; test -p pipe
      """)
    #expect(result.status == 0)
    #expect(try workspace.read("copy").hasSuffix("</html>\n"))
  }

  static let unreadable: [(arguments: String, message: String)] = [
    ("--config maxmind.yaml none.txt", "none.txt: "),
    ("--config maxmind.yaml .", ".: "),
    ("--config none.yaml", "none.yaml: error: "),
    ("--config broken.yaml", "broken.yaml:1:21: error: "),
    ("--remap none.config", "none.config: error: "),
    ("--config .", ".: error: "),
  ]

  @Test(arguments: unreadable) func `an unreadable input exits with 1 and the reason`(
    _ arguments: String, _ message: String
  ) throws {
    let words = arguments.split(separator: " ").map(String.init)
    let result = try tool.run(["replay"] + words, input: Array("127.0.0.1 http://a/\n".utf8))
    #expect(result.status == 1)
    #expect(result.output == "")
    #expect(result.errors.contains(message))
  }

  @Test(arguments: [
    "", "--config", "--config maxmind.yaml --client ::1", "--config maxmind.yaml --remap a",
    "--config maxmind.yaml --header nonsense", "--config maxmind.yaml --json --csv",
    "--config maxmind.yaml --threads 0", "--config maxmind.yaml --min-coverage -1",
    "--config maxmind.yaml --min-coverage 101%",
  ]) func `a wrong command line exits with 64`(_ arguments: String) throws {
    let words = arguments.split(separator: " ").map(String.init)
    let result = try tool.run(["replay"] + words, input: [])
    #expect(result.status == 64)
    #expect(result.output == "")
    #expect(result.errors.contains("Usage: maxmind-acl replay "))
  }
}
