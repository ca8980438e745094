import Text

/// A position in a text file: line and column from 1, the column in characters.
package struct SourcePosition: Hashable, Sendable, Comparable {
  // Small: a policy keeps the positions of all its rules.
  private let storedLine: UInt32
  private let storedColumn: UInt32

  /// The line, from 1.
  package var line: Int { Int(storedLine) }
  /// The column, from 1, in Unicode scalars.
  package var column: Int { Int(storedColumn) }

  /// Makes a position; both numbers count from 1.
  package init(line: Int, column: Int) {
    storedLine = UInt32(clamping: line)
    storedColumn = UInt32(clamping: column)
  }

  /// The order in the file.
  package static func < (left: SourcePosition, right: SourcePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// The extent of a value in a text file.
package struct SourceRange: Hashable, Sendable {
  /// The first character.
  package var start: SourcePosition
  /// The position after the last character; may be on a later line.
  package var end: SourcePosition

  /// Makes a range; `end` is exclusive.
  package init(start: SourcePosition, end: SourcePosition) {
    self.start = start
    self.end = end
  }
}

/// A problem of a configuration: what is wrong, where, and what would be right.
///
/// An error stops the load. A warning reports a likely mistake that does not stop it.
///
/// ```swift
/// for warning in policy.warnings { print(warning.rendered) }
/// ```
public struct Diagnostic: Hashable, Sendable {
  /// Error or warning.
  public enum Severity: String, Hashable, Sendable {
    /// The configuration is loaded; a part of it is a likely mistake.
    case warning
    /// The configuration is not loaded. At a reload, an error in a list file keeps the running list instead.
    case error
  }

  /// Error or warning.
  public var severity: Severity
  /// The kind of the problem, independent of the wording.
  package var id: DiagnosticID
  /// One sentence without a full stop: what is wrong and, if known, what would be right.
  public var message: String
  /// The file, in the operator's spelling.
  public var file: String
  /// The position in the file; nil: the problem is the file itself.
  package var range: SourceRange?
  /// The first line of `range`, without its line break.
  package var sourceLine: String?
  /// The column of `sourceLine`'s first character: 1, or more for an excerpt of a very long line.
  package var sourceColumn = 1
  /// The number of errors and warnings of this file that are not listed.
  package var unlisted = Unlisted()

  /// The number of diagnostics that are not listed.
  package struct Unlisted: Hashable, Sendable {
    package var errors = 0
    package var warnings = 0

    mutating func add(_ severity: Severity) {
      switch severity {
      case .error: errors += 1
      case .warning: warnings += 1
      }
    }

    static func += (left: inout Unlisted, right: Unlisted) {
      left.errors += right.errors
      left.warnings += right.warnings
    }
  }

  /// The stable name of the problem: `unknown-key`, …
  public var name: String { id.rawValue }

  /// The line in the file, from 1; nil: the problem is the file itself.
  public var line: Int? { range?.start.line }

  /// Makes a diagnostic.
  package init(
    severity: Severity, id: DiagnosticID, message: String, file: String,
    range: SourceRange? = nil, sourceLine: String? = nil
  ) {
    self.severity = severity
    self.id = id
    self.message = message
    self.file = file
    self.range = range
    self.sourceLine = sourceLine
  }
}

/// A configuration that failed to load, with all its problems.
///
/// ```swift
/// do { policy = try Policy.load(path: "maxmind.yaml") } catch { print(error) }
/// ```
public struct LoadFailure: Error, Sendable, CustomStringConvertible {
  /// All diagnostics with warnings, in the order of the file; at least one is an error.
  public var diagnostics: [Diagnostic]

  package init(diagnostics: [Diagnostic]) {
    self.diagnostics = diagnostics
  }

  /// The first error.
  package var firstError: Diagnostic? { diagnostics.first { $0.severity == .error } }

  /// All diagnostics, rendered.
  public var description: String {
    diagnostics.map(\.rendered).joined(separator: "\n")
  }
}

extension [Diagnostic] {
  /// Sorts by position in the file. Diagnostics without a position come first; the sort is stable.
  package var inOrderOfFile: [Diagnostic] {
    let start = { (diagnostic: Diagnostic) in
      diagnostic.range?.start ?? SourcePosition(line: 0, column: 0)
    }
    return enumerated()
      .sorted { (start($0.element), $0.offset) < (start($1.element), $1.offset) }
      .map(\.element)
  }
}

/// The maximum number of listed diagnostics for a file.
let listedDiagnostics = 50

extension [Diagnostic] {
  /// At most 50 diagnostics for each file, errors before warnings. The last one of a file counts the rest.
  package var limited: [Diagnostic] {
    var errors: [String: Int] = [:]
    for diagnostic in self where diagnostic.severity == .error {
      errors[diagnostic.file, default: 0] += 1
    }
    var listed: [Diagnostic] = []
    var last: [String: Int] = [:]
    var kept: [String: Diagnostic.Unlisted] = [:]
    var unlisted: [String: Diagnostic.Unlisted] = [:]
    for var diagnostic in self {
      let file = diagnostic.file
      unlisted[file, default: .init()] += diagnostic.unlisted
      diagnostic.unlisted = .init()
      let before = kept[file] ?? .init()
      let hasRoom =
        switch diagnostic.severity {
        case .error: before.errors < listedDiagnostics
        case .warning: before.warnings + (errors[file] ?? 0) < listedDiagnostics
        }
      if hasRoom {
        kept[file, default: .init()].add(diagnostic.severity)
        last[file] = listed.count
        listed.append(diagnostic)
      } else {
        unlisted[file, default: .init()].add(diagnostic.severity)
      }
    }
    for (file, index) in last { listed[index].unlisted = unlisted[file] ?? .init() }
    return listed
  }
}

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

/// The diagnostics of one file: the first 50 of each severity, and the number of the rest.
package struct DiagnosticList {
  private var kept: [Diagnostic] = []
  private var unlisted = Diagnostic.Unlisted()
  package private(set) var errorCount = 0
  private var warningCount = 0

  package init() {}

  package var hasErrors: Bool { errorCount > 0 }

  /// Up to 50 of each severity. The last one counts the rest.
  package var diagnostics: [Diagnostic] {
    var diagnostics = kept
    if let last = diagnostics.indices.last { diagnostics[last].unlisted += unlisted }
    return diagnostics
  }

  package mutating func append(
    _ diagnostic: @autoclosure () -> Diagnostic, _ severity: Diagnostic.Severity
  ) {
    if (severity == .error ? errorCount : warningCount) < listedDiagnostics {
      if severity == .error { errorCount += 1 } else { warningCount += 1 }
      kept.append(diagnostic())
    } else {
      count(severity)
    }
  }

  /// Counts an unlisted diagnostic.
  mutating func count(_ severity: Diagnostic.Severity) {
    if severity == .error { errorCount += 1 } else { warningCount += 1 }
    unlisted.add(severity)
  }
}
