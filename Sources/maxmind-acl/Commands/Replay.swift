import AccessLog
import ArgumentParser
import Foundation
import Remap
import TrafficReplay

struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decides on the requests of access logs.",
    discussion: """
      Reads access logs, decides on each request as the proxy would, and prints what became of them: \
      decisions by rule, country and host, the networks that were denied most, and the rules that \
      never hit. With --remap each URL goes through the line of the remap.config that Traffic Server \
      would choose for it.

      The logs may be Traffic Server's (squid, extended, JSON), those of nginx and Apache (combined, \
      common), or lines of CLIENT URL; plain, or compressed by gzip or zstd. Formats are found by \
      content. Lines that hold no request are counted by what is wrong with them; they change \
      neither the rest nor the exit status: see --min-coverage.

      Logs with paths alone, such as combined, say nothing of the host: where a regex or a remap \
      line asks for it, give --base-url.

      EXAMPLES
        maxmind-acl replay --config maxmind.yaml \\
          --base-url http://www.example.com access.log
        maxmind-acl replay --remap remap.config --report report.html \\
          squid.log squid.log.*.gz
        ssh proxy cat squid.log | maxmind-acl replay --config maxmind.yaml

      EXIT STATUS
        0  the requests were decided
        1  something cannot be loaded, read or written, or no line holds a request
        3  less of the logs was covered than --min-coverage asks for
        64 the command line is wrong
      """)

  @OptionGroup(title: "Rules") var options: RequestOptions
  @OptionGroup(title: "Logs") var logs: LogOptions

  @Flag(help: "Print each decision as a line of CSV, and the summary to standard error.")
  var csv = false

  @OptionGroup(title: "Output") var output: SummaryOptions

  @Option(
    help: ArgumentHelp(
      "Exit with 3 if less than this share of the lines holds a request.", valueName: "percent"),
    transform: Percentage.share)
  var minCoverage: Percentage?

  @Argument(
    help: ArgumentHelp(
      "Access logs; standard input if they are left out, or for -.", valueName: "log"),
    completion: .file())
  var files: [String] = []

  func validate() throws {
    if output.json, csv { throw ValidationError("--json and --csv both write to standard output") }
  }

  func run() throws {
    let inputs = files + [options.config, options.remap, options.database].compactMap { $0 }
    try output.prepare(inputs: inputs)
    let rules = try options.rules()
    let summary = try logs.replay(
      files.isEmpty ? ["-"] : files, through: [rules], headers: options.headers
    ) { replay in
      csv
        ? try replay.summary(of: rules) { try standardOutput.write($0) }
        : replay.summary(of: rules)
    }
    try output.show(summary, on: csv ? .standardError : .standardOutput)
    if summary.unmapped > summary.decisions.total {
      standardError.write(
        """
        note: no line of \(rules.file) maps most of the URLs; are those in the logs from before \
        remapping (cquuc)?

        """)
    }
    try logs.finish(summary.coverage, minCoverage: minCoverage)
  }
}
