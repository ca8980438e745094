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

  /// A replay of all that an input holds; its requests are read once.
  ///
  /// - Parameters:
  ///   - threadCount: How many threads decide at once; those beyond the number of cores are left out.
  ///   - headers: The header fields of all requests.
  package init(
    _ input: LogInput, threadCount: Int,
    headers: HeaderFields = HeaderFields()
  ) {
    self.input = input
    // Nor does concurrentPerform start more.
    self.threadCount = min(max(threadCount, 1), ProcessInfo.processInfo.activeProcessorCount)
    self.headers = headers
  }

  /// How far the replay is. Any thread may ask.
  package var progress: (lines: Int, bytes: Int, totalBytes: Int?) {
    let progress = input.progress
    return (lineCount.value.load(ordering: .relaxed), progress.bytesRead, progress.bytesTotal)
  }

  /// Decides on all requests and counts what becomes of them.
  package func summary(of rules: RuleSet) -> ReplaySummary {
    let countries = CountryTable(of: rules.policies)
    let keys = SharedKeys()
    let (tallies, coverage, _) = run(through: [rules]) {
      ReplayTally(rules: rules, countries: countries, keys: keys, headers: headers)
    }
    return summary(of: tallies.map(\.summary), keys, coverage, rules)
  }

  /// What all workers together counted.
  private func summary(
    of parts: [ReplaySummary], _ keys: SharedKeys, _ coverage: Coverage, _ rules: RuleSet
  ) -> ReplaySummary {
    var summary = ReplaySummary(coverage: coverage, rules: rules)
    // Of the same rules, so that nothing can differ.
    for part in parts { try? summary.merge(part) }
    summary.hosts = keys.takeHosts()
    summary.deniedNetworks = keys.takeNetworks()
    return summary
  }

  /// The same, with each decision written in the order of the requests.
  ///
  /// - Parameter write: Is given the lines of a block, one call at a time; what it throws ends the replay.
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
        ReplayTally(rules: rules, countries: countries, keys: keys, headers: headers),
        rules: rules, files: input.files, lines: lines, output: output)
    }
    if let failure = output.failure { throw failure }
    return summary(of: tallies.map(\.summary), keys, coverage, rules)
  }

  /// Decides on all requests by two sets of rules and counts what differs.
  package func difference(from old: RuleSet, to new: RuleSet) -> DifferenceSummary {
    let countries = CountryTable(of: old.policies + new.policies)
    let keys = DifferenceTally.Keys()
    let (tallies, coverage, places) = run(through: [old, new]) {
      DifferenceTally(old: old, new: new, countries: countries, keys, headers: headers)
    }
    return DifferenceTally.summary(
      of: tallies, keys, old: old, new: new, countries: countries, coverage, places)
  }

  /// Has each thread count the blocks that it gets.
  private func run<Tally: TrafficTally>(
    through rules: [RuleSet], _ make: @Sendable () -> Tally
  ) -> (tallies: [Tally], coverage: Coverage, places: LinePlaces) {
    let results = Locked<[(Tally, LineTally, UndecidedRequests)]>([])
    let places = Locked(LinePlaces(files: input.files))
    DispatchQueue.concurrentPerform(iterations: threadCount) { _ in
      var tally = make()
      var lines = LineTally()
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
      failures: input.failures + UndecidedRequests.failures(all.map(\.2)), found)
    return (all.map(\.0), coverage, found)
  }
}

/// The lines of a replay so far.
private final class LineCount: Sendable {
  let value = Atomic<Int>(0)
}
