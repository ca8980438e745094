import MaxMindACL

/// Prints diagnostics to standard error and counts them.
struct DiagnosticReport {
  private(set) var errors = 0
  private(set) var warnings = 0
  private var loaded = 0
  /// What was printed: a configuration that two remap lines share is reported once.
  private var printed: Set<Diagnostic> = []

  mutating func add(_ diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics where printed.insert(diagnostic).inserted {
      standardError.write(diagnostic.rendered + "\n")
      if diagnostic.severity == .error { errors += 1 } else { warnings += 1 }
    }
  }

  /// Loads a configuration for its diagnostics and, if it is sound, says what it holds.
  mutating func load(_ file: String, directory: String?, mapHost: String?) {
    loaded += 1
    do throws(LoadFailure) {
      let policy = try Policy.load(path: file, directory: directory, mapHost: mapHost)
      add(policy.warnings)
      print(policy.summary)
    } catch {
      add(error.diagnostics)
    }
  }

  func printTotals() {
    func counted(_ count: Int, _ noun: String) -> String {
      "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
    print(
      "\(counted(loaded, "configuration")) checked: \(counted(errors, "error")), "
        + counted(warnings, "warning"))
  }
}
