import Text

/// Stops questions while a service fails.
///
/// Closed: all questions go. After failures in a row, or when the service asks for a pause, it opens: no question goes
/// until the pause ends. Then one question goes as a trial. Its answer closes the breaker, its failure opens it again
/// for twice as long.
///
/// Times are nanoseconds of a monotonic clock.
struct CircuitBreaker: Sendable {
  /// When the breaker opens, and for how long.
  struct Limits: Hashable, Sendable {
    /// How many failures in a row open the breaker. At least 1.
    var failures = 5
    /// The first pause. Each following one is twice as long.
    var firstPause: Int64 = 1_000_000_000
    /// The longest pause, unless the service asks for a longer one.
    var longestPause: Int64 = 300_000_000_000
    /// The longest pause that a service can ask for.
    var longestRetryAfter: Int64 = 3_600_000_000_000
    /// After this time another trial goes, if the earlier one has no result.
    var trialTimeout: Int64 = 10_000_000_000
  }

  private let limits: Limits
  private var failuresInRow = 0
  /// How many times the breaker opened since the last answer.
  private var openings = 0
  /// When the pause ends. Nil: the breaker is closed.
  private var openUntil: Int64?
  /// Until when the result of a trial is awaited. Nil: no trial is on its way.
  private var trialUntil: Int64?

  init(_ limits: Limits = Limits()) {
    self.limits = limits
  }

  /// Whether questions are stopped, but for trials.
  var isOpen: Bool { openUntil != nil }

  /// Whether a question may go. During a trial no other question goes.
  mutating func admits(at now: Int64) -> Bool {
    guard let openUntil else { return true }
    if now < openUntil { return false }
    if let trialUntil, now < trialUntil { return false }
    trialUntil = now &+ limits.trialTimeout
    return true
  }

  /// A question has an answer. Answers that come during a pause belong to earlier questions and change nothing.
  mutating func succeed(at now: Int64) {
    if let openUntil, now < openUntil { return }
    (failuresInRow, openings) = (0, 0)
    (openUntil, trialUntil) = (nil, nil)
  }

  /// A question ended without a result that says anything about the service.
  mutating func withdraw() { trialUntil = nil }

  /// A question failed.
  ///
  /// - Parameters:
  ///   - retryAfter: The pause that the service asks for, in nanoseconds. Nil: none.
  ///   - jitter: A random number. It shortens the pause by up to a half, so that proxies do not ask together.
  mutating func fail(at now: Int64, retryAfter: Int64?, jitter: UInt32) {
    let asked = retryAfter.map { now &+ min(max(0, $0), limits.longestRetryAfter) }
    failuresInRow = min(failuresInRow + 1, limits.failures)
    if let openUntil, now < openUntil {
      // Failures of earlier questions make the pause longer only if the service says so.
      self.openUntil = max(openUntil, asked ?? openUntil)
      return
    }
    guard isOpen || asked != nil || failuresInRow >= limits.failures else { return }
    let doubled = limits.firstPause.multipliedReportingOverflow(by: 1 << Int64(min(openings, 32)))
    let pause =
      doubled.overflow ? limits.longestPause : min(doubled.partialValue, limits.longestPause)
    let half = pause / 2
    let jittered = pause - half + Int64(Double(half) * Double(jitter) / Double(UInt32.max))
    openings += 1
    openUntil = max(now &+ jittered, asked ?? .min)
    trialUntil = nil
  }
}

/// The seconds that a `Retry-After` header asks for. Nil: the header has another form. A date in the past gives 0.
///
/// Source: RFC 9110 section 10.2.3, with dates of the preferred form alone.
///
/// - Parameter now: Seconds since 1970.
package func retryAfterSeconds(_ header: Span<UInt8>, now: Int64) -> Int64? {
  var range = 0..<header.count
  while let first = range.first, isBlank(header[first]) { range = range.dropFirst() }
  while let last = range.last, isBlank(header[last]) { range = range.dropLast() }
  let text = header.extracting(range)
  if let date = epoch(httpDate: text) { return max(0, date - now) }
  guard !text.isEmpty else { return nil }
  var seconds: Int64 = 0
  for index in 0..<text.count {
    guard text[index].isASCIIDigit else { return nil }
    // A larger number means the same: never.
    seconds = min(seconds * 10 + Int64(text[index] & 0x0F), 1 << 40)
  }
  return seconds
}

private func isBlank(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
}
