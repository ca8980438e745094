import GeoDatabase
import MaxMindACL
import Remap

/// What became of a request of a test, in the words of expectations.
struct CaseOutcome {
  /// The reason where no remap line maps the URL.
  static let unmappedReason = "unmapped"
  /// The reason where the remap line has no rules.
  static let withoutRulesReason = "no rules"

  /// The verdict; nil where no remap line maps the URL.
  var decision: Verdict?
  var reason: String
  /// The rule that decided, and its line.
  var rule: String?
  var line: Int?
  /// The status of the answer; nil if that is the origin's.
  var status: Int?

  init(_ outcome: RuleSet.Outcome, of rules: RuleSet) {
    switch outcome {
    case .unmapped:
      reason = Self.unmappedReason
      status = 404
    case .withoutRules:
      decision = .allow
      reason = Self.withoutRulesReason
    case .decided(let policy, let made):
      decision = made.verdict
      reason = made.reason.description
      rule =
        rules.policies.indices.contains(policy)
        ? rules.policies[policy].rule(of: made)?.text : nil
      line = made.line
      status = made.verdict == .deny ? 403 : nil
    }
  }
}

/// One expectation that was not met.
package struct Mismatch: Hashable, Sendable {
  /// The key of the expectation.
  package var key: String
  /// What was expected.
  package var expected: String
  /// What came instead.
  package var actual: String
}

extension Expectation {
  /// Whatever of it an outcome does not meet; `country` is looked up only if it is expected.
  func mismatches(_ outcome: CaseOutcome, country: () -> CountryCode?) -> [Mismatch] {
    var found: [Mismatch] = []
    func compare(_ key: String, _ expected: String?, _ actual: String?, _ absent: String) {
      guard let expected, expected != actual else { return }
      found.append(Mismatch(key: key, expected: expected, actual: actual ?? absent))
    }
    compare("decision", decision?.rawValue, outcome.decision?.rawValue, "none: no remap line")
    if reason != "anonymous" || !outcome.reason.hasPrefix("anonymous.") {
      compare("reason", reason, outcome.reason, "")
    }
    compare("rule", rule, outcome.rule, "none")
    compare("line", line.map(String.init), outcome.line.map(String.init), "none")
    if let expected = self.country {
      compare("country", expected.text, country()?.description ?? Country.none.text, "")
    }
    compare("status", status.map(String.init), outcome.status.map(String.init), "the origin's")
    return found
  }
}

extension Expectation.Country {
  var text: String {
    switch self {
    case .code(let code): code.description
    case .none: "none"
    }
  }
}
