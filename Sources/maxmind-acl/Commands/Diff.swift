import AccessLog
import ArgumentParser
import Foundation
import MaxMindACL
import Remap
import TrafficReplay

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the requests that two configurations decide differently.",
    discussion: """
      Decides each request of the logs by OLD and by NEW, and prints the requests that flip between \
      allowed and denied, by rule, country, host and network, with examples. With remap.config files \
      it also prints the requests that only one side maps, because Traffic Server answers the others \
      with 404. With two databases it also prints the requests whose country changes. OLD and NEW are \
      configurations (.yaml) or remap.config files, in any combination. They may be the same file with \
      two databases.

      With --all, diff needs no log: it compares the rules for every IPv4 and IPv6 address. It prints \
      the address ranges that OLD and NEW decide differently, by country, with their share of the \
      IPv4 addresses and of the IPv6 addresses in the databases. Where a regex, a named rule or the \
      header field of bypass decides, it prints the conditions that only one side has. Equal \
      conditions are equal texts, so it may also name ranges where different regexes match the same \
      URLs. --json has all ranges. Two remap.config files are compared line by line.

      A condition of --fail-if compares one of newly-denied, newly-allowed, newly-unmapped, \
      newly-mapped, changed (all four), requests and coverage with a number of requests or a \
      percentage, by >, >=, < or <=. The percentage is of the requests, for coverage of the lines. \
      --fail-if may be repeated.

      EXAMPLES
        maxmind-acl diff maxmind.yaml changed.yaml --traffic squid.log
        maxmind-acl diff old/remap.config new/remap.config \\
          --traffic squid.log --report diff.html
        maxmind-acl diff maxmind.yaml changed.yaml --traffic squid.log \\
          --fail-if 'newly-denied > 0.1%'
        maxmind-acl diff maxmind.yaml changed.yaml --all
        maxmind-acl diff maxmind.yaml maxmind.yaml --traffic squid.log \\
          --old-database August.mmdb --new-database September.mmdb

      \(LogFormat.fieldHelp)

      EXIT STATUS
        0  no condition of --fail-if holds; with --all: nothing differs
        1  a condition of --fail-if holds; with --all: something differs
        2  something cannot be loaded, read or written, or no line holds a request
        64 the command line is wrong
      """)

  @Argument(
    help: "The old rules: a configuration (.yaml) or a remap.config.",
    completion: .file())
  var old: String

  @Argument(help: "The new rules.", completion: .file())
  var new: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Access logs; - is standard input.", valueName: "log"),
    completion: .file())
  var traffic: [String] = []

  @Flag(help: "Compare the rules for every address instead of the requests of logs.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "A database for OLD in place of its own. Repeat it for several.", valueName: "file.mmdb"),
    completion: .file(extensions: ["mmdb"]))
  var oldDatabase: [String] = []

  @Option(
    help: ArgumentHelp(
      "A database for NEW in place of its own. Repeat it for several.", valueName: "file.mmdb"),
    completion: .file(extensions: ["mmdb"]))
  var newDatabase: [String] = []

  @Option(
    help: "The directory for relative names in OLD and NEW.", completion: .directory)
  var directory: String?

  @OptionGroup var trafficServer: TrafficServerOption
  @OptionGroup var headers: HeaderOptions
  @OptionGroup(title: "Logs") var logs: LogOptions

  @OptionGroup(title: "Output") var output: SummaryOptions

  @Option(
    help: ArgumentHelp(
      "Exit with 1 if this holds, such as 'newly-denied > 0.1%'. May be repeated.",
      valueName: "condition"), transform: condition)
  var failIf: [Condition] = []

  func validate() throws {
    guard all != traffic.isEmpty else { return }
    throw ValidationError(
      all ? "--all reads no logs: remove --traffic" : "expected --traffic or --all")
  }

  func run() throws {
    let holds: Bool
    do {
      holds = try all ? compareAll() : compare()
    } catch let code as ExitCode where code == ExitCode(1) {
      // 1 means that a condition holds.
      throw ExitCode(2)
    }
    if holds { throw ExitCode(1) }
  }

  private func compareAll() throws -> Bool {
    guard output.report == nil, failIf.isEmpty else {
      throw ValidationError("--all takes neither --report nor --fail-if")
    }
    let (before, after) = try loadedSides()
    let difference = try ExhaustiveDiff(from: before, to: after, hasAllRanges: output.json)
    if output.json {
      try standardOutput.write(try difference.json())
    } else {
      try standardOutput.write(Array(difference.text.utf8))
    }
    return !difference.isSame
  }

  private func loadedSides() throws -> (old: RuleSet, new: RuleSet) {
    let before = try loaded(databases: oldDatabase, of: "--old-database") {
      () throws(LoadFailure) in
      try RuleSet.load(
        path: old, directory: directory, databases: oldDatabase, for: trafficServer.version)
    }
    let after = try loaded(databases: newDatabase, of: "--new-database") { () throws(LoadFailure) in
      try RuleSet.load(
        path: new, directory: directory, databases: newDatabase, for: trafficServer.version)
    }
    return (before, after)
  }

  private func compare() throws -> Bool {
    try output.prepare(
      inputs: traffic + [old, new] + oldDatabase + newDatabase)
    let (before, after) = try loadedSides()
    let summary = try logs.replay(traffic, through: [before, after], headers: headers) {
      $0.difference(from: before, to: after)
    }
    try output.show(summary)
    try logs.finish(summary.coverage, minCoverage: nil)
    let holding = failIf.filter { $0.holds(for: summary) }
    for condition in holding {
      standardError.write("--fail-if: \(condition.text): \(condition.finding(in: summary))\n")
    }
    return !holding.isEmpty
  }
}

/// Reads a condition. A mistake in it is a mistake of the command line.
private func condition(_ text: String) throws -> Condition {
  do throws(ConditionError) {
    return try Condition(text)
  } catch {
    throw ValidationError(error.message)
  }
}
