import Text

extension Diagnostic {
  /// The first line: `file:line:column: error: message [id]`.
  package var summary: String { summary(severity: severity.rawValue) }

  private func summary(severity: String) -> String {
    var place = file
    if let start = range?.start { place += ":\(start.line):\(start.column)" }
    return "\(printable(place)): \(severity): \(printable("\(message) [\(id.rawValue)]"))"
  }

  /// The summary, then the line of the file with a caret below the problem; no final line break.
  ///
  /// ```
  /// maxmind.yaml:7:10: error: regex: missing terminating ] for character class [regex-syntax]
  ///  7 |   - [US, "[a-"]
  ///    |          ^~~~~
  /// ```
  public var rendered: String { rendered(severity: severity.rawValue) }

  /// The rendered diagnostic with another word for the severity, such as a coloured one.
  package func rendered(severity: String) -> String {
    var text = summary(severity: severity)
    if let range, let sourceLine {
      text += "\n" + excerpt(of: sourceLine, from: sourceColumn, at: range)
    }
    if let more = unlisted.text { text += "\n" + more }
    return text
  }
}

extension Diagnostic.Unlisted {
  /// `and 4,950 more errors`; nil: none.
  fileprivate var text: String? {
    let counts = [
      errors > 0 ? "\(grouped(errors)) more \(errors == 1 ? "error" : "errors")" : nil,
      warnings > 0 ? "\(grouped(warnings)) more \(warnings == 1 ? "warning" : "warnings")" : nil,
    ].compactMap { $0 }
    return counts.isEmpty ? nil : "and " + counts.joined(separator: " and ")
  }
}

/// The maximum length of a source line in an excerpt, in characters.
private let excerptWidth = 160

/// A line of a file with its number, and a caret and tildes below `range`.
///
/// - Parameter firstColumn: The column of `sourceLine`'s first character.
func excerpt(
  of sourceLine: String, from firstColumn: Int = 1, at range: SourceRange
) -> String {
  var column = max(range.start.column - (firstColumn - 1), 1)
  // For a position far to the right, show a window with the position near its left edge.
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
  // Keep tabs in the caret's line, so that it aligns with the source line.
  let indent = scalars.prefix(column - 1).map { $0 == "\t" ? "\t" : " " }.joined()
  let mark = "^" + String(repeating: "~", count: shown - 1)
  return " \(number) | \(printable(String(text)))\n \(margin) | \(indent)\(mark)"
}
