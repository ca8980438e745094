import AccessLog
import Files
import Foundation
import MaxMindACL
import Remap
import Synchronization

/// Replays the requests of some logs through rules, on several threads.
package struct LogReplay: Sendable {
  private let input: LogInput
  private let lineCount = LineCount()
  private let threadCount: Int
  private let headers: HeaderFields

  /// The header fields that some rules read, each once, for a `LogInput`.
  package static func headers(of rules: [RuleSet]) -> [LogHeader] {
    let read = rules.flatMap(\.readHeaders)
    let names = read.map { $0.name.lowercased() }
    return Set(names).sorted().map { name in
      LogHeader(
        name, isList: read.contains { $0.key == .client && $0.name.lowercased() == name })
    }
  }

  /// Makes a replay of an input, whose requests are read once.
  ///
  /// - Parameters:
  ///   - threadCount: How many threads decide at once, at most one for each core.
  ///   - headers: The header fields of all requests. Those of a line come before them.
  package init(
    _ input: LogInput, threadCount: Int,
    headers: HeaderFields = HeaderFields()
  ) {
    self.input = input
    // concurrentPerform starts no more than that.
    self.threadCount = min(max(threadCount, 1), ProcessInfo.processInfo.activeProcessorCount)
    self.headers = headers
  }

  /// The progress. Any thread may ask.
  package var progress: (lines: Int, bytes: Int, totalBytes: Int?) {
    let progress = input.progress
    return (lineCount.value.load(ordering: .relaxed), progress.bytesRead, progress.bytesTotal)
  }

  /// Decides all requests and counts the outcomes.
  package func summary(of rules: RuleSet) -> ReplaySummary {
    let countries = CountryTable(of: rules.policies)
    let keys = SharedKeys()
    let (tallies, coverage, _) = run(through: [rules]) {
      ReplayTally(rules: rules, countries: countries, keys: keys, headers: fields(of: rules))
    }
    return summary(of: tallies.map(\.summary), keys, coverage, rules)
  }

  /// The counts of all workers.
  private func summary(
    of parts: [ReplaySummary], _ keys: SharedKeys, _ coverage: Coverage, _ rules: RuleSet
  ) -> ReplaySummary {
    var summary = ReplaySummary(coverage: coverage, rules: rules)
    // All parts have the same rules, so no merge fails.
    for part in parts { try? summary.merge(part) }
    summary.hosts = keys.takeHosts()
    summary.deniedNetworks = keys.takeNetworks()
    return summary
  }

  /// Decides all requests, counts the outcomes, and writes each decision in the order of the requests.
  ///
  /// - Parameter write: Called with the lines of one block at a time. An error ends the replay.
  package func summary(
    of rules: RuleSet, writingDecisions write: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws -> ReplaySummary {
    try write(Array(DecisionWriter.header.utf8))
    let output = OrderedOutput(lead: threadCount + 2, write)
    let lines = LineNumbers()
    let countries = CountryTable(of: rules.policies)
    let keys = SharedKeys()
    let (tallies, coverage, _) = run(through: [rules]) {
      DecisionWriter(
        ReplayTally(
          rules: rules, countries: countries, keys: keys, headers: fields(of: rules)),
        rules: rules, files: input.files, lines: lines, output: output)
    }
    if let failure = output.failure { throw failure }
    return summary(of: tallies.map(\.summary), keys, coverage, rules)
  }

  /// Decides all requests by two sets of rules and counts the differences.
  package func difference(from old: RuleSet, to new: RuleSet) -> DifferenceSummary {
    let countries = CountryTable(of: old.policies + new.policies)
    let keys = DifferenceTally.sharedKeys()
    let (tallies, coverage, places) = run(through: [old, new]) {
      DifferenceTally(
        old: old, new: new, countries: countries, keys, oldHeaders: fields(of: old),
        newHeaders: fields(of: new))
    }
    return DifferenceTally.summary(
      of: tallies, keys, old: old, new: new, countries: countries, coverage, places)
  }

  /// The header fields that rules read, with the columns of the log.
  private func fields(of rules: RuleSet) -> RequestHeaders {
    rules.headers(of: headers, columns: input.headers.map(\.name))
  }

  /// The fields that rules read and that `--header` does not give, with no line yet.
  private func readHeaders(_ rules: [RuleSet]) -> [Coverage.Header] {
    var found: [Coverage.Header] = []
    for header in rules.flatMap(\.readHeaders) where headers.first(header.name) == nil {
      let shown = Coverage.Header(file: header.file, key: header.key.rawValue, name: header.name)
      if !found.contains(shown) { found.append(shown) }
    }
    return found
  }

  /// Runs the threads. Each counts the blocks that it fetches.
  private func run<Tally: TrafficTally>(
    through rules: [RuleSet], _ make: @Sendable () -> Tally
  ) -> (tallies: [Tally], coverage: Coverage, places: LinePlaces) {
    let results = Locked<[(Tally, LineTally, UndecidedRequests)]>([])
    let places = Locked(LinePlaces(files: input.files))
    DispatchQueue.concurrentPerform(iterations: threadCount) { _ in
      var tally = make()
      var lines = LineTally(readsMethod: rules.contains(where: \.readsMethod))
      var undecided = UndecidedRequests(rules)
      var block = LogBlock()
      while !tally.isDone, input.next(&block) {
        undecided.take(from: &block)
        lines.add(block)
        places.withLock { $0.add(block) }
        lineCount.value.add(block.lineCount, ordering: .relaxed)
        tally.add(block)
      }
      tally.finish()
      results.withLock { $0.append((tally, lines, undecided)) }
    }
    let all = results.withLock { found in
      defer { found = [] }
      return found
    }
    let found = places.withLock { $0 }
    let coverage = LineTally.coverage(
      of: all.map(\.1), files: input.files, formats: input.formats,
      failures: input.failures + UndecidedRequests.failures(all.map(\.2)), found,
      headers: readHeaders(rules), columns: input.headers.map(\.name))
    return (all.map(\.0), coverage, found)
  }
}

private final class LineCount: Sendable {
  let value = Atomic<Int>(0)
}

/// Counts the requests of one worker's blocks.
protocol TrafficTally: Sendable {
  mutating func add(_ block: borrowing LogBlock)
  /// Hands over the shared counts. Called once, after the last block.
  mutating func finish()
  /// Whether the rest of the log does not matter.
  var isDone: Bool { get }
}

extension TrafficTally {
  var isDone: Bool { false }
}
