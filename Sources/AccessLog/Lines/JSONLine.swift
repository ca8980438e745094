import Text

/// Finds the members of a JSON object that matter. Steps over the others.
struct JSONLine {
  private let keys: JSONKeys
  private var found = FoundFields()
  /// The rank of each field in `found`, a byte each.
  private var ranks: UInt128 = .max

  private init(keys: JSONKeys) {
    self.keys = keys
  }

  /// The fields of a line. Nil: the line is not a JSON object.
  static func fields(of line: Range<Int>, keys: JSONKeys, bytes: LogBytes) -> FoundFields? {
    var object = JSONLine(keys: keys)
    var scanner = JSONByteScanner(bytes, line)
    do throws(JSONError) {
      try object.read(&scanner, depth: 0)
    } catch {
      return nil
    }
    return scanner.isAtEnd() ? object.found : nil
  }

  private mutating func read(
    _ scanner: inout JSONByteScanner<LogBytes>, depth: Int
  ) throws(JSONError) {
    try scanner.members { name, scanner throws(JSONError) in
      let bytes = scanner.bytes
      let name = (name.lowerBound + 1)..<(name.upperBound - 1)
      if scanner.isNext("{"), depth < 4, keys.isNested(name, in: bytes) {
        try read(&scanner, depth: depth + 1)
        return
      }
      let value = try scanner.value()
      let first = bytes[value.lowerBound]
      let isText = first == UInt8(ascii: "\"")
      guard isText || first.isASCIIDigit, let key = keys.key(at: name, in: bytes) else { return }
      note(key, isText ? (value.lowerBound + 1)..<(value.upperBound - 1) : value)
    }
  }

  private mutating func note(_ key: JSONKeys.Key, _ value: Range<Int>) {
    if value.isEmpty { return }
    let shift = UInt128(key.field.rawValue) * 8
    let rank = UInt8(truncatingIfNeeded: ranks >> shift)
    guard key.rank < rank else { return }
    ranks = ranks & ~(UInt128(0xFF) << shift) | UInt128(key.rank) << shift
    found.set(key.field, to: value)
  }
}
