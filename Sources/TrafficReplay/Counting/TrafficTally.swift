import AccessLog

/// What one worker counts of the blocks of a log that it gets.
protocol TrafficTally: Sendable {
  /// Counts the requests of a block.
  mutating func add(_ block: borrowing LogBlock)
  /// Hands over what the workers count together; called once, after the last block.
  mutating func finish()
  /// Whether the rest of the log makes no difference.
  var isDone: Bool { get }
}

extension TrafficTally {
  var isDone: Bool { false }
}
