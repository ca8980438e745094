import Glibc
import Testing

@testable import URLPattern

@Suite("A thread")
struct ThreadTests {
  @Test("has one subject, always the same")
  func same() throws {
    let first = try #require(URLSubject.ofThisThread())
    #expect(URLSubject.ofThisThread() === first)
  }

  @Test("has a subject of its own, which is freed when the thread ends")
  func own() throws {
    // Each thread: get the subject, match with shared patterns, wait for all others, end.
    let count = 8
    let shared = try Shared(threads: count)
    var threads: [pthread_t] = []
    for number in 0..<count {
      let start = unsafe Unmanaged.passRetained(Start(shared: shared, number: number))
      var thread = pthread_t()
      let status = unsafe pthread_create(
        &thread, nil,
        { argument in
          guard let argument = unsafe argument else { return nil }
          let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
          start.shared.run(start.number)
          return nil
        }, start.toOpaque())
      #expect(status == 0)
      threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }

    #expect(shared.results.allSatisfy { $0.agreed })
    #expect(Set(shared.results.compactMap(\.identity)).count == count)
    #expect(shared.results.allSatisfy { $0.subject == nil })
  }

  private final class Start: Sendable {
    let shared: Shared
    let number: Int

    init(shared: Shared, number: Int) {
      self.shared = shared
      self.number = number
    }
  }

  /// The results of one thread.
  private final class Result {
    weak var subject: URLSubject?
    var identity: ObjectIdentifier?
    var agreed = false
  }

  @safe private final class Shared: @unchecked Sendable {
    // INVARIANT: each thread writes only to its own result. The results are read after the threads are joined.
    let results: [Result]
    private let patterns: PatternSet
    private let barrier: UnsafeMutablePointer<pthread_barrier_t>

    init(threads: Int) throws {
      results = (0..<threads).map { _ in Result() }
      patterns = try patternSet("(a+)+$", "^(<(?:[^<>]|(?1))*>)$", "^h/[0-9]+/end$")
      unsafe barrier = .allocate(capacity: 1)
      unsafe pthread_barrier_init(barrier, nil, UInt32(threads))
    }

    deinit {
      unsafe pthread_barrier_destroy(barrier)
      unsafe barrier.deallocate()
    }

    func run(_ number: Int) {
      let result = results[number]
      // `work` releases all its references, so that the thread's own is the last.
      work(number, result)
      unsafe pthread_barrier_wait(barrier)
    }

    private func work(_ number: Int, _ result: Result) {
      guard let subject = URLSubject.ofThisThread() else { return }
      result.subject = subject
      result.identity = ObjectIdentifier(subject)
      let host = bytes("h")
      var agreed = URLSubject.ofThisThread() === subject
      for round in 0..<300 {
        let path = bytes("\(number)//%3\(round % 10)/../../\(number)\(round)/end")
        agreed = agreed && subject.assign(host, path)
        agreed = agreed && subject.texts.dropFirst().first == "h/\(number)\(round)/end"
        agreed = agreed && patterns.firstMatch(denying: subject) == .matched(rule: 2)
        agreed = agreed && patterns.firstMatch(allowing: subject) == .none
      }
      result.agreed = agreed
    }
  }
}
