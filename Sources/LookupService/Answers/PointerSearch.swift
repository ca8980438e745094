import GeoDatabase
import Text

/// A value of a JSON text. Maps and arrays are without their content.
enum JSONValue: Hashable, Sendable {
  case null, map, array
  case boolean(Bool)
  /// The digits as they are written.
  case number(String)
  case text(String)

  /// The kind of value, as the middle of a sentence.
  var kind: String {
    switch self {
    case .null: "null"
    case .map: "an object"
    case .array: "an array"
    case .boolean: "a boolean"
    case .number: "a number"
    case .text: "a text"
    }
  }
}

/// Finds the values of many pointers in one pass over a JSON text.
struct PointerSearch {
  /// The most levels of objects and arrays. Limits the recursion.
  static let mostLevels = 32

  private let pointers: [JSONPointer]
  /// Where each pointer is in `pointers`.
  private let numbers: [JSONPointer: Int]
  /// The value of each pointer. Nil: none was found.
  private var values: [JSONValue?]

  init(_ pointers: Set<JSONPointer>) {
    self.pointers = pointers.sorted { $0.text < $1.text }
    numbers = Dictionary(
      self.pointers.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { $1 })
    values = Array(repeating: nil, count: self.pointers.count)
  }

  /// The value of a pointer. Nil: the text has none.
  subscript(pointer: JSONPointer) -> JSONValue? {
    numbers[pointer].flatMap { values[$0] }
  }

  /// Reads a text that is an object or an array and nothing else. The first member of a name counts.
  mutating func read(_ bytes: [UInt8]) throws(JSONError) {
    var scanner = JSONScanner(bytes)
    guard scanner.isNext("{") || scanner.isNext("[") else {
      throw JSONError("an object is expected", at: scanner.place)
    }
    try walk(&scanner, level: 0, open: Array(pointers.indices))
    guard scanner.isAtEnd() else {
      throw JSONError("the end of the text is expected", at: scanner.place)
    }
  }

  /// Steps over a value.
  ///
  /// - Parameters:
  ///   - level: How many objects and arrays the value is in.
  ///   - open: The pointers that lead to the value or into it.
  private mutating func walk(
    _ scanner: inout JSONScanner, level: Int, open: [Int]
  ) throws(JSONError) {
    let isMap = scanner.isNext("{")
    guard isMap || scanner.isNext("[") else {
      let value = try scalar(&scanner)
      set(value, open, level)
      return
    }
    guard level < Self.mostLevels else {
      throw JSONError("it has more than \(Self.mostLevels) levels", at: scanner.place)
    }
    set(isMap ? .map : .array, open, level)
    if isMap {
      try scanner.namedMembers { name, scanner throws(JSONError) in
        try walk(
          &scanner, level: level + 1, open: narrowed(open) { $0.parts[level] == name })
      }
    } else {
      var index = 0
      try scanner.elements { scanner throws(JSONError) in
        try walk(
          &scanner, level: level + 1,
          open: narrowed(open) { JSONPointer.index(of: $0.parts[level]) == index })
        index += 1
      }
    }

    func narrowed(_ open: [Int], _ isNext: (JSONPointer) -> Bool) -> [Int] {
      open.filter { pointers[$0].parts.count > level && isNext(pointers[$0]) }
    }
  }

  private mutating func set(_ value: JSONValue, _ open: [Int], _ level: Int) {
    for number in open where pointers[number].parts.count == level && values[number] == nil {
      values[number] = value
    }
  }

  /// Steps over a text, a number or a word.
  private func scalar(_ scanner: inout JSONScanner) throws(JSONError) -> JSONValue {
    let isText = scanner.isNext("\"")
    let range = try scanner.value()
    if isText {
      var text = Array(scanner.bytes[range.dropFirst().dropLast()])
      guard let end = text.undoJSONEscapes(in: text.indices) else {
        throw JSONError("a text has an invalid escape", at: range.lowerBound)
      }
      return .text(String(decoding: text[..<end], as: UTF8.self))
    }
    let word = scanner.bytes[range]
    if word.elementsEqual("true".utf8) { return .boolean(true) }
    if word.elementsEqual("false".utf8) { return .boolean(false) }
    if word.elementsEqual("null".utf8) { return .null }
    let isNumber =
      word.contains(where: \.isASCIIDigit)
      && word.allSatisfy { $0.isASCIIDigit || "+-.eE".utf8.contains($0) }
    guard isNumber else { throw JSONError("a value is expected", at: range.lowerBound) }
    return .number(String(decoding: word, as: UTF8.self))
  }
}
