import AccessLog
import Foundation
import MaxMindACL
import Remap
import Locking
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
  ///   - threadCount: How many threads decide at once.
  ///   - headers: The header fields of all requests.
  package init(
    _ input: LogInput, threadCount: Int,
    headers: HeaderFields = HeaderFields()
  ) {
    self.input = input
    self.threadCount = max(threadCount, 1)
    self.headers = headers
  }

  /// How far the replay is. Any thread may ask.
  package var progress: (lines: Int, bytes: Int, totalBytes: Int?) {
    let progress = input.progress
    return (lineCount.value.load(ordering: .relaxed), progress.bytesRead, progress.bytesTotal)
  }

  /// Decides on all requests and counts what becomes of them.
  package func summary(of rules: RuleSet) -> ReplaySummary {
    let (tallies, coverage, _) = run { ReplayTally(rules: rules, headers: headers) }
    // Each tally goes before the next becomes a summary, for the memory that it takes.
    var summary = ReplaySummary(coverage: coverage, rules: rules)
    var rest = tallies
    while let tally = rest.popLast() {
      // Of the same rules, so that nothing can differ.
      try? summary.merge(tally.summary)
    }
    return summary
  }

  /// The same, with each decision written in the order of the requests.
  ///
  /// - Parameter write: Is given the lines of a block, one call at a time; what it throws ends the replay.
  package func summary(
    of rules: RuleSet, writingDecisions write: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws -> ReplaySummary {
    let output = OrderedOutput(write)
    let (tallies, coverage, _) = run {
      DecisionWriter(rules: rules, headers: headers, files: input.files, output: output)
    }
    if let failure = output.failure { throw failure }
    var summary = ReplaySummary(coverage: coverage, rules: rules)
    for tally in tallies { try? summary.merge(tally.summary) }
    return summary
  }

  /// Decides on all requests by two sets of rules and counts what differs.
  package func difference(from old: RuleSet, to new: RuleSet) -> DifferenceSummary {
    let (tallies, coverage, places) = run {
      DifferenceTally(old: old, new: new, headers: headers)
    }
    return DifferenceTally.summary(of: tallies, old: old, new: new, coverage, places)
  }

  /// Has each thread count the blocks that it gets.
  private func run<Tally: TrafficTally>(
    _ make: @Sendable () -> Tally
  ) -> (tallies: [Tally], coverage: Coverage, places: LinePlaces) {
    let results = Locked<[(Tally, LineTally)]>([])
    DispatchQueue.concurrentPerform(iterations: threadCount) { _ in
      var tally = make()
      var lines = LineTally()
      var block = LogBlock()
      while !tally.isDone, input.next(&block) {
        lines.add(block)
        lineCount.value.add(block.lineCount, ordering: .relaxed)
        tally.add(block)
      }
      results.withLock { $0.append((tally, lines)) }
    }
    let all = results.withLock { found in
      defer { found = [] }
      return found
    }
    let (coverage, places) = LineTally.coverage(
      of: all.map(\.1), files: input.files, failures: input.failures)
    return (all.map(\.0), coverage, places)
  }
}

/// The lines of a replay so far.
private final class LineCount: Sendable {
  let value = Atomic<Int>(0)
}
