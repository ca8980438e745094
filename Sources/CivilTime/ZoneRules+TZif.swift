import Text

extension ZoneRules {
  /// A zone from the bytes of a TZif file of any version.
  ///
  /// Memory and time are limited by the size of the file, apart from the changes of 400 years.
  ///
  /// Source: RFC 8536; version 4 differs only in leap seconds.
  package init(name: String, file bytes: [UInt8]) throws(ZoneError) {
    var reader = TZifReader(bytes: bytes)
    var header = try reader.header()
    var isWide = false
    if header.version >= UInt8(ascii: "2") {
      // The first block repeats the second one in 32 bits.
      try reader.skip(header.size(wide: false))
      header = try reader.header()
      isWide = true
    }
    var block = try reader.block(header, wide: isWide)
    let rule = isWide ? try POSIXZone(reader.footer()) : nil
    let repetition = rule.flatMap { block.extend(by: $0) }
    self.init(
      name: name, changes: block.changes, offsets: block.offsets, repetition: repetition)
  }
}

/// The changes of a file, and the offsets before and from each of them.
private struct TZifBlock {
  var changes: [Int64] = []
  var offsets: [Int32] = []

  /// Adds the changes that a rule makes after the last change, for 400 years and some more. Returns nil if there is no
  /// daylight saving time: the last offset stays.
  mutating func extend(by zone: POSIXZone) -> ZoneRules.Repetition? {
    let last = changes.last
    if last == nil { offsets = [zone.standard] }
    guard zone.daylight != nil else { return nil }
    let period = ZoneRules.Repetition.period
    // About the year of the last change: at most one too early or too late.
    let since1970 = last ?? 0
    let periods = (since1970 >= 0 ? since1970 : since1970 - (period - 1)) / period
    let year = 1970 + Int(periods * 400 + (since1970 - periods * period) * 400 / period)
    // At least one year is between the last change and the start.
    let start = Int64(daysSince1970(year: year + 3, month: 1, day: 1)) * 86_400
    for (epoch, offset) in zone.changes(inYears: (year - 2)...(year + 405))
    where epoch > last ?? .min && epoch < start + period {
      changes.append(epoch)
      offsets.append(offset)
    }
    return ZoneRules.Repetition(start: start, isBothWays: last == nil)
  }
}

/// Reads a TZif file from its beginning to its end.
private struct TZifReader {
  let bytes: [UInt8]
  private var place = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  struct Header {
    var version: UInt8
    var utIndicators: Int
    var standardIndicators: Int
    var leapSeconds: Int
    var changes: Int
    var types: Int
    var designations: Int

    /// The size of the data after the header.
    func size(wide isWide: Bool) -> Int {
      let time = isWide ? 8 : 4
      return changes * (time + 1) + types * 6 + designations + leapSeconds * (time + 4)
        + standardIndicators + utIndicators
    }
  }

  mutating func header() throws(ZoneError) -> Header {
    guard bytes.count - place >= 44, bytes[place..<(place + 4)].elementsEqual("TZif".utf8) else {
      throw place == 0 ? .notTZif : .damaged("the second header is missing")
    }
    let version = bytes[place + 4]
    place += 20
    return Header(
      version: version, utIndicators: Int(number(4)), standardIndicators: Int(number(4)),
      leapSeconds: Int(number(4)), changes: Int(number(4)), types: Int(number(4)),
      designations: Int(number(4)))
  }

  mutating func skip(_ count: Int) throws(ZoneError) {
    guard bytes.count - place >= count else { throw .damaged("the file is cut off") }
    place += count
  }

  mutating func block(_ header: Header, wide isWide: Bool) throws(ZoneError) -> TZifBlock {
    guard (1...256).contains(header.types) else { throw .damaged("\(header.types) types") }
    if header.leapSeconds > 0 { throw .leapSeconds }
    let start = place
    try skip(header.size(wide: isWide))
    let end = place
    place = start
    var block = TZifBlock()
    for _ in 0..<header.changes {
      let time = isWide ? Int64(bitPattern: number(8)) : Int64(Int32(truncatingIfNeeded: number(4)))
      // RFC 8536 section 3.2: no time is before -2^59.
      let limit: Int64 = 1 << 59
      guard time > block.changes.last ?? .min, (-limit...limit).contains(time) else {
        throw .damaged("its times do not ascend")
      }
      block.changes.append(time)
    }
    let types = bytes[place..<(place + header.changes)]
    place += header.changes
    var offsets: [Int32] = []
    for _ in 0..<header.types {
      let offset = Int32(truncatingIfNeeded: number(4))
      // RFC 8536 section 3.2.
      guard (-89_999...93_599).contains(offset) else { throw .damaged("offset \(offset)") }
      offsets.append(offset)
      place += 2
    }
    // Before the first change, the first type holds.
    block.offsets = [offsets[0]]
    for type in types {
      guard type < offsets.count else { throw .damaged("unknown type \(type)") }
      block.offsets.append(offsets[Int(type)])
    }
    place = end
    return block
  }

  /// The text between the two line breaks after the second block. Empty: there is none.
  mutating func footer() throws(ZoneError) -> ArraySlice<UInt8> {
    let lineBreak = UInt8(ascii: "\n")
    guard place < bytes.count, bytes[place] == lineBreak,
      let end = bytes[(place + 1)...].firstIndex(of: lineBreak)
    else { throw .damaged("the footer is missing") }
    return bytes[(place + 1)..<end]
  }

  /// A big-endian number. The caller has checked the size.
  private mutating func number(_ size: Int) -> UInt64 {
    defer { place += size }
    return bytes[place..<(place + size)].reduce(0) { $0 << 8 | UInt64($1) }
  }
}
