import Addresses
import Glibc
import SeededRandom
import Testing

@testable import GeoDatabase

@Suite struct BrokenDatabaseTests {
  @Test(
    arguments: [
      (
        "truncated", .notADatabase,
        "has no MaxMind DB metadata: it is another kind of file or was cut off"
      ),
      (
        "not-a-database", .notADatabase,
        "has no MaxMind DB metadata: it is another kind of file or was cut off"
      ),
      ("zero-bytes", .empty, "the file is empty"),
      (
        "truncated-data", .corrupt,
        "the search tree of 1000000 nodes does not fit into the file, which may be cut off"
      ),
      ("metadata-only-marker", .corrupt, "the metadata is not a map"),
      (
        "bad-metadata-record-size", .unsupported,
        "has records of 13 bits, the format has 24, 28 and 32"
      ),
      ("bad-metadata-ip-version", .unsupported, "is for IP version 5, 4 and 6 exist"),
      (
        "bad-metadata-format", .unsupported,
        "is in version 3 of the MaxMind DB format, version 2 is needed"
      ),
      ("bad-metadata-types", .corrupt, "node_count in the metadata has the type text, not uint32"),
      ("amplifying-metadata", .corrupt, "languages in the metadata has values that are not texts"),
      (
        "cyclic-tree", .corrupt,
        "the search tree leads to the root of its IPv4 part from within"
      ),
      ("exponential-tree", .corrupt, "too many branches of the search tree join"),
      (
        "pointer-out-of-range", .corrupt,
        "the search tree points outside of the data, at record 1000035"
      ),
      (
        "pointer-into-separator", .corrupt,
        "the search tree points outside of the data, at record 27"
      ),
    ] as [(String, GeoDatabaseError.Kind, String)])
  func `a broken file is refused with the reason`(
    name: String, kind: GeoDatabaseError.Kind, message: String
  ) {
    let path = fixture("broken/\(name).mmdb")
    let error = #expect(throws: GeoDatabaseError.self) { try GeoDatabase.load(path: path) }
    #expect(error?.kind == kind)
    #expect(error?.message == message)
    #expect(error?.path == path)
    #expect(error?.description == "\(path): \(message)")
  }

  private static let gb: [(String, String?)] = [("127.3.0.1", "GB")]

  @Test(arguments: [
    ("deep-record", 2, ["127.1.0.1": "?", "127.2.0.1": "?", "127.3.0.1": "GB", "127.4.0.1": "NO"]),
    ("huge-claim", 3, ["127.1.0.1": "?", "127.2.0.1": "?", "127.3.0.1": "GB", "127.4.0.1": "?"]),
    (
      "pointer-cycle", 3,
      [
        "127.1.0.1": "?", "127.2.0.1": "?", "127.3.0.1": "GB", "127.4.0.1": "", "127.5.0.1": "!",
        "127.6.0.1": "?",
      ]
    ),
    (
      "control-bytes-in-country", 0,
      [
        "127.1.0.1": "U\u{FFFD}\"\u{FFFD}", "127.2.0.1": "DE\u{FFFD}forged: line",
        "127.3.0.1": "GB",
        "127.7.0.1": "\u{FFFD}[31mUS",
      ]
    ),
    (
      "long-country", 0,
      [
        "127.1.0.1": String(repeating: "US", count: 32) + "…", "127.2.0.1": "", "127.3.0.1": "GB",
        "127.4.0.1": "N", "127.5.0.1": "CAN",
      ]
    ),
  ])
  func `a broken record is unreadable and leaves the others alone`(
    name: String, unreadable: Int, expected: [String: String]
  ) throws {
    let database = try GeoDatabase.load(path: fixture("broken/\(name).mmdb"))
    #expect(database.unreadableRecords == unreadable)
    for (text, country) in expected {
      let record: Record =
        switch country {
        case "?": .unreadable
        case "!": Record(country: .unreadable)
        case "": Record(country: .absent)
        default: Record(country: PlaceCode(country).map { .value($0) } ?? .absent)
        }
      let found = database.record(for: try address(text))
      if case .value(let code)? = found?.country, !code.isShort {
        #expect(code.description == country, "\(text)")
      } else {
        #expect(found == record, "\(text)")
      }
    }
  }

  @Test func `every cut of a database is refused`() throws {
    let folder = try TemporaryFolder()
    let whole = try bytes(ofFixture: "loopback-country.mmdb")
    for count in stride(from: 0, to: whole.count, by: 7) {
      let path = try folder.write(Array(whole.prefix(count)), to: "cut-\(count)")
      #expect(throws: GeoDatabaseError.self, "\(count) bytes") { try GeoDatabase.load(path: path) }
    }
  }

  @Test(arguments: [
    "loopback-country", "loopback-anonymous", "broken/pointer-cycle", "vendors/maxmind-enterprise",
    "vendors/ipinfo-plus", "vendors/other-vendor",
  ])
  func `no change of some bytes brings the process down`(name: String) throws {
    let folder = try TemporaryFolder()
    let whole = try bytes(ofFixture: "\(name).mmdb")
    let selection = FieldSelection(
      fields: Set(RecordField.allCases),
      pointers: name == "vendors/other-vendor" ? [.asn: try JSONPointer("/geo/parts/0/code")] : [:])
    var random = SeededGenerator(seed: 2026)
    var loaded = 0
    for round in 0..<1500 {
      var changed = whole
      for _ in 0...(round % 4) {
        let place = Int.random(in: 0..<changed.count, using: &random)
        switch round % 3 {
        case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
        case 1: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default:
          changed[place] = [0x00, 0xff, 0x20, 0x3f, 0xe0, 0xff].randomElement(using: &random) ?? 0
        }
      }
      // A new file each time: two of the same size within one clock tick could have the same identity.
      let path = try folder.write(changed, to: "\(round)")
      defer { unsafe unlink(path) }
      guard let database = try? GeoDatabase.load(path: path, reading: selection) else { continue }
      loaded += 1
      for _ in 0..<50 {
        let bits = UInt128(random.next()) << 64 | UInt128(random.next())
        _ = database.record(for: Address(ipv4: 0x7f00_0000 | UInt32(truncatingIfNeeded: bits) >> 8))
        _ = database.record(for: Address(ipv6: bits))
        _ = database.record(for: Address(ipv6: 0x2001_0db8 << 96 | bits >> 32))
      }
    }
    #expect(loaded > 100)
  }
}
