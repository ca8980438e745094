import Foundation
import Testing

@Suite("replay")
struct ReplayTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "maxmind.yaml": manualExample,
      "broken.yaml": "maxmind: {database: none.mmdb}",
      "bypass.yaml": """
      maxmind:
        database: country.mmdb
        bypass: {header: X-Pass, value: sesame}
        deny: {country: [DE]}
      """,
    ])
    tool = Tool(workspace: workspace)
  }

  private func replay(_ input: String) throws -> Tool.Result {
    try tool.run("replay", "--config", "maxmind.yaml", input: input)
  }

  static let requests = """
    # clients of the manual's example
    127.0.0.1 http://a.example/
    127.1.0.1 http://a.example/x.html
    127.1.0.1 http://a.example/x.txt

    127.2.0.1 http://a.example/
    127.3.0.1 http://a.example/
    ::1 http://a.example/
    ::ffff:127.1.0.1 http://a.example/y.mp3
    192.168.1.1 http://a.example/
    - http://a.example/

    """

  static let decisions = """
    127.0.0.1\thttp://a.example/\tdeny\tdeny.ip\t127.0.0.1
    127.1.0.1\thttp://a.example/x.html\tallow\tallow.country\tUS
    127.1.0.1\thttp://a.example/x.txt\tdeny\tdeny.regex\t.*\\.txt
    127.2.0.1\thttp://a.example/\tdeny\tdeny.country\tDE
    127.3.0.1\thttp://a.example/\tdeny\tdefault\t-
    ::1\thttp://a.example/\tdeny\tdefault\t-
    ::ffff:127.1.0.1\thttp://a.example/y.mp3\tdeny\tdeny.regex\t.*\\.mp3
    192.168.1.1\thttp://a.example/\tallow\tallow.ip\t192.168.10.0/20
    -\thttp://a.example/\tdeny\terror\t-

    """

  static let totals = """
    requests\t9
    malformed\t0
    decision\tdeny\t7
    decision\tallow\t2
    reason\tdefault\t2
    reason\tdeny.regex\t2
    reason\tallow.country\t1
    reason\tallow.ip\t1
    reason\tdeny.country\t1
    reason\tdeny.ip\t1
    reason\terror\t1
    country\t-\t3
    country\tUS\t3
    country\tDE\t1
    country\tFR\t1
    country\tGB\t1

    """

  @Test(arguments: ["standard input", "-", "a file"])
  func `each request gets a line, and the totals follow on standard error`(
    _ source: String
  ) throws {
    try workspace.write("requests.txt", Self.requests)
    let names = ["standard input": [], "-": ["-"], "a file": ["requests.txt"]]
    let result = try tool.run(
      ["replay", "--config", "maxmind.yaml"] + (names[source] ?? []),
      input: source == "a file" ? [] : Array(Self.requests.utf8))
    #expect(result.status == 0)
    #expect(result.output == Self.decisions)
    #expect(result.errors == Self.totals)
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
    let result = try replay(requests)
    #expect(result.status == 0)
    #expect(result.output == Self.decisions)
    #expect(result.errors == Self.totals)
  }

  @Test(arguments: ["", "\n", "\r\n\r\n", "# nothing\n", "   \n\t\n"])
  func `nothing to decide is no error`(_ requests: String) throws {
    let result = try replay(requests)
    #expect(result.status == 0)
    #expect(result.output == "")
    #expect(result.errors == "requests\t0\nmalformed\t0\n")
  }

  @Test func `malformed lines are numbered and counted, and the rest goes on`() throws {
    let input: [UInt8] =
      Array(
        """
        # a comment counts as a line

        127.0.0.1
        127.1.0.1 http://a/ GET
        127.0.0 http://a/
        a.example http://a/
        127.1.0.1 a/
        127.1.0.1 http://a/\u{1}
        127.1.0.1 http://a/\u{e4}

        """.utf8) + Array("127.1.0.1 http://a/".utf8) + [0xE4, 0x0A]
      + Array("127.1.0.1 http://a/".utf8) + [0, 0x0A]
      + Array("127.1.0.1 http://a/x\n".utf8)
    try workspace.write("requests.txt", bytes: input)
    let result = try tool.run("replay", "--config", "maxmind.yaml", "requests.txt")
    #expect(result.status == 2)
    #expect(
      result.output == """
        127.1.0.1\thttp://a/\u{e4}\tallow\tallow.country\tUS
        127.1.0.1\thttp://a/x\tallow\tallow.country\tUS

        """)
    #expect(
      result.errorLines.prefix(8) == [
        "requests.txt:3: expected CLIENT URL, but there is 1 field",
        "requests.txt:4: expected CLIENT URL, but there are 3 fields",
        "requests.txt:5: '127.0.0' is not an IPv4 or IPv6 address",
        "requests.txt:6: 'a.example' is not an IPv4 or IPv6 address",
        "requests.txt:7: 'a/' is not an absolute URL",
        "requests.txt:8: 'http://a/\u{fffd}' is not an absolute URL",
        "requests.txt:10: the line is not UTF-8",
        "requests.txt:11: 'http://a/\u{fffd}' is not an absolute URL",
      ])
    #expect(result.errorLines.dropFirst(8).prefix(2) == ["requests\t2", "malformed\t8"])
  }

  @Test func `a malformed line of any length gives one short line`() throws {
    let result = try replay(String(repeating: "x", count: 1 << 20) + "\n127.1.0.1 http://a/\n")
    #expect(result.status == 2)
    #expect(result.lines.count == 1)
    let first = try #require(result.errorLines.first)
    #expect(first.hasPrefix("-:1: expected CLIENT URL"))
    let address = try replay(String(repeating: "x", count: 1 << 20) + " http://a/\n")
    #expect(address.status == 2)
    #expect(try #require(address.errorLines.first).utf8.count < 300)
  }

  @Test func `a URL of 1 MB is decided, and one above the limit is an error`() throws {
    let long = "http://a/" + String(repeating: "y", count: (1 << 20) - 100)
    let tooLong = "http://a/" + String(repeating: "y", count: 1 << 20) + "/x.txt"
    let result = try replay("127.1.0.1 \(long)x.txt\n127.1.0.1 \(long)\n127.1.0.1 \(tooLong)\n")
    #expect(result.status == 0)
    #expect(
      result.lines.map { $0.split(separator: "\t").dropFirst(2).joined(separator: " ") } == [
        #"deny deny.regex .*\.txt"#, "allow allow.country US", "deny error -",
      ])
  }

  @Test func `header fields are those of every request`() throws {
    let result = try tool.run(
      "replay", "--config", "bypass.yaml", "--header", "x-pass: sesame",
      input: "127.2.0.1 http://a/\n- http://a/\n")
    #expect(result.status == 0)
    #expect(
      result.lines == [
        "127.2.0.1\thttp://a/\tallow\tbypass\tX-Pass", "-\thttp://a/\tallow\tbypass\tX-Pass",
      ])
  }

  static let unreadable: [(arguments: String, message: String)] = [
    ("--config maxmind.yaml none.txt", "none.txt: cannot be read: No such file"),
    ("--config maxmind.yaml .", ".: cannot be read: Is a directory"),
    ("--config none.yaml", "none.yaml: error: "),
    ("--config broken.yaml", "broken.yaml:1:21: error: "),
    ("--config .", ".: error: "),
  ]

  @Test(arguments: unreadable) func `what cannot be read exits with 1 and says why`(
    _ arguments: String, _ message: String
  ) throws {
    let words = arguments.split(separator: " ").map(String.init)
    let result = try tool.run(["replay"] + words, input: Array("127.0.0.1 http://a/\n".utf8))
    #expect(result.status == 1)
    #expect(result.output == "")
    #expect(result.errors.contains(message))
  }

  @Test(arguments: [
    "", "--config", "--config maxmind.yaml a b", "--config maxmind.yaml --client ::1",
    "--config maxmind.yaml --header nonsense",
  ]) func `a wrong command line exits with 64`(_ arguments: String) throws {
    let words = arguments.split(separator: " ").map(String.init)
    let result = try tool.run(["replay"] + words, input: [])
    #expect(result.status == 64)
    #expect(result.output == "")
    #expect(result.errors.contains("Usage: maxmind-acl replay "))
  }

  @Test func `a tab or line break of a rule does not break a field`() throws {
    try workspace.write(
      "tab.yaml", "maxmind: {database: country.mmdb, deny: {regex: [['*', \"a\\tb|x\\n|y\"]]}}")
    let result = try tool.run("replay", "--config", "tab.yaml", input: "127.1.0.1 http://a/y\n")
    #expect(result.output == "127.1.0.1\thttp://a/y\tdeny\tdeny.regex\ta b|x\u{fffd}|y\n")
  }
}
