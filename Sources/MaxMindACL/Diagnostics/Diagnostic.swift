/// A place in a text file, as editors count: line and column from 1, the column in characters.
package struct SourcePosition: Hashable, Sendable, Comparable {
  /// The line, from 1.
  package var line: Int
  /// The column, from 1, in Unicode scalars.
  package var column: Int

  /// Makes a position; both numbers count from 1.
  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// The order in which a reader meets two positions.
  package static func < (left: SourcePosition, right: SourcePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// What a value of a text file covers: from its first character to just after its last.
package struct SourceRange: Hashable, Sendable {
  /// The first character.
  package var start: SourcePosition
  /// Just after the last character; maybe on a later line.
  package var end: SourcePosition

  /// Makes a range; `end` is exclusive.
  package init(start: SourcePosition, end: SourcePosition) {
    self.start = start
    self.end = end
  }
}

/// A problem of a configuration: what is wrong, where, and what would be right.
///
/// An error means that the configuration is not loaded. A warning names something that works but is
/// probably not meant.
///
/// ```swift
/// for warning in policy.warnings { print(warning.rendered) }
/// ```
public struct Diagnostic: Hashable, Sendable {
  /// How bad it is.
  public enum Severity: String, Hashable, Sendable {
    /// The configuration is loaded; something in it is probably not meant.
    case warning
    /// The configuration is not loaded or, at a reload, a list file keeps the list that is in force.
    case error
  }

  /// How bad it is.
  public var severity: Severity
  /// The kind of the problem, apart from the wording.
  package var id: DiagnosticID
  /// One sentence without a full stop: what is wrong and, where it can be said, what would be right.
  public var message: String
  /// The file, as the operator named it.
  public var file: String
  /// Where in the file; nil if the problem is the file itself.
  package var range: SourceRange?
  /// The line of the file at which `range` starts, without its line break.
  package var sourceLine: String?
  /// The column at which `sourceLine` begins: 1, or more where the line is too long to be quoted from its beginning.
  package var sourceColumn = 1
  /// Errors and warnings of this file that are not listed.
  package var unlisted = Unlisted()

  /// Counts of diagnostics that are not listed.
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

  /// The stable name of the kind of problem: `unknown-key`, …
  public var name: String { id.rawValue }

  /// The line in the file, from 1; nil if the problem is the file itself.
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

/// A configuration that could not be loaded, with all its problems.
///
/// ```swift
/// do { policy = try Policy.load(path: "maxmind.yaml") } catch { print(error) }
/// ```
public struct LoadFailure: Error, Sendable, CustomStringConvertible {
  /// All diagnostics, warnings included, in the order of the file; at least one is an error.
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
  /// Sorted by their places in the file, those without one first; those of one place stay as they are.
  package var inOrderOfFile: [Diagnostic] {
    let start = { (diagnostic: Diagnostic) in
      diagnostic.range?.start ?? SourcePosition(line: 0, column: 0)
    }
    return enumerated()
      .sorted { (start($0.element), $0.offset) < (start($1.element), $1.offset) }
      .map(\.element)
  }
}

/// How many diagnostics of a file are listed at most.
let listedDiagnostics = 50

extension [Diagnostic] {
  /// At most 50 of each file, errors rather than warnings; the last one of a file counts the others.
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
