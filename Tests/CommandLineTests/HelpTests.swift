import Testing

@Suite("Help and usage")
struct HelpTests {
  let tool: Tool

  init() throws {
    tool = Tool(workspace: try Workspace())
  }

  static let statuses: [(String, [String])] = [
    ("check", ["0", "1", "3", "64"]), ("explain", ["0", "1", "64"]),
    ("test", ["0", "1", "2", "64"]), ("replay", ["0", "1", "3", "64"]),
    ("diff", ["0", "1", "2", "64"]), ("merge", ["0", "1", "64"]),
    ("lookup", ["0", "1", "64"]), ("export", ["0", "1", "64"]), ("migrate", ["0", "1", "2", "64"]),
    ("import", ["0", "1", "2", "64"]),
    ("install-list", ["0", "1", "2", "3", "4", "64"]),
    ("install-database", ["0", "1", "2", "3", "4", "64"]),
  ]

  @Test(arguments: statuses)
  func `help names every exit status`(_ command: String, _ statuses: [String]) throws {
    for arguments in [[command, "--help"], [command, "-h"], ["help", command]] {
      let result = try tool.run(arguments, input: [])
      #expect(result.status == 0)
      #expect(result.errors == "")
      let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
      let start = try #require(lines.firstIndex(of: "EXIT STATUS"))
      let named = lines[(start + 1)...].prefix { $0.hasPrefix("  ") }
        .compactMap { $0.split(separator: " ").first.map(String.init) }
      #expect(named == statuses)
    }
  }

  @Test(arguments: [
    [], ["check"], ["explain"], ["test"], ["replay"], ["diff"], ["merge"], ["lookup"],
    ["migrate"], ["import"], ["install-list"],
    ["install-database"],
  ])
  func `help is wrapped as paragraphs`(_ command: [String]) throws {
    let result = try tool.run(command + ["--help"], input: [])
    // A line broken by hand and again by the width leaves a stump between longer lines.
    let overview = result.output.split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { !$0.hasPrefix("EX") }
    for (line, next) in zip(overview.dropFirst(2), overview.dropFirst(3)) where !next.isEmpty {
      let word = next.prefix { $0 != " " }
      #expect(line.isEmpty || line.count + 1 + word.count >= 80, "\(line)")
    }
  }

  @Test(arguments: [
    [], ["check"], ["explain"], ["test"], ["replay"], ["diff"], ["merge"], ["lookup"],
    ["migrate"], ["import"], ["install-list"],
    ["install-database"],
  ])
  func `examples and tables fit the lines of a terminal`(_ command: [String]) throws {
    let result = try tool.run(command + ["--help"], input: [])
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.contains("EXAMPLES"))
    // A line that does not fit continues at the start of the next line.
    for (heading, start) in zip(lines, lines.indices)
    where !heading.isEmpty && heading.allSatisfy({ $0.isUppercase || $0 == " " }) {
      for line in lines[(start + 1)...].prefix(while: { !$0.isEmpty }) {
        #expect(line.hasPrefix("  "), "\(heading): \(line)")
      }
    }
  }

  @Test func `without a subcommand the tool lists them`() throws {
    let result = try tool.run()
    #expect(result.status == 0)
    for command in [
      "check", "explain", "test", "replay", "diff", "merge", "lookup", "install-list",
    ] {
      #expect(result.output.contains(command))
    }
  }

  @Test func `the tool prints its version`() throws {
    let result = try tool.run("--version")
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("maxmind-acl "))
    #expect(result.lines.count == 1)
  }

  @Test(arguments: [["chek"], ["check"], ["check", "--nonsense", "a.yaml"], ["--nonsense"]])
  func `a wrong command line exits with 64`(_ arguments: [String]) throws {
    let result = try tool.run(arguments, input: [])
    #expect(result.status == 64)
    #expect(result.output == "")
    #expect(result.errors.hasPrefix("Error: "))
  }

  static let mistakes: [([String], String)] = [
    (["chek", "a.yaml"], "there is no command 'chek'; did you mean check?"),
    (["reply"], "there is no command 'reply'; did you mean replay?"),
    (
      ["nonsense"],
      "there is no command 'nonsense'; there are check, explain, test, replay, diff, merge, lookup, export, migrate, import, install-list, install-database, help"
    ),
    (
      ["replay", "--confg", "a.yaml", "a.log"], "Unknown option '--confg'. Did you mean '--config'?"
    ),
    (
      ["explain", "--confg", "a.yaml", "--client", "::1", "http://a/"],
      "Unknown option '--confg'. Did you mean '--config'?"
    ),
    (["replay", "a.log"], "expected one of --config and --remap"),
    (
      ["explain", "--config", "a.yaml", "--client", "\u{1b}[31m\u{202e}", "http://a/"],
      "--client: '\u{fffd}[31m\u{fffd}' is not an IPv4 or IPv6 address"
    ),
    (
      ["explain", "--config", "a.yaml", "--client", "::1", "\u{1b}]0;x\u{7}"],
      "'\u{fffd}]0;x\u{fffd}' is not an absolute URL such as http://a.example/x.txt"
    ),
    (["check", "--\u{1b}[31m", "a.yaml"], "Unknown option '--\u{fffd}[31m'"),
  ]

  @Test(arguments: mistakes)
  func `a mistake is named with a suggestion`(_ arguments: [String], _ message: String)
    throws
  {
    let result = try tool.run(arguments, input: [])
    #expect(result.status == 64)
    #expect(result.errorLines.first == "Error: \(message)")
    #expect(result.errorLines.last?.hasPrefix("  See 'maxmind-acl") == true)
  }
}
