import Addresses
import SeededRandom
import TestDatabases
import Testing

@testable import GeoDatabase

/// Files that mostly follow the format and attack its reader.
@Suite(.timeLimit(.minutes(30))) struct HostileDatabaseTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func load(
    _ database: DatabaseBytes, reading selection: FieldSelection = FieldSelection()
  ) throws -> GeoDatabase {
    try GeoDatabase.load(path: folder.write(database.bytes, to: "x.mmdb"), reading: selection)
  }

  private func expectCorrupt(
    _ database: DatabaseBytes, reading selection: FieldSelection = FieldSelection(),
    _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: GeoDatabaseError.self, sourceLocation: sourceLocation) {
      try load(database, reading: selection)
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

  /// An IPv4 tree that leads to 2^levels records, which are `size` bytes apart.
  private func wide(levels: Int, size: Int) -> DatabaseBytes {
    var database = DatabaseBytes()
    let count = 1 << levels - 1
    database.nodes = [(left: UInt32, right: UInt32)](repeating: (0, 0), count: count)
    database.nodes = (0..<count).map { node in
      let children = [2 * node + 1, 2 * node + 2].map {
        $0 < count ? UInt32($0) : database.record(size * ($0 - count))
      }
      return (children[0], children[1])
    }
    return database
  }

  private static let everything = FieldSelection(fields: Set(RecordField.allCases))
  private static let unfolding = "the records together unfold to more data than the file has"

  @Test func `many records that lead to one large map do not cost its size each time`() throws {
    var database = wide(levels: 12, size: 5)
    database.data = (0..<4096).flatMap { _ in DatabaseBytes.pointer(5 * 4096) }
    database.data += DatabaseBytes.map([(String, [UInt8])](repeating: ("", [0x40]), count: 32_000))
    expectCorrupt(database, Self.unfolding)
  }

  @Test(arguments: [
    ["traits", "autonomous_system_number"], ["subdivisions"], ["x", "x", "x", "x"],
  ])
  func `many records with one large value do not cost its size each time`(path: [String]) throws {
    let isList = path == ["subdivisions"]
    let name = DatabaseBytes.text(try #require(path.first))
    let size = 1 + name.count + 5
    var database = wide(levels: 12, size: size)
    database.data = (0..<4096).flatMap { _ in
      [0xE1] + name + DatabaseBytes.pointer(size * 4096)
    }
    let big = DatabaseBytes.map([(String, [UInt8])](repeating: ("", [0x40]), count: 16_000))
    database.data += isList ? DatabaseBytes.array([big, big]) : big
    var selection = Self.everything
    if path[0] == "x" {
      selection.pointers[.asn] = try JSONPointer("/" + path.joined(separator: "/"))
    }
    expectCorrupt(database, reading: selection, Self.unfolding)
  }

  @Test func `a list of subdivisions that is too deep makes its record unreadable`() throws {
    var database = path(96) { $0.record(0) }
    let nested = (0..<50_000).flatMap { _ in [0x01, 0x04] as [UInt8] } + DatabaseBytes.text("CA")
    database.data = DatabaseBytes.map([("subdivisions", nested)])
    let loaded = try load(database, reading: Self.everything)
    #expect(loaded.record(for: Address(ipv4: 0)) == .unreadable)
  }

  @Test func `a long list of subdivisions is cut after eight`() throws {
    var database = path(96) { $0.record(0) }
    let item = DatabaseBytes.map([("iso_code", DatabaseBytes.text("CA"))])
    database.data = DatabaseBytes.map([
      ("country_code", DatabaseBytes.text("US")),
      ("subdivisions", DatabaseBytes.array(Array(repeating: item, count: 10_000))),
    ])
    let record = try load(database, reading: Self.everything).record(for: Address(ipv4: 0))
    let california = try code("US-CA")
    #expect(record?.subdivisions == .value(Array(repeating: california, count: 8)))
  }

  @Test(arguments: [
    ("subdivisions", DatabaseBytes.text("CA")), ("subdivisions", DatabaseBytes.map([])),
    ("subdivisions", DatabaseBytes.array([DatabaseBytes.text("CA")])),
    ("subdivisions", DatabaseBytes.array([DatabaseBytes.map([("iso_code", [0xA1, 7])])])),
    ("region_code", [0xA1, 7]),
  ])
  func `a subdivision of a wrong type is unreadable`(name: String, value: [UInt8]) throws {
    var database = path(96) { $0.record(0) }
    database.data = DatabaseBytes.map([("country_code", DatabaseBytes.text("US")), (name, value)])
    let loaded = try load(database, reading: Self.everything)
    let us = try code("US")
    #expect(
      loaded.record(for: Address(ipv4: 0))
        == Record(country: .value(us), subdivisions: .unreadable))
    #expect(loaded.unreadable == [.subdivision])
  }

  @Test
  func `a subdivision without a readable country is unreadable, except with a country of its own`()
    throws
  {
    for (text, expected) in [
      ("CA", FieldValue<[PlaceCode]>.unreadable), ("us-ca", .value([try code("US-CA")])),
    ] {
      var database = path(96) { $0.record(0) }
      database.data = DatabaseBytes.map([
        ("country_code", [0xA1, 7]), ("region_code", DatabaseBytes.text(text)),
      ])
      let record = try load(database, reading: Self.everything).record(for: Address(ipv4: 0))
      #expect(record == Record(country: .unreadable, subdivisions: expected))
    }
  }

  @Test func `a huge text of an ASN is unreadable`() throws {
    var database = path(96) { $0.record(0) }
    database.data = DatabaseBytes.map([
      ("asn", DatabaseBytes.text("AS" + String(repeating: "1", count: 60_000)))
    ])
    let record = try load(database, reading: Self.everything).record(for: Address(ipv4: 0))
    #expect(record == Record(asn: .unreadable))
  }

  @Test func `a long name of an organisation is cut, and has no control characters`() throws {
    var database = path(96) { $0.record(0) }
    database.data = DatabaseBytes.map([
      ("as_name", DatabaseBytes.text("a\n" + String(repeating: "x", count: 60_000)))
    ])
    let record = try load(database, reading: Self.everything).record(for: Address(ipv4: 0))
    #expect(record?.organisation == "a\u{FFFD}" + String(repeating: "x", count: 254))
  }

  @Test(.timeLimit(.minutes(30))) func `names of organisations that overlap are refused`() throws {
    let key = DatabaseBytes.text("as_name")
    let size = 1 + key.count + 5
    var database = wide(levels: 15, size: size)
    let start = size << 15
    database.data = (0..<(1 << 15)).flatMap { [0xE1] + key + DatabaseBytes.pointer(start + $0) }
    // Each of these bytes begins a text of more than 100 bytes.
    var random = SeededGenerator(seed: 3)
    database.data += (0..<(1 << 16)).map { _ in Bool.random(using: &random) ? 0x5D : 0x5E }
    expectCorrupt(database, reading: Self.everything, Self.unfolding)
    #expect(try load(database).records.count == 1)
  }

  @Test func `many distinct networks are records of their own`() throws {
    func record(_ number: Int) -> [UInt8] {
      DatabaseBytes.map([
        ("asn", DatabaseBytes.text("AS\(100_000 + number)")),
        ("as_name", DatabaseBytes.text("Example \(100_000 + number)")),
      ])
    }
    var database = wide(levels: 14, size: record(0).count)
    database.data = (0..<(1 << 14)).flatMap(record)
    let loaded = try load(database, reading: Self.everything)
    #expect(loaded.records.count == 1 << 14)
    #expect(loaded.asns == Set(100_000..<UInt32(100_000 + 1 << 14)))
    let last = loaded.record(for: Address(ipv4: .max))
    #expect(last == Record(asn: .value(116_383), organisation: "Example 116383"))
    #expect(try load(database).records.count == 1)
  }

  @Test func `a path through a map that contains itself ends`() throws {
    let path = String(repeating: "/country", count: 15) + "/country"
    let selection = FieldSelection(
      fields: Set(RecordField.allCases), pointers: [.asn: try JSONPointer(path)],
      flagPointers: [.vpn: try JSONPointer(path)])
    let database = try GeoDatabase.load(
      path: fixture("broken/pointer-cycle.mmdb"), reading: selection)
    #expect(
      database.record(for: try address("127.4.0.1"))
        == Record(asn: .unreadable, unreadableFlags: .vpn))
  }

  @Test func `texts in place of codes are limited, more of them with subdivisions`() throws {
    let key = DatabaseBytes.text("country_code")
    func record(_ number: Int) -> [UInt8] {
      [0xE1] + key + DatabaseBytes.text("Not a code \(100_000 + number)")
    }
    var database = wide(levels: 13, size: record(0).count)
    database.data = (0..<(1 << 13)).flatMap(record)
    expectCorrupt(database, "the records have more than 4,096 texts of places that are not codes")
    #expect(try load(database, reading: Self.everything).countryTexts.count == 1 << 13)
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
    let us = Record(country: .value(try code("US")))
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
    let us = Record(country: .value(try code("US")))
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
    let us = Record(country: .value(try code("US")))
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
    #expect(record == Record(country: .value(try code("US")), flags: .ip))
  }

  @Test func `a country code falls back to the flat one where it is absent or empty`() throws {
    for inner in [[], [("iso_code", DatabaseBytes.text(""))]] {
      var database = path(96) { $0.record(0) }
      database.data = DatabaseBytes.map([
        ("country", DatabaseBytes.map(inner)), ("country_code", DatabaseBytes.text("no")),
      ])
      let record = try load(database).record(for: Address(ipv4: 1))
      #expect(record == Record(country: .value(try code("NO"))))
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
