import Foundation
import MaxMindACL
import Synchronization
import Testing

/// One policy and many threads.
@Suite struct ConcurrencyTests {
  /// Runs a body on this many threads and waits for them.
  private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async {
    await withTaskGroup { group in
      for number in 0..<count {
        group.addTask {
          await withCheckedContinuation { done in
            Thread {
              body(number)
              done.resume()
            }.start()
          }
        }
      }
    }
  }

  @Test("concurrent decisions with one policy equal those of one thread")
  func sameAnswers() async throws {
    let policy = try policy(
      #"""
      maxmind:
        database: \#(Fixture.countryAnonymous)
        deny:
          ip: [127.1.0.9, "2001:db8::/32"]
          regex:
            - [US, '\.txt$']
            - [US, DE, "(?i)secret"]
            - ["*", "(x+x+)+y$"]
            - ["*", "^a\\.example/(a|b)*c"]
        anonymous: { vpn: true, tor: true }
        allow:
          country: [US]
          regex: [[DE, "^a\\.example/open/"], ["*", "/public/"]]
      """#)
    let clients = [
      nil, "127.1.0.1", "127.1.0.9", "127.1.200.1", "127.2.0.1", "127.2.200.1", "198.18.0.1",
      "::ffff:127.1.0.1", "2001:db8::1",
    ]
    let paths = [
      "", "x.txt", "x%2Etxt", "SECRET", "open/x", "open/../x", "public/x", "a/b", "ababc",
      "a//b/../public/x", String(repeating: "x", count: 40),
      "public/" + String(repeating: "a/", count: 3000),
    ]
    var requests: [Request] = []
    for client in clients {
      for path in paths { requests.append(try request(client, "http://A.Example/\(path)")) }
    }
    let all = requests
    let expected = all.map { policy.decide($0) }
    #expect(Set(expected.map(\.reason)).count >= 8)

    let differences = Atomic(0)
    await onThreads(8) { number in
      for round in 0..<10 {
        for index in all.indices {
          // Each thread has its own order.
          let chosen = (index * 7 + number * 13 + round) % all.count
          if policy.decide(all[chosen]) != expected[chosen] {
            differences.add(1, ordering: .relaxed)
          }
        }
      }
    }
    #expect(differences.load(ordering: .relaxed) == 0)
  }

  @Test("threads may load, use and release policies on one database concurrently")
  func loadingAtOnce() async throws {
    let yaml = """
      maxmind:
        database: \(Fixture.country)
        deny: { country: [US], regex: [["*", secret]] }
      """
    let directory = try TemporaryDirectory()
    try directory.write(yaml.utf8, to: "maxmind.yaml")
    let path = "\(directory.path)/maxmind.yaml"
    let denied = try request("127.1.0.1")
    let allowed = try request("127.2.0.1")
    let failures = Atomic(0)
    await onThreads(8) { _ in
      for _ in 0..<10 {
        guard let policy = try? Policy.load(path: path),
          policy.decide(denied).reason.step == .denyCountry,
          policy.decide(allowed).reason.step == .byDefault
        else {
          failures.add(1, ordering: .relaxed)
          continue
        }
      }
    }
    #expect(failures.load(ordering: .relaxed) == 0)
  }
}
