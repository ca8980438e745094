import Testing

@Suite("Standard streams that fail")
struct StreamTests {
  let tool: Tool

  init() throws {
    tool = Tool(workspace: try Workspace(["maxmind.yaml": manualExample]))
  }

  static let commands = [
    "check maxmind.yaml", "explain --config maxmind.yaml --client 127.0.0.1 http://a/",
    "replay --config maxmind.yaml", "replay --csv --config maxmind.yaml",
    "diff maxmind.yaml maxmind.yaml --traffic -",
  ]

  /// The exit status of a failure. For diff, 1 means that a condition holds.
  private static func failure(of command: String) -> Int32 { command.hasPrefix("diff") ? 2 : 1 }

  /// Also with SIGPIPE ignored, as inherited from a parent that ignores it.
  @Test(arguments: ["", "trap '' PIPE;"])
  func `a reader that stops early ends replay quietly`(_ trap: String) throws {
    let result = try tool.shell(
      """
      \(trap) yes '127.0.0.1 http://a/' 2>/dev/null | head -n 30000 2>/dev/null > many
      { timeout -k 5 600 "$tool" replay --csv --config maxmind.yaml many 2>/dev/null; echo "exit $?" >&2; } | head -n 1
      """)
    #expect(
      result.output == "client,url,country,decision,reason,rule,configuration,line,log,log_line\n")
    // By the signal, or by the write that failed.
    #expect(["exit 141\n", "exit 1\n"].contains(result.errors))
  }

  @Test(arguments: commands)
  func `a missing reader ends any command quietly`(_ command: String) throws {
    let result = try tool.shell(
      """
      trap '' PIPE
      { sleep 0.3; echo '127.0.0.1 http://a/' | timeout -k 5 600 "$tool" \(command) 2>errors; echo $? >status; } | :
      cat status; cat errors >&2
      """)
    #expect(result.output == "\(Self.failure(of: command))\n")
    #expect(!result.errors.contains("rror:"))
    #expect(!result.errors.contains("rashed"))
  }

  @Test(arguments: commands)
  func `output that cannot be written is a failure with the reason`(_ command: String) throws {
    let result = try tool.shell(
      "echo '127.0.0.1 http://a/' | \"$tool\" \(command) >/dev/full", input: "")
    #expect(result.status == Self.failure(of: command))
    #expect(
      result.errors.hasSuffix("standard output: cannot be written: No space left on device\n"))
  }

  @Test func `a failed write ends an endless replay`() throws {
    let result = try tool.shell(
      """
      yes '127.0.0.1 http://a/' 2>/dev/null \
        | timeout -k 5 30 "$tool" replay --csv --config maxmind.yaml >/dev/full
      """)
    #expect(result.status == 1)
    #expect(result.errors == "standard output: cannot be written: No space left on device\n")
  }

  @Test(arguments: commands)
  func `standard error that cannot be written changes nothing else`(_ command: String) throws {
    let arranged = "echo '127.0.0.1 http://a/' | \"$tool\" \(command)"
    let plain = try tool.shell("\(arranged) 2>/dev/null")
    let full = try tool.shell("\(arranged) 2>/dev/full")
    #expect(full.status == plain.status)
    #expect(full.output == plain.output)
    #expect(full.output != "")
    let closed = try tool.shell("\(arranged) 2>&-")
    #expect(closed.status == plain.status)
  }

  @Test func `closed standard input is reported`() throws {
    let result = try tool.shell("\"$tool\" replay --config maxmind.yaml <&-")
    #expect(result.status == 1)
    #expect(
      result.errors == "error: standard input: cannot be opened: Bad file descriptor\n")
  }
}
