import ArgumentParser
import Foundation
import Text
import TrafficReplay

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adds up the results of replays.",
    discussion: """
      Reads the output of replay --json for parts of some logs, with the same rules and databases, and \
      prints the result for all of them. So logs that are too large for one machine can be replayed \
      where they are. A log in two parts counts twice; a warning names each log whose name occurs \
      twice.

      EXAMPLES
        maxmind-acl replay --config maxmind.yaml --json monday.log > monday.json
        maxmind-acl replay --config maxmind.yaml --json tuesday.log > tuesday.json
        maxmind-acl merge monday.json tuesday.json --report week.html

      EXIT STATUS
        0  the parts were added up
        1  a part cannot be read, is empty, has other rules, or was cut short
        64 the command line is wrong
      """)

  @OptionGroup(title: "Output") var output: SummaryOptions

  @Argument(
    help: ArgumentHelp(
      "Output of replay --json; - is standard input. One object a line.",
      valueName: "part.json"), completion: .file())
  var parts: [String]

  func run() throws {
    try output.prepare(inputs: parts)
    var whole: ReplaySummary?
    for part in parts {
      var isEmpty = true
      guard let lines = LineReader(path: part) else { throw unreadable(part, systemMessage(errno)) }
      while let line = lines.next() {
        if line.isEmpty { continue }
        isEmpty = false
        do throws(SummaryError) {
          let summary = try ReplaySummary(json: line)
          if whole == nil { whole = summary } else { try whole?.merge(summary) }
        } catch {
          throw refused(part, error.message)
        }
      }
      if let failure = lines.failure { throw unreadable(part, failure) }
      if isEmpty { throw refused(part, "is empty; expected output of replay --json") }
    }
    guard let summary = whole else {
      throw ExitCode(1)
    }
    warnOfRepeatedLogs(summary.coverage.files)
    try output.show(summary)
    try report(summary.coverage.failures)
  }

  /// Not an error: logs of two machines may have the same name, and standard input has none.
  private func warnOfRepeatedLogs(_ logs: [String]) {
    var seen: Set<String> = ["-"]
    var named: Set<String> = ["-"]
    for log in logs where !seen.insert(log).inserted && named.insert(log).inserted {
      standardError.write(
        "warning: \(printable(log)) is in two parts; if it is one log, its requests count twice\n")
    }
  }

  private func refused(_ part: String, _ message: String) -> ExitCode {
    // A part may hold any text.
    standardError.write("\(part): error: \(printable(message))\n")
    return ExitCode(1)
  }

  private func unreadable(_ part: String, _ reason: String) -> ExitCode {
    refused(part, "cannot be read: \(reason)")
  }
}
