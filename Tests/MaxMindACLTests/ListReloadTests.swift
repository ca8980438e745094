import Foundation
import MaxMindACL
import Testing

/// List files at a reload.
@Suite struct ListReloadTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    try write("maxmind.yaml", yaml())
    try write("one.conf", "127.1.0.0/16\n127.1.9.9 expires=2100-01-01T00:00:00Z\n")
    try write("two.conf", "127.2.0.0/16\n")
  }

  private func yaml(deny: String = "one.conf, two.conf", allow: String? = nil) -> String {
    "maxmind:\n  database: \(Fixture.country)\n  deny:\n    ip_file: [\(deny)]\n"
      + (allow.map { "  allow:\n    ip_file: [\($0)]\n" } ?? "")
  }

  private func write(_ name: String, _ text: String) throws {
    try directory.write(text.utf8, to: name)
  }

  private func load(_ running: Policy? = nil, now: Int64? = nil) throws -> Policy {
    try Policy.load(
      path: "maxmind.yaml", directory: directory.path, replacing: running, now: now)
  }

  /// The clients that are denied, out of some.
  private func denied(_ policy: Policy) throws -> [String] {
    try ["127.1.0.1", "127.2.0.1", "127.3.0.1"].filter {
      policy.decide(try request($0)).verdict == .deny
    }
  }

  private func found(_ policy: Policy) -> [String] {
    policy.warnings.map { $0.summary.replacing(directory.path, with: "DIR") }
  }

  static let broken: [(String?, [String])] = [
    (
      "127.3.0.0/16\nnonsense\n",
      [
        "maxmind.yaml:4:15: warning: ip_file: one.conf has errors; the running list stays in use (2 entries) [list-refused]",
        "one.conf:2:1: error: \"nonsense\" is not an IPv4 or IPv6 address [bad-address]",
      ]
    ),
    (
      "198.51.100.0/2",
      [
        "maxmind.yaml:4:15: warning: ip_file: one.conf has errors; the running list stays in use (2 entries) [list-refused]",
        "one.conf:1:1: error: 198.51.100.0/2 has host bits set and no line break after it; the file may be truncated [bad-list-line]",
      ]
    ),
    (
      nil,
      [
        "maxmind.yaml:4:15: error: ip_file: DIR/one.conf cannot be read: cannot open the file: No such file or directory [file-unreadable]",
        "maxmind.yaml:4:15: warning: ip_file: one.conf has errors; the running list stays in use (2 entries) [list-refused]",
      ]
    ),
    (
      "",
      [
        "maxmind.yaml:4:15: warning: ip_file: one.conf has lost all its entries; allow_empty: true accepts that; the running list stays in use (2 entries) [list-refused]"
      ]
    ),
    (
      "# none\n127.1.0.0/16 0;\n",
      [
        "maxmind.yaml:4:15: warning: ip_file: one.conf has lost all its entries; allow_empty: true accepts that; the running list stays in use (2 entries) [list-refused]"
      ]
    ),
  ]

  @Test(
    "a file that is refused keeps its own list, and all other changes are loaded", arguments: broken
  )
  func refused(_ content: String?, _ expected: [String]) throws {
    let running = try load()
    #expect(try denied(running) == ["127.1.0.1", "127.2.0.1"])
    if let content {
      try write("one.conf", content)
    } else {
      try FileManager.default.removeItem(atPath: directory.path + "/one.conf")
    }
    try write("two.conf", "127.3.0.0/16\n")
    try write("maxmind.yaml", yaml() + "  on_error: allow\n")
    let next = try load(running)
    #expect(try denied(next) == ["127.1.0.1", "127.3.0.1"])
    #expect(next.configuration.onError?.value == .allow)
    #expect(next.refusesFile && !running.refusesFile)
    #expect(found(next) == expected)
    // Once more, from a kept list.
    let afterNext = try load(next)
    #expect(try denied(afterNext) == ["127.1.0.1", "127.3.0.1"])
    #expect(found(afterNext) == expected)
    // A start has no list to keep.
    if content?.contains("nonsense") ?? true {
      #expect(throws: LoadFailure.self) { try load() }
    }
    try write("one.conf", "127.3.0.0/16\n")
    let last = try load(afterNext)
    #expect(try denied(last) == ["127.3.0.1"])
    #expect(!last.refusesFile && found(last) == [])
  }

  @Test("an empty list may stay empty, and a start accepts any empty list")
  func alwaysEmpty() throws {
    try write("one.conf", "")
    let first = try load()
    #expect(first.warnings.map(\.id) == [.listEmpty])
    let next = try load(first)
    #expect(next.warnings.map(\.id) == [.listEmpty])
    #expect(!next.refusesFile)
  }

  @Test("with allow_empty a list may become empty without a warning")
  func allowedEmpty() throws {
    try write("maxmind.yaml", yaml(deny: "{file: one.conf, allow_empty: true}, two.conf"))
    let first = try load()
    try write("one.conf", "")
    let next = try load(first)
    #expect(try denied(next) == ["127.2.0.1"])
    #expect(found(next) == [])
    // Errors are still refused.
    try write("two.conf", "x")
    #expect(try denied(try load(next)) == ["127.2.0.1"])
  }

  @Test("expired entries count, in the running list and in the file")
  func expired() throws {
    let (before, after): (Int64, Int64) = (1_767_225_599, 1_767_225_600)
    let text = "127.1.0.0/16 expires=2026-01-01T00:00:00Z\n"
    try write("one.conf", text)
    let first = try load(now: before)
    // The file still has an entry, which has expired.
    let expired = try load(first, now: after)
    #expect(expired.warnings.map(\.id) == [.listEmpty])
    #expect(try denied(expired) == ["127.2.0.1"])
    try write("one.conf", "")
    // A kept list is for the present time.
    for running in [first, expired] {
      let kept = try load(running, now: after)
      #expect(kept.warnings.map(\.id) == [.listRefused, .listEmpty])
      #expect(try denied(kept) == ["127.2.0.1"])
      #expect(kept.nextExpiry == nil)
    }
    let kept = try load(first, now: before)
    #expect(try denied(kept) == ["127.1.0.1", "127.2.0.1"])
    let gone = try #require(kept.expiry(at: after))
    #expect(try denied(gone.policy) == ["127.2.0.1"])
  }

  @Test("a list is kept for the same file, section and value")
  func identity() throws {
    let first = try load()
    try write("one.conf", "x")
    try write("three.conf", "127.3.0.0/16\n")
    // Another file.
    try write("maxmind.yaml", yaml(deny: "./one.conf"))
    #expect(throws: LoadFailure.self) { try load(first) }
    // Another side.
    try write("maxmind.yaml", yaml(deny: "three.conf", allow: "one.conf"))
    #expect(throws: LoadFailure.self) { try load(first) }
    // Another value.
    try write("maxmind.yaml", yaml(deny: "{file: one.conf, value: DE}"))
    #expect(throws: LoadFailure.self) { try load(first) }
    // Both sections: only the one that has it keeps it.
    try write("one.conf", "127.1.0.0/16\n")
    try write("maxmind.yaml", yaml(deny: "three.conf, one.conf", allow: "one.conf"))
    let both = try load(first)
    try write("one.conf", "")
    let kept = try load(both)
    #expect(kept.warnings.map(\.id) == [.listRefused, .listRefused])
    #expect(try denied(kept) == ["127.1.0.1", "127.2.0.1", "127.3.0.1"])
    // Named twice, in another order, and with a further list.
    try write("maxmind.yaml", yaml(deny: "one.conf, three.conf, one.conf"))
    let twice = try load(kept)
    #expect(try denied(twice) == ["127.1.0.1", "127.3.0.1"])
  }

  @Test("errors elsewhere still refuse the load")
  func otherErrors() throws {
    let first = try load()
    try write("one.conf", "x")
    try write("maxmind.yaml", yaml() + "  html: none.html\n")
    let failure = #expect(throws: LoadFailure.self) { try load(first) }
    #expect(failure?.diagnostics.contains { $0.id == .badAddress } == true)
  }

  @Test("an unreadable list is retried, and a missing one is awaited")
  func watch() throws {
    var watch = PolicyWatch(path: "maxmind.yaml", directory: directory.path)
    let first = try watch.load(replacing: nil)
    try FileManager.default.removeItem(atPath: directory.path + "/one.conf")
    let missing = try watch.load(replacing: first)
    #expect(missing.refusesFile && !watch.hasFailed && !watch.mayRecover)
    #expect(watch.look() == .none)
    try FileManager.default.createDirectory(
      atPath: directory.path + "/one.conf", withIntermediateDirectories: false)
    #expect(watch.look() == .unsettled)
    let unreadable = try watch.load(replacing: missing)
    #expect(unreadable.refusesFile && watch.mayRecover)
    try FileManager.default.removeItem(atPath: directory.path + "/one.conf")
    try write("one.conf", "127.3.0.0/16\n")
    let last = try watch.load(replacing: unreadable)
    #expect(!last.refusesFile && !watch.mayRecover)
    #expect(try denied(last) == ["127.2.0.1", "127.3.0.1"])
  }
}
