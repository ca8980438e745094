/// The fields that are read from a record.
struct RecordFields {
  /// A field at the root of a record.
  enum Root {
    case country, flatCountryCode, flag(AnonymityFlags)
  }

  static let isoCodePath = LookUpPath("iso_code")
  static let flatCountryPath = LookUpPath("country_code")
  static let countryPath = LookUpPath("country")
  static let flagPaths = AnonymityFlags.table.map { ($0.flag, LookUpPath($0.field)) }

  private static let isoCode = FieldName("iso_code")
  private static let roots: [(name: FieldName, field: Root)] =
    [
      (FieldName("country"), .country),
      (FieldName("country_code"), .flatCountryCode),
    ] + AnonymityFlags.table.map { (FieldName($0.field), .flag($0.flag)) }

  /// The meaning of a key at the root of a record.
  enum Key {
    case field(Root)
    /// The name of a field that is not read.
    case unread
    /// Not a text.
    case unsound
  }

  /// A cache of keys, indexed by the last bits of their offsets. Writers store a key once and point to it.
  private var known = [(offset: Int, key: Key)](repeating: (offset: -1, key: .unsound), count: 256)

  /// The meaning of a key, with a pointer followed.
  @inline(__always)
  mutating func root(_ key: DataSection.Token, in section: DataSection) -> Key {
    let offset = key.kind == .pointer ? key.size : key.start
    let index = offset & 255
    if known[index].offset == offset { return known[index].key }
    let meaning = Self.meaning(of: key, in: section)
    known[index] = (offset: offset, key: meaning)
    return meaning
  }

  private static func meaning(of key: DataSection.Token, in section: DataSection) -> Key {
    guard let text = section.text(ofKey: key) else { return .unsound }
    for (name, field) in roots where name.matches(text, in: section) { return .field(field) }
    return .unread
  }

  /// Whether a map has an `iso_code`. Nil: the map breaks the format or a limit.
  static func hasISOCode(inMapAt offset: Int, walk: inout BoundedWalk) -> Bool? {
    guard let map = walk.section.token(at: offset) else { return nil }
    var hasCode = false
    let isSound = walk.forEachField(of: map) { walk, key, _ in
      guard let text = walk.section.text(ofKey: key) else { return false }
      hasCode = hasCode || isoCode.matches(text, in: walk.section)
      return true
    }
    return isSound ? hasCode : nil
  }
}

/// The fields that a record has. A record with a shape is safe for libmaxminddb.
struct RecordShape {
  /// The field `country`.
  enum Country: Equatable {
    case absent
    /// A map at this offset.
    case map(Int)
    case text
    /// Another type.
    case other
  }

  private(set) var country = Country.absent
  private(set) var hasFlatCountryCode = false
  private(set) var flags: AnonymityFlags = []

  /// Nil: the record is not a map, breaks the format, or is too deep or too large.
  init?(ofRecordAt offset: Int, fields: inout RecordFields, walk: inout BoundedWalk) {
    let section = walk.section
    guard let root = section.followedToken(at: offset), root.kind == .map
    else { return nil }
    var shape = RecordShape()
    let isSound = walk.forEachField(of: root) { _, key, value in
      switch fields.root(key, in: section) {
      case .unread: return true
      case .unsound: return false
      case .field(.flatCountryCode): shape.hasFlatCountryCode = true
      case .field(.flag(let flag)): shape.flags.insert(flag)
      // The first field of a name counts, as in libmaxminddb.
      case .field(.country) where shape.country != .absent: return true
      case .field(.country):
        guard let country = section.followedToken(at: value) else { return false }
        shape.country =
          switch country.kind {
          case .map: .map(country.start)
          case .text: .text
          default: .other
          }
      }
      return true
    }
    guard isSound else { return nil }
    self = shape
  }

  private init() {}
}

/// A name of at most 24 bytes that is compared without allocation or reference counting.
private struct FieldName {
  private let size: Int
  private var words: (UInt64, UInt64, UInt64)

  init(_ name: String) {
    let bytes = Array(name.utf8)
    size = bytes.count
    func word(from start: Int) -> UInt64 {
      bytes.dropFirst(start).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
    words = (word(from: 0), word(from: 8), word(from: 16))
  }

  func matches(_ key: DataSection.Token, in section: DataSection) -> Bool {
    guard key.size == size else { return false }
    let first = section.number(at: key.content, size: min(size, 8))
    guard first == words.0 else { return false }
    let second = section.number(at: key.content + 8, size: min(max(size - 8, 0), 8))
    guard second == words.1 else { return false }
    return section.number(at: key.content + 16, size: max(size - 16, 0)) == words.2
  }
}
