/// What is found in one file, bounded: a file of a million mistakes is told with a thousand.
package struct DiagnosticList {
  /// How many of each severity are kept.
  static let limit = 1_000

  package private(set) var diagnostics: [Diagnostic] = []
  package private(set) var errorCount = 0
  private var warningCount = 0

  package init() {}

  package var hasErrors: Bool { errorCount > 0 }

  /// Adds a diagnostic; the first beyond the limit says that there are more, and later ones are counted.
  package mutating func append(
    _ diagnostic: @autoclosure () -> Diagnostic, _ severity: Diagnostic.Severity
  ) {
    let count = severity == .error ? errorCount : warningCount
    if severity == .error { errorCount += 1 } else { warningCount += 1 }
    guard count <= Self.limit else { return }
    var diagnostic = diagnostic()
    if count == Self.limit {
      diagnostic.message += "; further \(severity.rawValue)s are not listed"
    }
    diagnostics.append(diagnostic)
  }
}
