import ArgumentParser
import Foundation
import MaxMindACL
import RuleTests
import Text
import TrafficReplay

struct Test: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs tests of rules.",
    discussion: """
      Each FILE is YAML: the name of the rules, and tests. Each test makes requests and states their \
      outcome. The rules are loaded and decide as in the proxy. A test fails if a request has another \
      outcome, and the output shows the reason with the line of the rule. Names in a FILE are \
      relative to its directory. docs/rule-tests.md has more examples.

      EXAMPLES
        maxmind-acl test tests.yaml
        maxmind-acl test --coverage --fail-under 80% --junit results.xml tests/*.yaml
        maxmind-acl test --filter office --verbose tests.yaml

      EXAMPLE FILE
        config: maxmind.yaml           # or  remap: remap.config
        tests:
          - name: the office passes, wherever it is
            request:
              client: [198.51.100.0/24 edges, 2001:db8::7]
              url: http://www.example.com/
            expect: allow
          - name: the US gets no text files
            request: {client: 192.0.2.1, url: http://www.example.com/x.txt}
            expect: {decision: deny, reason: deny.regex}

      REQUEST
        client    an address, or "-" for a request without one. "BLOCK edges" is the
                  first and the last address of a block or range, and "BLOCK
                  neighbours" those just outside. Or a list of these
        url       the URL before remapping, or a list. Each client asks for each URL
        headers   names and values of header fields, for bypass
        method    the request method. Default: GET
        time      the time of the request, for rules with a time. Default: now

      EXPECT
        decision  allow or deny; expect: allow is short for it
        reason    as explain prints it: deny.country, allow.ip, default and so on;
                  anonymous is any of its flags
        rule      the rule as it is written
        line      the line of the rule
        country   the client's country by the database, or none
        status    of a denial, 444 for a closed connection; with remap: also
                  404 (no line maps the URL), 301, 307 (redirected)
        map       with remap: the line as remap.config:3, or the URL it maps from

      EXIT STATUS
        0  all tests passed
        1  a test failed, none was selected, or --fail-under was not reached
        2  a file cannot be loaded or written
        64 the command line is wrong
      """)

  @Argument(
    help: ArgumentHelp("Files of tests.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var files: [String]

  @Option(
    name: .customLong("filter"),
    help: ArgumentHelp(
      "Run the tests whose name holds TEXT, in any case. May be repeated.", valueName: "text"))
  var filters: [String] = []

  @Option(
    help: ArgumentHelp(
      "Write the results as JUnit XML. Replaces only a file of this kind.",
      valueName: "file.xml"),
    completion: .file(extensions: ["xml"]))
  var junit: String?

  @OptionGroup var trafficServer: TrafficServerOption

  @Flag(help: "Print the results as TAP 14.")
  var tap = false

  @Flag(help: "Print the rules that no test hit.")
  var coverage = false

  @Option(
    help: ArgumentHelp(
      "Exit with 1 if less than this share of the rules is hit, such as 80%. Without rules, never.",
      valueName: "percent"), transform: Percentage.share)
  var failUnder: Double?

  @Flag(name: .shortAndLong, help: "List the tests that pass, too.")
  var verbose = false

  func validate() throws {
    if filters.contains("") { throw ValidationError("--filter: a text is missing") }
  }

  func run() throws {
    do {
      try junit.map {
        try OutputFile(option: "--junit", path: $0, kind: .junit).check(inputs: files)
      }
    } catch { throw ExitCode(2) }
    var results = TestResults()
    for file in files {
      do throws(LoadFailure) {
        let tests = try LoadedRuleTests.load(file, for: trafficServer.version)
        results.add(tests.run(filters), of: file)
      } catch {
        results.add(error, loading: file)
      }
    }
    try printResults(results)
    let isWritten = junit.map { writeFile(results.junit.rendered, to: $0) } ?? true
    if results.hasLoadFailures || !isWritten { throw ExitCode(2) }
    if results.hasFailures || results.isEmpty || !reachesCoverage(results) { throw ExitCode(1) }
  }

  private func printResults(_ results: TestResults) throws {
    let isCovered = coverage || failUnder != nil
    if tap {
      var tap = results.tap
      if isCovered { tap.add(comment: results.coverage.rendered) }
      try standardOutput.write(Array(tap.rendered.utf8))
    } else {
      let terminal = Terminal.standardOutput
      var report = TextReport()
      report.passed = terminal.painted(report.passed, .good)
      report.failed = terminal.painted(report.failed, .bad)
      report.isVerbose = verbose
      for run in results.runs {
        try standardOutput.write(Array(report.rendered(run).utf8))
      }
      if isCovered { try standardOutput.print(results.coverage.rendered) }
      if !results.isEmpty { try standardOutput.print(report.totals(results.runs)) }
    }
    if results.isEmpty, !results.hasLoadFailures {
      let texts = filters.map { "'\($0)'" }.joined(separator: " or ")
      standardError.write("no test has a name that holds \(printable(texts))\n")
    }
  }

  private func reachesCoverage(_ results: TestResults) -> Bool {
    guard let failUnder, !results.coverage.reaches(percent: failUnder) else { return true }
    standardError.write("--fail-under: \(results.coverage.summary)\n")
    return false
  }
}

private struct TestResults {
  /// In the order of the command line.
  private var files: [(name: String, result: Result<RuleTestRun, LoadFailure>)] = []

  var runs: [RuleTestRun] { files.compactMap { try? $0.result.get() } }
  var hasLoadFailures: Bool { runs.count < files.count }
  var hasFailures: Bool { runs.contains { $0.tests.contains { !$0.passed } } }
  var isEmpty: Bool { runs.allSatisfy(\.tests.isEmpty) }

  var junit: JUnitReport { filled(JUnitReport()) }
  var tap: TAPReport { filled(TAPReport()) }

  private func filled<Report: RuleTestReport>(_ empty: Report) -> Report {
    var report = empty
    for file in files {
      switch file.result {
      case .success(let run): report.add(run)
      case .failure(let failure): report.add(failure, loading: file.name)
      }
    }
    return report
  }

  var coverage: RuleCoverage {
    var coverage = RuleCoverage()
    for run in runs { coverage.add(run) }
    return coverage
  }

  mutating func add(_ run: RuleTestRun, of file: String) {
    files.append((name: file, result: .success(run)))
  }

  mutating func add(_ failure: LoadFailure, loading file: String) {
    files.append((name: file, result: .failure(failure)))
    report(failure)
  }
}
