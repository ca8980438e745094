/// Finds the members of a JSON object that matter, without reading the others more closely than it takes to
/// get past them.
struct JSONLine {
  private let keys: JSONKeys
  private let bytes: LogBytes
  private let end: Int
  private var place: Int
  private var found = FoundFields()
  /// The ranks of what was found, a byte for each field.
  private var ranks: UInt128 = .max

  init(_ line: Range<Int>, keys: JSONKeys, bytes: LogBytes) {
    self.keys = keys
    self.bytes = bytes
    place = line.lowerBound
    end = line.upperBound
  }

  /// The fields of the line; nil if it is no JSON object.
  mutating func fields() -> FoundFields? {
    skipBlanks()
    guard object(depth: 0) else { return nil }
    skipBlanks()
    return place == end ? found : nil
  }

  private mutating func skipBlanks() {
    while place < end, isBlank(bytes[place]) { place += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard place < end, bytes[place] == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  /// An object, whose members are looked at if it is the line's or one that is known to hold a request.
  private mutating func object(depth: Int) -> Bool {
    guard skip("{") else { return false }
    if skip("}") { return true }
    repeat {
      skipBlanks()
      guard let name = string(), skip(":") else { return false }
      skipBlanks()
      guard place < end else { return false }
      let first = bytes[place]
      if first == UInt8(ascii: "{"), depth < 4, keys.isNested(name, in: bytes) {
        guard object(depth: depth + 1) else { return false }
        continue
      }
      guard let value = value() else { return false }
      let isText = first == UInt8(ascii: "\"")
      guard isText || digit(first) <= 9, let key = keys.key(at: name, in: bytes) else { continue }
      note(key, isText ? (value.lowerBound + 1)..<(value.upperBound - 1) : value)
    } while skip(",")
    return skip("}")
  }

  private mutating func note(_ key: JSONKeys.Key, _ value: Range<Int>) {
    if value.isEmpty { return }
    let shift = UInt128(key.field.rawValue) * 8
    let rank = UInt8(truncatingIfNeeded: ranks >> shift)
    guard key.rank < rank else { return }
    ranks = ranks & ~(UInt128(0xFF) << shift) | UInt128(key.rank) << shift
    found.set(key.field, to: value)
  }

  /// Gets past a string; where its characters stand, without the quotes.
  private mutating func string() -> Range<Int>? {
    guard place < end, bytes[place] == UInt8(ascii: "\"") else { return nil }
    let start = place + 1
    guard let close = bytes.endOfQuoted(start..<end) else { return nil }
    place = close + 1
    return start..<close
  }

  /// Gets past any value; where it stands.
  private mutating func value() -> Range<Int>? {
    let start = place
    switch bytes[place] {
    case UInt8(ascii: "\""):
      return string() == nil ? nil : start..<place
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      return skipNest() ? start..<place : nil
    default:
      while place < end, !isDelimiter(bytes[place]) { place += 1 }
      return place > start ? start..<place : nil
    }
  }

  private func isDelimiter(_ byte: UInt8) -> Bool {
    isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}")
      || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "\"")
  }

  /// Gets past an object or array, however deep.
  private mutating func skipNest() -> Bool {
    var depth = 0
    while place < end {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        guard string() != nil else { return false }
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      place += 1
      if depth == 0 { return true }
    }
    return false
  }
}
