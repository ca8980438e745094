import AccessLog
import Addresses
import MaxMindACL
import Remap

/// Decides the requests of one worker and counts the outcomes.
struct ReplayTally: TrafficTally {
  private let rules: RuleSet
  let countries: CountryTable
  private let headers: RequestHeaders
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
  ///   - headers: The header fields that the rules read.
  init(
    rules: RuleSet, countries: CountryTable, keys: SharedKeys,
    headers: RequestHeaders
  ) {
    self.rules = rules
    self.keys = KeyTally(keys)
    self.headers = headers
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
    let values = block.headers.span
    for entry in block.entries {
      var client: Address?
      _ = decide(entry, bytes, values, block.headerCount, client: &client)
    }
  }

  /// Decides a request, counts the outcome and returns it.
  ///
  /// - Parameters:
  ///   - values: The header fields of the block.
  ///   - count: How many of them a request has.
  ///   - client: The client for the rules.
  @inline(__always)
  mutating func decide(
    _ entry: LogEntry, _ bytes: Span<UInt8>, _ values: Span<ByteRange>, _ count: Int,
    client: inout Address?
  ) -> RuleSet.Outcome {
    // The closure would copy the rules.
    let now = rules.now
    let outcome = rules.decide(
      peer: entry.client, url: entry.url, in: bytes, headers: headers,
      values: values.extracting(entry.headerIndices(count: count)), client: &client,
      circumstances: { entry.circumstances(in: bytes, at: now) })
    self.count(outcome, of: entry, client, bytes)
    return outcome
  }

  @inline(__always)
  private mutating func count(
    _ outcome: RuleSet.Outcome, of entry: LogEntry, _ client: Address?, _ bytes: Span<UInt8>
  ) {
    var isAllowed = true
    var country = 0
    switch outcome {
    case .unmapped:
      unmapped += 1
      return
    case .withoutRules:
      withoutRules += 1
      country = countries.number(of: client, policy: 0)
    case .decided(let policy, let decision):
      isAllowed = decision.verdict == .allow
      policyDecisions[policy].add(isAllowed: isAllowed)
      reasons[decision.reasonNumber].add(isAllowed: isAllowed)
      if let source = decision.rule.flatMap({ rules.policies[policy].rules.source(of: $0) }) {
        ruleHits[firstRule[policy] + source] += 1
      }
      country = countries.number(of: client, policy: policy)
      fields.add(client, by: rules.policies[policy], number: policy, isAllowed: isAllowed)
    }
    decisions.add(isAllowed: isAllowed)
    countryDecisions[country].add(isAllowed: isAllowed)
    keys.add(host: bytes.extracting(entry.url.host.indices), isAllowed: isAllowed)
    timeline.add(entry.time, isAllowed: isAllowed)
    if !isAllowed, let client { keys.add(ClientNetwork(of: client)) }
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
