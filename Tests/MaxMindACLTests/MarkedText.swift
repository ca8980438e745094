import MaxMindACL

/// A text with marks from `1️⃣` to `9️⃣`. A mark is before a character and is not part of the text.
struct MarkedText {
  /// The text without its marks.
  private(set) var text = ""
  /// The positions of the marks.
  private(set) var marks: [SourcePosition: Character] = [:]

  private static let marks = Set("1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣9️⃣")

  init(_ marked: String) {
    var position = SourcePosition(line: 1, column: 1)
    for character in marked {
      if Self.marks.contains(character) {
        marks[position] = character
        continue
      }
      text.append(character)
      if character.isNewline {
        position = SourcePosition(line: position.line + 1, column: 1)
      } else {
        position = SourcePosition(
          line: position.line, column: position.column + character.unicodeScalars.count)
      }
    }
  }

  /// A diagnostic in one line, its place as the mark there: `1️⃣ error: … [id]`.
  func describe(_ diagnostic: Diagnostic) -> String {
    let words = "\(diagnostic.severity.rawValue): \(diagnostic.message) [\(diagnostic.id.rawValue)]"
    guard let start = diagnostic.range?.start else { return words }
    let place = marks[start].map(String.init) ?? "\(start.line):\(start.column)"
    return "\(place) \(words)"
  }
}
