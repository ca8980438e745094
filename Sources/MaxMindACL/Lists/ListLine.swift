import Text

/// A line of a list file, read from left to right. All places are offsets in the file.
struct ListLine {
  let bytes: [UInt8]
  /// The line without its line feed.
  private(set) var range: Range<Int>
  private var place: Int
  /// A place with a known column, to count from.
  private var counted: (place: Int, column: Int)

  /// The first line of a file.
  init(bytes: [UInt8]) {
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    self.bytes = bytes
    place = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    range = place..<place
    counted = (place, column: 1)
    range = place..<endOfLine
  }

  /// Whether the file has no further line.
  var isBehindEnd: Bool { range.isEmpty && range.lowerBound >= bytes.count }

  /// Moves to the next line.
  mutating func goOn() {
    place = min(range.upperBound + 1, bytes.count)
    counted = (place, column: 1)
    range = place..<endOfLine
  }

  private var endOfLine: Int {
    var end = place
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    return end
  }

  // MARK: - Reading

  /// The next byte that is not blank; nil: the end of the line or a comment.
  mutating func next() -> UInt8? {
    while place < range.upperBound, Self.isBlank(bytes[place]) { place += 1 }
    guard place < range.upperBound, bytes[place] != UInt8(ascii: "#") else { return nil }
    return bytes[place]
  }

  mutating func takeByte() -> Range<Int> {
    place += 1
    return (place - 1)..<place
  }

  /// Takes the rest of the line.
  mutating func takeRest() {
    place = range.upperBound
  }

  /// Takes a word: all bytes up to a blank or a delimiter, at least one.
  mutating func takeWord() -> Range<Int> {
    let start = place
    while place < range.upperBound, !Self.endsWord(bytes[place]) { place += 1 }
    if place == start { place = min(place + 1, range.upperBound) }
    return start..<place
  }

  /// Takes a value: a word or a quoted text.
  mutating func takeValue() -> Range<Int> {
    let start = place
    guard let quote = next(), Self.isQuote(quote) else { return takeWord() }
    place += 1
    while place < range.upperBound, bytes[place] != quote { place += 1 }
    place = min(place + 1, range.upperBound)
    return start..<place
  }

  /// Extends a word to a range, if a dash connects it to the next word.
  mutating func takeRange(_ word: Range<Int>) -> Range<Int> {
    let dash = UInt8(ascii: "-")
    var end = word.upperBound
    let before = place
    if bytes[end - 1] != dash {
      guard next() == dash else {
        place = before
        return word
      }
      end = takeWord().upperBound
    }
    if bytes[end - 1] == dash, let byte = next(), !Self.endsWord(byte) {
      end = takeWord().upperBound
    }
    return word.lowerBound..<end
  }

  /// Takes a field of CSV with its quotes, up to the next comma. Returns the place of its content.
  ///
  /// - Parameter isQuoted: Set to true if the field continues on the next line.
  mutating func takeField(_ isQuoted: inout Bool) -> Range<Int> {
    _ = next()
    var start = place
    var end = place
    if place < range.upperBound, bytes[place] == Self.quote {
      place += 1
      start = place
      isQuoted = true
      while isQuoted, place < range.upperBound { closeQuote(&isQuoted) }
      end = isQuoted ? place : place - 1
      while place < range.upperBound, bytes[place] != Self.comma { place += 1 }
    } else {
      while place < range.upperBound, bytes[place] != Self.comma { place += 1 }
      end = place
      while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
    }
    return start..<end
  }

  /// Takes a byte of a quoted field, or the two quotes that escape one.
  private mutating func closeQuote(_ isQuoted: inout Bool) {
    place += 1
    guard bytes[place - 1] == Self.quote else { return }
    if place < range.upperBound, bytes[place] == Self.quote {
      place += 1
    } else {
      isQuoted = false
    }
  }

  /// Takes the comma after a field; false: the end of the line.
  mutating func takeComma() -> Bool {
    guard place < range.upperBound, bytes[place] == Self.comma else { return false }
    place += 1
    return true
  }

  /// Takes the rest of a CSV line and returns the number of commas between fields.
  ///
  /// - Parameter isQuoted: Whether a quoted field continues, at the start and at the end of the call.
  mutating func takeFields(_ isQuoted: inout Bool) -> Int {
    var commas = 0
    // A line that continues a field does not start one.
    var startsField = bytes.indices.contains(place - 1) && bytes[place - 1] == Self.comma
    while place < range.upperBound {
      if isQuoted {
        closeQuote(&isQuoted)
        startsField = false
        continue
      }
      let byte = bytes[place]
      place += 1
      if byte == Self.comma { commas += 1 }
      isQuoted = startsField && byte == Self.quote
      startsField = byte == Self.comma || (startsField && Self.isBlank(byte))
    }
    return commas
  }

  // MARK: - Inspecting

  /// Whether the line has a comma before any byte that CSV allows only in quotes.
  var hasFields: Bool {
    for index in place..<range.upperBound {
      switch bytes[index] {
      case Self.comma: return true
      case UInt8(ascii: "#"), UInt8(ascii: ";"), UInt8(ascii: "{"): return false
      default: continue
      }
    }
    return false
  }

  /// Whether the file ends at a place, without a line break.
  func isEndOfFile(_ place: Int) -> Bool { place == bytes.count }

  /// A value without its quotes.
  func unquoted(_ value: Range<Int>) -> Range<Int> {
    guard let first = value.first, Self.isQuote(bytes[first]) else { return value }
    let rest = value.dropFirst()
    return rest.last.map { bytes[$0] == bytes[first] } == true ? rest.dropLast() : rest
  }

  func isEqual(_ place: Range<Int>, _ text: StaticString) -> Bool {
    place.count == text.utf8CodeUnitCount && begins(place, text)
  }

  /// Compares without case. `text` is in lower case.
  func isEqualIgnoringCase(_ place: Range<Int>, _ text: StaticString) -> Bool {
    guard place.count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { text in
      text.indices.allSatisfy {
        unsafe bytes[place.lowerBound + $0].asciiLowerCased == text[$0]
      }
    }
  }

  func begins(_ place: Range<Int>, _ text: StaticString) -> Bool {
    guard place.count >= text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { text in
      text.indices.allSatisfy { unsafe bytes[place.lowerBound + $0] == text[$0] }
    }
  }

  /// A part of the line, truncated for reports.
  func text(_ place: Range<Int>) -> String {
    String(decoding: bytes[place.prefix(Self.shownBytes)], as: UTF8.self)
  }

  /// The part of the line around a place for a report, and its first column.
  mutating func shown(around place: Int) -> (text: String, column: Int) {
    var start = range.lowerBound
    if place - start > Self.shownBytes / 2 {
      start = place - Self.shownBytes / 2
      while start < place, Self.continues(bytes[start]) { start += 1 }
    }
    let end = range.last.map { bytes[$0] == UInt8(ascii: "\r") ? $0 : $0 + 1 } ?? range.upperBound
    let shown = String(
      decoding: bytes[start..<max(start, min(end, start + Self.shownBytes))], as: UTF8.self)
    return (shown, column(of: place) - length(of: start..<place))
  }

  /// The column of a place, from 1. Fast for ascending places.
  mutating func column(of place: Int) -> Int {
    if place < counted.place { counted = (range.lowerBound, column: 1) }
    counted.column += length(of: counted.place..<place)
    counted.place = place
    return counted.column
  }

  /// The number of Unicode scalars in a part of the line.
  func length(of place: Range<Int>) -> Int {
    bytes[place].count { !Self.continues($0) }
  }

  private static let shownBytes = 4096
  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")

  /// Whether a byte continues a UTF-8 sequence.
  private static func continues(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }

  private static func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
  }

  private static func endsWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ";"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "#"): true
    default: isBlank(byte)
    }
  }
}
