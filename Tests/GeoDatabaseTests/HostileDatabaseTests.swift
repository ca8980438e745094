import Addresses
import Testing

@testable import GeoDatabase

/// Files that mostly follow the format and attack its reader.
@Suite(.timeLimit(.minutes(30))) struct HostileDatabaseTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func load(_ database: DatabaseBytes) throws -> GeoDatabase {
    try GeoDatabase.load(path: folder.write(database.bytes, to: "x.mmdb"))
  }

  private func expectCorrupt(
    _ database: DatabaseBytes, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: GeoDatabaseError.self, sourceLocation: sourceLocation) {
      try load(database)
    }
    #expect(error?.kind == .corrupt, sourceLocation: sourceLocation)
    #expect(error?.message == message, sourceLocation: sourceLocation)
  }

  /// An IPv6 tree that is one path of zeros, `length` nodes long, followed by `end`.
  private func path(_ length: Int, end: (DatabaseBytes) -> UInt32) -> DatabaseBytes {
    var database = DatabaseBytes(ipVersion: 6)
    let empty = UInt32(length)
    database.nodes = (1...UInt32(length)).map { ($0, empty) }
    database.data = DatabaseBytes.map([("country_code", DatabaseBytes.text("US"))])
    let target = end(database)
    database.nodes[length - 1].left = target
    return database
  }

  @Test func `many records that lead to one large map do not cost its size each time`() throws {
    var database = DatabaseBytes()
    let levels = 12
    let leaves = 1 << levels
    let count = leaves - 1
    database.data = (0..<leaves).flatMap { _ in DatabaseBytes.pointer(5 * leaves) }
    database.data += DatabaseBytes.map([(String, [UInt8])](repeating: ("", [0x40]), count: 32_000))
    database.nodes = [(left: UInt32, right: UInt32)](repeating: (0, 0), count: count)
    database.nodes = (0..<count).map { node in
      let children = [2 * node + 1, 2 * node + 2].map {
        $0 < count ? UInt32($0) : database.record(5 * ($0 - count))
      }
      return (children[0], children[1])
    }
    expectCorrupt(database, "the records together unfold to more data than the file has")
  }

  @Test func `metadata with a few pointers to a long text is refused`() {
    var database = path(96) { $0.record(0) }
    let longText = DatabaseBytes.text(String(repeating: "x", count: 60_000))
    database.languages = (0..<500).map { _ in DatabaseBytes.pointer(0) }
    let start = database.metadataSize
    database.languages = database.languages.map { _ in DatabaseBytes.pointer(start) }
    database.afterMetadata = longText
    expectCorrupt(database, "the metadata has too much text in languages")
  }

  @Test func `a tree may be as deep as an address, not deeper`() throws {
    let database = try load(path(128) { $0.record(0) })
    let us = Record(country: .code(try code("US")))
    #expect(database.record(for: Address(ipv6: 0)) == us)
    #expect(database.record(for: Address(ipv4: 0)) == us)
    #expect(database.record(for: Address(ipv6: 1)) == nil)
    #expect(database.record(for: Address(ipv4: 1)) == nil)
    expectCorrupt(path(129) { $0.record(0) }, "the search tree is deeper than an address has bits")
  }

  @Test func `an IPv4 tree may be as deep as an IPv4 address, not deeper`() throws {
    var database = path(32) { $0.record(0) }
    database.ipVersion = 4
    #expect(try load(database).record(for: Address(ipv4: 0)) != nil)
    database = path(33) { $0.record(0) }
    database.ipVersion = 4
    expectCorrupt(database, "the search tree is deeper than an address has bits")
  }

  @Test(arguments: [1, 64, 95, 96])
  func `a record above the IPv4 part belongs to all IPv4 addresses`(length: Int) throws {
    let database = try load(path(length) { $0.record(0) })
    let us = Record(country: .code(try code("US")))
    #expect(database.record(for: Address(ipv4: 0)) == us)
    #expect(database.record(for: Address(ipv4: .max)) == us)
    #expect(database.record(for: Address(ipv6: 1)) == us)
    #expect(database.record(for: Address(ipv6: .max)) == nil)
  }

  @Test func `a tree that leads back to its own root is refused`() {
    for length in [1, 2] {
      expectCorrupt(
        path(length) { _ in 0 }, "the search tree leads to the root of its IPv4 part from within")
    }
    for length in [96, 97, 127] {
      expectCorrupt(path(length) { _ in 0 }, "the search tree is deeper than an address has bits")
    }
  }

  @Test func `branches that join are followed`() throws {
    // Both halves of the first node lead to the same path.
    var database = path(64) { $0.record(0) }
    database.nodes[0].right = database.nodes[0].left
    let loaded = try load(database)
    #expect(loaded.record(for: Address(ipv6: 0)) != nil)
    #expect(loaded.record(for: Address(ipv6: 1 << 127)) != nil)
    #expect(loaded.record(for: Address(ipv6: 1 << 126)) == nil)
  }

  @Test func `an alias within the IPv4 part is refused`() {
    var database = path(97) { $0.record(0) }
    database.nodes[96].right = 96
    expectCorrupt(database, "the search tree leads to the root of its IPv4 part from within")
  }

  @Test func `an alias at any other place is followed`() throws {
    // The right half of each of the first 96 nodes is an alias.
    var database = path(97) { $0.record(0) }
    for node in 0..<96 { database.nodes[node].right = 96 }
    let loaded = try load(database)
    let us = Record(country: .code(try code("US")))
    for length in 1...96 as ClosedRange<UInt128> {
      let prefix: UInt128 = 1 << (128 - length)
      let low: UInt128 = 1 << (127 - length)
      #expect(loaded.record(for: Address(ipv6: prefix)) == us)
      #expect(loaded.record(for: Address(ipv6: prefix | (low - 1))) == us)
      #expect(loaded.record(for: Address(ipv6: prefix | low)) == nil)
    }
    #expect(loaded.record(for: Address(ipv4: 0x7fff_ffff)) == us)
    #expect(loaded.record(for: Address(ipv4: 0x8000_0000)) == nil)
  }

  @Test func `a field that is there twice counts by its first`() throws {
    var database = path(96) { $0.record(0) }
    database.data = DatabaseBytes.map([
      (
        "country",
        DatabaseBytes.map([
          ("iso_code", DatabaseBytes.text("US")), ("iso_code", DatabaseBytes.text("DE")),
        ])
      ),
      ("country", DatabaseBytes.map([("iso_code", DatabaseBytes.text("FR"))])),
      ("is_anonymous", [0x01, 0x07]), ("is_anonymous", [0x00, 0x07]),
    ])
    let record = try load(database).record(for: Address(ipv4: 1))
    #expect(record == Record(country: .code(try code("US")), flags: .ip))
  }

  @Test func `a country code falls back to the flat one where it is absent or empty`() throws {
    for inner in [[], [("iso_code", DatabaseBytes.text(""))]] {
      var database = path(96) { $0.record(0) }
      database.data = DatabaseBytes.map([
        ("country", DatabaseBytes.map(inner)), ("country_code", DatabaseBytes.text("no")),
      ])
      let record = try load(database).record(for: Address(ipv4: 1))
      #expect(record == Record(country: .code(try code("NO"))))
    }
  }

  @Test func `a type of database is fit for a log`() throws {
    var bytes = path(96) { $0.record(0) }.bytes
    let place = try #require(bytes.indices.last { bytes[$0...].starts(with: "Test".utf8) })
    bytes.replaceSubrange(place..<(place + 4), with: "a\nb\u{1b}".utf8)
    let database = try GeoDatabase.load(path: folder.write(bytes, to: "y.mmdb"))
    #expect(database.type == "a\u{fffd}b\u{fffd}")
  }
}
