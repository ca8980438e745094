import AccessLog
import ArgumentParser
import Foundation
import Remap
import TrafficReplay

struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decides the requests of access logs.",
    discussion: """
      Reads access logs, decides each request as the proxy would, and prints the decisions by rule, \
      country and host, the networks with the most denials, and the rules that never hit. With \
      --remap each URL goes through the line of the remap.config that Traffic Server would choose.

      The logs may be from Traffic Server, nginx, Apache, Squid, HAProxy, Envoy, Traefik, Caddy, IIS, \
      from AWS, Google Cloud and Cloudflare, the plugin's own log of denials, or lines of CLIENT URL; \
      plain, or compressed with gzip or zstd; as they are, or as Docker, Kubernetes and syslog store \
      them. The format is detected by content. Lines without a request are counted by kind. They \
      change neither the other counts nor the exit status: see --min-coverage.

      Header fields that a line carries feed client and bypass, as in the proxy. If no line carries \
      a field that the rules read, the summary warns.

      Logs with paths alone, such as combined, hold no host. If a regex, a host or a remap line needs it, \
      give --base-url.

      EXAMPLES
        maxmind-acl replay --config maxmind.yaml \\
          --base-url http://www.example.com access.log
        maxmind-acl replay --remap remap.config --report report.html \\
          squid.log squid.log.*.gz
        ssh proxy cat squid.log | maxmind-acl replay --config maxmind.yaml

      \(LogFormat.fieldHelp)

      EXIT STATUS
        0  the requests were decided
        1  something cannot be loaded, read or written, or no line holds a request
        3  the coverage of the logs is below --min-coverage
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
  var minCoverage: Double?

  @Argument(
    help: ArgumentHelp(
      "Access logs. Without them, or for -, standard input.", valueName: "log"),
    completion: .file())
  var files: [String] = []

  func validate() throws {
    if output.json, csv { throw ValidationError("--json and --csv both write to standard output") }
  }

  func run() throws {
    let inputs =
      files + [options.policy.config, options.remap].compactMap { $0 } + options.policy.database
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
        note: no line of \(rules.file) maps most of the URLs; do the logs hold the URLs from before \
        remapping (cquuc)?

        """)
    }
    try logs.finish(summary.coverage, minCoverage: minCoverage)
  }
}
