import MaxMindACL

extension ReplaySummary.RuleHits {
  var allows: Bool { Step.of(reasonName: kind)?.verdict == .allow }
}

extension ReplaySummary {
  /// The limits of enforcement, a sentence for each configuration.
  var sentencesOfLimits: [String] {
    configurations.compactMap { configuration in
      configuration.limits.map { "\(shown(configuration.file)): \(shown($0))" }
    }
  }

  struct PlacedRule {
    var rule: RuleHits
    var file: String

    /// The place of the rule: `maxmind.yaml:12`.
    var place: String { "\(file):\(rule.line)" }
  }

  /// A reason without a rule, and its requests.
  typealias RulelessReason = (name: String, count: VerdictCounts)

  private var placedRules: [PlacedRule] {
    configurations.flatMap { configuration in
      configuration.rules.map { PlacedRule(rule: $0, file: configuration.file) }
    }
  }

  /// The rules that decided, the most frequent first; equal ones in the order of the configurations.
  var rulesThatHit: [PlacedRule] {
    placedRules.filter { $0.rule.hits > 0 }.enumerated()
      .sorted { ($1.element.rule.hits, $0.offset) < ($0.element.rule.hits, $1.offset) }
      .map(\.element)
  }

  /// The rules that decided nothing, in the order of the configurations.
  var rulesThatNeverHit: [PlacedRule] { placedRules.filter { $0.rule.hits <= 0 } }

  /// The requests that no rule decided, by reason; the most frequent first.
  var rulelessReasons: [RulelessReason] {
    reasons.filter { name, _ in Step.of(reasonName: name)?.section == nil }
      .map { (name: $0.key, count: $0.value) }
      .sorted { ($1.count.total, $0.name) < ($0.count.total, $1.name) }
  }
}

/// A reason in words, if its name alone does not explain it.
func explanation(ofReason name: String) -> String {
  switch name {
  case "no rules": "the remap line has no rules"
  case "unmapped": "no remap line maps the URL"
  default: Step.of(reasonName: name)?.meaning ?? ""
  }
}

/// The name in a report for the host of a request without one.
func hostName(_ key: String) -> String { key.isEmpty || key == "-" ? "no host" : key }
