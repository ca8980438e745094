import Foundation
import GeoDatabase
import MaxMindACL
import Remap

/// Prints diagnostics to standard error and counts them.
struct DiagnosticReport {
  private(set) var errors = 0
  private(set) var warnings = 0
  /// What was printed: a configuration that two remap lines share is reported once.
  private var printed: Set<Diagnostic> = []
  private var checked: Set<String> = []
  /// Kept, so that the next configuration finds their databases loaded.
  private var policies: [String: Policy] = [:]

  mutating func add(_ diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics where printed.insert(diagnostic).inserted {
      standardError.write(Terminal.standardError.rendered(diagnostic) + "\n")
      if diagnostic.severity == .error { errors += 1 } else { warnings += 1 }
      errors += diagnostic.unlisted.errors
      warnings += diagnostic.unlisted.warnings
    }
  }

  /// Loads a configuration for its diagnostics and, if it is sound, says what it holds.
  ///
  /// - Parameters:
  ///   - file: The file, as messages call it.
  ///   - path: The same, relative to the current directory.
  ///   - directory: What names in it are relative to; nil: its own.
  mutating func load(
    _ file: String, at path: String, directory: String?, mapHost: String?, now: Int64?
  ) throws {
    let name = canonicalName(path)
    checked.insert(name)
    let policy: Policy
    do throws(LoadFailure) {
      policy = try Policy.load(path: file, at: path, directory: directory, now: now)
    } catch {
      add(error.diagnostics)
      return
    }
    add(policy.warnings(onHost: mapHost))
    if policies.updateValue(policy, forKey: name) == nil {
      try standardOutput.print(policy.summary)
    }
  }

  func printTotals() throws {
    try standardOutput.print(
      "\(counted(checked.count, "configuration")) checked: \(counted(errors, "error")), "
        + counted(warnings, "warning"))
  }
}

/// Says what keeps rules from loading.
func report(_ failure: LoadFailure) {
  for diagnostic in failure.diagnostics {
    standardError.write(Terminal.standardError.rendered(diagnostic) + "\n")
  }
}
