import AccessLog
import ArgumentParser
import Foundation
import MaxMindACL
import Remap
import Text
import TrafficReplay

/// How replay and diff read the lines of logs.
struct LogOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The format of the logs. Default: detected for each file by its first lines.",
      discussion: """
        One of \(LogFormat.known.map(\.name).joined(separator: ", ")); or a pattern: nginx's \
        log_format, Apache's LogFormat, the format of Traffic Server's logging.yaml or of Envoy, \
        copied from the server's configuration; or a JSON object such as '{"ClientHost": "$client", \
        "request": {"url": "$url"}}'. $rest takes the rest of a line.
        """, valueName: "name|pattern"),
    completion: .list(LogFormat.known.map(\.name)))
  var format: String?

  @Option(
    help: ArgumentHelp(
      "The scheme and host of requests in logs that have only paths.", valueName: "url"))
  var baseURL: String?

  @Option(
    help: ArgumentHelp(
      "How many threads decide: one for each core, unless N is less.", valueName: "n"))
  var threads: Int?

  @Flag(inversion: .prefixedNo, help: "Show the progress on standard error.")
  var progress: Bool?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads: expected a number from 1 to 1024, not \(threads)")
    }
    _ = try input([], through: [])
  }

  /// Opens logs as the options say.
  fileprivate func input(_ files: [String], through rules: [RuleSet]) throws -> LogInput {
    var chosen: LogFormat?
    do throws(FieldPatternError) {
      chosen = try format.map { text throws(FieldPatternError) in try LogFormat(text) }
    } catch {
      throw ValidationError("--format: \(error)")
    }
    let base = baseURL.flatMap { BaseURL($0) }
    if let baseURL, base == nil {
      throw ValidationError(
        "--base-url: '\(baseURL)' is not a scheme and host; expected a URL such as "
          + "http://www.example.com")
    }
    return LogInput(
      files: files, format: chosen, baseURL: base,
      acceptsTargets: base != nil || !rules.contains(where: \.readsHost),
      headers: LogReplay.headers(of: rules))
  }

  /// How many threads are to decide.
  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }
}

extension LogOptions {
  /// Replays logs and shows the progress on a terminal.
  ///
  /// - Parameters:
  ///   - rules: All rules that decide. The logs have to hold the parts of a request that they read.
  ///   - work: Counts the requests.
  func replay<Result>(
    _ files: [String], through rules: [RuleSet], headers: HeaderOptions,
    _ work: (LogReplay) throws -> Result
  ) throws -> Result {
    let input = try input(files, through: rules)
    // Before hours of work, not after them.
    try report(input.failures)
    let replay = LogReplay(
      input, threadCount: threadCount, headers: HeaderFields(try headers.fields()))
    let isShown = progress ?? (isatty(STDERR_FILENO) == 1)
    let bar = isShown ? ProgressBar { replay.progress } : nil
    defer { bar?.end() }
    return try work(replay)
  }

  /// Ends the command if less was read than required.
  func finish(_ coverage: Coverage, minCoverage: Double?) throws {
    try report(coverage.failures)
    if coverage.requests == 0 {
      let files = coverage.files.joined(separator: ", ")
      standardError.write("error: no line of \(files) holds a request\n")
      throw ExitCode(1)
    }
    guard let minCoverage, coverage.share * 100 < minCoverage else { return }
    standardError.write(
      "--min-coverage: \(coverage.requests) of \(coverage.lines) lines hold a request\n")
    throw ExitCode(3)
  }
}

/// Prints the errors that ended logs early. Ends the command with 1 if there are any.
func report(_ failures: [String]) throws(ExitCode) {
  for failure in failures { standardError.write("error: \(printable(failure))\n") }
  if !failures.isEmpty { throw ExitCode(1) }
}
