import GeoDatabase
import Text

// Log texts for a policy and its decisions.
extension Policy {
  /// One line with the reason: `deny deny.country DE maxmind.yaml:12 country=DE`. Without a rule, it names only the
  /// file.
  package func describe(_ decision: Decision) -> String {
    var words = [decision.verdict.rawValue, decision.reason.description]
    if let failure = decision.reason.failure { words.append("(\(failure.explanation))") }
    if let rule = rule(of: decision) {
      words.append(rule.text)
      words.append("\(rule.file ?? configuration.file):\(rule.line)")
    } else {
      words.append(configuration.file)
    }
    if let country = country(of: decision) { words.append("country=\(country)") }
    return printable(words.joined(separator: " "))
  }

  private var databasesText: String {
    if databases.isEmpty { return "no database" }
    let listed = databases.map { "\($0.path) (\($0.summary))" }.joined(separator: ", ")
    return "\(databases.count == 1 ? "database" : "databases") \(listed)"
  }

  /// The load in one line: the number of rules for each step, and the databases with type and build date.
  public var summary: String {
    let counts = Step.allCases.compactMap { step -> String? in
      let count = rules.count(of: step)
      return count > 0 ? "\(count) \(step.name)" : nil
    }
    let listed = counts.isEmpty ? "no rules" : counts.joined(separator: ", ")
    let header = clientHeader.map { "; client by \($0)" } ?? ""
    let limits = enforcement.limits.map { "; \($0)" } ?? ""
    let semantics = stock.map { "semantics \($0.semantics.rawValue); " } ?? ""
    let lists = lists.all.map { "list \($0.summary); " }.joined()
    return printable(
      "\(configuration.file): \(listed); default \(defaultVerdict.rawValue); \(semantics)\(lists)"
        + "\(databasesText)\(header)\(limits)")
  }
}

extension GeoDatabase {
  /// The type and build date: `GeoLite2-Country, built 2026-09-01`.
  package var summary: String { "\(type), built \(isoDate(epoch: buildEpoch))" }
}
