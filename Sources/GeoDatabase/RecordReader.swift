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
  private var numbersByOffset: [UInt32: UInt32] = [:]
  private var numbersByRecord: [Record: UInt32] = [:]
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
    let record = try decode(offset, in: database)
    let number = numbersByRecord[record] ?? UInt32(records.count)
    if number == records.count {
      numbersByRecord[record] = number
      records.append(record)
    }
    numbersByOffset[offset] = number
    return number
  }

  private mutating func decode(
    _ offset: UInt32, in database: borrowing MaxMindDB
  ) throws(DatabaseFault) -> Record {
    count += 1
    let limit = min(budget, Self.budgetOfRecord)
    var walk = BoundedWalk(section: section, budget: limit)
    let shape = RecordShape(of: Int(offset), walk: &walk)
    budget -= limit - walk.budget
    guard budget > 0 else {
      throw .corrupt("the records together unfold to more data than the file has")
    }
    guard let shape else {
      unreadableCount += 1
      return .unreadable
    }
    return record(at: offset, shape: shape, in: database)
  }

  private mutating func record(
    at offset: UInt32, shape: RecordShape, in database: borrowing MaxMindDB
  ) -> Record {
    var record = Record()
    record.country = country(at: offset, shape: shape, in: database)
    if record.country != .absent { hasCountries = true }
    anonymityFields.formUnion(shape.flags)
    for (flag, path) in KnownFields.flagPaths where shape.flags.contains(flag) {
      switch database.value(at: path, inRecordAt: offset) {
      case .boolean(true): record.flags.insert(flag)
      case .boolean(false): break
      default: record.unreadableFlags.insert(flag)
      }
    }
    return record
  }

  private func country(
    at offset: UInt32, shape: RecordShape, in database: borrowing MaxMindDB
  ) -> Record.CountryField {
    let paths = [
      shape.hasCountryCode ? KnownFields.countryPath : nil,
      shape.hasFlatCountryCode ? KnownFields.flatCountryPath : nil,
    ]
    for case .some(let path) in paths {
      switch database.value(at: path, inRecordAt: offset) {
      case .code(let code): return .code(code)
      case .emptyText: continue
      default: return .unreadable
      }
    }
    // A country that is no map is one of IPinfo's names, beside a flat code, or nothing we know.
    return shape.hasOtherCountry && !shape.hasFlatCountryCode ? .unreadable : .absent
  }
}

/// Which fields a record has. Finding out verifies that libmaxminddb can be let loose on it.
private struct RecordShape {
  /// `country` is a map with an `iso_code`.
  var hasCountryCode = false
  /// `country` is something else than a map.
  var hasOtherCountry = false
  /// There is a `country_code`.
  var hasFlatCountryCode = false
  var flags: AnonymityFlags = []

  /// Nil where the record is no map, breaks the format, or is too deep or too large.
  init?(of offset: Int, walk: inout BoundedWalk) {
    let section = walk.section
    guard let root = section.token(at: offset).flatMap(section.followed), root.kind == .map
    else { return nil }
    var shape = RecordShape()
    var hasSeenCountry = false
    let isSound = walk.forEachField(of: root) { walk, key, value in
      switch KnownFields.field(key, in: section) {
      case .none:
        return true
      case .flatCountryCode:
        shape.hasFlatCountryCode = true
        return true
      case .flag(let flag):
        shape.flags.insert(flag)
        return true
      case .country:
        // libmaxminddb takes the first of a name.
        if hasSeenCountry { return true }
        hasSeenCountry = true
        guard let country = section.followed(value) else { return false }
        guard country.kind == .map else {
          shape.hasOtherCountry = true
          return true
        }
        return walk.forEachField(of: country) { _, key, _ in
          if section.text(key, is: KnownFields.isoCode) { shape.hasCountryCode = true }
          return true
        }
      }
    }
    guard isSound else { return nil }
    self = shape
  }

  private init() {}
}

/// The fields of records that are read.
private enum KnownFields {
  enum Field {
    case country, flatCountryCode, flag(AnonymityFlags)
  }

  static let isoCode = Array("iso_code".utf8)
  static let countryPath = LookUpPath("country", "iso_code")
  static let flatCountryPath = LookUpPath("country_code")
  static let flagPaths = AnonymityFlags.table.map { ($0.flag, LookUpPath($0.field)) }

  private static let atRoot: [(name: [UInt8], field: Field)] =
    [
      (Array("country".utf8), .country),
      (Array("country_code".utf8), .flatCountryCode),
    ] + AnonymityFlags.table.map { (Array($0.field.utf8), .flag($0.flag)) }

  static func field(_ key: DataSection.Token, in section: DataSection) -> Field? {
    atRoot.first { section.text(key, is: $0.name) }?.field
  }
}
