import AccessLog
import MaxMindACL
import Remap

/// Counts the requests that depend on more than the rules, and removes them from the blocks: a decision on them would
/// be a guess.
struct UndecidedRequests: Sendable {
  private let rules: [RuleSet]
  private var counts: [Diagnostic: Int] = [:]

  /// - Parameter rules: All rules that decide.
  init(_ rules: [RuleSet]) {
    self.rules = rules.filter(\.hasConditions)
  }

  /// Takes such requests out of a block.
  mutating func take(from block: inout LogBlock) {
    if rules.isEmpty { return }
    let bytes = block.bytes
    block.entries.removeAll { entry in
      let found = rules.flatMap { $0.conditions(on: entry.url, in: bytes.span) }
      for condition in Set(found) { counts[condition, default: 0] += 1 }
      return !found.isEmpty
    }
  }

  /// The counts of all workers: one sentence for each condition, in the order of their places.
  static func failures(_ parts: [UndecidedRequests]) -> [String] {
    var counts: [Diagnostic: Int] = [:]
    for part in parts { counts.merge(part.counts, uniquingKeysWith: +) }
    return counts.map { condition, count in
      let line = condition.range?.start.line ?? 0
      let requests = count == 1 ? "1 request is" : "\(count) requests are"
      let text = "\(condition.file):\(line): \(condition.message); \(requests) not decided"
      return (file: condition.file, line: line, text: text)
    }.sorted { ($0.file, $0.line, $0.text) < ($1.file, $1.line, $1.text) }.map(\.text)
  }
}
