import MaxMindACL

extension ReplaySummary.RuleHits {
  /// What the rule does with a request.
  var allows: Bool { Step.of(reasonName: kind)?.verdict == .allow }
}

extension ReplaySummary {
  /// What of the denials is not enforced, a sentence for each configuration.
  var sentencesOfLimits: [String] {
    configurations.compactMap { configuration in
      configuration.limits.map { "\(shown(configuration.file)): \(shown($0))" }
    }
  }

  /// A rule and the configuration that it stands in.
  struct PlacedRule {
    var rule: RuleHits
    var file: String

    /// Where it stands: `maxmind.yaml:12`.
    var place: String { "\(file):\(rule.line)" }
  }

  /// A reason that no rule stands for.
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

/// A reason in words, where its name alone does not say what happened.
func explanation(ofReason name: String) -> String {
  switch name {
  case "no rules": "the remap line has no rules"
  case "unmapped": "no remap line maps the URL"
  default: Step.of(reasonName: name)?.meaning ?? ""
  }
}

/// What a report calls the country of an address without one.
func countryName(_ key: String) -> String { key == "-" ? "no country" : key }

/// What a report calls the host of a request without one.
func hostName(_ key: String) -> String { key.isEmpty || key == "-" ? "no host" : key }
