import Foundation
import GeoDatabase
import MaxMindACL
import Testing

/// A configuration that follows its files.
@Suite struct PolicyWatchTests {
  private let directory = try? TemporaryDirectory()

  private func yaml(_ more: String = "", database: String = "a.mmdb") -> String {
    "maxmind:\n  database: \(database)\n  deny:\n    country: [DE]\n\(more)"
  }

  /// A directory with a configuration and its database, and a watch that has loaded them.
  private func loaded() throws -> (TemporaryDirectory, PolicyWatch, Policy) {
    let directory = try #require(directory)
    try copy(Fixture.country, to: "a.mmdb")
    try directory.write(yaml().utf8, to: "acl.yaml")
    var watch = PolicyWatch(path: "acl.yaml", directory: directory.path)
    let policy = try watch.load(replacing: nil)
    return (directory, watch, policy)
  }

  private func copy(_ database: String, to name: String) throws {
    let content = try Data(contentsOf: URL(fileURLWithPath: database))
    try #require(directory).write(content, to: name)
  }

  private func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: #require(directory).path + "/" + name)
  }

  @Test("unchanged files have not changed")
  func unchanged() throws {
    var (_, watch, _) = try loaded()
    #expect(watch.look() == .none)
    #expect(watch.look() == .none)
    #expect(!watch.hasFailed)
  }

  @Test("each file of a configuration is watched", arguments: ["acl.yaml", "a.mmdb", "page.html"])
  func eachFile(_ name: String) throws {
    let directory = try #require(directory)
    try copy(Fixture.country, to: "a.mmdb")
    try directory.write(yaml("  html: page.html\n").utf8, to: "acl.yaml")
    try directory.write("page".utf8, to: "page.html")
    var watch = PolicyWatch(path: "acl.yaml", directory: directory.path)
    _ = try watch.load(replacing: nil)
    try directory.write("something else".utf8, to: name)
    #expect(watch.look() == .unsettled)
    #expect(watch.look() == .settled)
    try remove(name)
    #expect(watch.look() == .unsettled)
    #expect(watch.look() == .settled)
  }

  @Test("a reverted change must settle again when it returns")
  func changeTakenBack() throws {
    var (directory, watch, _) = try loaded()
    let configuration = directory.path + "/acl.yaml"
    try directory.write(yaml("  on_error: allow\n").utf8, to: "other.yaml")
    func exchange() throws {
      let files = FileManager.default
      try files.moveItem(atPath: configuration, toPath: configuration + ".aside")
      try files.moveItem(atPath: directory.path + "/other.yaml", toPath: configuration)
      try files.moveItem(
        atPath: configuration + ".aside", toPath: directory.path + "/other.yaml")
    }
    try exchange()
    #expect(watch.look() == .unsettled)
    try exchange()
    #expect(watch.look() == .none)
    try exchange()
    #expect(watch.look() == .unsettled)
    #expect(watch.look() == .settled)
  }

  @Test("the changed size includes all changed files")
  func changedSize() throws {
    var (directory, watch, _) = try loaded()
    #expect(watch.look() == .none)
    #expect(watch.changedSize == 0)
    try directory.write([UInt8](repeating: 0, count: 1_000), to: "a.mmdb")
    _ = watch.look()
    #expect(watch.changedSize == 1_000)
    try directory.write([UInt8](repeating: 0, count: 20), to: "acl.yaml")
    _ = watch.look()
    #expect(watch.changedSize == 1_020)
    try remove("a.mmdb")
    _ = watch.look()
    #expect(watch.changedSize == 20)
  }

  @Test("a file that keeps changing has not settled")
  func unsettled() throws {
    var (directory, watch, _) = try loaded()
    for length in 1...3 {
      try directory.write(yaml(String(repeating: "#", count: length)).utf8, to: "acl.yaml")
      #expect(watch.look() == .unsettled)
    }
    #expect(watch.look() == .settled)
    #expect(watch.look() == .settled)
  }

  @Test("a failed load is not retried before a file changes")
  func failure() throws {
    var (directory, watch, policy) = try loaded()
    try directory.write(yaml("  html: none.html\n").utf8, to: "acl.yaml")
    #expect(throws: LoadFailure.self) { try watch.load(replacing: policy) }
    #expect(watch.hasFailed)
    #expect(watch.look() == .none)
    // The missing page is one of its files.
    try directory.write("page".utf8, to: "none.html")
    #expect(watch.look() == .unsettled)
    #expect(watch.look() == .settled)
    _ = try watch.load(replacing: policy)
    #expect(!watch.hasFailed)
    #expect(watch.look() == .none)
  }

  @Test("a change of permissions counts")
  func permissions() throws {
    var (directory, watch, _) = try loaded()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: directory.path + "/a.mmdb")
    #expect(watch.look() == .unsettled)
    #expect(watch.look() == .settled)
  }

  @Test(
    "an unreadable file may become readable later",
    arguments: [
      ("", false), ("  html: none.html\n", false), ("  x: y\n", false), ("  html: .\n", true),
      ("  deny: {ip_file: [.]}\n", true),
    ])
  func recovery(_ more: String, _ mayRecover: Bool) throws {
    var (directory, watch, policy) = try loaded()
    let text = "maxmind:\n  database: a.mmdb\n\(more)"
    try directory.write(text.utf8, to: "acl.yaml")
    _ = try? watch.load(replacing: policy)
    #expect(watch.mayRecover == mayRecover)
    try directory.write(yaml().utf8, to: "acl.yaml")
    _ = try watch.load(replacing: policy)
    #expect(!watch.mayRecover)
  }

  @Test("a change during a load is found by the next check")
  func changeDuringLoad() throws {
    var (directory, watch, policy) = try loaded()
    let changed = yaml("# longer\n")
    _ = try watch.load(replacing: policy) { file in
      // After the watch has taken its state, before the load reads it.
      if file.hasSuffix("acl.yaml") { _ = try? directory.write(changed.utf8, to: "acl.yaml") }
    }
    #expect(watch.look() == .unsettled)
  }

  @Test("an older database of the same type does not replace the running one")
  func olderDatabase() throws {
    var (directory, watch, _) = try loaded()
    try copy(Fixture.swapped, to: "a.mmdb")
    let newer = try watch.load(replacing: nil)
    try copy(Fixture.country, to: "a.mmdb")
    try directory.write(yaml("  unknown: allow\n").utf8, to: "acl.yaml")
    let kept = try watch.load(replacing: newer)
    #expect(kept.databases[0] === newer.databases[0])
    #expect(kept.refusesFile && !newer.refusesFile)
    #expect(
      kept.warnings.map(\.summary) == [
        "acl.yaml:2:13: warning: database: built on 2026-09-01, before the running one (2026-09-08), "
          + "which stays in use; allow_older: true accepts the file [database-older]"
      ])
    // All other changes are loaded.
    #expect(kept.configuration.unknown != nil)
    try directory.write(yaml("  allow_older: true\n").utf8, to: "acl.yaml")
    let older = try watch.load(replacing: kept)
    #expect(older.databases[0].buildEpoch < newer.databases[0].buildEpoch)
    #expect(!older.refusesFile)
  }

  @Test("a database from the future blocks no other", arguments: [(-1, true), (0, false)])
  func futureDatabase(_ secondsBehind: Int64, _ isTaken: Bool) throws {
    let directory = try #require(directory)
    let newer = try policy("maxmind: {database: \(Fixture.swapped)}")
    try copy(Fixture.country, to: "a.mmdb")
    try directory.write(yaml().utf8, to: "acl.yaml")
    let now = Int64(newer.databases[0].buildEpoch) + secondsBehind
    let next = try Policy.load(
      path: "acl.yaml", directory: directory.path, replacing: newer, now: now)
    #expect((next.databases[0] !== newer.databases[0]) == isTaken)
  }

  /// The database with another build time.
  private func built(_ epoch: UInt32, _ path: String) throws -> [UInt8] {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let key = Array("build_epoch\u{4}\u{2}".utf8)  // an integer of 64 bits, written in four bytes
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: key) }) + key.count
    for index in 0..<4 {
      bytes[place + index] = UInt8(truncatingIfNeeded: epoch >> (24 - 8 * index))
    }
    return bytes
  }

  @Test("two builds of one day are distinguished by their times")
  func sameDay() throws {
    var (directory, watch, _) = try loaded()
    try directory.write(built(1_788_220_800 + 60, Fixture.country), to: "a.mmdb")
    let newer = try watch.load(replacing: nil)
    try copy(Fixture.country, to: "a.mmdb")
    let kept = try watch.load(replacing: newer)
    #expect(
      kept.warnings.map(\.message) == [
        "database: built at 2026-09-01T00:00:00Z, before the running one (2026-09-01T00:01:00Z), "
          + "which stays in use; allow_older: true accepts the file"
      ])
  }

  @Test("a database with the same build time replaces the running one")
  func sameEpoch() throws {
    var (directory, watch, policy) = try loaded()
    try directory.write(built(1_788_220_800, Fixture.swapped), to: "a.mmdb")
    let next = try watch.load(replacing: policy)
    #expect(next.databases[0].buildEpoch == policy.databases[0].buildEpoch)
    #expect(!next.refusesFile)
    #expect(try next.outcome("127.1.0.1") == "deny deny.country DE line 4")
  }

  @Test(
    "a database that lost a country of the rules does not replace the running one",
    arguments: [
      ("deny: {country: [DE, US]}", ["DE (65,792 of 590,593 IPv4 addresses)"]),
      ("allow: {country: [US, GB]}", ["GB (65,664 of 590,593 IPv4 addresses)"]),
      ("deny: {regex: [[NO, x]]}", ["NO (65,664 of 590,593 IPv4 addresses)"]),
      (
        "allow: {regex: [[US, FR, CA, x]]}",
        [
          "CA (65,536 of 590,593 IPv4 addresses)", "FR (65,537 of 590,593 IPv4 addresses)",
        ]
      ),
      ("deny: {country: [US, XX]}", []), ("deny: {ip: [10.0.0.1]}", []),
    ])
  func lostCountries(_ rules: String, lost: [String]) throws {
    let directory = try #require(directory)
    try copy(Fixture.country, to: "a.mmdb")
    let text = "maxmind:\n  database: a.mmdb\n  \(rules)\n"
    try directory.write(text.utf8, to: "acl.yaml")
    var watch = PolicyWatch(path: "acl.yaml", directory: directory.path)
    let policy = try watch.load(replacing: nil)
    try copy(Fixture.oneCountry, to: "a.mmdb")
    try directory.write("\(text)  on_error: allow\n".utf8, to: "acl.yaml")
    let next = try watch.load(replacing: policy)
    #expect((next.databases[0] === policy.databases[0]) == !lost.isEmpty)
    #expect(next.refusesFile == !lost.isEmpty)
    #expect(
      next.warnings.filter { $0.id == .databaseLostCountry }.map(\.message)
        == (lost.isEmpty
          ? []
          : [
            "database: the file has lost countries that rules use: \(lost.joined(separator: ", ")); "
              + "the running one stays in use; allow_lost_countries: true accepts the file"
          ]))
    // All other changes are loaded.
    #expect(next.configuration.onError != nil)
    try directory.write("\(text)  allow_lost_countries: true\n".utf8, to: "acl.yaml")
    let other = try watch.load(replacing: next)
    #expect(other.databases[0] !== policy.databases[0])
    #expect(!other.refusesFile)
  }

  @Test(
    "a country with less than a thousandth of the addresses may be lost, with a warning",
    arguments: [("DE", false), ("GB", true)])
  func rareCountries(_ country: String, isKept: Bool) throws {
    let directory = try #require(directory)
    try copy(Fixture.rare, to: "a.mmdb")
    try directory.write(
      "maxmind: {database: a.mmdb, deny: {country: [\(country)]}}".utf8, to: "acl.yaml")
    var watch = PolicyWatch(path: "acl.yaml", directory: directory.path)
    let policy = try watch.load(replacing: nil)
    #expect(policy.warnings.isEmpty)
    try copy(Fixture.oneCountry, to: "a.mmdb")
    let next = try watch.load(replacing: policy)
    #expect((next.databases[0] === policy.databases[0]) == isKept)
    #expect(next.warnings.map(\.id) == [isKept ? .databaseLostCountry : .unknownCountry])
  }

  @Test("a text that only the running database has is a warning")
  func lostText() throws {
    let directory = try #require(directory)
    try copy(Fixture.texts, to: "a.mmdb")
    try directory.write(
      "maxmind: {database: a.mmdb, allow_lost_countries: true, deny: {country: [CLOUDFLARE]}}".utf8,
      to: "acl.yaml")
    var watch = PolicyWatch(path: "acl.yaml", directory: directory.path)
    let policy = try watch.load(replacing: nil)
    try copy(Fixture.oneCountry, to: "a.mmdb")
    #expect(try watch.load(replacing: policy).warnings.map(\.id) == [.unknownCountry])
  }

  @Test("a database without a readable country is not loaded, and the rules stay")
  func unreadableCountries() throws {
    var (_, watch, policy) = try loaded()
    try copy(Fixture.unreadable, to: "a.mmdb")
    let failure = #expect(throws: LoadFailure.self) { try watch.load(replacing: policy) }
    #expect(failure?.firstError?.id == .databaseKind)
  }

  @Test("a check before a load does not settle a change after it")
  func seenBeforeLoad() throws {
    var (directory, watch, policy) = try loaded()
    try remove("acl.yaml")
    #expect(watch.look() == .unsettled)
    try directory.write(yaml().utf8, to: "acl.yaml")
    _ = try watch.load(replacing: policy)
    try remove("acl.yaml")
    #expect(watch.look() == .unsettled)
    #expect(watch.look() == .settled)
  }

  @Test("entries end and return with the clock, at most once in five seconds")
  func clock() throws {
    let directory = try #require(directory)
    let start: Int64 = 4_070_908_800  // 2099-01-01
    let ends = (0..<10).map { "127.9.0.\($0) expires=2099-01-01T00:00:0\($0)Z\n" }
    try directory.write((ends.joined() + "127.9.1.1\n").utf8, to: "list.conf")
    try copy(Fixture.country, to: "a.mmdb")
    try directory.write(
      "maxmind: {database: a.mmdb, deny: {ip_file: [list.conf]}}".utf8, to: "acl.yaml")
    var watch = PolicyWatch(path: "acl.yaml", directory: directory.path)
    let loaded = try watch.load(replacing: nil)
    var policy = loaded
    #expect(policy.hasExpiringEntries)
    try directory.write([], to: "list.conf")
    /// The entries that count, of 0 to 9.
    func counting() throws -> [Int] {
      try (0..<10).filter { try policy.outcome("127.9.0.\($0)").hasPrefix("deny") }
    }
    // The system's clock, the monotonic clock, the number of ended and returned entries, and the entries that count.
    let steps: [(now: Int64, uptime: Int, ended: Int, returned: Int, left: Range<Int>)] = [
      (-1, 100, 0, 0, 0..<10), (0, 101, 1, 0, 1..<10), (1, 102, 0, 0, 1..<10),
      (4, 105, 0, 0, 1..<10), (5, 106, 5, 0, 6..<10), (7_200, 107, 0, 0, 6..<10),
      (7_204, 111, 4, 0, 10..<10), (7_300, 200, 0, 0, 10..<10), (3, 201, 0, 6, 4..<10),
      (-100, 203, 0, 0, 4..<10), (-97, 206, 0, 4, 0..<10), (7_200, 300, 10, 0, 10..<10),
      (-1, 305, 0, 10, 0..<10), (-1, 400, 0, 0, 0..<10),
    ]
    for step in steps {
      let change = watch.expiry(of: policy, now: start + step.now, uptime: .seconds(step.uptime))
      #expect((change == nil) == (step.ended == 0 && step.returned == 0), "\(step)")
      if let change {
        policy = change.policy
        #expect(change.endedCount == step.ended, "\(step)")
        #expect(change.returnedCount == step.returned, "\(step)")
      }
      #expect(try counting() == Array(step.left), "\(step)")
      #expect(try policy.outcome("127.9.1.1").hasPrefix("deny deny.ip"))
      #expect(policy.databases[0] === loaded.databases[0])
    }
    #expect(policy.summary == loaded.summary)
    #expect(policy.nextExpiry == start)
  }

  @Test("entries that had expired at the load return, too")
  func clockThatWasAhead() throws {
    let directory = try #require(directory)
    let newYear: Int64 = 1_767_225_600
    try directory.write("127.9.0.1 expires=2026-01-01T00:00:00Z\n".utf8, to: "list.conf")
    try directory.write(
      "maxmind: {database: \(Fixture.country), deny: {ip_file: [list.conf]}}".utf8,
      to: "acl.yaml")
    let policy = try Policy.load(
      path: "acl.yaml", directory: directory.path, now: newYear + 7_200)
    #expect(policy.nextExpiry == nil && policy.hasExpiringEntries)
    #expect(try policy.outcome("127.9.0.1") == "allow default")
    #expect(policy.expiry(at: newYear) == nil)
    let back = try #require(policy.expiry(at: newYear - 1))
    #expect(back.returnedCount == 1 && back.endedCount == 0)
    #expect(try back.policy.outcome("127.9.0.1") == "deny deny.ip 127.9.0.1 line 1")
  }

  @Test("a database of another type may be older")
  func otherType() throws {
    var (directory, watch, _) = try loaded()
    let newer = try policy("maxmind: {database: \(Fixture.swapped)}")
    let city = try GeoDatabase.load(path: Fixture.path("loopback-city.mmdb"))
    #expect(city.buildEpoch < newer.databases[0].buildEpoch)
    try directory.write(
      yaml(database: Fixture.path("loopback-city.mmdb")).utf8, to: "acl.yaml")
    #expect(try watch.load(replacing: newer).databases[0].type == city.type)
  }

  @Test("an unchanged database is not loaded again")
  func sharedDatabase() throws {
    var (directory, watch, policy) = try loaded()
    try directory.write(yaml("# changed\n").utf8, to: "acl.yaml")
    let next = try watch.load(replacing: policy)
    #expect(next.databases[0] === policy.databases[0])
  }

  @Test(
    "the times of the configuration",
    arguments: [
      ("", .seconds(60), .seconds(6)),
      ("  reload: 250ms\n", .milliseconds(250), .milliseconds(25)),
      ("  reload: 2h\n  jitter: 0s\n", .seconds(7200), .zero),
      ("  reload: OFF\n", nil, .zero),
    ] as [(String, Duration?, Duration)])
  func times(_ more: String, _ interval: Duration?, _ delay: Duration) throws {
    let reload = try policy("maxmind:\n  database: \(Fixture.country)\n\(more)").configuration
      .reload
    #expect(reload.interval == interval)
    #expect(reload.greatestDelay == delay)
  }
}
