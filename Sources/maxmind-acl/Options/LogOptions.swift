import AccessLog
import ArgumentParser
import Foundation
import MaxMindACL
import Remap
import Text
import TrafficReplay

/// What replay and diff share: how the lines of the logs are read.
struct LogOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The format of the logs; else each file's own is found by its first lines.",
      discussion: """
        One of combined, common, vhost_combined, squid, extended, extended2, json, requests; or a \
        pattern: nginx's log_format, Apache's LogFormat or the format of Traffic Server's \
        logging.yaml, as it stands in the server's own configuration.
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

  @Flag(inversion: .prefixedNo, help: "Show how far it is, on standard error.")
  var progress: Bool?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads: expected a number from 1 to 1024, not \(threads)")
    }
    _ = try input([], needsHost: false)
  }

  /// The lines of some logs, read as the options say.
  fileprivate func input(_ files: [String], needsHost: Bool) throws -> LogInput {
    do throws(LogInputError) {
      return try LogInput(files: files, format: format, baseURL: baseURL, needsHost: needsHost)
    } catch {
      throw ValidationError(error.message)
    }
  }

  /// How many threads are to decide.
  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }
}

extension LogOptions {
  /// Replays logs and shows on a terminal how far it is.
  ///
  /// - Parameters:
  ///   - rules: All rules that decide: what they look at has to be in the logs.
  ///   - work: What is to be counted.
  func replay<Result>(
    _ files: [String], through rules: [RuleSet], headers: HeaderOptions,
    _ work: (LogReplay) throws -> Result
  ) throws -> Result {
    let input = try input(files, needsHost: rules.contains(where: \.readsHost))
    // Before hours of work, not after them.
    try report(input.failures)
    let replay = LogReplay(
      input, threadCount: threadCount, headers: HeaderFields(try headers.fields()))
    let isShown = progress ?? (isatty(STDERR_FILENO) == 1)
    let bar = isShown ? ProgressBar { replay.progress } : nil
    defer { bar?.end() }
    return try work(replay)
  }

  /// Ends the command where less was read than was asked for.
  func finish(_ coverage: Coverage, minCoverage: Percentage?) throws {
    try report(coverage.failures)
    if coverage.requests == 0 {
      let files = coverage.files.joined(separator: ", ")
      standardError.write("error: no line of \(files) holds a request\n")
      throw ExitCode(1)
    }
    guard let minCoverage, coverage.share * 100 < minCoverage.value else { return }
    standardError.write(
      "--min-coverage: \(coverage.requests) of \(coverage.lines) lines hold a request\n")
    throw ExitCode(3)
  }
}

/// Says what ended a log before its end; ends the command with 1 if anything did.
func report(_ failures: [String]) throws(ExitCode) {
  for failure in failures { standardError.write("error: \(printable(failure))\n") }
  if !failures.isEmpty { throw ExitCode(1) }
}
