import AccessLog

/// What one worker counts of the blocks of a log that it gets.
protocol TrafficTally: Sendable {
  /// Counts the requests of a block.
  mutating func add(_ block: borrowing LogBlock)
}
