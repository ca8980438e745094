/// A mistake in JSON, and its place.
package struct JSONError: Error, Hashable, Sendable {
  /// One sentence without a full stop.
  package var message: String
  /// The index of the byte. Nil: the whole text.
  package var place: Int?

  package init(_ message: String, at place: Int? = nil) {
    self.message = message
    self.place = place
  }

  /// The message with its place: `a text is expected at byte 5`.
  package var description: String { message + (place.map { " at byte \($0 + 1)" } ?? "") }
}

/// Steps through JSON without building values, for large texts.
///
/// ```swift
/// var scanner = JSONScanner(bytes)
/// try scanner.members { name, scanner throws(JSONError) in
///   if bytes[name].elementsEqual("\"count\"".utf8) { count = try scanner.integer() }
///   else { _ = try scanner.value() }
/// }
/// ```
package struct JSONScanner {
  package let bytes: [UInt8]
  /// The index of the next byte.
  package private(set) var place: Int
  private let end: Int

  /// Scans the bytes, or some of them.
  package init(_ bytes: [UInt8], _ range: Range<Int>? = nil) {
    self.bytes = bytes
    place = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
  }

  /// Whether nothing but blanks is left.
  package mutating func isAtEnd() -> Bool {
    skipBlanks()
    return place == end
  }

  /// Calls the closure with the name of each member of an object, with its quotes. The closure must step over the
  /// value.
  package mutating func members(
    _ member: (Range<Int>, inout JSONScanner) throws(JSONError) -> Void
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

  /// Calls the closure at each element of an array. The closure must step over the element.
  package mutating func elements(
    _ element: (inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect("[")
    if accept("]") { return }
    repeat { try element(&self) } while accept(",")
    try expect("]")
  }

  /// Steps over a value. Returns its place.
  package mutating func value() throws(JSONError) -> Range<Int> {
    skipBlanks()
    let start = place
    var depth = 0
    repeat {
      skipBlanks()
      guard place < end else { throw JSONError("its end is missing") }
      switch bytes[place] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        _ = try text()
        continue
      default: break
      }
      place += 1
      // A number or a word ends before the first byte that cannot belong to it.
      while depth == 0, place < end, !Self.endsWord(bytes[place]) { place += 1 }
    } while depth > 0
    return start..<place
  }

  /// Steps over a whole number.
  package mutating func integer() throws(JSONError) -> Int {
    skipBlanks()
    let start = place
    while place < end, "-0123456789".utf8.contains(bytes[place]) { place += 1 }
    guard let number = Int(String(decoding: bytes[start..<place], as: UTF8.self)) else {
      throw JSONError("a number is expected", at: start)
    }
    return number
  }

  /// Steps over a text. Returns its place, with its quotes.
  package mutating func text() throws(JSONError) -> Range<Int> {
    skipBlanks()
    let start = place
    guard place < end, bytes[place] == UInt8(ascii: "\"") else {
      throw JSONError("a text is expected", at: place)
    }
    place += 1
    while place < end, bytes[place] != UInt8(ascii: "\"") {
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard place < end else { throw JSONError("its end is missing") }
    place += 1
    return start..<place
  }

  /// Whether the next byte is this one. If so, steps over it.
  package mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard place < end, UInt32(bytes[place]) == character.value else { return false }
    place += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
    guard accept(character) else {
      throw JSONError("'\(character)' is expected", at: place)
    }
  }

  /// Steps over blanks.
  package mutating func skipBlanks() {
    while place < end, Self.isBlank(bytes[place]) { place += 1 }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
      || byte == UInt8(ascii: "\n")
  }

  private static func endsWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "{"), UInt8(ascii: "}"),
      UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\""):
      true
    default: isBlank(byte)
    }
  }
}
