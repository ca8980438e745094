/// One thing that can decide a request, as it stands in the configuration: what a report prints.
package struct Rule: Hashable, Sendable {
  /// The step that the rule decides at: the list or section that it stands in.
  package var step: Step
  /// The rule as it is written: the address range, country code or pattern, the name of the flag, or the
  /// name of the bypass header.
  package var text: String
  /// The list file that it stands in, as the operator knows it; nil: the configuration's own.
  package var file: String?
  /// Where it stands in its file. Of an entry of a list file, only the line is known.
  package var range: SourceRange
  /// The line of the file at which it starts; nil for an entry of a list file.
  package var sourceLine: String?
  /// The column at which `sourceLine` begins.
  var sourceColumn = 1

  /// The line of the file, from 1.
  package var line: Int { range.start.line }

  /// The line of the file with its number, and below it a caret under the rule; empty if it is not known.
  package var excerpt: String {
    sourceLine.map { MaxMindACL.excerpt(of: $0, from: sourceColumn, at: range) } ?? ""
  }
}
