import Foundation
import MaxMindACL
import Remap
import Text

/// Prints diagnostics to standard error and counts them.
struct DiagnosticReport {
  private(set) var errors = 0
  private(set) var warnings = 0
  /// The warnings that `--strict` fails for: all but the age of a database, which depends on the day.
  private(set) var strictWarnings = 0
  /// What was printed: a configuration that two remap lines share is reported once.
  private var printed: Set<Diagnostic> = []
  private var checked: Set<String> = []
  /// Kept, so that the next configuration finds their databases loaded.
  private var policies: [String: Policy] = [:]

  mutating func add(_ diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics where printed.insert(diagnostic).inserted {
      standardError.write(Terminal.standardError.rendered(diagnostic) + "\n")
      if diagnostic.severity == .error {
        errors += 1
      } else {
        warnings += 1
        if diagnostic.id != .databaseAge { strictWarnings += 1 }
      }
      errors += diagnostic.unlisted.errors
      warnings += diagnostic.unlisted.warnings
      strictWarnings += diagnostic.unlisted.warnings
    }
  }

  /// Loads a configuration for its diagnostics and, if it is sound, says what it holds.
  ///
  /// - Parameters:
  ///   - file: The file, as messages call it.
  ///   - path: The same, relative to the current directory.
  ///   - directory: What names in it are relative to; nil: its own.
  ///   - now: The moment of the load, in seconds since 1970.
  ///   - reader: The user who has to read its files.
  mutating func load(
    _ file: String, at path: String, directory: String?, mapHost: String?, now: Int64,
    reader: Account
  ) throws {
    let name = canonicalName(path)
    checked.insert(name)
    let policy: Policy
    do throws(LoadFailure) {
      policy = try Policy.load(
        path: file, at: path, directory: directory, proxy: .trafficServer, now: now,
        willRead: reader.checkReading)
    } catch {
      add(error.diagnostics)
      return
    }
    let age = policy.warningOfAge(at: now).map { [$0] } ?? []
    add((policy.warnings(onHost: mapHost) + age).inOrderOfFile)
    if policies.updateValue(policy, forKey: name) == nil {
      try standardOutput.print(policy.summary)
    }
  }

  /// The policy of a configuration that was loaded, by its canonical name; nil where it has errors.
  func policy(of configuration: String) -> Policy? { policies[configuration] }

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
