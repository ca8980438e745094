import GeoDatabase

extension Diagnostic {
  /// The first line alone: `file:line:column: error: message [id]`.
  public var summary: String { summary(severity: severity.rawValue) }

  private func summary(severity: String) -> String {
    var place = file
    if let start = range?.start { place += ":\(start.line):\(start.column)" }
    return "\(printable(place)): \(severity): \(printable("\(message) [\(id.rawValue)]"))"
  }

  /// The summary, then the line of the file with a caret below what is meant; no final line break.
  ///
  /// ```
  /// maxmind.yaml:7:10: error: regex: missing terminating ] for character class [regex-syntax]
  ///  7 |   - [US, "[a-"]
  ///    |          ^~~~~
  /// ```
  public var rendered: String { rendered(severity: severity.rawValue) }

  /// The same, with the word for the severity as the caller writes it: in colour, say.
  package func rendered(severity: String) -> String {
    let summary = summary(severity: severity)
    guard let range, let sourceLine else { return summary }
    return summary + "\n" + excerpt(of: sourceLine, at: range)
  }
}

/// The longest part of a source line that an excerpt shows, in characters.
private let excerptWidth = 160

/// A line of a file with its number, and below it a caret and tildes under `range`.
func excerpt(of sourceLine: String, at range: SourceRange) -> String {
  var column = max(range.start.column, 1)
  // Far to the right: show a window that has the place near its left edge.
  let dropped = column > excerptWidth ? column - 20 : 0
  let scalars = Array(sourceLine.unicodeScalars.dropFirst(dropped).prefix(excerptWidth))
  column -= dropped
  let length =
    range.end.line == range.start.line
    ? range.end.column - range.start.column : scalars.count - (column - 1)
  let shown = max(1, min(length, scalars.count - (column - 1)))

  let number = String(range.start.line)
  let margin = String(repeating: " ", count: number.count)
  var text = String.UnicodeScalarView()
  text.append(contentsOf: scalars)
  // A tab stays a tab in the caret's line, so that both lines are as wide.
  let indent = scalars.prefix(column - 1).map { $0 == "\t" ? "\t" : " " }.joined()
  let mark = "^" + String(repeating: "~", count: shown - 1)
  return " \(number) | \(printable(String(text)))\n \(margin) | \(indent)\(mark)"
}
