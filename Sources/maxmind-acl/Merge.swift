import ArgumentParser
import Foundation
import TrafficReplay

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adds up the results of replays.",
    discussion: """
      Reads what replay --json printed for parts of some logs, with the same rules and databases, and \
      prints what it would have printed for all of them: so logs that are too much for one machine can \
      be replayed where they are.

      EXAMPLES
        maxmind-acl replay --config maxmind.yaml --json monday.log > monday.json
        maxmind-acl replay --config maxmind.yaml --json tuesday.log > tuesday.json
        maxmind-acl merge monday.json tuesday.json --report week.html

      EXIT STATUS
        0  the parts were added up
        1  a part cannot be read, is of other rules than the first, or was cut short
        64 the command line is wrong
      """)

  @OptionGroup(title: "Output") var output: SummaryOptions

  @Argument(
    help: ArgumentHelp(
      "What replay --json printed; - is standard input, one object a line.",
      valueName: "part.json"), completion: .file())
  var parts: [String]

  func run() throws {
    var whole: ReplaySummary?
    for part in parts {
      guard let lines = LineReader(path: part) else { throw unreadable(part, errno) }
      while let line = lines.next() {
        if line.isEmpty { continue }
        do throws(MergeError) {
          let summary = try ReplaySummary(json: line)
          if whole == nil { whole = summary } else { try whole?.merge(summary) }
        } catch {
          standardError.write("\(part): error: \(error.message)\n")
          throw ExitCode(1)
        }
      }
      if let failure = lines.failure { throw unreadable(part, failure) }
    }
    guard let summary = whole else {
      standardError.write("error: there is no part to add up\n")
      throw ExitCode(1)
    }
    try output.show(summary)
    try report(summary.coverage.failures)
  }

  private func unreadable(_ part: String, _ code: CInt) -> ExitCode {
    let reason = unsafe String(cString: strerror(code))
    standardError.write("\(part): error: cannot be read: \(reason)\n")
    return ExitCode(1)
  }
}
