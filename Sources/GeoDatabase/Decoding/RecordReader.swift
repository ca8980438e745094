import Files
import Text

/// Decodes each record of a database once, and numbers the distinct ones.
struct RecordReader {
  /// The distinct records, by number.
  private(set) var records: [Record] = []
  /// How many records the database stores, equal ones included.
  private(set) var count = 0
  /// How many of them cannot be decoded.
  private(set) var unreadableCount = 0
  /// The places that are not short codes, by number.
  private(set) var placeTexts: [PlaceCode] = []
  /// The flags that at least one record has as true or false.
  private(set) var anonymityFields: AnonymityFlags = []

  private let section: DataSection
  private let database: MaxMindDB
  let selection: FieldSelection
  private let readsCountry: Bool
  /// Whether a field other than the country is read.
  private let readsMore: Bool
  private var fields: RecordFields
  private var numbersByOffset: OffsetMap
  private var numbersByHash = HashIndex()
  /// The last record that had a country alone.
  private var latest: (country: FieldValue<PlaceCode>, number: UInt32)?
  /// The places of each path, by the offset of the map that contains them. Many records share most of these maps
  /// through pointers.
  private var places: [OffsetCache<FieldValue<PlaceCode>>]
  private var knownTexts: [PlaceCode: PlaceCode] = [:]
  /// Texts may overlap in the file, so that its size does not limit their number.
  private let mostTexts: Int
  /// The distinct names of organisations.
  private var organisations: Set<String> = []
  /// How many more bytes the distinct names of organisations may have.
  private var organisationBudget: Int
  private static let longestOrganisation = 256
  /// How many data fields all records together may have. A field that is not shared takes at least one byte. Fields
  /// shared through pointers are few, except in a hostile database.
  private var budget: Int
  private static let budgetOfRecord = 1 << 16
  private static let mostSubdivisions = 8

  init(section: DataSection, of database: MaxMindDB, reading selection: FieldSelection) {
    self.section = section
    self.database = database
    self.selection = selection
    readsCountry = selection.fields.contains(.country)
    readsMore = !selection.fields.isSubset(of: [.country])
    fields = RecordFields(selection)
    numbersByOffset = OffsetMap(dataSize: section.count)
    places = Array(repeating: OffsetCache(), count: fields.pathCount)
    // A vendor may have the names of subdivisions in place of codes, some thousand in all.
    mostTexts = selection.fields.contains(.subdivision) ? 1 << 16 : 4_096
    budget = 8 * section.count + (1 << 20)
    organisationBudget = section.count + (1 << 16)
  }

  /// The size of the data section in bytes.
  var dataSize: Int { section.count }

  /// Names of fields at the root of records, sorted, at most 32.
  var rootFields: [String] { fields.rootNames.sorted() }

  /// The cached state of the record at an offset of the data section, for `number(ofRecordAt:known:)`.
  @inline(__always)
  func known(ofRecordAt offset: UInt32) -> UInt32 {
    numbersByOffset.cell(of: offset)
  }

  /// The number of the record at an offset of the data section.
  @inline(__always)
  mutating func number(ofRecordAt offset: UInt32, known: UInt32) throws(DatabaseFault) -> UInt32 {
    if let number = numbersByOffset.number(at: offset, in: known) { return number }
    return try readNumber(ofRecordAt: offset)
  }

  private mutating func readNumber(ofRecordAt offset: UInt32) throws(DatabaseFault) -> UInt32 {
    // The record may have been read since `known` was.
    if let number = numbersByOffset.number(at: offset, in: numbersByOffset.cell(of: offset)) {
      return number
    }
    let number = try decode(offset)
    guard budget > 0, organisationBudget > 0 else {
      throw .corrupt("the records together unfold to more data than the file has")
    }
    guard placeTexts.count <= mostTexts else {
      throw .corrupt(
        "the records have more than \(grouped(mostTexts)) texts of places that are not codes")
    }
    numbersByOffset.insert(number, at: offset)
    return number
  }

  private mutating func number(of record: Record) throws(DatabaseFault) -> UInt32 {
    let hash = record.hashValue
    if let known = numbersByHash.number(of: hash, where: { records[Int($0)] == record }) {
      return known
    }
    try checkMemory()
    let number = UInt32(records.count)
    numbersByHash.insert(number, of: hash)
    records.append(record)
    return number
  }

  /// Throws if the next doubling of the distinct records does not fit into memory. They overlap in a hostile file, so
  /// that its size does not limit their memory.
  private func checkMemory() throws(DatabaseFault) {
    guard records.count >= 1 << 16, records.count.nonzeroBitCount == 1 else { return }
    let needed = 4 * records.count * MemoryLayout<Record>.stride
    guard hasMemory(needed) else {
      throw DatabaseFault(
        .noResources, "there is no memory for more than \(grouped(records.count)) records")
    }
  }

  /// The number of the record at an offset.
  private mutating func decode(_ offset: UInt32) throws(DatabaseFault) -> UInt32 {
    count += 1
    var walk = walk()
    let isSound = fields.find(inRecordAt: Int(offset), walk: &walk)
    pay(for: walk)
    guard isSound else {
      unreadableCount += 1
      return try number(of: .unreadable)
    }
    let country = selection.readsExactly ? exactCountry() : place(fields.country)
    let isBare = !readsMore && !fields.hasFlags && !fields.isResidential
    // Neighbours often have the same country.
    if isBare, let latest, latest.country == country { return latest.number }
    var record = Record(country: readsCountry ? country : .absent)
    if readsMore { readMore(of: &record, in: country) }
    if fields.hasFlags {
      readFlags(of: &record)
    } else if fields.isResidential {
      record.flags = .residential
      anonymityFields.insert(.residential)
    }
    let number = try number(of: record)
    if isBare { latest = (country, number) }
    return number
  }

  /// Reads the other fields than the country.
  private mutating func readMore(of record: inout Record, in country: FieldValue<PlaceCode>) {
    record.registeredCountry = place(fields.registeredCountry)
    record.continent = place(fields.continent)
    record.subdivisions = subdivisions(of: country)
    let asn = asn()
    if selection.fields.contains(.asn) { record.asn = asn.field }
    record.organisation = organisation(besideTextASN: asn.isText)
  }

  private mutating func readFlags(of record: inout Record) {
    for (flag, path) in fields.flags {
      switch isSet(value(at: path)) {
      case .absent: continue
      case .unreadable: record.unreadableFlags.insert(flag)
      case .value(let isSet):
        anonymityFields.insert(flag)
        if isSet { record.flags.insert(flag) }
      }
    }
    record.unreadableFlags.subtract(record.flags)
  }

  /// Whether a value is true.
  private func isSet(_ value: MaxMindDB.Value) -> FieldValue<Bool> {
    switch value {
    case .absent: .absent
    case .boolean(let isSet): .value(isSet)
    case .text where selection.readsExactly: .unreadable
    case .text(let text) where text.isAbsent: .absent
    case .text(let text) where text.matches("true"): .value(true)
    case .text(let text) where text.matches("false"): .value(false)
    case .text, .number, .map, .unreadable: .unreadable
    }
  }

  /// The number of the autonomous system, and whether the record has it as a text.
  private mutating func asn() -> (field: FieldValue<UInt32>, isText: Bool) {
    for path in fields.asn {
      switch value(at: path) {
      case .absent: continue
      case .text(let text) where text.isAbsent: continue
      case .text(let text): return (Self.asn(text.asn), true)
      case .number(let number): return (Self.asn(UInt32(exactly: number)), false)
      case .boolean, .map, .unreadable: return (.unreadable, false)
      }
    }
    return (.absent, false)
  }

  /// AS 0 is no network (RFC 7607).
  private static func asn(_ number: UInt32?) -> FieldValue<UInt32> {
    number == 0 ? .absent : number.map(FieldValue.value) ?? .unreadable
  }

  private mutating func organisation(besideTextASN: Bool) -> String? {
    for path in fields.organisation where path.form != .besideTextASN || besideTextASN {
      guard case .text(let text) = value(at: path), !text.isAbsent else { continue }
      let name = printable(
        String(decoding: text.prefix(Self.longestOrganisation), as: UTF8.self))
      let (isNew, shared) = organisations.insert(name)
      if isNew { organisationBudget -= name.utf8.count }
      return shared
    }
    return nil
  }

  /// The first place that is not absent.
  private mutating func place(_ paths: [FieldPath]) -> FieldValue<PlaceCode> {
    for path in paths {
      switch place(at: path) {
      case .absent: continue
      case .value(let place): return .value(numbered(place))
      case .unreadable: return .unreadable
      }
    }
    return .absent
  }

  /// The place at a path, without its number.
  private mutating func place(at path: FieldPath) -> FieldValue<PlaceCode> {
    guard let position = fields.position(ofRoot: path.root) else { return .absent }
    if path.rest.isEmpty { return Self.place(value(of: [], at: position), path.form) }
    return place(of: path.rest, at: position, cache: path.cache)
  }

  /// The place at the end of a path below a position.
  private mutating func place(
    of path: [PathPart], at position: Int, cache: Int
  ) -> FieldValue<PlaceCode> {
    // Only shared maps are met again.
    guard let token = section.token(at: position), token.kind == .pointer else {
      return Self.place(value(of: path, at: position), .plain)
    }
    if let place = places[cache].value(at: token.size) { return place }
    let place = Self.place(value(of: path, at: position), .plain)
    places[cache].insert(place, at: token.size)
    return place
  }

  private static func place(
    _ value: MaxMindDB.Value, _ form: FieldPath.Form
  ) -> FieldValue<PlaceCode> {
    switch value {
    case .absent: return .absent
    case .map where form == .codeOrName: return .absent
    case .text(let text):
      guard let place = PlaceCode(recorded: text), form != .codeOrName || place.isTwoLetters
      else { return .absent }
      return .value(place)
    case .number, .boolean, .map, .unreadable: return .unreadable
    }
  }

  /// The country as its bytes up to a NUL. A record without one is unreadable.
  private mutating func exactCountry() -> FieldValue<PlaceCode> {
    guard let path = fields.country.first, case .text(let text) = value(at: path) else {
      return .unreadable
    }
    return .value(numbered(PlaceCode(exactly: text.prefix { $0 != 0 })))
  }

  /// The shared value for equal texts, with its number.
  private mutating func numbered(_ place: PlaceCode) -> PlaceCode {
    if place.isShort { return place }
    if let known = knownTexts[place] { return known }
    let numbered = place.numbered(placeTexts.count)
    knownTexts[place] = numbered
    placeTexts.append(numbered)
    return numbered
  }

  private mutating func subdivisions(
    of country: FieldValue<PlaceCode>
  ) -> FieldValue<[PlaceCode]> {
    for path in fields.subdivision {
      let parts: FieldValue<[PlaceCode]>
      if path.form == .list {
        parts = codes(inListAt: path)
      } else {
        switch place(at: path) {
        case .absent: parts = .absent
        case .value(let part): parts = .value([part])
        case .unreadable: parts = .unreadable
        }
      }
      switch parts {
      case .absent: continue
      case .unreadable: return .unreadable
      case .value(let parts): return subdivisions(parts, of: country)
      }
    }
    return .absent
  }

  /// The codes of a list of maps.
  private mutating func codes(inListAt path: FieldPath) -> FieldValue<[PlaceCode]> {
    guard let position = fields.position(ofRoot: path.root) else { return .absent }
    guard let list = section.followedToken(at: position), list.kind == .array else {
      return .unreadable
    }
    var codes: [PlaceCode] = []
    var walk = walk()
    defer { pay(for: walk) }
    var item = list.content
    for index in 0..<min(list.size, Self.mostSubdivisions) {
      if index > 0 {
        guard let next = walk.end(ofFieldAt: item, depth: 1) else { return .unreadable }
        item = next
      }
      guard let map = section.followedToken(at: item), map.kind == .map else { return .unreadable }
      switch place(of: Self.isoCode, at: item, cache: path.cache) {
      case .absent: continue
      case .value(let code): codes.append(code)
      case .unreadable: return .unreadable
      }
    }
    return codes.isEmpty ? .absent : .value(codes)
  }

  private static let isoCode = [PathPart("iso_code")]

  /// The parts with their country, where they do not have it.
  private mutating func subdivisions(
    _ parts: [PlaceCode], of country: FieldValue<PlaceCode>
  ) -> FieldValue<[PlaceCode]> {
    var whole: [PlaceCode] = []
    for part in parts {
      if let subdivision = part.wholeSubdivision {
        whole.append(subdivision)
        continue
      }
      switch country {
      case .unreadable: return .unreadable
      case .absent: continue
      case .value(let country):
        if country.isTwoLetters { whole.append(numbered(part.subdivision(of: country))) }
      }
    }
    return whole.isEmpty ? .absent : .value(whole)
  }

  private mutating func value(at path: FieldPath) -> MaxMindDB.Value {
    guard let position = fields.position(ofRoot: path.root) else { return .absent }
    return value(of: path.rest, at: position)
  }

  /// The value at the end of a path below a position.
  private mutating func value(of path: [PathPart], at position: Int) -> MaxMindDB.Value {
    var walk = walk()
    defer { pay(for: walk) }
    switch walk.search(path, at: position) {
    case .missing: return .absent
    case .damaged: return .unreadable
    case .field(let field): return database.value(at: field.start)
    }
  }

  private func walk() -> BoundedWalk {
    BoundedWalk(section: section, limit: min(budget, Self.budgetOfRecord))
  }

  /// Subtracts the cost of a walk from the budget.
  private mutating func pay(for walk: BoundedWalk) {
    budget -= walk.limit - walk.budget
  }
}

/// Values by offset, much faster if the same offset follows itself.
private struct OffsetCache<Value> {
  private var latest: (offset: Int, value: Value)?
  private var values: [Int: Value] = [:]

  mutating func value(at offset: Int) -> Value? {
    if let latest, latest.offset == offset { return latest.value }
    guard let value = values[offset] else { return nil }
    latest = (offset, value)
    return value
  }

  mutating func insert(_ value: Value, at offset: Int) {
    values[offset] = value
    latest = (offset, value)
  }
}

/// Numbers by the hash of an element that is stored elsewhere. Grows without moving or hashing elements again.
private struct HashIndex {
  /// Open addressing. 0: empty. Else the number plus one, and above it the upper half of the hash.
  private var cells: [UInt64] = Array(repeating: 0, count: 64)
  private var count = 0

  /// The number with this hash whose element is the wanted one.
  func number(of hash: Int, where isWanted: (UInt32) -> Bool) -> UInt32? {
    let upper = Self.upper(hash)
    var place = place(of: upper)
    while cells[place] != 0 {
      let number = UInt32(truncatingIfNeeded: cells[place]) &- 1
      if cells[place] >> 32 == upper, isWanted(number) { return number }
      place = (place + 1) & (cells.count - 1)
    }
    return nil
  }

  /// Adds a number that the index does not have.
  mutating func insert(_ number: UInt32, of hash: Int) {
    if 2 * count >= cells.count {
      let old = cells
      cells = Array(repeating: 0, count: 2 * old.count)
      for cell in old where cell != 0 { put(cell) }
    }
    put(Self.upper(hash) << 32 | UInt64(number + 1))
    count += 1
  }

  private mutating func put(_ cell: UInt64) {
    var place = place(of: cell >> 32)
    while cells[place] != 0 { place = (place + 1) & (cells.count - 1) }
    cells[place] = cell
  }

  private func place(of upper: UInt64) -> Int { Int(upper) & (cells.count - 1) }

  private static func upper(_ hash: Int) -> UInt64 { UInt64(UInt(bitPattern: hash)) >> 32 }
}

/// A dictionary from offsets of a data section to numbers, much faster when neighbouring offsets follow each other.
///
/// Takes an eighth of the section's size in memory.
struct OffsetMap {
  /// One cell for each 32 bytes of the section. 0: empty. Else the number plus one of the first offset inserted there,
  /// then the last five bits of that offset.
  private var cells: [UInt32]
  /// The offsets whose cell is taken. Only small records, such as bare countries, share a cell, and these are few.
  private var others: [UInt32: UInt32] = [:]

  init(dataSize: Int) {
    cells = Array(repeating: 0, count: dataSize / 32 + 1)
  }

  /// The cell of an offset below the section's size.
  ///
  /// Separate from `number(at:in:)`, so that the processor can fetch the cells of many offsets at once.
  @inline(__always)
  func cell(of offset: UInt32) -> UInt32 {
    cells[Int(offset / 32)]
  }

  /// The number at an offset, given its cell.
  @inline(__always)
  func number(at offset: UInt32, in cell: UInt32) -> UInt32? {
    if cell >= 32, cell & 31 == offset & 31 { return cell / 32 - 1 }
    return others.isEmpty ? nil : others[offset]
  }

  /// Adds the number of an offset that the map does not have yet.
  mutating func insert(_ number: UInt32, at offset: UInt32) {
    if cells[Int(offset / 32)] == 0, number < UInt32.max / 32 {
      cells[Int(offset / 32)] = (number + 1) * 32 | offset & 31
    } else {
      others[offset] = number
    }
  }
}
