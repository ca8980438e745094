import SeededRandom
import Testing

@testable import LookupService

/// Limits of questions: the rate, the circuit breaker and the pauses that a service asks for.
@Suite struct LimitTests {
  private static let second: Int64 = 1_000_000_000

  @Test(
    "a burst has the questions of a second, then they go at an even pace",
    arguments: [1, 3, 50] as [UInt32])
  func rate(_ perSecond: UInt32) {
    var rate = QuestionRate(questionsPerSecond: perSecond)
    let start: Int64 = 5 * Self.second
    let later = start + 10 * Self.second
    for time in [start, later] {
      let burst = (0..<1_000).count { _ in rate.admits(at: time) }
      #expect(burst == Int(perSecond))
    }
    let admitted = (1...10_000).count { rate.admits(at: later + Int64($0) * Self.second / 1_000) }
    #expect(abs(admitted - 10 * Int(perSecond)) <= 1)
  }

  @Test("in no second do more than twice the questions go", arguments: 0..<UInt64(4))
  func anySecond(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var rate = QuestionRate(questionsPerSecond: 10)
    var now: Int64 = 0
    var times: [Int64] = []
    for _ in 0..<5_000 {
      now += Int64.random(in: 0..<(Self.second / 5), using: &random)
      if rate.admits(at: now) { times.append(now) }
    }
    for (index, time) in times.enumerated() where index >= 20 {
      #expect(time - times[index - 20] >= Self.second)
    }
  }

  /// What happens to a breaker, at a time in seconds.
  enum Event: Sendable {
    case ask(Double, Bool)
    case fail(Double)
    case retryAfter(Double, seconds: Double)
    case succeed(Double)
    case withdraw
  }

  /// Three failures in a row.
  private static let opened: [Event] = [.ask(0, true), .fail(0), .fail(0), .ask(0, true), .fail(0)]

  @Test(
    "the breaker opens after failures, and a trial closes it",
    arguments: [
      opened + [.ask(0, false), .ask(0.9, false), .ask(1, true)],
      [.fail(0), .fail(0), .succeed(0), .fail(0), .fail(0), .ask(0, true)],
      // One trial at a time, or another one after ten seconds.
      opened + [.ask(1, true), .ask(1, false), .ask(10.9, false), .ask(11, true), .ask(11, false)],
      opened + [.ask(1, true), .succeed(1), .ask(1, true), .ask(1, true)],
      // Each failure of a trial doubles the pause, up to eight seconds.
      opened + [
        .ask(1, true), .fail(1), .ask(2.9, false), .ask(3, true), .fail(3), .ask(6.9, false),
        .ask(7, true), .fail(7), .ask(14.9, false), .ask(15, true), .fail(15), .ask(22.9, false),
        .ask(23, true), .succeed(23), .fail(23), .fail(23), .ask(23, true), .fail(23),
        .ask(23.9, false), .ask(24, true),
      ],
      // Results of earlier questions during a pause.
      opened + [.succeed(0.5), .ask(0.5, false), .fail(0.5), .ask(1, true)],
      // The service asks for a pause, at most a minute.
      [.retryAfter(0, seconds: 30), .ask(29, false), .ask(30, true)],
      [.retryAfter(0, seconds: 0), .ask(0.9, false), .ask(1, true)],
      [.retryAfter(0, seconds: -5), .ask(0.9, false), .ask(1, true)],
      [.retryAfter(0, seconds: 1e9), .ask(59.9, false), .ask(60, true)],
      opened + [.retryAfter(0.5, seconds: 4), .ask(4.4, false), .ask(4.5, true)],
      opened + [.retryAfter(0.5, seconds: 0.1), .ask(0.9, false), .ask(1, true)],
      opened + [.ask(1, true), .withdraw, .ask(1, true), .ask(1, false)],
    ])
  func breaker(_ events: [Event]) {
    var limits = CircuitBreaker.Limits()
    limits.failures = 3
    limits.longestPause = 8 * Self.second
    limits.longestRetryAfter = 60 * Self.second
    var breaker = CircuitBreaker(limits)
    for (index, event) in events.enumerated() {
      switch event {
      case .ask(let time, let isAdmitted):
        let admits = breaker.admits(at: Self.nanoseconds(time))
        #expect(admits == isAdmitted, "event \(index)")
      case .fail(let time):
        breaker.fail(at: Self.nanoseconds(time), retryAfter: nil, jitter: .max)
      case .retryAfter(let time, let seconds):
        breaker.fail(
          at: Self.nanoseconds(time), retryAfter: Self.nanoseconds(seconds), jitter: .max)
      case .succeed(let time): breaker.succeed(at: Self.nanoseconds(time))
      case .withdraw: breaker.withdraw()
      }
    }
  }

  private static func nanoseconds(_ seconds: Double) -> Int64 {
    Int64((seconds * 1e9).rounded())
  }

  @Test(
    "jitter shortens a pause by up to a half",
    arguments: [(0, 500), (.max, 1000)] as [(UInt32, Int64)])
  func jitter(_ jitter: UInt32, _ milliseconds: Int64) {
    var limits = CircuitBreaker.Limits()
    limits.failures = 1
    var breaker = CircuitBreaker(limits)
    breaker.fail(at: 0, retryAfter: nil, jitter: jitter)
    let end = milliseconds * 1_000_000
    let admits = [end - 1, end].map { breaker.admits(at: $0) }
    #expect(admits == [false, true])
  }

  @Test("the pause has a limit after any number of failures")
  func longest() {
    var breaker = CircuitBreaker()
    var now: Int64 = 0
    for _ in 0..<200 {
      breaker.fail(at: now, retryAfter: nil, jitter: .max)
      now += 301 * Self.second
      let admits = breaker.admits(at: now)
      #expect(admits)
    }
  }

  @Test(
    "Retry-After has seconds or a date",
    arguments: [
      ("120", 120), ("0", 0), (" 5\t", 5), ("99999999999999999999999", 1 << 40),
      ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sun, 06 Nov 1994 08:48:00 GMT", 0),
      ("Mon, 07 Nov 1994 08:49:00 GMT", 86_400), ("", nil), (" ", nil), ("soon", nil), ("-1", nil),
      ("1.5", nil), ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49:37 UTC", nil),
      ("Sun, 31 Feb 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49:37 GMT.", nil),
    ] as [(String, Int64?)])
  func retryAfter(_ header: String, _ seconds: Int64?) {
    let now: Int64 = 784_111_740  // 1994-11-06T08:49:00Z
    #expect(retryAfterSeconds(header.utf8.span, now: now) == seconds)
  }
}
