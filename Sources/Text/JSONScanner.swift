/// A text is not the expected JSON.
@usableFromInline package struct JSONError: Error, Hashable, Sendable {
  /// One sentence without a full stop.
  package var message: String
  /// The index of the byte. Nil: the text as a whole.
  package var place: Int?

  @usableFromInline package init(_ message: String, at place: Int? = nil) {
    self.message = message
    self.place = place
  }

  /// The message with its place: `a text is expected at byte 5`.
  package var description: String { message + (place.map { " at byte \($0 + 1)" } ?? "") }
}

/// Steps through JSON in an array.
@usableFromInline package typealias JSONScanner = JSONByteScanner<[UInt8]>

/// Steps through JSON without building objects, for texts that are too large or too many for a decoder.
///
/// `@usableFromInline` lets other modules specialize it for their bytes; `package` alone does not.
///
/// ```swift
/// var scanner = JSONScanner(bytes)
/// try scanner.members { name, scanner throws(JSONError) in
///   if bytes[name].elementsEqual("\"count\"".utf8) { count = try scanner.integer() }
///   else { _ = try scanner.value() }
/// }
/// ```
@usableFromInline package struct JSONByteScanner<Bytes: ByteText> {
  @usableFromInline package let bytes: Bytes
  /// The index of the next byte.
  @usableFromInline package var place: Int
  @usableFromInline package let end: Int

  @inlinable package init(_ bytes: Bytes, _ range: Range<Int>) {
    self.bytes = bytes
    place = range.lowerBound
    end = range.upperBound
  }

  /// Whether only blanks are left.
  @inlinable package mutating func isAtEnd() -> Bool {
    skipBlanks()
    return place == end
  }

  /// Calls the closure for each member of an object, with the place of the name and its quotes. The closure has to
  /// step over the value.
  @inlinable package mutating func members(
    _ member: (Range<Int>, inout Self) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect("{")
    if accept("}") { return }
    repeat {
      let name = try text()
      try expect(":")
      try member(name, &self)
    } while accept(",")
    try expect("}")
  }

  /// Calls the closure for each element of an array. The closure has to step over the element.
  @inlinable package mutating func elements(
    _ element: (inout Self) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect("[")
    if accept("]") { return }
    repeat { try element(&self) } while accept(",")
    try expect("]")
  }

  /// Steps over a value. Returns its place.
  @inlinable package mutating func value() throws(JSONError) -> Range<Int> {
    skipBlanks()
    guard place < end else { throw missingEnd() }
    let start = place
    switch bytes[place] {
    case UInt8(ascii: "\""): return try text()
    case UInt8(ascii: "{"), UInt8(ascii: "["): try skipNest()
    default:
      while place < end, !Self.endsWord(bytes[place]) { place += 1 }
      if place == start { throw JSONError("a value is expected", at: place) }
    }
    return start..<place
  }

  /// Steps over an object or array of any depth.
  @inlinable package mutating func skipNest() throws(JSONError) {
    var depth = 0
    while place < end {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        _ = try text()
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      place += 1
      if depth == 0 { return }
    }
    throw missingEnd()
  }

  /// Steps over a text. Returns its place, with its quotes.
  @inlinable @inline(__always) package mutating func text() throws(JSONError) -> Range<Int> {
    guard accept("\"") else { throw missingText() }
    guard let close = bytes.endOfQuoted(place..<end) else { throw missingEnd() }
    let start = place - 1
    place = close + 1
    return start..<place
  }

  /// Whether the next byte after any blanks is this one. Does not step over it.
  @inlinable @inline(__always) package mutating func isNext(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    return place < end && UInt32(bytes[place]) == character.value
  }

  /// Steps over a byte if it is this one.
  @inlinable @inline(__always) package mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard isNext(character) else { return false }
    place += 1
    return true
  }

  @inlinable @inline(__always) package mutating func expect(
    _ character: Unicode.Scalar
  ) throws(JSONError) {
    guard accept(character) else { throw missing(character) }
  }

  // Out of line, so that the loops stay small.
  @usableFromInline @inline(never) func missing(_ character: Unicode.Scalar) -> JSONError {
    JSONError("'\(character)' is expected", at: place)
  }

  @usableFromInline @inline(never) func missingText() -> JSONError {
    JSONError("a text is expected", at: place)
  }

  @usableFromInline @inline(never) func missingEnd() -> JSONError {
    JSONError("its end is missing")
  }

  /// Steps over blanks.
  @inlinable @inline(__always) package mutating func skipBlanks() {
    while place < end, Self.isBlank(bytes[place]) { place += 1 }
  }

  @inlinable @inline(__always) package static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
      || byte == UInt8(ascii: "\n")
  }

  /// Whether a number or another word ends before the byte. Logs have times and addresses without quotes.
  @inlinable package static func endsWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "\""): true
    default: isBlank(byte)
    }
  }
}

extension JSONScanner {
  package init(_ bytes: [UInt8]) {
    self.init(bytes, bytes.indices)
  }

  /// Steps over a whole number.
  package mutating func integer() throws(JSONError) -> Int {
    skipBlanks()
    let start = place
    while place < end, bytes[place].isASCIIDigit || bytes[place] == UInt8(ascii: "-") { place += 1 }
    guard let number = Int(String(decoding: bytes[start..<place], as: UTF8.self)) else {
      throw JSONError("a number is expected", at: start)
    }
    return number
  }

  /// Calls the closure for each member of an object, with its name. The closure has to step over the value.
  package mutating func namedMembers(
    _ member: (String, inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    try members { name, scanner throws(JSONError) in
      try member(try scanner.unescaped(name), &scanner)
    }
  }

  /// Steps over a text. Returns it without its quotes and escapes.
  package mutating func string() throws(JSONError) -> String {
    try unescaped(try text())
  }

  /// The text at a place that includes its quotes.
  private func unescaped(_ place: Range<Int>) throws(JSONError) -> String {
    var text = Array(bytes[place.dropFirst().dropLast()])
    guard let end = text.undoJSONEscapes(in: text.indices) else {
      throw JSONError("a text is expected", at: place.lowerBound)
    }
    return String(decoding: text[..<end], as: UTF8.self)
  }
}
