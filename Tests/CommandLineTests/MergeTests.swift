import Foundation
import Testing

@Suite("merge")
struct MergeTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace(["maxmind.yaml": manualExample, "deny.yaml": denyGermany])
    tool = Tool(workspace: workspace)
    for part in 1...3 {
      let lines = (0..<500).map { number in
        number % 50 == part
          ? "malformed \(number)"
          : "127.\(number % 9).\(number % 4).\(part) http://h\(number % 7 * part).example/\(number).txt"
      }
      try workspace.write("part\(part).log", lines.joined(separator: "\n") + "\n")
    }
  }

  private func part(_ number: Int, _ configuration: String = "maxmind.yaml") throws -> String {
    let result = try tool.run(
      "replay", "--config", configuration, "--json", "part\(number).log")
    #expect(result.status == 0)
    try workspace.write("part\(number).json", result.output)
    return result.output
  }

  @Test func `the parts of some logs add up to the whole`() throws {
    let whole = try tool.run(
      "replay", "--config", "maxmind.yaml", "--json", "part1.log", "part2.log", "part3.log")
    for number in 1...3 { _ = try part(number) }
    let merged = try tool.run("merge", "--json", "part1.json", "part2.json", "part3.json")
    #expect(merged.status == 0)
    #expect(merged.output == whole.output)
    let text = try tool.run("merge", "part1.json", "part2.json", "part3.json")
    let wholeText = try tool.run(
      "replay", "--config", "maxmind.yaml", "part1.log", "part2.log", "part3.log")
    #expect(text.output == wholeText.output)
    for line in [
      "Replay of 1,470 requests", "  98.00 % of 1,500 lines hold a request",
      "  part3.log (requests)", "  30  no client address", "    part1.log:2: malformed 1",
    ] {
      #expect(text.output.contains("\(line)\n"))
    }
  }

  @Test func `standard input holds one part a line`() throws {
    let parts = try (1...3).map { try part($0) }
    let files = try tool.run("merge", "--json", "part1.json", "part2.json", "part3.json")
    let lines = try tool.run("merge", "--json", "-", input: parts.joined())
    #expect(lines.output == files.output)
    let grouped = try tool.run("merge", "--json", "part1.json", "-", input: parts[1] + parts[2])
    #expect(grouped.output == files.output)
  }

  @Test func `a log in two parts is a warning`() throws {
    let parts = try [part(1), part(2)]
    let warning = "warning: part1.log is in two parts; if it is one log, its requests count twice\n"
    let result = try tool.run("merge", "--json", "part1.json", "part2.json", "part1.json")
    #expect(result.status == 0)
    #expect(result.errors == warning)
    let same = try tool.run("merge", "--json", "-", input: parts[0] + parts[0] + parts[0])
    #expect(same.errors == warning)
    let streams = try tool.run(
      "merge", "--json", "-", input: (parts[0] + parts[0]).replacing("part1.log", with: "-"))
    #expect(streams.errors == "")
  }

  @Test func `the report is about the whole`() throws {
    for number in 1...3 { _ = try part(number) }
    let arguments = ["part1.json", "part2.json", "part3.json", "--report", "merged.html"]
    #expect(try tool.run(["merge"] + arguments, input: []).status == 0)
    _ = try tool.run(
      "replay", "--config", "maxmind.yaml", "--report", "whole.html", "part1.log", "part2.log",
      "part3.log")
    let report = try workspace.read("merged.html")
    #expect(report == (try workspace.read("whole.html")))
    for text in ["1,470 requests", "98.00 % of 1,500 lines", "part3.log", "malformed 101"] {
      #expect(report.contains(text))
    }
  }

  @Test func `no text of a part steers the terminal`() throws {
    let whole = try part(1)
    let other = whole.replacing("maxmind.yaml", with: #"\u001b]0;x\u0007.yaml"#)
    let refused = try tool.run("merge", "-", input: whole + other)
    #expect(
      refused.errors == "-: error: it belongs to \u{FFFD}]0;x\u{FFFD}.yaml, not to maxmind.yaml\n")
    let failed = whole.replacing(#""failures":[]"#, with: #""failures":["a.log: \u001b[2J"]"#)
    #expect(failed != whole)
    let result = try tool.run("merge", "--json", "-", input: failed)
    #expect(result.errors == "error: a.log: \u{FFFD}[2J\n")
  }

  @Test func `parts that do not belong together are refused`() throws {
    _ = try part(1)
    _ = try part(2, "deny.yaml")
    try workspace.write("text.json", "{}\n")
    try workspace.write("empty.json", "")
    let cases: [([String], String)] = [
      (
        ["part1.json", "part2.json"],
        "part2.json: error: it belongs to deny.yaml, not to maxmind.yaml\n"
      ),
      (["text.json"], "text.json: error: is not output of maxmind-acl replay --json\n"),
      (["none.json"], "none.json: error: cannot be read: No such file or directory\n"),
      (
        ["empty.json"], "empty.json: error: is empty; expected output of replay --json\n"
      ),
      (
        ["part1.json", "empty.json"],
        "empty.json: error: is empty; expected output of replay --json\n"
      ),
      (["-"], "-: error: is empty; expected output of replay --json\n"),
    ]
    for (parts, message) in cases {
      let result = try tool.run(["merge"] + parts, input: [])
      #expect(result.status == 1)
      #expect(result.output == "")
      #expect(result.errors == message)
    }
    #expect(try tool.run("merge").status == 64)
  }
}
