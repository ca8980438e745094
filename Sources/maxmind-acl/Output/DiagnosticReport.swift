import Foundation
import MaxMindACL
import Remap
import Text

/// Prints diagnostics to standard error and counts them.
struct DiagnosticReport {
  private(set) var errors = 0
  private(set) var warnings = 0
  /// The warnings for `--strict`: all but the age of a database, which depends on the day.
  private(set) var strictWarnings = 0
  /// The printed diagnostics. A configuration of two remap lines is reported once.
  private var printed: Set<Diagnostic> = []
  private var checked: Set<String> = []
  /// Kept, so that their databases stay loaded for the next configuration.
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

  /// Loads a configuration, prints its diagnostics and, if it is valid, a summary.
  ///
  /// - Parameters:
  ///   - file: The name of the file in messages.
  ///   - path: The file, relative to the current directory.
  ///   - directory: The directory for relative names in it. Nil: its own.
  ///   - version: The version of Traffic Server that it is for. Nil: unknown.
  ///   - now: The moment of the load, in seconds since 1970.
  ///   - reader: The user that has to read its files.
  ///   - note: The line for a configuration of the stock plugin.
  mutating func load(
    _ file: String, at path: String, directory: String?, mapHost: String?,
    for version: TrafficServerVersion?, now: Int64, reader: Account,
    note: MigrationNote
  ) throws {
    let name = canonicalName(path)
    checked.insert(name)
    let policy: Policy
    do throws(LoadFailure) {
      policy = try Policy.load(
        path: file, at: path, directory: directory, proxy: .trafficServer(version), now: now,
        willRead: reader.checkReading)
    } catch {
      add((LoadFailure(ofRemapYAML: path) ?? error).diagnostics)
      return
    }
    let age = policy.warningsOfAge(at: now).map(\.warning)
    add((policy.warnings(onHost: mapHost) + age).inOrderOfFile)
    if policies.updateValue(policy, forKey: name) == nil {
      try standardOutput.print(policy.summary)
      if let line = note.line(of: policy, at: path, directory: directory, now: now) {
        try standardOutput.print(line)
      }
    }
  }

  /// The policy of a configuration by its canonical name. Nil: it has errors.
  func policy(of configuration: String) -> Policy? { policies[configuration] }

  func printTotals() throws {
    try standardOutput.print(
      "\(counted(checked.count, "configuration")) checked: \(counted(errors, "error")), "
        + counted(warnings, "warning"))
  }
}

/// Prints the errors of rules that do not load.
func report(_ failure: LoadFailure) {
  for diagnostic in failure.diagnostics {
    standardError.write(Terminal.standardError.rendered(diagnostic) + "\n")
  }
}
