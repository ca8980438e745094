import MaxMindACL
import Text

/// Finds the members of a JSON object that matter. Steps over the others.
struct JSONLine {
  private let keys: JSONKeys
  private let headers: HeaderPlaces
  private var found = FoundFields()
  /// The rank of each field in `found`, a byte each.
  private var ranks: UInt128 = .max

  private init(keys: JSONKeys, headers: HeaderPlaces) {
    self.keys = keys
    self.headers = headers
  }

  /// The fields of a line. Nil: the line is not a JSON object.
  static func fields(
    of line: Range<Int>, keys: JSONKeys, bytes: LogBytes, headers: HeaderPlaces
  ) -> FoundFields? {
    var object = JSONLine(keys: keys, headers: headers)
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
      if scanner.isNext("{"), depth < 4 {
        if keys.isNested(name, in: bytes) {
          try read(&scanner, depth: depth + 1)
          return
        }
        if keys.isHeaderObject(name, in: bytes) {
          try readHeaders(&scanner)
          return
        }
        // Caddy's object about the connection.
        if name.count == 3, bytes.has("tls", at: name.lowerBound, before: name.upperBound) {
          note(tlsScheme, BlockPrefix.https.indices)
        }
      }
      if headers.count > 0, let number = keys.header(at: name, in: bytes) {
        try readHeader(number, name, &scanner)
        return
      }
      let value = try scanner.value()
      let first = bytes[value.lowerBound]
      let isText = first == UInt8(ascii: "\"")
      guard isText || first.isASCIIDigit, let key = keys.key(at: name, in: bytes) else { return }
      note(key, isText ? (value.lowerBound + 1)..<(value.upperBound - 1) : value)
    }
  }

  /// Reads an object of header fields. A value may be a list of texts.
  private mutating func readHeaders(
    _ scanner: inout JSONByteScanner<LogBytes>
  ) throws(JSONError) {
    try scanner.members { name, scanner throws(JSONError) in
      let name = (name.lowerBound + 1)..<(name.upperBound - 1)
      if let number = keys.memberOfHeaders(at: name, in: scanner.bytes) {
        try readHeader(number, 0..<0, &scanner)
      } else {
        _ = try scanner.value()
      }
    }
  }

  /// Reads the value of a header field, which may also be the client.
  private mutating func readHeader(
    _ number: Int, _ name: Range<Int>, _ scanner: inout JSONByteScanner<LogBytes>
  ) throws(JSONError) {
    let bytes = scanner.bytes
    var value: Range<Int>?
    if scanner.isNext("[") {
      try scanner.elements { scanner throws(JSONError) in
        let element = try scanner.value()
        guard bytes[element.lowerBound] == UInt8(ascii: "\"") else { return }
        let text = (element.lowerBound + 1)..<(element.upperBound - 1)
        guard let before = value else { return value = text }
        if keys.headers[number].isList { value = join(before, text, bytes) }
      }
    } else {
      let place = try scanner.value()
      let isText = bytes[place.lowerBound] == UInt8(ascii: "\"")
      guard isText || bytes[place.lowerBound].isASCIIDigit else { return }
      value = isText ? (place.lowerBound + 1)..<(place.upperBound - 1) : place
    }
    guard let value else { return }
    headers[number] = ByteRange(value)
    if let key = keys.key(at: name, in: bytes) { note(key, value) }
  }

  /// Moves a text to the end of another, with a comma between them. There are more bytes between them than that.
  private func join(_ text: Range<Int>, _ next: Range<Int>, _ bytes: LogBytes) -> Range<Int> {
    bytes[text.upperBound] = UInt8(ascii: ",")
    for (offset, index) in next.enumerated() { bytes[text.upperBound + 1 + offset] = bytes[index] }
    return text.lowerBound..<(text.upperBound + 1 + next.count)
  }

  /// After all members that name the scheme.
  private var tlsScheme: JSONKeys.Key {
    JSONKeys.Key(name: [], field: .scheme, rank: UInt8.max - 1)
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
