import Addresses
import Files
import SeededRandom
import Testing

@testable import LookupService

/// One question per network, and the requests that wait for it.
@Suite struct QuestionsTests {
  private let network = Address(ipv4: 0xC000_0201)

  private func questions(_ waiting: Int, rate: UInt32 = 1_000_000) -> Questions {
    Questions(waiting: waiting, questionsPerSecond: rate, timeout: 1_000_000_000)
  }

  /// The question of a turn that asks.
  private func asked(_ turn: Questions.Turn) throws -> Question {
    guard case .ask(let question, _) = turn else {
      Issue.record("\(turn)")
      throw CancellationError()
    }
    return question
  }

  private func woken(
    _ questions: Questions, _ question: Question, _ outcome: Questions.Outcome = .answered
  ) -> [UInt64] {
    var tokens: [UInt64] = []
    questions.complete(question, outcome, at: 0) { tokens.append($0) }
    return tokens
  }

  @Test("of 2,000 requests of a network one asks, and all wake in their order")
  func burst() throws {
    let questions = questions(10_000)
    let question = try asked(questions.begin(network, token: 0, at: 0))
    for token in 1..<UInt64(2_000) {
      guard case .wait = questions.begin(network, token: token, at: 0) else {
        Issue.record("\(token)")
        return
      }
    }
    #expect(questions.waitingCount == 2_000)
    #expect(questions.questionCount == 1)
    #expect(woken(questions, question) == Array(0..<2_000))
    #expect(questions.waitingCount == 0)
    #expect(questions.questionCount == 0)
    #expect(woken(questions, question) == [])
    _ = try asked(questions.begin(network, token: 0, at: 0))
  }

  @Test("requests over the limit are refused, of the same and of other networks")
  func full() throws {
    let questions = questions(2)
    let question = try asked(questions.begin(network, token: 1, at: 0))
    let turn = questions.begin(network, token: 2, at: 0)
    guard case .wait(let waiter) = turn else {
      Issue.record("\(turn)")
      return
    }
    #expect(questions.begin(network, token: 3, at: 0) == .refused(.waiting))
    #expect(questions.begin(Address(ipv4: 1), token: 3, at: 0) == .refused(.waiting))
    #expect(questions.leave(waiter))
    #expect(!questions.leave(waiter))
    _ = try asked(questions.begin(Address(ipv4: 1), token: 4, at: 0))
    #expect(woken(questions, question) == [1])
  }

  @Test("the question of an asker that leaves stays on its way")
  func left() throws {
    let questions = questions(4)
    let turn = questions.begin(network, token: 1, at: 0)
    guard case .ask(let question, let waiter) = turn else {
      Issue.record("\(turn)")
      return
    }
    #expect(questions.leave(waiter))
    guard case .wait = questions.begin(network, token: 2, at: 0) else {
      Issue.record("the question is not on its way")
      return
    }
    #expect(woken(questions, question) == [2])
  }

  @Test("a request that wakes can begin again")
  func nested() throws {
    let questions = questions(4)
    let question = try asked(questions.begin(network, token: 1, at: 0))
    var turns: [Questions.Turn] = []
    questions.complete(question, .answered, at: 0) { token in
      turns.append(questions.begin(network, token: token, at: 0))
    }
    #expect(turns.count == 1)
    let next = try asked(try #require(turns.first))
    #expect(next != question)
    #expect(woken(questions, next) == [1])
  }

  @Test("the rate refuses questions, not requests that wait")
  func rate() throws {
    let questions = questions(10, rate: 1)
    let question = try asked(questions.begin(network, token: 1, at: 0))
    #expect(questions.begin(Address(ipv4: 1), token: 2, at: 0) == .refused(.rate))
    guard case .wait = questions.begin(network, token: 3, at: 0) else {
      Issue.record("the request does not wait")
      return
    }
    #expect(woken(questions, question) == [1, 3])
    _ = try asked(questions.begin(Address(ipv4: 1), token: 2, at: 1_000_000_000))
  }

  @Test("while the service is down, requests are refused at once")
  func down() throws {
    let questions = questions(10)
    var refused = 0
    for number in 0..<UInt32(10_000) {
      switch questions.begin(Address(ipv4: number), token: UInt64(number), at: 0) {
      case .ask(let question, _):
        #expect(
          woken(questions, question, .failed(retryAfter: nil, jitter: 0)) == [UInt64(number)])
      case .refused(.breaker): refused += 1
      case let turn: Issue.record("\(turn)")
      }
    }
    #expect(refused == 9_995)
    #expect(questions.isBreakerOpen)
    let trial = try asked(questions.begin(network, token: 1, at: 1_000_000_000))
    questions.complete(trial, .answered, at: 1_000_000_000) { _ in }
    #expect(!questions.isBreakerOpen)
  }

  @Test("a question that is withdrawn says nothing about the service")
  func withdrawn() throws {
    let questions = questions(10)
    for number in 0..<UInt32(20) {
      let question = try asked(questions.begin(Address(ipv4: number), token: 7, at: 0))
      #expect(woken(questions, question, .withdrawn) == [7])
    }
    #expect(!questions.isBreakerOpen)
  }

  @Test("each request wakes once or leaves, as in a dictionary", arguments: 0..<UInt64(6))
  func dictionary(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let capacity = [1, 5, 40][Int(seed) % 3]
    var list = WaitingList(capacity: capacity)
    var expected: [Address: (question: Question, tokens: [(UInt64, Waiter)])] = [:]
    for token in 0..<UInt64(4_000) {
      let network = Address(ipv4: UInt32.random(in: 0..<12, using: &random))
      let waiting = expected.values.reduce(0) { $0 + $1.tokens.count }
      #expect(list.count == waiting)
      #expect(list.questionCount == expected.count)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<6:
        if list.isAsked(network) {
          let waiter = list.wait(for: network, token: token)
          #expect((waiter == nil) == (waiting == capacity))
          if let waiter { expected[network]?.tokens.append((token, waiter)) }
        } else {
          #expect(expected[network] == nil)
          let asked = list.ask(network, token: token)
          #expect((asked == nil) == (waiting == capacity || expected.count == capacity))
          if let asked { expected[network] = (asked.question, [(token, asked.waiter)]) }
        }
      case 6, 7:
        guard let known = expected[network] else { continue }
        expected[network] = nil
        let completions = (0..<2).map { _ in list.complete(known.question) }
        #expect(completions == [true, false])
        #expect(!list.isAsked(network))
        var tokens: [UInt64] = []
        while let token = list.takeWaiter(of: known.question) { tokens.append(token) }
        #expect(tokens == known.tokens.map(\.0))
        let left = known.tokens.filter { list.leave($0.1) }
        #expect(left.isEmpty)
      default:
        guard let place = expected[network]?.tokens.indices.randomElement(using: &random),
          let waiter = expected[network]?.tokens.remove(at: place).1
        else { continue }
        let leaves = (0..<2).map { _ in list.leave(waiter) }
        #expect(leaves == [true, false])
      }
    }
  }

  @Test("with many threads each request asks, wakes, leaves or is refused, once")
  func threads() async {
    let questions = questions(64)
    let woken = Locked<[UInt64: Int]>([:])
    let (left, refused) = (Locked(0), Locked(0))
    let total = 4 * 5_000
    await onThreads(4) { thread in
      var random = SeededGenerator(seed: UInt64(thread))
      var open: [Question] = []
      for step in 0..<5_000 {
        let network = Address(ipv4: UInt32.random(in: 0..<16, using: &random))
        switch questions.begin(network, token: UInt64(thread * 5_000 + step), at: 0) {
        case .ask(let question, _): open.append(question)
        case .wait(let waiter):
          if random.once(in: 4), questions.leave(waiter) { left.withLock { $0 += 1 } }
        case .refused: refused.withLock { $0 += 1 }
        }
        while open.count > 2 || (step == 4_999 && !open.isEmpty) {
          questions.complete(open.removeFirst(), .answered, at: 0) { token in
            woken.withLock { $0[token, default: 0] += 1 }
          }
        }
      }
    }
    let counts = woken.withLock { $0 }
    #expect(counts.values.allSatisfy { $0 == 1 })
    #expect(counts.count + left.withLock { $0 } + refused.withLock { $0 } == total)
    #expect(questions.waitingCount == 0)
    #expect(questions.questionCount == 0)
  }
}
