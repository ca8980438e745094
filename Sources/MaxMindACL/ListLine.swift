/// A line of a list file, read from left to right. Places are those of the file.
struct ListLine {
  let bytes: [UInt8]
  /// The line without its line feed.
  private(set) var range: Range<Int>
  private var place: Int

  /// The first line of a file.
  init(bytes: [UInt8]) {
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    self.bytes = bytes
    place = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    range = place..<place
    range = place..<endOfLine
  }

  /// Whether there is no line: the file ends before it.
  var isBehindEnd: Bool { range.isEmpty && range.lowerBound >= bytes.count }

  /// Goes to the next line.
  mutating func goOn() {
    place = min(range.upperBound + 1, bytes.count)
    range = place..<endOfLine
  }

  private var endOfLine: Int {
    var end = place
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    return end
  }

  // MARK: - Reading

  /// The first byte of what comes next, which is no blank; nil at the end of the line and before a comment.
  mutating func next() -> UInt8? {
    while place < range.upperBound, Self.isBlank(bytes[place]) { place += 1 }
    guard place < range.upperBound, bytes[place] != UInt8(ascii: "#") else { return nil }
    return bytes[place]
  }

  /// Takes one byte.
  mutating func takeByte() -> Range<Int> {
    place += 1
    return (place - 1)..<place
  }

  /// Takes what is left of the line.
  mutating func takeRest() {
    place = range.upperBound
  }

  /// Takes a word: all up to a blank or a sign that means something, at least one byte.
  mutating func takeWord() -> Range<Int> {
    let start = place
    while place < range.upperBound, !Self.endsWord(bytes[place]) { place += 1 }
    if place == start { place = min(place + 1, range.upperBound) }
    return start..<place
  }

  /// Takes a value: a word, or a text in quotes.
  mutating func takeValue() -> Range<Int> {
    let start = place
    guard let quote = next(), Self.isQuote(quote) else { return takeWord() }
    place += 1
    while place < range.upperBound, bytes[place] != quote { place += 1 }
    place = min(place + 1, range.upperBound)
    return start..<place
  }

  /// A word with what follows it where a dash between them makes a range of it.
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

  // MARK: - What was read

  /// Whether a value makes a prefix of nginx's `geo` listed: for `if`, it is true unless it is empty or 0.
  func isTrue(_ value: Range<Int>) -> Bool {
    var value = value
    if let first = value.first, Self.isQuote(bytes[first]) {
      value = value.dropFirst()
      if let last = value.last, bytes[last] == bytes[first] { value = value.dropLast() }
    }
    return !value.isEmpty && !isEqual(value, "0")
  }

  func isEqual(_ place: Range<Int>, _ text: StaticString) -> Bool {
    place.count == text.utf8CodeUnitCount && begins(place, text)
  }

  func begins(_ place: Range<Int>, _ text: StaticString) -> Bool {
    guard place.count >= text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { text in
      text.indices.allSatisfy { unsafe bytes[place.lowerBound + $0] == text[$0] }
    }
  }

  func text(_ place: Range<Int>) -> String {
    String(decoding: bytes[place], as: UTF8.self)
  }

  /// The line without its line break, as far as a report shows it.
  var string: String {
    let end = range.last.map { bytes[$0] == UInt8(ascii: "\r") ? $0 : $0 + 1 } ?? range.upperBound
    return text(range.lowerBound..<min(end, range.lowerBound + Self.shownBytes))
  }

  /// The column of a place, from 1.
  func column(of place: Int) -> Int {
    text(range.lowerBound..<place).unicodeScalars.count + 1
  }

  private static let shownBytes = 4096

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
