/// Untrusted bytes in the data encoding of the MaxMind DB format 2.0.
///
/// Every offset is checked, so the bytes may be anything. Results are nil where the bytes break the format.
///
/// libmaxminddb decodes the values of records. This type decodes their structure first, because no version of the
/// library before 1.13 limits its recursion; see `BoundedWalk`.
///
/// INVARIANT: `start` has `count` readable bytes as long as the value is used. Only `byte(at:)` and `number(at:size:)`
/// read them, after checking the offset.
@safe struct DataSection {
  private let start: UnsafeRawPointer
  let count: Int

  @unsafe init?(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return nil }
    unsafe self.start = start
    count = bytes.count
  }

  /// The types of a data field, by their numbers in the format. All numbers of four bits have a case, so that the
  /// conversion needs no search.
  enum Kind: UInt8 {
    /// Precedes the number of a type above 7.
    case extended = 0
    case pointer = 1
    case text = 2
    case double = 3
    case bytes = 4
    case uint16 = 5
    case uint32 = 6
    case map = 7
    case int32 = 8
    case uint64 = 9
    case uint128 = 10
    case array = 11
    /// Not for files.
    case cacheContainer = 12
    /// Not for files.
    case endMarker = 13
    case boolean = 14
    case float = 15
  }

  /// The head of a data field.
  struct Token {
    /// The start of the head.
    var start: Int
    var kind: Kind
    /// The bytes of a scalar or text, the pairs of a map, the items of an array, the target of a pointer, or 0 or 1 for
    /// a boolean.
    var size: Int
    /// The start of the bytes, or of the first key or item.
    var content: Int
    /// The start of the next field. For a map or array: the start of its content.
    var next: Int
  }

  @inline(__always)
  func byte(at offset: Int) -> UInt8? {
    guard offset >= 0, offset < count else { return nil }
    return unsafe start.load(fromByteOffset: offset, as: UInt8.self)
  }

  /// A big-endian number of at most eight bytes.
  @inline(__always)
  func number(at offset: Int, size: Int) -> UInt64? {
    guard size <= 8 else { return nil }
    if size > 0, offset >= 0, offset <= count - 8 {
      let bytes = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self).bigEndian
      return bytes >> UInt64(64 - 8 * size)
    }
    return numberNearEnd(at: offset, size: size)
  }

  private func numberNearEnd(at offset: Int, size: Int) -> UInt64? {
    var value: UInt64 = 0
    for index in 0..<size {
      guard let byte = byte(at: offset + index) else { return nil }
      value = value << 8 | UInt64(byte)
    }
    return value
  }

  /// The start of the next field, if this one is a pointer or a short scalar, as most are. Nil for all other fields,
  /// sound or not.
  @inline(__always)
  func endOfSmallField(at offset: Int) -> Int? {
    guard let control = byte(at: offset) else { return nil }
    let size = Int(control & 31)
    let bytes: Int
    switch control >> 5 {
    case Kind.pointer.rawValue: bytes = Int(control >> 3 & 3) + 1
    case Kind.text.rawValue where size < 29: bytes = size
    case Kind.double.rawValue where size == 8: bytes = size
    case Kind.uint16.rawValue where size <= 2: bytes = size
    case Kind.uint32.rawValue where size <= 4: bytes = size
    default: return nil
    }
    return bytes < count - offset ? offset + 1 + bytes : nil
  }

  /// The field at an offset, with a pointer followed.
  func followedToken(at offset: Int) -> Token? {
    guard let token = token(at: offset) else { return nil }
    return followed(token)
  }

  /// The text of a key, with a pointer followed.
  func text(ofKey key: Token) -> Token? {
    guard let text = followed(key), text.kind == .text else { return nil }
    return text
  }

  /// The field at an offset. Nil: it breaks the format or does not fit.
  @inline(__always)
  func token(at offset: Int) -> Token? {
    guard let control = byte(at: offset) else { return nil }
    return control >> 5 == Kind.pointer.rawValue
      ? pointer(at: offset, control: control) : other(at: offset, control: control)
  }

  /// A field that is not a pointer.
  private func other(at offset: Int, control: UInt8) -> Token? {
    var position = offset + 1
    var kindNumber = control >> 5
    if kindNumber == 0 {
      // Extended types begin at 8. A lower type must use its own number.
      guard let extended = byte(at: position), extended >= 1, extended <= 8 else { return nil }
      kindNumber = extended + 7
      position += 1
    }
    guard let kind = Kind(rawValue: kindNumber) else { return nil }
    var size = Int(control & 31)
    if size >= 29 {
      let extra = size - 28
      guard let more = number(at: position, size: extra) else { return nil }
      size = (extra == 1 ? 29 : extra == 2 ? 285 : 65_821) + Int(more)
      position += extra
    }
    guard allows(size, for: kind, at: position) else { return nil }
    let hasBytes = kind != .map && kind != .array && kind != .boolean
    return Token(
      start: offset, kind: kind, size: size, content: position,
      next: hasBytes ? position + size : position)
  }

  /// The field, with a pointer followed. A pointer to a pointer breaks the format.
  func followed(_ token: Token) -> Token? {
    guard token.kind == .pointer else { return token }
    guard let target = self.token(at: token.size), target.kind != .pointer else { return nil }
    return target
  }

  @inline(__always)
  private func pointer(at start: Int, control: UInt8) -> Token? {
    let position = start + 1
    let size = Int(control >> 3 & 3) + 1
    guard let low = number(at: position, size: size) else { return nil }
    let high = Int(control & 7) << (8 * size)
    let base = size == 2 ? 2048 : size == 3 ? 526_336 : 0
    let target = size == 4 ? Int(low) : base + high + Int(low)
    return Token(
      start: start, kind: .pointer, size: target, content: position, next: position + size)
  }

  /// Whether a field of this kind may have this size, and the size fits at this position.
  private func allows(_ size: Int, for kind: Kind, at position: Int) -> Bool {
    let rest = count - position
    return switch kind {
    case .extended, .cacheContainer, .endMarker: false
    case .pointer: true
    case .boolean: size <= 1
    case .map: size <= rest / 2
    case .array: size <= rest
    case .text, .bytes: size <= rest
    case .uint16: size <= 2 && size <= rest
    case .uint32, .int32: size <= 4 && size <= rest
    case .uint64: size <= 8 && size <= rest
    case .uint128: size <= 16 && size <= rest
    case .double: size == 8 && size <= rest
    case .float: size == 4 && size <= rest
    }
  }

  /// A text field as a string. Bytes that are not UTF-8 are replaced.
  func string(_ token: Token) -> String {
    let bytes = (0..<token.size).lazy.compactMap { byte(at: token.content + $0) }
    return String(decoding: Array(bytes), as: UTF8.self)
  }
}

/// A walk over fields with limits on work and depth.
///
/// It visits the same fields as libmaxminddb: it walks through a map or array to its end, does not follow a pointer,
/// but follows a key's pointer to its text. A record that passes is safe for the library, whose recursion over nested
/// values has no limit before version 1.13.
struct BoundedWalk {
  let section: DataSection
  /// How many fields may be visited.
  let limit: Int
  /// How many more fields may be visited.
  private(set) var budget: Int

  init(section: DataSection, limit: Int) {
    self.section = section
    self.limit = limit
    budget = limit
  }

  private static let deepestNesting = 64

  /// The start of the field after the one at a position, which may be a whole map or array.
  @inline(__always)
  mutating func end(ofFieldAt position: Int, depth: Int) -> Int? {
    guard budget > 0 else { return nil }
    budget -= 1
    return section.endOfSmallField(at: position) ?? end(ofLargeFieldAt: position, depth: depth)
  }

  private mutating func end(ofLargeFieldAt position: Int, depth: Int) -> Int? {
    guard let token = section.token(at: position) else { return nil }
    let fields: Int
    switch token.kind {
    case .map: fields = 2 * token.size
    case .array: fields = token.size
    default: return token.next
    }
    guard depth < Self.deepestNesting else { return nil }
    var position = token.content
    for _ in 0..<fields {
      guard let next = end(ofFieldAt: position, depth: depth + 1) else { return nil }
      position = next
    }
    return position
  }

  /// Calls the body with each key, which may be a pointer, and the position of its value. Returns false if the map
  /// breaks the format or a limit, or if the body returns false.
  @inline(__always)
  mutating func forEachField(
    of map: DataSection.Token,
    _ body: (inout BoundedWalk, _ key: DataSection.Token, _ value: Int) -> Bool
  ) -> Bool {
    var position = map.content
    for _ in 0..<map.size {
      guard budget > 0 else { return false }
      budget -= 1
      guard let key = section.token(at: position), body(&self, key, key.next),
        let next = end(ofFieldAt: key.next, depth: 1)
      else { return false }
      position = next
    }
    return true
  }
}
