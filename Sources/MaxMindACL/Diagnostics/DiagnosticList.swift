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
