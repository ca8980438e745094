import Foundation

/// The built executable, run as an operator runs it.
struct Tool {
  /// The result of a run.
  struct Result {
    /// The exit status. Nil: a signal ended it.
    var status: Int32?
    var output: String
    var errors: String

    /// The lines of standard output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }
    /// The lines of standard error.
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
  }

  /// The executable, which SwiftPM builds beside the tests.
  static let path: String = {
    let own = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    return own.resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("maxmind-acl").path
  }()

  /// The directory that it runs in.
  let workspace: Workspace
  /// The directories with its programs: none with a `traffic_server`, so that the installed version does not count.
  var programs = "/nonexistent"

  /// A time when the test databases are not old.
  private static let timeOfChecks = "2026-09-15T00:00:00Z"

  /// Runs the tool in the workspace. `check` gets a `--now` when the test databases are not old.
  func run(_ arguments: String..., input: String = "") throws -> Result {
    try run(arguments, input: Array(input.utf8))
  }

  /// The same.
  func run(_ arguments: [String], input: [UInt8]) throws -> Result {
    let isTimed = arguments.first == "check" && !arguments.contains("--now")
    let time = isTimed ? ["--now", Self.timeOfChecks] : []
    return try run(
      program: Self.path, arguments.prefix(1) + time + arguments.dropFirst(), input: input,
      programs: programs)
  }

  /// Runs a shell script. `$tool` is the executable.
  func shell(_ script: String, input: String = "") throws -> Result {
    try run(
      program: "/bin/sh", ["-c", script], input: Array(input.utf8), programs: "/usr/bin:/bin")
  }

  /// Files, not pipes, so that neither side waits for the other. A run is killed after five minutes.
  private func run(
    program: String, _ arguments: some Sequence<String>, input: [UInt8], programs: String
  ) throws -> Result {
    let streams = try Workspace()
    try streams.write("input", bytes: input)
    try streams.write("output", "")
    try streams.write("errors", "")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = Array(arguments)
    process.currentDirectoryURL = workspace.url
    // The options of a sanitizer apply to the tool too.
    process.environment = ProcessInfo.processInfo.environment
      .filter { ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains($0.key) }
      .merging(["PATH": programs, "tool": Self.path, "LC_ALL": "C"]) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: streams.file("input"))
    process.standardOutput = try FileHandle(forWritingTo: streams.file("output"))
    process.standardError = try FileHandle(forWritingTo: streams.file("errors"))
    try process.run()
    let number = process.processIdentifier
    let watchdog = DispatchWorkItem { kill(number, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 600, execute: watchdog)
    process.waitUntilExit()
    watchdog.cancel()
    return Result(
      status: process.terminationReason == .exit ? process.terminationStatus : nil,
      output: try streams.read("output"), errors: try streams.read("errors"))
  }
}

/// A temporary directory with the test databases in it, removed with its last user.
final class Workspace: Sendable {
  let url: URL

  /// The directory of the test databases.
  static let databases = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/databases")

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("command-line-\(UUID().uuidString)").resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// A workspace with some files, and with databases under the names that the configurations use.
  convenience init(_ files: [String: String]) throws {
    try self.init()
    try link("loopback-country.mmdb", as: "country.mmdb")
    try link("loopback-anonymous.mmdb", as: "anonymous.mmdb")
    try link("loopback-city.mmdb", as: "GeoIP2-City.mmdb")
    try write("deny.html", "denied\n")
    for (name, text) in files { try write(name, text) }
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  func path(_ name: String) -> String { file(name).path }

  func write(_ name: String, _ text: String) throws {
    try write(name, bytes: Array(text.utf8))
  }

  func write(_ name: String, bytes: [UInt8]) throws {
    let file = file(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  func link(_ database: String, as name: String) throws {
    try FileManager.default.createSymbolicLink(
      at: file(name), withDestinationURL: Self.databases.appendingPathComponent(database))
  }

  /// The text of a file, with invalid UTF-8 replaced.
  func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: file(name)), as: UTF8.self)
  }
}

/// The example of the stock plugin's manual.
let manualExample = #"""
  maxmind:
    database: GeoIP2-City.mmdb
    html: deny.html
    allow:
      country:
        - US
      ip:
        - 127.0.0.1
        - 192.168.10.0/20
    deny:
      country:
        - DE
      ip:
        - 127.0.0.1
      regex:
        - [US, ".*\\.txt"] # the backslash is escaped for YAML
        - [US, ".*\\.mp3"]
  """#

/// Denies one country.
let denyGermany = """
  maxmind:
    database: country.mmdb
    deny:
      country: [DE]
  """
