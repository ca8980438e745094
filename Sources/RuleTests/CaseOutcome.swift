import GeoDatabase
import MaxMindACL
import Remap

/// The outcome of a request of a test, in the words of expectations.
struct CaseOutcome {
  static let unmappedReason = "unmapped"
  static let withoutRulesReason = "no rules"
  /// The reason if a remap line redirects: Traffic Server answers before any rules.
  static let redirectedReason = "redirected"

  /// The status for a connection that is closed without an answer, as in nginx's logs.
  static let closedStatus = 444

  /// Nil: no remap line maps the URL, or a remap line redirects it.
  var decision: Verdict?
  var reason: String
  /// The rule that decided, and its line.
  var rule: String?
  var line: Int?
  /// The status of the answer. Nil: the origin answers. `closedStatus`: the connection is closed without an answer.
  var status: Int?
  var remapLine: RemapLine?

  init(
    _ outcome: RuleSet.Outcome, of rules: RuleSet, remapLine: RemapLine?, request: Request?
  ) {
    self.remapLine = remapLine
    switch outcome {
    case .unmapped:
      reason = Self.unmappedReason
      status = 404
    case .withoutRules:
      switch remapLine?.kind {
      case .redirect, .redirectTemporary:
        reason = Self.redirectedReason
        status = remapLine?.kind == .redirect ? 301 : 307
      default:
        decision = .allow
        reason = Self.withoutRulesReason
      }
    case .decided(let policy, let made):
      decision = made.verdict
      reason = made.reason.description
      line = made.line
      guard rules.policies.indices.contains(policy) else { return }
      let policy = rules.policies[policy]
      rule = policy.rule(of: made)?.text
      if let answer = request.flatMap({ policy.answer(to: $0, made) }) {
        status = answer.status ?? Self.closedStatus
      }
    }
  }
}

/// One expectation that was not met.
package struct Mismatch: Hashable, Sendable {
  /// The key of the expectation.
  package var key: String
  /// The expected value.
  package var expected: String
  /// The actual value.
  package var actual: String
}

extension Expectation {
  /// The expectations that an outcome does not meet. Looks up the country only if one is expected.
  func mismatches(_ outcome: CaseOutcome, country: () -> PlaceCode?) -> [Mismatch] {
    var found: [Mismatch] = []
    func compare(_ key: String, _ expected: String?, _ actual: String?, _ absent: String) {
      guard let expected, expected != actual else { return }
      found.append(Mismatch(key: key, expected: expected, actual: actual ?? absent))
    }
    compare(
      "decision", decision?.rawValue, outcome.decision?.rawValue,
      "none: the request is \(outcome.reason)")
    // The name of a step covers all its reasons.
    if reason == nil || reason != Step.of(reasonName: outcome.reason)?.name {
      compare("reason", reason, outcome.reason, "")
    }
    compare("rule", rule, outcome.rule, "none")
    compare("line", line.map(String.init), outcome.line.map(String.init), "none")
    if let expected = self.country {
      compare("country", expected.text, country()?.description ?? Country.none.text, "")
    }
    compare("status", status.map(String.init), outcome.status.map(String.init), "the origin's")
    if let map, outcome.remapLine?.isNamed(by: map) != true {
      let actual = outcome.remapLine.map { "\($0.place): \($0.text)" } ?? "none"
      found.append(Mismatch(key: "map", expected: map, actual: actual))
    }
    return found
  }
}

extension RemapLine {
  /// Whether a text is the place of the line or the URL that it maps from.
  fileprivate func isNamed(by text: String) -> Bool {
    let words = self.text.split(separator: " ")
    return place == text || place.hasSuffix("/\(text)") || (words.count > 1 && words[1] == text)
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
