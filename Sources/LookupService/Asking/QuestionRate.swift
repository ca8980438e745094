/// Limits questions to a number per second. A burst has at most the questions of one second.
///
/// Times are nanoseconds of a monotonic clock.
struct QuestionRate: Sendable {
  private static let second: Int64 = 1_000_000_000

  /// The time between two questions at an even pace.
  private let pace: Int64
  /// The earliest time for the next question at an even pace.
  private var earliest = Int64.min

  /// - Parameter questionsPerSecond: At least 1.
  init(questionsPerSecond: UInt32) {
    pace = max(1, Self.second / Int64(max(1, questionsPerSecond)))
  }

  /// Whether one more question is within the rate. Counts it then.
  mutating func admits(at now: Int64) -> Bool {
    let start = max(earliest, now)
    guard start &- now <= Self.second &- pace else { return false }
    earliest = start &+ pace
    return true
  }
}
