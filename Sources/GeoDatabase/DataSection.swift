/// Bytes in the data encoding of the MaxMind DB format 2.0, read without trust.
///
/// Every offset is checked, so any bytes may be given; what breaks the format comes out as nil.
///
/// INVARIANT: `start` has `count` readable bytes as long as the value is used; `byte(at:)` is the only
/// place that reads them, after checking its offset.
@safe struct DataSection {
  private let start: UnsafeRawPointer
  let count: Int

  @unsafe init?(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return nil }
    unsafe self.start = start
    count = bytes.count
  }

  /// The types of a data field, by their numbers in the format.
  enum Kind: UInt8 {
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

  func byte(at offset: Int) -> UInt8? {
    guard offset >= 0, offset < count else { return nil }
    return unsafe start.load(fromByteOffset: offset, as: UInt8.self)
  }

  /// A big-endian number of at most eight bytes.
  func number(at offset: Int, size: Int) -> UInt64? {
    guard size <= 8 else { return nil }
    var value: UInt64 = 0
    for index in 0..<size {
      guard let byte = byte(at: offset + index) else { return nil }
      value = value << 8 | UInt64(byte)
    }
    return value
  }

  /// The field at an offset; nil where it breaks the format or does not fit.
  func token(at offset: Int) -> Token? {
    guard let control = byte(at: offset) else { return nil }
    var position = offset + 1
    var kindNumber = control >> 5
    if kindNumber == 0 {
      // Extended types begin at 8: what has a type number of its own must use it.
      guard let extended = byte(at: position), extended >= 1, extended <= 8 else { return nil }
      kindNumber = extended + 7
      position += 1
    }
    guard let kind = Kind(rawValue: kindNumber) else { return nil }
    if kind == .pointer { return pointer(at: offset, control: control) }

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
  /// How many fields may still be looked at.
  var budget: Int

  private static let deepestNesting = 64

  /// Where the next field begins after a whole map, array or scalar.
  mutating func end(of token: DataSection.Token, depth: Int = 0) -> Int? {
    guard budget > 0 else { return nil }
    budget -= 1
    let fields: Int
    switch token.kind {
    case .map: fields = 2 * token.size
    case .array: fields = token.size
    default: return token.next
    }
    guard depth < Self.deepestNesting else { return nil }
    var position = token.content
    for _ in 0..<fields {
      guard let inner = section.token(at: position), let next = end(of: inner, depth: depth + 1)
      else { return nil }
      position = next
    }
    return position
  }

  /// Calls the body with each key, always a text, and its value, which may be a pointer. Returns false
  /// where the map breaks the format or a limit.
  mutating func forEachField(
    of map: DataSection.Token,
    _ body: (inout BoundedWalk, _ key: DataSection.Token, _ value: DataSection.Token) -> Bool
  ) -> Bool {
    var position = map.content
    for _ in 0..<map.size {
      guard budget > 0 else { return false }
      budget -= 1
      guard let keyField = section.token(at: position),
        let key = section.followed(keyField), key.kind == .text,
        let value = section.token(at: keyField.next),
        body(&self, key, value),
        let next = end(of: value, depth: 1)
      else { return false }
      position = next
    }
    return true
  }
}
