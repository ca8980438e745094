/// Decodes the records of a database, each once, and numbers the distinct ones.
struct RecordReader {
  /// The distinct records; their places are their numbers.
  private(set) var records: [Record] = []
  /// How many records the database has, equal ones counted as often as they are stored.
  private(set) var count = 0
  /// How many of them cannot be decoded at all.
  private(set) var unreadableCount = 0
  /// Whether a record has a country field, readable or not.
  private(set) var hasCountries = false
  /// The flags that a record has, set or not, readable or not.
  private(set) var anonymityFields: AnonymityFlags = []

  private let section: DataSection
  private var numbersByOffset = OffsetMap()
  private var numbersByRecord: [Record: UInt32] = [:]
  /// What the `country` maps say, most of which many records share through pointers.
  private var countriesByOffset: [UInt32: Record.CountryField] = [:]
  /// How many data fields all records together may have. Where they share nothing, each has a byte of
  /// its own; what they share through pointers is small in any database that is not made to hurt.
  private var budget: Int
  private static let budgetOfRecord = 1 << 16

  init(section: DataSection) {
    self.section = section
    budget = 8 * section.count + (1 << 20)
  }

  /// The number of the record at an offset of the data section.
  mutating func number(
    ofRecordAt offset: UInt32, in database: borrowing MaxMindDB
  ) throws(DatabaseFault) -> UInt32 {
    if let number = numbersByOffset[offset] { return number }
    let record = decode(offset, in: database)
    guard budget > 0 else {
      throw .corrupt("the records together unfold to more data than the file has")
    }
    let number = numbersByRecord[record] ?? UInt32(records.count)
    if number == records.count {
      numbersByRecord[record] = number
      records.append(record)
    }
    numbersByOffset.insert(number, at: offset)
    return number
  }

  private mutating func decode(_ offset: UInt32, in database: borrowing MaxMindDB) -> Record {
    count += 1
    guard let shape = walk({ RecordShape(ofRecordAt: Int(offset), walk: &$0) }) else {
      unreadableCount += 1
      return .unreadable
    }
    var record = Record(country: country(of: shape, at: offset, in: database))
    if record.country != .absent { hasCountries = true }
    if shape.flags.isEmpty { return record }
    anonymityFields.formUnion(shape.flags)
    for (flag, path) in RecordFields.flagPaths where shape.flags.contains(flag) {
      switch database.value(at: path, inRecordAt: offset) {
      case .boolean(true): record.flags.insert(flag)
      case .boolean(false): break
      default: record.unreadableFlags.insert(flag)
      }
    }
    return record
  }

  private mutating func country(
    of shape: RecordShape, at offset: UInt32, in database: borrowing MaxMindDB
  ) -> Record.CountryField {
    if case .map(let offset) = shape.country {
      let country = country(inMapAt: UInt32(truncatingIfNeeded: offset), of: database)
      if country != .absent { return country }
    }
    if shape.hasFlatCountryCode {
      return code(database.value(at: RecordFields.flatCountryPath, inRecordAt: offset))
    }
    // A country that is no map is one of IPinfo's names, but those stand beside a flat code.
    return shape.country == .other ? .unreadable : .absent
  }

  private mutating func country(
    inMapAt offset: UInt32, of database: borrowing MaxMindDB
  ) -> Record.CountryField {
    if let known = countriesByOffset[offset] { return known }
    let hasCode = walk { RecordFields.hasISOCode(inMapAt: Int(offset), walk: &$0) }
    let country: Record.CountryField =
      switch hasCode {
      case true: code(database.value(at: RecordFields.isoCodePath, inRecordAt: offset))
      case false: .absent
      case nil: .unreadable
      }
    countriesByOffset[offset] = country
    return country
  }

  private func code(_ value: MaxMindDB.Value) -> Record.CountryField {
    switch value {
    case .code(let code): .code(code)
    case .emptyText: .absent
    default: .unreadable
    }
  }

  /// Takes what a walk costs off the budget.
  private mutating func walk<Result>(_ body: (inout BoundedWalk) -> Result) -> Result {
    let limit = min(budget, Self.budgetOfRecord)
    var walk = BoundedWalk(section: section, budget: limit)
    let result = body(&walk)
    budget -= limit - walk.budget
    return result
  }
}
