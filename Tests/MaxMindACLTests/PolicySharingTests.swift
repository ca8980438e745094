import Foundation
import MaxMindACL
import Testing

/// The sharing of databases, and the effect of changed files on policies.
@Suite struct PolicySharingTests {
  /// A directory with its own database, `geo.mmdb`.
  private func directoryWithDatabase() throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    try install(Fixture.country, in: directory)
    return directory
  }

  /// Replaces `geo.mmdb` by a rename.
  private func install(_ database: String, in directory: TemporaryDirectory) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: database))
    let file = try directory.write(bytes, to: "next.mmdb")
    let status = unsafe rename(file, "\(directory.path)/geo.mmdb")
    try #require(status == 0)
  }

  private let denyingUS = "maxmind: { database: geo.mmdb, deny: { country: [US] } }"

  @Test("two policies on one database file share one database")
  func sharedDatabase() throws {
    let directory = try directoryWithDatabase()
    let first = try directory.load(denyingUS.utf8)
    let second = try directory.load(
      "maxmind: { database: geo.mmdb, allow: { country: [DE] } }".utf8)
    #expect(first.databases[0] === second.databases[0])
  }

  @Test("two policies share a database under different names")
  func sharedByDifferentNames() throws {
    let directory = try directoryWithDatabase()
    try FileManager.default.createSymbolicLink(
      atPath: "\(directory.path)/link.mmdb", withDestinationPath: "geo.mmdb")
    let first = try directory.load(denyingUS.utf8)
    for name in ["link.mmdb", "./geo.mmdb", "\(directory.path)/geo.mmdb"] {
      let second = try directory.load("maxmind: { database: \(name) }".utf8)
      #expect(first.databases[0] === second.databases[0], "\(name)")
    }
  }

  @Test("two policies on equal but different files share no database")
  func differentFiles() throws {
    let first = try directoryWithDatabase().load(denyingUS.utf8)
    let second = try directoryWithDatabase().load(denyingUS.utf8)
    #expect(first.databases[0] !== second.databases[0])
  }

  @Test(
    "after the file was replaced, loading again changes the answers, and the old policy goes on")
  func replacedDatabase() throws {
    let directory = try directoryWithDatabase()
    let old = try directory.load(denyingUS.utf8)
    #expect(try old.outcome("127.1.0.1") == "deny deny.country US line 1")
    #expect(try old.outcome("127.2.0.1") == "allow default")

    // In this database, 127.1 is DE and 127.2 is US.
    try install(Fixture.swapped, in: directory)
    let new = try directory.load(denyingUS.utf8)
    #expect(new.databases[0] !== old.databases[0])
    #expect(try new.outcome("127.1.0.1") == "allow default")
    #expect(try new.outcome("127.2.0.1") == "deny deny.country US line 1")
    #expect(try old.outcome("127.1.0.1") == "deny deny.country US line 1")
    #expect(try old.outcome("127.2.0.1") == "allow default")
  }

  @Test("a policy still decides with overwritten, truncated or removed files", arguments: 0...2)
  func filesOfLoadedPolicy(damage: Int) throws {
    let directory = try directoryWithDatabase()
    try directory.write("page".utf8, to: "deny.html")
    let policy = try directory.load(
      "maxmind: { database: geo.mmdb, html: deny.html, deny: { country: [US] } }".utf8)
    for name in ["geo.mmdb", "maxmind.yaml", "deny.html"] {
      let file = "\(directory.path)/\(name)"
      switch damage {
      case 0:
        let size = try Data(contentsOf: URL(fileURLWithPath: file)).count
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.write(contentsOf: Data(repeating: 0xFF, count: size))
        try handle.close()
      case 1:
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.truncate(atOffset: 0)
        try handle.close()
      default:
        try FileManager.default.removeItem(atPath: file)
      }
    }
    #expect(try policy.outcome("127.1.0.1") == "deny deny.country US line 1")
    #expect(try policy.outcome("127.2.0.1") == "allow default")
    #expect(policy.answers.plain.page?.bytes == Array("page".utf8))
    #expect(policy.rules.first?.sourceLine?.contains("country: [US]") == true)
  }

  @Test("a failed load does not affect existing policies")
  func failedLoad() throws {
    let directory = try directoryWithDatabase()
    let old = try directory.load(denyingUS.utf8)
    #expect(throws: LoadFailure.self) { try directory.load("maxmind: [".utf8) }
    try directory.write("nonsense".utf8, to: "geo.mmdb")
    #expect(throws: LoadFailure.self) { try directory.load(denyingUS.utf8) }
    #expect(try old.outcome("127.1.0.1") == "deny deny.country US line 1")
  }

  @Test("a database stays loaded until its last policy is gone")
  func lastUser() throws {
    let directory = try directoryWithDatabase()
    var first: Policy? = try directory.load(denyingUS.utf8)
    let second = try directory.load(denyingUS.utf8)
    weak let database = first?.databases[0]
    first = nil
    #expect(database != nil)
    #expect(try second.outcome("127.1.0.1") == "deny deny.country US line 1")
  }

  @Test("a database is released with its last policy")
  func forgottenDatabase() throws {
    let directory = try directoryWithDatabase()
    weak let database = try directory.load(denyingUS.utf8).databases[0]
    #expect(database == nil)
  }
}
