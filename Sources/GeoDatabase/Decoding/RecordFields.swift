import Text

extension RecordField {
  /// The paths that vendors use for the field, in the order in which they are tried. The first value that is not absent
  /// counts.
  fileprivate var knownPaths: [(names: [String], form: FieldPath.Form)] {
    switch self {
    case .asn:
      [
        (["autonomous_system_number"], .plain),
        (["traits", "autonomous_system_number"], .plain),
        (["asn"], .plain),
      ]
    case .country:
      [
        (["country", "iso_code"], .plain),
        (["country_code"], .plain),
        (["country"], .codeOrName),
      ]
    case .subdivision:
      [
        (["subdivisions"], .list),
        (["region_code"], .plain),
      ]
    case .continent:
      [
        (["continent", "code"], .plain),
        (["continent_code"], .plain),
        (["continent"], .codeOrName),
      ]
    case .registeredCountry: [(["registered_country", "iso_code"], .plain)]
    case .organisation:
      [
        (["autonomous_system_organization"], .plain),
        (["traits", "autonomous_system_organization"], .plain),
        (["as_name"], .plain),
        (["name"], .besideTextASN),
      ]
    }
  }
}

extension FieldSelection {
  /// The places of a field in records, for messages: names joined by dots, or the pointer.
  package func places(of field: RecordField) -> [String] {
    pointers[field].map { [$0.text] } ?? paths(of: field).map { $0.names.joined(separator: ".") }
  }

  /// The places of a flag in records, for messages.
  package func places(of flag: AnonymityFlags) -> [String] {
    flagPointers[flag].map { [$0.text] }
      ?? AnonymityFlags.table.filter { $0.flag == flag }.flatMap { fields(of: $0.fields) }
  }

  /// The paths of a field in the order in which they are tried.
  fileprivate func paths(
    of field: RecordField
  ) -> ArraySlice<(names: [String], form: FieldPath.Form)> {
    field.knownPaths.prefix(readsExactly && field == .country ? 1 : .max)
  }

  /// The fields of a flag.
  fileprivate func fields(of names: [String]) -> ArraySlice<String> {
    names.prefix(readsExactly ? 1 : .max)
  }
}

/// The way from the root of a record to a value.
struct FieldPath {
  /// The meaning of the value.
  enum Form {
    case plain
    /// A text of two letters is a code. Any other text is a name, and a map has its own path: both are absent.
    case codeOrName
    /// A list of maps, each with an `iso_code`.
    case list
    /// Counts only in a record whose ASN is a text. In other records the field has other meanings.
    case besideTextASN
  }

  /// The index of the first name in `RecordFields`.
  let root: Int
  /// The names below.
  let rest: [PathPart]
  let form: Form
  /// The index of the path's cache in `RecordReader`.
  let cache: Int
}

/// A name in a map or an index of an array.
struct PathPart {
  let name: FieldName
  /// Nil: the name is not an index.
  let index: Int?

  init(_ text: String) {
    name = FieldName(text)
    index = JSONPointer.index(of: text)
  }
}

/// The fields that a load reads, and their places in the current record.
struct RecordFields {
  private(set) var country: [FieldPath] = []
  private(set) var registeredCountry: [FieldPath] = []
  private(set) var continent: [FieldPath] = []
  private(set) var subdivision: [FieldPath] = []
  private(set) var asn: [FieldPath] = []
  private(set) var organisation: [FieldPath] = []
  private(set) var flags: [(flag: AnonymityFlags, path: FieldPath)] = []
  /// How many paths there are.
  private(set) var pathCount = 0
  /// The names of fields at the root of records: the first 32 that are met, of any meaning.
  private(set) var rootNames: Set<String> = []

  /// The first names of all paths.
  private var roots: [(name: FieldName, isOfFlag: Bool)] = []
  /// The indexes in `roots` of `AnonymityFlags.residentialMarks`.
  private var residentialMarks: [Int] = []
  /// Where each root is in a record, by its index in `roots`. It is in the current one if the numbers are equal.
  private var places: [(record: Int, position: Int)] = []
  /// The number of the current record.
  private var record = 0
  /// Whether the current record has a root of a flag.
  private(set) var hasFlags = false
  /// How many more names are collected in `rootNames`. Limits the work if each record has keys of its own.
  private var namesLeft = 4_096

  /// The meaning of a key at the root of a record.
  private enum Key {
    /// An index in `roots`.
    case root(Int)
    /// The name of a field that is not read.
    case unread
    /// Not a text.
    case unsound
  }

  /// A cache of keys, indexed by the last bits of their offsets. Writers store a key once and point to it.
  private var known = [(offset: Int, key: Key)](repeating: (offset: -1, key: .unsound), count: 256)

  init(_ selection: FieldSelection) {
    func paths(_ field: RecordField, neededBy others: RecordField...) -> [FieldPath] {
      guard !selection.fields.isDisjoint(with: others + [field]) else { return [] }
      if let pointer = selection.pointers[field] { return [path(pointer.parts)] }
      return selection.paths(of: field).map { path($0.names, $0.form) }
    }
    // The text of a subdivision has no country of its own. A name is an organisation only beside an ASN.
    country = paths(.country, neededBy: .subdivision)
    registeredCountry = paths(.registeredCountry)
    continent = paths(.continent)
    subdivision = paths(.subdivision)
    asn = paths(.asn, neededBy: .organisation)
    organisation = paths(.organisation)
    for row in AnonymityFlags.table where selection.flagPointers[row.flag] == nil {
      for field in selection.fields(of: row.fields) {
        flags.append((row.flag, path([field], isOfFlag: true)))
      }
      if row.flag == .residential, !selection.readsExactly {
        residentialMarks = AnonymityFlags.residentialMarks.map { root($0, isOfFlag: false) }
      }
    }
    // In a fixed order, so that equal selections do the same.
    let pointers = selection.flagPointers.sorted { $0.key.rawValue < $1.key.rawValue }
    for (flag, pointer) in pointers {
      flags.append((flag, path(pointer.parts, isOfFlag: true)))
    }
    places = Array(repeating: (record: 0, position: 0), count: roots.count)
  }

  private mutating func path(
    _ names: [String], _ form: FieldPath.Form = .plain, isOfFlag: Bool = false
  ) -> FieldPath {
    pathCount += 1
    return FieldPath(
      root: root(names.first ?? "", isOfFlag: isOfFlag), rest: names.dropFirst().map(PathPart.init),
      form: form, cache: pathCount - 1)
  }

  private mutating func root(_ name: String, isOfFlag: Bool) -> Int {
    let name = FieldName(name)
    let index = roots.firstIndex { $0.name == name } ?? roots.count
    if index == roots.count { roots.append((name, isOfFlag: false)) }
    roots[index].isOfFlag = roots[index].isOfFlag || isOfFlag
    return index
  }

  /// Whether the current record is listed because it is a residential proxy.
  var isResidential: Bool {
    !hasFlags && residentialMarks.contains { places[$0].record == record }
  }

  /// The position of the value of a root in the current record.
  @inline(__always)
  func position(ofRoot index: Int) -> Int? {
    places[index].record == record ? places[index].position : nil
  }

  /// Finds the roots of a record. Returns false if the record is not a map, breaks the format, or is too deep or too
  /// large.
  mutating func find(inRecordAt offset: Int, walk: inout BoundedWalk) -> Bool {
    record += 1
    hasFlags = false
    let section = walk.section
    guard let map = section.followedToken(at: offset), map.kind == .map else { return false }
    return walk.forEachField(of: map) { _, key, value in
      switch self.key(key, in: section) {
      case .unread: return true
      case .unsound: return false
      case .root(let index):
        // The first field of a name counts, as in libmaxminddb.
        if places[index].record != record { places[index] = (record, value) }
        if roots[index].isOfFlag { hasFlags = true }
        return true
      }
    }
  }

  /// The meaning of a key, with a pointer followed.
  @inline(__always)
  private mutating func key(_ key: DataSection.Token, in section: DataSection) -> Key {
    let offset = key.kind == .pointer ? key.size : key.start
    let index = offset & 255
    if known[index].offset == offset { return known[index].key }
    let meaning = meaning(of: key, in: section)
    known[index] = (offset: offset, key: meaning)
    return meaning
  }

  private mutating func meaning(of key: DataSection.Token, in section: DataSection) -> Key {
    guard let text = section.text(ofKey: key) else { return .unsound }
    if namesLeft > 0, rootNames.count < 32 {
      namesLeft -= 1
      var name = text
      name.size = min(name.size, 64)
      rootNames.insert(printable(section.string(name)))
    }
    for (index, root) in roots.enumerated() where root.name.matches(text, in: section) {
      return .root(index)
    }
    return .unread
  }
}

extension BoundedWalk {
  /// The result of a search for a path.
  enum Search {
    case missing, damaged
    /// The field at the end of the path, with a pointer followed.
    case field(DataSection.Token)
  }

  /// Follows a path from the value at a position.
  mutating func search(_ path: [PathPart], at position: Int) -> Search {
    guard var token = section.followedToken(at: position) else { return .damaged }
    for part in path {
      var found: Int?
      switch token.kind {
      case .map:
        let isSound = forEachField(of: token) { walk, key, value in
          guard let text = walk.section.text(ofKey: key) else { return false }
          if found == nil, part.name.matches(text, in: walk.section) { found = value }
          return true
        }
        guard isSound else { return .damaged }
      case .array:
        guard let index = part.index, index < token.size else { return .missing }
        var position = token.content
        for _ in 0..<index {
          guard let next = end(ofFieldAt: position, depth: 1) else { return .damaged }
          position = next
        }
        found = position
      default: return .missing
      }
      guard let found else { return .missing }
      guard let next = section.followedToken(at: found) else { return .damaged }
      token = next
    }
    return .field(token)
  }
}

/// A name that is compared with a key without allocation.
struct FieldName: Equatable {
  private let bytes: [UInt8]
  /// The first eight bytes.
  private let start: UInt64

  init(_ name: String) {
    bytes = Array(name.utf8)
    start = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  func matches(_ key: DataSection.Token, in section: DataSection) -> Bool {
    guard key.size == bytes.count,
      section.number(at: key.content, size: min(key.size, 8)) == start
    else { return false }
    return bytes.indices.dropFirst(8).allSatisfy { section.byte(at: key.content + $0) == bytes[$0] }
  }
}
