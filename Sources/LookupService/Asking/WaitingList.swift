import Addresses

/// A request that waits for the answer of a question.
package struct Waiter: Hashable, Sendable {
  let index: Int
  let generation: UInt64
}

/// A question that is on its way. Its asker completes it, once.
package struct Question: Hashable, Sendable {
  /// The network that the question is about.
  package let network: Address
  let index: Int
  let generation: UInt64
}

/// The questions on their way, and the requests that wait for each. Allocates only when it is made.
struct WaitingList: Sendable {
  /// A place for a request, in the list of its question or in the list of free places.
  private struct Place {
    var token: UInt64 = 0
    var generation: UInt64 = 0
    var question = none
    var previous = none
    var next = none
  }

  /// A place for a question.
  private struct Pending {
    var network = Address(ipv6: 0)
    var generation: UInt64 = 0
    var first = none
    var last = none
    /// The next free place.
    var next = none
  }

  /// No index.
  private static let none = -1

  private var places: [Place]
  private var freePlace: Int
  private var questions: [Pending]
  private var freeQuestion: Int
  /// The questions that are not complete.
  private var indexes: [Address: Int] = [:]
  private var lastGeneration: UInt64 = 0
  /// How many requests wait.
  private(set) var count = 0
  /// How many questions are on their way.
  var questionCount: Int { indexes.count }

  /// - Parameter capacity: The most requests that wait, and the most questions on their way.
  init(capacity: Int) {
    let capacity = max(1, capacity)
    places = (0..<capacity).map { index in
      var place = Place()
      place.next = index + 1 < capacity ? index + 1 : Self.none
      return place
    }
    questions = (0..<capacity).map { index in
      var question = Pending()
      question.next = index + 1 < capacity ? index + 1 : Self.none
      return question
    }
    freePlace = 0
    freeQuestion = 0
    indexes.reserveCapacity(capacity)
  }

  /// Whether a question about a network is on its way.
  func isAsked(_ network: Address) -> Bool { indexes[network] != nil }

  /// Whether there is room for one more request, and for its question.
  var hasRoom: Bool { freePlace != Self.none && freeQuestion != Self.none }

  /// Adds a request to the question about a network. Nil: there is no such question, or no room.
  mutating func wait(for network: Address, token: UInt64) -> Waiter? {
    guard let question = indexes[network] else { return nil }
    return add(token, to: question)
  }

  /// Adds a question and the request that asks it. Nil: there is no room. The question must not be on its way.
  mutating func ask(_ network: Address, token: UInt64) -> (question: Question, waiter: Waiter)? {
    guard hasRoom else { return nil }
    let index = freeQuestion
    freeQuestion = questions[index].next
    lastGeneration += 1
    let generation = lastGeneration
    questions[index] = Pending(network: network, generation: generation)
    indexes[network] = index
    guard let waiter = add(token, to: index) else { return nil }
    return (Question(network: network, index: index, generation: generation), waiter)
  }

  private mutating func add(_ token: UInt64, to question: Int) -> Waiter? {
    guard freePlace != Self.none else { return nil }
    let index = freePlace
    freePlace = places[index].next
    lastGeneration += 1
    let last = questions[question].last
    places[index] = Place(
      token: token, generation: lastGeneration, question: question, previous: last)
    if last == Self.none {
      questions[question].first = index
    } else {
      places[last].next = index
    }
    questions[question].last = index
    count += 1
    return Waiter(index: index, generation: lastGeneration)
  }

  /// Removes a request. False: it does not wait any more.
  mutating func leave(_ waiter: Waiter) -> Bool {
    guard places.indices.contains(waiter.index),
      places[waiter.index].generation == waiter.generation
    else { return false }
    remove(waiter.index)
    return true
  }

  private mutating func remove(_ index: Int) {
    let place = places[index]
    if place.previous == Self.none {
      questions[place.question].first = place.next
    } else {
      places[place.previous].next = place.next
    }
    if place.next == Self.none {
      questions[place.question].last = place.previous
    } else {
      places[place.next].previous = place.previous
    }
    places[index] = Place(next: freePlace)
    freePlace = index
    count -= 1
  }

  /// Ends a question: the next request about its network asks again. Its requests still wait for `takeWaiter`. False:
  /// it is complete already.
  mutating func complete(_ question: Question) -> Bool {
    guard isKnown(question), indexes[question.network] == question.index else { return false }
    indexes[question.network] = nil
    return true
  }

  /// Removes the first request of a complete question. Nil: none is left, and the question's place is free.
  mutating func takeWaiter(of question: Question) -> UInt64? {
    guard isKnown(question) else { return nil }
    let first = questions[question.index].first
    guard first != Self.none else {
      questions[question.index] = Pending(next: freeQuestion)
      freeQuestion = question.index
      return nil
    }
    let token = places[first].token
    remove(first)
    return token
  }

  private func isKnown(_ question: Question) -> Bool {
    questions.indices.contains(question.index)
      && questions[question.index].generation == question.generation
  }
}
