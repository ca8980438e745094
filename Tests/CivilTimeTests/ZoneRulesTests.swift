import SeededRandom
import Testing

@testable import CivilTime

@Suite struct ZoneRulesTests {
  /// Compares a zone with Python's offsets at seeded moments and around each change.
  private func expectHistory(
    _ zone: ZoneRules, in times: Range<Int64> = OffsetHistory.start..<OffsetHistory.end,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let history = try OffsetHistory(zone.name)
    var random = SeededGenerator(seed: 13)
    let seeded = (0..<4_000).map { _ in
      Int64.random(in: OffsetHistory.start..<OffsetHistory.end, using: &random)
    }
    let near = history.changes.flatMap { [$0.epoch - 1, $0.epoch, $0.epoch + 1] }
    let wrong = (seeded + near).filter(times.contains)
      .filter { zone.offset(at: $0) != history.offset(at: $0) }
    #expect(wrong.isEmpty, "\(zone.name)", sourceLocation: sourceLocation)
  }

  @Test(arguments: zoneNames)
  func `a zone has the offsets that Python reads from the same file`(name: String) throws {
    try expectHistory(ZoneRules(name: name, directory: zones("slim")))
  }

  @Test(arguments: ["Europe/Berlin", "Africa/Casablanca"])
  func `a file that lists the changes up to 2037 has the same offsets`(name: String) throws {
    try expectHistory(ZoneRules(name: name, directory: zones("fat")))
  }

  @Test func `a file of version 1 has 32-bit times and no rule`() throws {
    var bytes = try zoneFile("Europe/Berlin", in: "fat")
    bytes[4] = 0
    let start = try #require(
      bytes.indices.dropFirst().first { bytes[$0...].starts(with: "TZif".utf8) })
    let zone = try ZoneRules(name: "Europe/Berlin", file: Array(bytes[..<start]))
    // Of 32 bits, up to the last change in 2037.
    try expectHistory(zone, in: -(1 << 31)..<2_140_045_200)
    #expect(zone.offset(at: 4_102_444_800) == 3600)
  }

  @Test(arguments: zoneNames)
  func `the offsets of a rule repeat every 400 years`(name: String) throws {
    let zone = try ZoneRules(name: name, directory: zones("slim"))
    var random = SeededGenerator(seed: 400)
    let wrong = (0..<2_000).filter { _ in
      // After the last change of each file.
      let epoch = Int64.random(in: 3_786_912_000..<20_000_000_000, using: &random)
      let later = epoch + 12_622_780_800 * Int64.random(in: 0...500_000, using: &random)
      return zone.offset(at: epoch) != zone.offset(at: later)
    }
    #expect(wrong.isEmpty)
    for epoch: Int64 in [.min, .max] { _ = zone.offset(at: epoch) }
  }

  @Test(
    arguments: [
      ("UTC", 0), ("+01:00", 3600), ("-0330", -12_600), ("+00:00", 0), ("-23:59", -86_340),
    ] as [(String, Int32)])
  func `a fixed offset needs no file`(name: String, offset: Int32) throws {
    let zone = try ZoneRules(name: name, directory: "/nonexistent")
    #expect(zone.name == name)
    for epoch: Int64 in [.min, -1, 0, 1_788_220_800, .max] {
      #expect(zone.offset(at: epoch) == offset)
    }
  }

  @Test(arguments: [
    "", "/", "/etc/passwd", "..", "../zones/slim/Europe/Berlin", "Europe/../Europe/Berlin",
    "./Europe/Berlin", "Europe//Berlin", "Europe/Berlin/", "Europe/Berlin\0", "Europe/Berlin ",
    "Europe/Bërlin", "tzdata.zi", "+1", "+01", "+24:00", "+01:60", "01:00", "Z", "-", "+01:00x",
    String(repeating: "A", count: 65),
  ])
  func `a text that can be no zone is an error`(name: String) {
    #expect(throws: ZoneError.unknown) {
      try ZoneRules(name: name, directory: zones("slim"))
    }
  }

  @Test func `a zone that cannot be loaded is an error with the correction`() {
    func message(_ name: String, _ directory: String) -> String? {
      do throws(ZoneError) {
        _ = try ZoneRules(name: name, directory: directory)
        return nil
      } catch {
        return error.message
      }
    }
    #expect(
      message("Europe/Bern", zones("slim"))
        == "unknown time zone, write UTC, an offset such as +01:00, or an IANA name such as "
        + "Europe/Berlin")
    #expect(
      message("Europe", zones("slim"))
        == "cannot read the time zone: is a directory, a regular file is needed")
    #expect(
      message("Europe/Berlin", "/nonexistent")
        == "no time zone database in /nonexistent, install tzdata, or write an offset such as "
        + "+01:00")
    #expect(
      message("Europe/Berlin", zones("changes"))
        == "the zone's file is not a TZif file (RFC 8536), write an IANA name")
  }
}

/// The bytes of a TZif file with arbitrary parts.
private struct ZoneBytes {
  var version: UInt8 = UInt8(ascii: "3")
  var times: [Int64] = []
  var types: [UInt8] = []
  var offsets: [Int32] = [0]
  var leapSeconds = 0
  var footer = ""

  var bytes: [UInt8] {
    header(counts: [0, 0, 0, 0, 1, 0]) + [UInt8](repeating: 0, count: 6)
      + header(counts: [0, 0, leapSeconds, times.count, offsets.count, 4])
      + times.flatMap(Self.bigEndian) + types
      + offsets.flatMap { Self.bigEndian($0) + [0, 0] } + Array("XXX\0".utf8)
      + [UInt8](repeating: 0, count: 12 * leapSeconds) + Array("\n\(footer)\n".utf8)
  }

  private func header(counts: [Int]) -> [UInt8] {
    Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
      + counts.flatMap { Self.bigEndian(Int32($0)) }
  }

  private static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    stride(from: Number.bitWidth - 8, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: number >> $0)
    }
  }
}

@Suite struct ZoneFileTests {
  private func zone(_ bytes: ZoneBytes) throws -> ZoneRules {
    try ZoneRules(name: "Test", file: bytes.bytes)
  }

  @Test func `a file without changes has the offsets of its rule at all times`() throws {
    let zone = try zone(ZoneBytes(footer: "EST5EDT,M3.2.0,M11.1.0"))
    let other = try ZoneRules(name: "America/New_York", directory: zones("slim"))
    var random = SeededGenerator(seed: 5)
    let wrong = (0..<2_000).filter { _ in
      let epoch = Int64.random(in: 1_200_000_000..<10_000_000_000, using: &random)
      let earlier = epoch - 12_622_780_800 * Int64.random(in: 0...100, using: &random)
      return zone.offset(at: epoch) != other.offset(at: epoch)
        || zone.offset(at: earlier) != other.offset(at: epoch)
    }
    #expect(wrong.isEmpty)
    #expect(try self.zone(ZoneBytes(footer: "<+01>-1")).offset(at: 0) == 3600)
    #expect(try self.zone(ZoneBytes(offsets: [7])).offset(at: 0) == 7)
  }

  @Test(
    arguments: [
      // 2027-01-01 and 2028-01-01 are 1798761600 and 1830297600. Days count from 0 or, with J, from 1 without 29 February.
      ("AAA0BBB,0/0,1/1", 1_798_761_599, 0), ("AAA0BBB,0/0,1/1", 1_798_761_600, 3600),
      ("AAA0BBB,0/0,1/1", 1_798_847_999, 3600), ("AAA0BBB,0/0,1/1", 1_798_848_000, 0),
      ("AAA0BBB,59/0,300", 1_798_761_600 + 59 * 86_400 - 1, 0),
      ("AAA0BBB,59/0,300", 1_798_761_600 + 59 * 86_400, 3600),
      ("AAA0BBB,J60/0,300", 1_798_761_600 + 59 * 86_400, 3600),
      ("AAA0BBB,J60/0,300", 1_830_297_600 + 59 * 86_400, 0),
      ("AAA0BBB,J60/0,300", 1_830_297_600 + 60 * 86_400, 3600),
      ("AAA0BBB,J59/0,300", 1_830_297_600 + 58 * 86_400, 3600),
      // Hours after and before the day.
      ("AAA0BBB,0/-24,300", 1_798_761_600 - 86_400, 3600),
      ("AAA0BBB,0/-24,300", 1_798_761_600 - 86_401, 0),
      ("AAA0BBB,0/167,300", 1_798_761_600 + 167 * 3600, 3600),
      ("AAA0BBB,0/167,300", 1_798_761_600 + 167 * 3600 - 1, 0),
      // Daylight saving time all year.
      ("XXX3EDT4,0/0,J365/23", 1_798_761_600, -14_400),
      ("XXX3EDT4,0/0,J365/23", 1_814_400_000, -14_400),
      ("EST5EDT,0/0,J365/25", 1_798_779_600, -14_400),
      ("EST5EDT,0/0,J365/25", 1_798_779_599, -14_400),
      ("EST5EDT,0/0,J365/25", 1_814_400_000, -14_400),
      ("EST5EDT,0/0,J365/99", 1_798_761_600, -14_400),
      // Seconds and a daylight offset of its own.
      ("AAA-1:02:03BBB-3:04:05,0/0,J365", 1_814_400_000, 11_045), ("AAA+1:02:03", 0, -3723),
    ] as [(String, Int64, Int32)])
  func `a rule is read in each of its forms`(rule: String, epoch: Int64, offset: Int32) throws {
    #expect(try zone(ZoneBytes(footer: rule)).offset(at: epoch) == offset)
    // The same with a change before the rule's time.
    let listed = ZoneBytes(
      times: [1_600_000_000], types: [1], offsets: [0, offset], footer: rule)
    if epoch > 1_700_000_000 { #expect(try zone(listed).offset(at: epoch) == offset) }
  }

  @Test(arguments: [
    "A0", "AAA", "AAA0BBB", "AAA0BBB,M3.2.0", "AAA0BBB,M13.1.0,M1.1.0", "AAA0BBB,M1.6.0,M1.1.0",
    "AAA0BBB,M1.1.7,M1.1.0", "AAA0BBB,J0,J1", "AAA0BBB,J366,J1", "AAA0BBB,366,1", "AAA25",
    "AAA0BBB,1/168,2", "AAA0BBB,1,2x", "AAA0BBB,1,2,3", "<AA0", "<A>0", "AAA0:60", "AAA--1", "AAA+",
    "AAA0BBB,9999,1", "é0",
  ])
  func `a rule of another form is an error`(rule: String) {
    #expect(throws: ZoneError.damaged("its rule for later years cannot be read")) {
      try zone(ZoneBytes(footer: rule))
    }
  }

  @Test func `a file that contradicts itself is an error`() {
    let cases: [(ZoneBytes, ZoneError)] = [
      (ZoneBytes(times: [5, 5], types: [0, 0]), .damaged("its times do not ascend")),
      (ZoneBytes(times: [.max], types: [0]), .damaged("its times do not ascend")),
      (ZoneBytes(times: [.min], types: [0]), .damaged("its times do not ascend")),
      (ZoneBytes(times: [5], types: [1]), .damaged("unknown type 1")),
      (ZoneBytes(offsets: []), .damaged("0 types")),
      (ZoneBytes(offsets: [.min]), .damaged("offset -2147483648")),
      (ZoneBytes(leapSeconds: 1), .leapSeconds),
    ]
    for (bytes, error) in cases {
      #expect(throws: error) { try zone(bytes) }
    }
  }

  @Test func `the farthest times of a file are no overflow`() throws {
    for time: Int64 in [-(1 << 59), 1 << 59] {
      let zone = try zone(
        ZoneBytes(times: [time], types: [0], footer: "EST5EDT,M3.2.0,M11.1.0"))
      let offsets = Set([.min, time, 0, .max].map(zone.offset))
      #expect(offsets.isSubset(of: [0, -18_000, -14_400]))
    }
  }

  @Test func `a file that is cut off is an error`() throws {
    let bytes = try zoneFile("America/Nuuk")
    for count in bytes.indices {
      #expect(throws: ZoneError.self) {
        try ZoneRules(name: "Test", file: Array(bytes[..<count]))
      }
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `damaged bytes are an error or other offsets`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let original = try zoneFile(zoneNames[Int(seed) % zoneNames.count])
    for _ in 0..<300 {
      var bytes = original
      for _ in 0...Int.random(in: 0...3, using: &random) {
        let place =
          random.once(in: 2)
          ? Int.random(in: bytes.indices, using: &random) : .random(in: 20..<100, using: &random)
        bytes[place] =
          [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)]
          .randomElement(using: &random) ?? 0
      }
      guard let zone = try? ZoneRules(name: "Test", file: bytes) else { continue }
      for _ in 0..<50 { _ = zone.offset(at: Int64(bitPattern: random.next())) }
    }
  }
}
