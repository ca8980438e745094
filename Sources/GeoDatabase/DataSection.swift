/// Bytes in the data encoding of the MaxMind DB format 2.0, read without trust.
///
/// Every offset is checked, so any bytes may be given; what breaks the format comes out as nil.
///
/// INVARIANT: `start` has `count` readable bytes as long as the value is used; `byte(at:)` and
/// `number(at:size:)` are the only places that read them, after checking their offset.
@safe struct DataSection {
  private let start: UnsafeRawPointer
  let count: Int

  @unsafe init?(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return nil }
    unsafe self.start = start
    count = bytes.count
  }

  /// The types of a data field, by their numbers in the format. With all numbers of four bits, one becomes the
  /// other without a search.
  enum Kind: UInt8 {
    /// Stands before the number of a type above 7.
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
    /// Where the head begins.
    var start: Int
    var kind: Kind
    /// Bytes of a scalar or text, pairs of a map, items of an array, target of a pointer, 0 or 1 of a
    /// boolean.
    var size: Int
    /// Where the bytes of a scalar or text begin, or the first key or item.
    var content: Int
    /// Where the next field begins; of a map or array, where its content does.
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

  /// Where the next field begins, if this is a pointer or a short scalar, as most are; nil for anything else,
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

  /// The field at an offset, or the one that it points to.
  func followedToken(at offset: Int) -> Token? {
    guard let token = token(at: offset) else { return nil }
    return followed(token)
  }

  /// The text that a key is or points to.
  func text(ofKey key: Token) -> Token? {
    guard let text = followed(key), text.kind == .text else { return nil }
    return text
  }

  /// The field at an offset; nil where it breaks the format or does not fit.
  @inline(__always)
  func token(at offset: Int) -> Token? {
    guard let control = byte(at: offset) else { return nil }
    return control >> 5 == Kind.pointer.rawValue
      ? pointer(at: offset, control: control) : other(at: offset, control: control)
  }

  /// A field that is no pointer.
  private func other(at offset: Int, control: UInt8) -> Token? {
    var position = offset + 1
    var kindNumber = control >> 5
    if kindNumber == 0 {
      // Extended types begin at 8: what has a type number of its own must use it.
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

  /// The field, or the one that it points to; a pointer to a pointer breaks the format.
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

  /// Whether a field of this kind may have this size, and can have it where it stands.
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
}

/// A walk over fields that does at most so much work and goes at most so deep.
///
/// It goes where libmaxminddb goes: past a map or array by walking all of it, past a pointer without
/// following it, through a key's pointer to its text. What it got through is safe to hand to the library,
/// whose own way past nested values is a recursion that no version before 1.13 bounds.
struct BoundedWalk {
  let section: DataSection
  /// How many fields may be looked at.
  let limit: Int
  /// How many of them are left.
  private(set) var budget: Int

  init(section: DataSection, limit: Int) {
    self.section = section
    self.limit = limit
    budget = limit
  }

  private static let deepestNesting = 64

  /// Where the next field begins after the one at a position, be it a whole map or array.
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

  /// Calls the body with each key, which may be a pointer, and where its value is. Returns false where the map
  /// breaks the format or a limit, or the body does.
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
