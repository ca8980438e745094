/// What is found in one file, bounded: of a million mistakes 50 are kept, and the others counted.
package struct DiagnosticList {
  /// Those of each severity up to a limit.
  private var kept: [Diagnostic] = []
  private var unlisted = Diagnostic.Unlisted()
  package private(set) var errorCount = 0
  private var warningCount = 0

  package init() {}

  package var hasErrors: Bool { errorCount > 0 }

  /// Up to 50 of each severity; the last one counts the others.
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

  /// Counts a diagnostic that is not listed.
  mutating func count(_ severity: Diagnostic.Severity) {
    if severity == .error { errorCount += 1 } else { warningCount += 1 }
    unlisted.add(severity)
  }
}
