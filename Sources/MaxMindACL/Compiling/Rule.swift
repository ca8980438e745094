/// A rule of the configuration or of a list file, as reports print it.
package struct Rule: Hashable, Sendable {
  /// The step of the rule: the list or section that contains it.
  package var step: Step
  /// The rule as written: the address range, country code, pattern, flag name or name of the bypass header.
  package var text: String
  /// The list file that contains the rule, in the operator's spelling; nil: the configuration.
  package var file: String?
  /// The position in its file. An entry of a list file has only a line.
  package var range: SourceRange
  /// The first line of the rule; nil: an entry of a list file.
  package var sourceLine: String?
  /// The column at which `sourceLine` begins.
  var sourceColumn = 1

  /// The line number in the file, from 1.
  package var line: Int { range.start.line }

  /// The line with its number, and a caret below the rule; empty: unknown.
  package var excerpt: String {
    sourceLine.map { MaxMindACL.excerpt(of: $0, from: sourceColumn, at: range) } ?? ""
  }
}
