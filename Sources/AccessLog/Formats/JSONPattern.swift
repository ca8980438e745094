/// A JSON object that shows which members hold what: `{"who": "$client", "request": {"uri": "$path"}}`.
///
/// Values need no quotes, as where servers write numbers: `{"time": $msec}`.
struct JSONPattern {
  private(set) var keys: [(name: String, field: LogField, rank: UInt8)] = []
  private(set) var nested: [String] = []
  let notation: FieldNotation
  private let characters: [Character]
  private var place = 0

  init(_ text: String) {
    characters = Array(text)
    notation = PatternText(text).notation
  }

  /// Finds the members; false if the text is no such object.
  mutating func read() -> Bool {
    guard object(depth: 0) else { return false }
    skipBlanks()
    return place == characters.count
  }

  private mutating func object(depth: Int) -> Bool {
    guard depth < 4, skip("{") else { return false }
    repeat {
      skipBlanks()
      guard let name = string(), skip(":") else { return false }
      skipBlanks()
      if place < characters.count, characters[place] == "{" {
        guard object(depth: depth + 1) else { return false }
        nested.append(name)
      } else {
        guard let value = string() ?? word() else { return false }
        add(name, value)
      }
    } while skip(",")
    return skip("}")
  }

  /// A member whose value is one field, or fields that make a URL together.
  private mutating func add(_ name: String, _ value: String) {
    let parts = PatternText(value, notation: notation)
    guard let item = parts.items.first, parts.items.count == 1, item.field != .other else { return }
    keys.append((name, item.field, UInt8(clamping: item.rank)))
  }

  private mutating func skipBlanks() {
    while place < characters.count, characters[place].isWhitespace { place += 1 }
  }

  private mutating func skip(_ character: Character) -> Bool {
    skipBlanks()
    guard place < characters.count, characters[place] == character else { return false }
    place += 1
    return true
  }

  private mutating func string() -> String? {
    guard place < characters.count, characters[place] == "\"" else { return nil }
    guard let close = characters[(place + 1)...].firstIndex(of: "\"") else { return nil }
    defer { place = close + 1 }
    return String(characters[(place + 1)..<close])
  }

  private mutating func word() -> String? {
    let end = characters[place...].firstIndex { ",}{[\"".contains($0) } ?? characters.count
    guard end > place else { return nil }
    defer { place = end }
    return String(characters[place..<end])
  }
}
