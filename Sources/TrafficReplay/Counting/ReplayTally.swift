import AccessLog
import MaxMindACL
import Remap

/// Decides the requests of one worker and counts the outcomes.
struct ReplayTally: TrafficTally {
  private let rules: RuleSet
  let countries: CountryTable
  private let headers: [PolicyHeaders]
  /// The index of the first count of each policy's rules.
  private let firstRule: [Int]

  private var ruleHits: [Int]
  private var policyDecisions: [VerdictCounts]
  private var reasons: [VerdictCounts]
  private var countryDecisions: [VerdictCounts]
  private var fields: FieldCounts
  private var decisions = VerdictCounts()
  private var unmapped = 0
  private var withoutRules = 0
  private var keys: KeyTally
  private var timeline = TimelineCounts()

  /// - Parameters:
  ///   - countries: The countries of the rules' databases.
  ///   - keys: The hosts and denied networks of all workers.
  init(
    rules: RuleSet, countries: CountryTable, keys: SharedKeys,
    headers: HeaderFields
  ) {
    self.rules = rules
    self.keys = KeyTally(keys)
    self.headers = rules.headers(of: headers)
    self.countries = countries
    var count = 0
    firstRule = rules.policies.map { policy in
      defer { count += policy.rules.sourceCount }
      return count
    }
    ruleHits = Array(repeating: 0, count: count)
    policyDecisions = rules.policies.map { _ in VerdictCounts() }
    reasons = Array(repeating: VerdictCounts(), count: Reason.numberCount)
    countryDecisions = countries.names.map { _ in VerdictCounts() }
    fields = FieldCounts(of: rules.policies)
  }

  mutating func add(_ block: borrowing LogBlock) {
    let bytes = block.bytes.span
    for entry in block.entries { _ = decide(entry, bytes) }
  }

  /// Decides a request, counts the outcome and returns it.
  @inline(__always)
  mutating func decide(_ entry: LogEntry, _ bytes: Span<UInt8>) -> RuleSet.Outcome {
    let outcome = rules.decide(
      client: entry.client, url: entry.url, in: bytes, headers: headers,
      circumstances: { entry.circumstances(in: bytes, at: rules.now) })
    count(outcome, of: entry, bytes)
    return outcome
  }

  @inline(__always)
  private mutating func count(
    _ outcome: RuleSet.Outcome, of entry: LogEntry, _ bytes: Span<UInt8>
  ) {
    var isAllowed = true
    var country = 0
    switch outcome {
    case .unmapped:
      unmapped += 1
      return
    case .withoutRules:
      withoutRules += 1
      country = countries.number(of: entry.client, policy: 0)
    case .decided(let policy, let decision):
      isAllowed = decision.verdict == .allow
      policyDecisions[policy].add(isAllowed: isAllowed)
      reasons[decision.reasonNumber].add(isAllowed: isAllowed)
      if let source = decision.rule.flatMap({ rules.policies[policy].rules.source(of: $0) }) {
        ruleHits[firstRule[policy] + source] += 1
      }
      country = countries.number(of: entry.client, policy: policy)
      fields.add(entry.client, by: rules.policies[policy], number: policy, isAllowed: isAllowed)
    }
    decisions.add(isAllowed: isAllowed)
    countryDecisions[country].add(isAllowed: isAllowed)
    keys.add(host: bytes.extracting(entry.url.host.indices), isAllowed: isAllowed)
    timeline.add(entry.time, isAllowed: isAllowed)
    if !isAllowed, let client = entry.client { keys.add(ClientNetwork(of: client)) }
  }

  mutating func finish() { keys.share() }

  /// The counts of this worker, without hosts, networks and coverage.
  var summary: ReplaySummary {
    var summary = ReplaySummary(coverage: Coverage(files: []), rules: rules)
    for index in rules.policies.indices {
      summary.configurations[index].decisions = policyDecisions[index]
      for number in 0..<rules.policies[index].rules.sourceCount {
        summary.configurations[index].rules[number].hits = ruleHits[firstRule[index] + number]
      }
    }
    summary.decisions = decisions
    summary.unmapped = unmapped
    for (number, counts) in reasons.enumerated() where counts.total > 0 {
      summary.reasons[Reason(number: number).description, default: VerdictCounts()].add(counts)
    }
    if withoutRules > 0 { summary.reasons["no rules"] = VerdictCounts(allow: withoutRules) }
    for (name, counts) in zip(countries.names, countryDecisions) where counts.total > 0 {
      summary.countries[name] = counts
    }
    summary.fields = fields.byName
    summary.timeline = timeline.timeline
    return summary
  }
}

extension ReplaySummary {
  /// Some rules before any decision.
  init(coverage: Coverage, rules: RuleSet) {
    self.init(
      coverage: coverage,
      configurations: rules.policies.map { policy in
        ConfigurationHits(
          file: policy.configuration.file,
          databaseType: policy.databases.map(\.type).joined(separator: ", "),
          databaseBuilt: Int(clamping: policy.oldestBuild ?? 0),
          limits: policy.configuration.enforcement.limits,
          rules: policy.rules.sources.map {
            RuleHits(kind: $0.step.name, text: $0.text, line: $0.line)
          })
      })
  }
}
