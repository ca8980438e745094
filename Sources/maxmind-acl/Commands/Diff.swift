import ArgumentParser
import Foundation
import MaxMindACL
import Remap
import TrafficReplay

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells which requests of access logs two configurations decide differently.",
    discussion: """
      Decides on each request of the logs by OLD and by NEW, and prints those that flip: from allowed to \
      denied and from denied to allowed, by rule, country, host and network, with examples; and those that \
      only one of two remap.config files maps, since Traffic Server answers the others with 404. Of two \
      databases it says which countries' requests are of another country by NEW. OLD and NEW are configurations (.yaml) or remap.config files, each of them either; they may be the same file with \
      two databases.

      A condition of --fail-if compares by >, >=, < or <= one of newly-denied, newly-allowed, \
      newly-unmapped, newly-mapped, changed (all four), requests and coverage with a number of requests or \
      with a percentage: that of the requests, for coverage of the lines. It may be given more than once.

      EXAMPLES
        maxmind-acl diff maxmind.yaml changed.yaml --traffic squid.log
        maxmind-acl diff old/remap.config new/remap.config \\
          --traffic squid.log --report diff.html
        maxmind-acl diff maxmind.yaml changed.yaml --traffic squid.log \\
          --fail-if 'newly-denied > 0.1%'
        maxmind-acl diff maxmind.yaml maxmind.yaml --traffic squid.log \\
          --old-database August.mmdb --new-database September.mmdb

      EXIT STATUS
        0  the requests were decided, and no condition of --fail-if holds
        1  a condition of --fail-if holds
        2  something cannot be loaded, read or written, or no line holds a request
        64 the command line is wrong
      """)

  @Argument(
    help: "The rules as they are: a configuration (.yaml) or a remap.config.",
    completion: .file())
  var old: String

  @Argument(help: "The rules as they are to be.", completion: .file())
  var new: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Access logs; - is standard input.", valueName: "log"),
    completion: .file())
  var traffic: [String]

  @Option(
    help: ArgumentHelp("The database of OLD, in place of those it names.", valueName: "file.mmdb"),
    completion: .file(extensions: ["mmdb"]))
  var oldDatabase: String?

  @Option(
    help: ArgumentHelp("The database of NEW, in place of those it names.", valueName: "file.mmdb"),
    completion: .file(extensions: ["mmdb"]))
  var newDatabase: String?

  @Option(
    help: "The directory that names in OLD and NEW are relative to.", completion: .directory)
  var directory: String?

  @OptionGroup var headers: HeaderOptions
  @OptionGroup(title: "Logs") var logs: LogOptions

  @OptionGroup(title: "Output") var output: SummaryOptions

  @Option(
    help: ArgumentHelp(
      "Exit with 1 if this holds, such as 'newly-denied > 0.1%'. May be repeated.",
      valueName: "condition"), transform: condition)
  var failIf: [Condition] = []

  func run() throws {
    let holds: Bool
    do {
      holds = try compare()
    } catch let code as ExitCode where code == ExitCode(1) {
      // 1 is for the conditions.
      throw ExitCode(2)
    }
    if holds { throw ExitCode(1) }
  }

  /// Whether a condition holds.
  private func compare() throws -> Bool {
    try output.prepare(
      inputs: traffic + [old, new] + [oldDatabase, newDatabase].compactMap { $0 })
    let before = try loaded(database: oldDatabase, of: "--old-database") { () throws(LoadFailure) in
      try RuleSet.load(path: old, directory: directory, database: oldDatabase)
    }
    let after = try loaded(database: newDatabase, of: "--new-database") { () throws(LoadFailure) in
      try RuleSet.load(path: new, directory: directory, database: newDatabase)
    }
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

/// A condition; what is wrong with it is a mistake of the command line.
private func condition(_ text: String) throws -> Condition {
  do throws(ConditionError) {
    return try Condition(text)
  } catch {
    throw ValidationError(error.message)
  }
}
