import Foundation
import Testing

@Suite("install-list --metrics")
struct ListMetricsTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "old.conf": InstallListTests.old, "new.conf": InstallListTests.old + "203.0.113.11 # more\n",
      "bad.conf": "nonsense\n", "empty.conf": "# none\n",
      "maxmind.yaml": "maxmind:\n  database: country.mmdb\n  deny:\n    ip_file: [old.conf]\n",
    ])
    tool = Tool(workspace: workspace)
  }

  private func install(_ arguments: String) throws -> Tool.Result {
    let words = arguments.split(separator: " ").map(String.init)
    return try tool.run(["install-list"] + words + ["old.conf"], input: [])
  }

  /// The lines of the file without comments.
  private func metrics() throws -> [String] {
    try workspace.read("list.prom").split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map(String.init)
  }

  @Test func `metrics count successes and failures`() throws {
    let start = Int(Date().timeIntervalSince1970)
    #expect(try install("--metrics list.prom bad.conf").status == 1)
    #expect(try install("--metrics list.prom none.conf").status == 2)
    #expect(
      try metrics() == [
        "maxmind_acl_list_last_success_timestamp_seconds{list=\"old.conf\"} 0",
        "maxmind_acl_list_failures_total{list=\"old.conf\"} 2",
      ])
    #expect(try install("--metrics list.prom new.conf").status == 0)
    #expect(try install("--metrics list.prom empty.conf").status == 3)
    let found = try metrics()
    let time = try #require(found.first?.split(separator: " ").last.flatMap { Int($0) })
    #expect((start...start + 600).contains(time))
    #expect(
      found.dropFirst() == [
        "maxmind_acl_list_entries{list=\"old.conf\"} 11",
        "maxmind_acl_list_failures_total{list=\"old.conf\"} 3",
      ])
    let types = try workspace.read("list.prom").split(separator: "\n")
      .filter { $0.hasPrefix("# TYPE") }
    #expect(
      types == [
        "# TYPE maxmind_acl_list_last_success_timestamp_seconds gauge",
        "# TYPE maxmind_acl_list_entries gauge", "# TYPE maxmind_acl_list_failures_total counter",
      ])
  }

  @Test func `a list that is already installed is a success`() throws {
    try workspace.write("new.conf", InstallListTests.old)
    #expect(try install("--metrics list.prom new.conf").status == 0)
    #expect(try metrics().dropFirst().first == "maxmind_acl_list_entries{list=\"old.conf\"} 10")
  }

  @Test func `a failed write of metrics is reported after the list is installed`() throws {
    let result = try install("--metrics none/list.prom new.conf")
    #expect(result.status == 2)
    #expect(
      result.errors == """
        --metrics none/list.prom: error: cannot open the directory \(workspace.path("none")): No such file or directory

        """)
    #expect(result.lines.count == 2)
    #expect(try workspace.read("old.conf") == workspace.read("new.conf"))
  }

  static let other =
    "is not a metrics file of install-list, and stays as it is; name another file, or remove it"
  static let foreignFiles: [(String, String)] = [
    ("127.0.0.1 localhost\n", other),
    ("# A comment\n", other),
    ("node_load1 0.5\n", other),
    ("maxmind_acl_list_unheard_of{list=\"old.conf\"} 1\n", other),
    ("maxmind_acl_list_entries 1\n", other),
    ("\u{0}\u{1}", other),
    (String(repeating: "\n", count: 70_000), other),
    (
      "maxmind_acl_list_entries{list=\"b.conf\"} 1\n",
      "has the metrics of another list, b.conf, and stays as it is; name a file for each list"
    ),
  ]

  @Test(arguments: foreignFiles)
  func `metrics do not replace another kind of file`(
    _ text: String, _ message: String
  ) throws {
    try workspace.write("list.prom", text)
    let result = try install("--metrics list.prom new.conf")
    #expect(result.status == 2)
    #expect(result.errors == "--metrics list.prom: error: \(message)\n")
    #expect(try workspace.read("list.prom") == text)
    #expect(try workspace.read("old.conf") == workspace.read("new.conf"))
    // An earlier failure keeps its status.
    #expect(try install("--metrics list.prom empty.conf").status == 3)
    #expect(try workspace.read("list.prom") == text)
  }

  @Test func `metrics replace only a regular file`() throws {
    #expect(try tool.shell("mkfifo list.prom").status == 0)
    let result = try install("--metrics list.prom new.conf")
    #expect(result.status == 2)
    #expect(
      result.errors
        == "--metrics list.prom: error: cannot be read: is a FIFO, a regular file is needed\n")
  }

  @Test(arguments: [
    "", "\n", "# HELP maxmind_acl_list_entries Another text.\n",
    "maxmind_acl_list_entries{list=\"old.conf\"} many\n",
    "maxmind_acl_list_failures_total{list=\"old.conf\"} 7\n",
  ]) func `metrics of the list are replaced with any numbers`(_ text: String) throws {
    try workspace.write("list.prom", text)
    let result = try install("--metrics list.prom new.conf")
    #expect(result.status == 0)
    #expect(
      try metrics().dropFirst() == [
        "maxmind_acl_list_entries{list=\"old.conf\"} 11",
        "maxmind_acl_list_failures_total{list=\"old.conf\"} \(text.contains("7") ? 7 : 0)",
      ])
  }

  @Test(arguments: ["new.conf", "old.conf", "maxmind.yaml"])
  func `metrics do not replace an input`(_ file: String) throws {
    let before = try workspace.read(file)
    let result = try install("--config maxmind.yaml --metrics \(file) new.conf")
    #expect(result.status == 64)
    #expect(result.errors.contains("--metrics and \(file) are one file"))
    #expect(try workspace.read(file) == before)
  }
}
