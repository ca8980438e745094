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

  /// A directory with a configuration and its database, and a watch that has loaded it.
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

  @Test("files that stay as they are have not changed")
  func unchanged() throws {
    var (_, watch, _) = try loaded()
    #expect(watch.look() == .none)
    #expect(watch.look() == .none)
    #expect(!watch.hasFailed)
  }

  @Test("each file of a configuration counts", arguments: ["acl.yaml", "a.mmdb", "page.html"])
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

  @Test("the size of what has changed is that of all files that have")
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

  @Test("what goes on changing has not settled")
  func unsettled() throws {
    var (directory, watch, _) = try loaded()
    for length in 1...3 {
      try directory.write(yaml(String(repeating: "#", count: length)).utf8, to: "acl.yaml")
      #expect(watch.look() == .unsettled)
    }
    #expect(watch.look() == .settled)
    #expect(watch.look() == .settled)
  }

  @Test("a load that fails is not tried again before a file has changed")
  func failure() throws {
    var (directory, watch, policy) = try loaded()
    try directory.write(yaml("  html: none.html\n").utf8, to: "acl.yaml")
    #expect(throws: LoadFailure.self) { try watch.load(replacing: policy) }
    #expect(watch.hasFailed)
    #expect(watch.look() == .none)
    // The page that was missing is one of its files.
    try directory.write("page".utf8, to: "none.html")
    #expect(watch.look() == .unsettled)
    #expect(watch.look() == .settled)
    _ = try watch.load(replacing: policy)
    #expect(!watch.hasFailed)
    #expect(watch.look() == .none)
  }

  @Test("who may read a file counts")
  func permissions() throws {
    var (directory, watch, _) = try loaded()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: directory.path + "/a.mmdb")
    #expect(watch.look() == .unsettled)
    #expect(watch.look() == .settled)
  }

  @Test(
    "what cannot be read, though it is there, may be readable later",
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

  @Test("what changes while it is loaded is seen by the next look")
  func changeDuringLoad() throws {
    var (directory, watch, policy) = try loaded()
    let changed = yaml("# longer\n")
    _ = try watch.load(replacing: policy) { file in
      // After its state was taken, and before it is read.
      if file.hasSuffix("acl.yaml") { _ = try? directory.write(changed.utf8, to: "acl.yaml") }
    }
    #expect(watch.look() == .unsettled)
  }

  @Test("an older database of the same type does not take the place of the running one")
  func olderDatabase() throws {
    var (directory, watch, _) = try loaded()
    try copy(Fixture.swapped, to: "a.mmdb")
    let newer = try watch.load(replacing: nil)
    try copy(Fixture.country, to: "a.mmdb")
    try directory.write(yaml("  unknown: allow\n").utf8, to: "acl.yaml")
    let kept = try watch.load(replacing: newer)
    #expect(kept.database === newer.database)
    #expect(kept.refusesFile && !newer.refusesFile)
    #expect(
      kept.warnings.map(\.summary) == [
        "acl.yaml:2:13: warning: database: built on 2026-09-01, before the running one (2026-09-08), "
          + "which stays; allow_older: true would take it [database-older]"
      ])
    // All else is the file's.
    #expect(kept.configuration.unknown != nil)
    try directory.write(yaml("  allow_older: true\n").utf8, to: "acl.yaml")
    let older = try watch.load(replacing: kept)
    #expect(older.database.buildEpoch < newer.database.buildEpoch)
    #expect(!older.refusesFile)
  }

  @Test("a database from the future keeps none out", arguments: [(-1, true), (0, false)])
  func futureDatabase(_ secondsBehind: Int64, _ isTaken: Bool) throws {
    let directory = try #require(directory)
    let newer = try policy("maxmind: {database: \(Fixture.swapped)}")
    try copy(Fixture.country, to: "a.mmdb")
    try directory.write(yaml().utf8, to: "acl.yaml")
    let now = Int64(newer.database.buildEpoch) + secondsBehind
    let next = try Policy.load(
      path: "acl.yaml", directory: directory.path, replacing: newer, now: now)
    #expect((next.database !== newer.database) == isTaken)
  }

  @Test("a database of another type may be older")
  func otherType() throws {
    var (directory, watch, _) = try loaded()
    let newer = try policy("maxmind: {database: \(Fixture.swapped)}")
    let city = try GeoDatabase.load(path: Fixture.path("loopback-city.mmdb"))
    #expect(city.buildEpoch < newer.database.buildEpoch)
    try directory.write(
      yaml(database: Fixture.path("loopback-city.mmdb")).utf8, to: "acl.yaml")
    #expect(try watch.load(replacing: newer).database.type == city.type)
  }

  @Test("a database that has not changed is not loaded again")
  func sharedDatabase() throws {
    var (directory, watch, policy) = try loaded()
    try directory.write(yaml("# changed\n").utf8, to: "acl.yaml")
    let next = try watch.load(replacing: policy)
    #expect(next.database === policy.database)
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
