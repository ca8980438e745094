import Text

/// Decodes each record of a database once, and numbers the distinct ones.
struct RecordReader {
  /// The distinct records, by number.
  private(set) var records: [Record] = []
  /// How many records the database stores, equal ones included.
  private(set) var count = 0
  /// How many of them cannot be decoded.
  private(set) var unreadableCount = 0
  /// The countries that are not short codes, by number.
  private(set) var countryTexts: [CountryCode] = []
  /// The flags that at least one record has as a boolean, true or false.
  private(set) var anonymityFields: AnonymityFlags = []

  private let section: DataSection
  private let database: MaxMindDB
  private var fields = RecordFields()
  private var numbersByOffset: OffsetMap
  private var numbersByRecord: [Record: UInt32] = [:]
  private var latest: (record: Record?, number: UInt32) = (nil, 0)
  /// The countries of `country` maps. Many records share most of these through pointers.
  private var countriesByOffset: [UInt32: Record.CountryField] = [:]
  private var latestCountry: (offset: UInt32?, field: Record.CountryField) = (nil, .absent)
  private var knownTexts: [CountryCode: CountryCode] = [:]
  /// Texts may overlap in the file, so that its size does not limit their number.
  private static let mostTexts = 4_096
  /// How many data fields all records together may have. A field that is not shared takes at least one byte. Fields
  /// shared through pointers are few, except in a hostile database.
  private var budget: Int
  private static let budgetOfRecord = 1 << 16

  init(section: DataSection, of database: MaxMindDB) {
    self.section = section
    self.database = database
    numbersByOffset = OffsetMap(dataSize: section.count)
    budget = 8 * section.count + (1 << 20)
  }

  /// The size of the data section in bytes.
  var dataSize: Int { section.count }

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
    let record = decode(offset)
    guard budget > 0 else {
      throw .corrupt("the records together unfold to more data than the file has")
    }
    guard countryTexts.count <= Self.mostTexts else {
      throw .corrupt(
        "the records have more than \(grouped(Self.mostTexts)) country texts that are not codes")
    }
    // Neighbours often have the same country.
    if record != latest.record { latest = (record, number(of: record)) }
    numbersByOffset.insert(latest.number, at: offset)
    return latest.number
  }

  private mutating func number(of record: Record) -> UInt32 {
    if let known = numbersByRecord[record] { return known }
    let number = UInt32(records.count)
    numbersByRecord[record] = number
    records.append(record)
    return number
  }

  private mutating func decode(_ offset: UInt32) -> Record {
    count += 1
    guard let shape = shape(ofRecordAt: Int(offset)) else {
      unreadableCount += 1
      return .unreadable
    }
    var record = Record(country: country(of: shape, at: offset))
    if shape.flags.isEmpty { return record }
    for (flag, path) in RecordFields.flagPaths where shape.flags.contains(flag) {
      guard case .boolean(let isSet) = database.value(at: path, inRecordAt: offset) else {
        record.unreadableFlags.insert(flag)
        continue
      }
      anonymityFields.insert(flag)
      if isSet { record.flags.insert(flag) }
    }
    return record
  }

  private mutating func country(
    of shape: RecordShape, at offset: UInt32
  ) -> Record.CountryField {
    if case .map(let offset) = shape.country {
      let country = country(inMapAt: UInt32(truncatingIfNeeded: offset))
      if case .absent = country {} else { return country }
    }
    if shape.hasFlatCountryCode {
      let country = field(database.value(at: RecordFields.flatCountryPath, inRecordAt: offset))
      if case .absent = country {} else { return country }
    }
    switch shape.country {
    case .absent, .map: return .absent
    case .other: return .unreadable
    case .text:
      // A name, or a code in IPinfo's older files.
      guard
        case .country(let code) = database.value(
          at: RecordFields.countryPath, inRecordAt: offset), code.isTwoLetters
      else { return .absent }
      return .code(code)
    }
  }

  private mutating func country(
    inMapAt offset: UInt32
  ) -> Record.CountryField {
    if latestCountry.offset == offset { return latestCountry.field }
    let country = countriesByOffset[offset] ?? readCountry(inMapAt: offset)
    latestCountry = (offset, country)
    return country
  }

  private mutating func readCountry(inMapAt offset: UInt32) -> Record.CountryField {
    var walk = walk()
    let hasCode = RecordFields.hasISOCode(inMapAt: Int(offset), walk: &walk)
    pay(for: walk)
    let country: Record.CountryField =
      switch hasCode {
      case true: field(database.value(at: RecordFields.isoCodePath, inRecordAt: offset))
      case false: .absent
      case nil: .unreadable
      }
    countriesByOffset[offset] = country
    return country
  }

  private mutating func field(_ value: MaxMindDB.Value) -> Record.CountryField {
    switch value {
    case .country(let country) where country.isShort: .code(country)
    case .country(let text): .code(known(text))
    case .noCountry: .absent
    case .boolean, .unreadable: .unreadable
    }
  }

  /// The shared value for equal texts, with its number.
  private mutating func known(_ text: CountryCode) -> CountryCode {
    if let known = knownTexts[text] { return known }
    let numbered = text.numbered(countryTexts.count)
    knownTexts[text] = numbered
    countryTexts.append(numbered)
    return numbered
  }

  private mutating func shape(ofRecordAt offset: Int) -> RecordShape? {
    var walk = walk()
    defer { pay(for: walk) }
    return RecordShape(ofRecordAt: offset, fields: &fields, walk: &walk)
  }

  private func walk() -> BoundedWalk {
    BoundedWalk(section: section, limit: min(budget, Self.budgetOfRecord))
  }

  /// Subtracts the cost of a walk from the budget.
  private mutating func pay(for walk: BoundedWalk) {
    budget -= walk.limit - walk.budget
  }
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
