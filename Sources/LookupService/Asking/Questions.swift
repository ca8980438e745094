import Addresses
import Files

/// Decides which requests ask a service, which wait for the answer of another, and which do neither.
///
/// One question per network is on its way at a time. Questions are limited by a rate, by a circuit breaker, and by the
/// number of requests that wait. All memory is allocated at the start.
///
/// Times are nanoseconds of a monotonic clock and come from the caller. Threads: any. Each call takes a lock for less
/// than a microsecond.
///
/// ```swift
/// switch questions.begin(network, token: request, at: now) {
/// case .ask(let question, _): fetch(question)  // the request waits too
/// case .wait: break
/// case .refused: decideWithoutAnswer(request)
/// }
/// // When the answer is in the cache:
/// questions.complete(question, .answered, at: now) { wake($0) }
/// ```
package final class Questions: Sendable {
  /// The state of a request after `begin`.
  package enum Turn: Hashable, Sendable {
    /// The request has to ask the question, and waits for its completion too.
    ///
    /// Another thread may have completed the same question since the request missed the cache. Look again, and
    /// complete the question as `withdrawn` if the answer is there.
    case ask(Question, Waiter)
    /// Another request asks the question.
    case wait(Waiter)
    /// The request does not wait.
    case refused(Refusal)
  }

  /// Why a request does not wait.
  package enum Refusal: CaseIterable, Hashable, Sendable {
    /// Too many requests wait.
    case waiting
    /// There were too many questions.
    case rate
    /// The service fails.
    case breaker
  }

  /// The end of a question.
  package enum Outcome: Hashable, Sendable {
    /// The service knows the address, or says that it does not.
    case answered
    /// There is no usable answer.
    ///
    /// `retryAfter` is the pause that the service asks for, in nanoseconds. `jitter` is a random number.
    case failed(retryAfter: Int64?, jitter: UInt32)
    /// The question was not asked.
    case withdrawn
  }

  private struct State: Sendable {
    var list: WaitingList
    var rate: QuestionRate
    var breaker: CircuitBreaker
  }

  private let state: Locked<State>

  /// - Parameters:
  ///   - waiting: The most requests that wait, and the most questions on their way. At least 1.
  ///   - questionsPerSecond: The most questions per second. At least 1.
  ///   - timeout: How long a question may take, in nanoseconds.
  package init(waiting: Int, questionsPerSecond: UInt32, timeout: Int64) {
    var limits = CircuitBreaker.Limits()
    limits.trialTimeout = max(1, timeout)
    state = Locked(
      State(
        list: WaitingList(capacity: waiting),
        rate: QuestionRate(questionsPerSecond: questionsPerSecond),
        breaker: CircuitBreaker(limits)))
  }

  /// How many requests wait now.
  package var waitingCount: Int { state.withLock { $0.list.count } }
  /// How many questions are on their way now.
  package var questionCount: Int { state.withLock { $0.list.questionCount } }
  /// Whether the breaker is open.
  package var isBreakerOpen: Bool { state.withLock { $0.breaker.isOpen } }

  /// Gives a request its turn. Does not allocate.
  ///
  /// - Parameters:
  ///   - network: The network of the request's client, from `NetworkPrefixes.network(of:)`.
  ///   - token: Identifies the request for `complete`.
  package func begin(_ network: Address, token: UInt64, at now: Int64) -> Turn {
    state.withLock { state in
      if state.list.isAsked(network) {
        return state.list.wait(for: network, token: token).map { .wait($0) } ?? .refused(.waiting)
      }
      guard state.list.hasRoom else { return .refused(.waiting) }
      // The rate before the breaker would count questions that do not go.
      guard state.breaker.admits(at: now) else { return .refused(.breaker) }
      guard state.rate.admits(at: now) else {
        state.breaker.withdraw()
        return .refused(.rate)
      }
      guard let asked = state.list.ask(network, token: token) else { return .refused(.waiting) }
      return .ask(asked.question, asked.waiter)
    }
  }

  /// Removes a request whose client is gone. The question of an asker stays on its way.
  ///
  /// - Returns: False if `complete` has taken the token already.
  @discardableResult
  package func leave(_ waiter: Waiter) -> Bool {
    state.withLock { $0.list.leave(waiter) }
  }

  /// Ends a question, and calls the closure with the token of each request that waits, in the order of their coming.
  ///
  /// Store the answer before. The closure is called without the lock. A second call for a question does nothing.
  package func complete(
    _ question: Question, _ outcome: Outcome, at now: Int64, wake: (UInt64) -> Void
  ) {
    let isFirst = state.withLock { state in
      guard state.list.complete(question) else { return false }
      switch outcome {
      case .answered: state.breaker.succeed(at: now)
      case .failed(let retryAfter, let jitter):
        state.breaker.fail(at: now, retryAfter: retryAfter, jitter: jitter)
      case .withdrawn: state.breaker.withdraw()
      }
      return true
    }
    guard isFirst else { return }
    while let token = state.withLock({ $0.list.takeWaiter(of: question) }) { wake(token) }
  }
}

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
