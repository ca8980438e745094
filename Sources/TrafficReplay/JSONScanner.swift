import Foundation

/// Steps through JSON without building anything of it, for parts that are too large to be built at once.
package struct JSONScanner {
  private let bytes: [UInt8]
  private(set) var place: Int
  private let end: Int

  init(_ bytes: [UInt8]) {
    self.init(bytes, bytes.indices)
  }

  /// Some of the bytes alone.
  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    place = range.lowerBound
    end = range.upperBound
  }

  /// Hands each member of an object to the closure, at its value, which the closure has to step over.
  mutating func members(
    _ member: (String, inout JSONScanner) throws(SummaryError) -> Void
  ) throws(SummaryError) {
    try expect("{")
    if accept("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(key, &self)
    } while accept(",")
    try expect("}")
  }

  /// Steps over a value and tells where it stands.
  mutating func value() throws(SummaryError) -> Range<Int> {
    skipSpace()
    let start = place
    var depth = 0
    repeat {
      skipSpace()
      guard place < end else { throw damaged("its end is missing") }
      switch bytes[place] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        _ = try quoted()
        continue
      default: break
      }
      place += 1
      // A number or a word ends before what cannot be in it.
      while depth == 0, place < end, !",:{}[]\" \t\r\n".utf8.contains(bytes[place]) { place += 1 }
    } while depth > 0
    return start..<place
  }

  /// Steps over a whole number.
  mutating func integer() throws(SummaryError) -> Int {
    skipSpace()
    let start = place
    while place < end, "-0123456789".utf8.contains(bytes[place]) { place += 1 }
    guard let number = Int(String(decoding: bytes[start..<place], as: UTF8.self)) else {
      throw damaged("a number is expected at byte \(start + 1)")
    }
    return number
  }

  private mutating func string() throws(SummaryError) -> String {
    skipSpace()
    let range = try quoted()
    let text = bytes[range]
    if !text.contains(UInt8(ascii: "\\")) {
      return String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
    }
    guard let string = try? JSONDecoder().decode(String.self, from: Data(text)) else {
      throw damaged("a text is expected at byte \(range.lowerBound + 1)")
    }
    return string
  }

  /// Steps over a text and tells where it stands, with its quotes.
  private mutating func quoted() throws(SummaryError) -> Range<Int> {
    let start = place
    guard place < end, bytes[place] == UInt8(ascii: "\"") else {
      throw damaged("a text is expected at byte \(place + 1)")
    }
    place += 1
    while place < end, bytes[place] != UInt8(ascii: "\"") {
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard place < end else { throw damaged("its end is missing") }
    place += 1
    return start..<place
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(SummaryError) {
    guard accept(character) else {
      throw damaged("'\(character)' is expected at byte \(place + 1)")
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard place < end, UInt32(bytes[place]) == character.value else { return false }
    place += 1
    return true
  }

  private mutating func skipSpace() {
    while place < end, " \t\r\n".utf8.contains(bytes[place]) { place += 1 }
  }

  private func damaged(_ what: String) -> SummaryError {
    SummaryError(message: "is damaged: \(what)")
  }
}
