import GeoDatabase
import URLPattern

/// Settles beforehand what depends on the record alone.
struct RecordPlanner {
  let defaultVerdict: Verdict
  let errorVerdict: Verdict
  /// The sets of patterns that plans name by index; the first is empty.
  private(set) var patternSets = [PatternSet([])]

  private let compiled: CompiledConfiguration
  private let hasAddressRules: Bool
  private var denySets: [CountryCode?: UInt32] = [:]
  private var allowSets: [CountryCode?: UInt32] = [:]

  init(_ compiled: CompiledConfiguration) {
    self.compiled = compiled
    hasAddressRules = !compiled.addresses.isEmpty || compiled.bypassAddresses != nil
    let configuration = compiled.configuration
    defaultVerdict = configuration.allow.count > 0 ? .deny : .allow
    errorVerdict = configuration.onError?.value ?? .deny
    denySets = addSets(of: compiled.deny)
    allowSets = addSets(of: compiled.allow)
  }

  /// Adds a side's sets; nil is the country of those who have no set of their own.
  private mutating func addSets(of side: Policy.Side) -> [CountryCode?: UInt32] {
    var indices: [CountryCode?: UInt32] = [:]
    func add(_ set: PatternSet, _ sets: inout [PatternSet]) -> UInt32 {
      if set.isEmpty { return 0 }
      sets.append(set)
      return UInt32(truncatingIfNeeded: sets.count - 1)
    }
    indices[.none] = add(side.patternsForAnyone, &patternSets)
    for (country, set) in side.patternsByCountry { indices[country] = add(set, &patternSets) }
    return indices
  }

  /// What a record settles; nil: what it settles that the database does not know the address.
  func plan(for record: Record?) -> RecordPlan {
    var country: CountryCode?
    if case .code(let code)? = record?.country { country = code }
    let isUnreadable = record?.country == .unreadable

    func decision(_ verdict: Verdict, _ reason: Reason, _ rule: UInt32? = nil) -> Decision {
      Decision(verdict, reason, rule: rule.map { reference(to: $0) }, country: country)
    }

    let denyPatterns = denySets[country] ?? denySets[.none] ?? 0
    let allowPatterns = allowSets[country] ?? allowSets[.none] ?? 0
    let failure: Failure? =
      isUnreadable && compiled.deny.readsCountry ? .unreadableCountry : nil
    func plan(_ decision: Decision, _ stage: RecordPlan.Stage) -> RecordPlan {
      RecordPlan(
        decision, stage, failure: failure, denyPatterns: denyPatterns,
        allowPatterns: allowPatterns, hasAddressRules: hasAddressRules)
    }

    if let rule = country.flatMap({ compiled.deny.countries[$0] }) {
      return plan(decision(.deny, .denyCountry, rule), .denial)
    }
    if let record, let anonymity = anonymity(record, decision) {
      return plan(anonymity, .beforeAllowPatterns)
    }
    if let rule = country.flatMap({ compiled.allow.countries[$0] }) {
      return plan(decision(.allow, .allowCountry, rule), .beforeAllowPatterns)
    }
    if isUnreadable, compiled.allow.readsCountry {
      return plan(decision(errorVerdict, .error(.unreadableCountry)), .last)
    }
    if country == nil, let verdict = compiled.configuration.unknown?.value {
      return plan(decision(verdict, .unknown), .last)
    }
    return plan(decision(defaultVerdict, .byDefault), .last)
  }

  /// What is settled for clients without an address: no rule for a country or an anonymity flag matches.
  var planWithoutAddress: RecordPlan {
    RecordPlan(
      Decision(errorVerdict, .error(.noAddress)), .last, failure: .noAddress,
      denyPatterns: denySets[.none] ?? 0, allowPatterns: 0, hasAddressRules: hasAddressRules)
  }

  private func reference(to rule: UInt32) -> RuleReference {
    RuleReference(number: rule, line: compiled.rules.lines[Int(rule)])
  }

  /// Line 4: a flag that is set wins over one that cannot be read.
  private func anonymity(
    _ record: Record, _ decision: (Verdict, Reason, UInt32?) -> Decision
  ) -> Decision? {
    for (flag, rule) in compiled.blockedFlags where record.flags.contains(flag) {
      return decision(.deny, .anonymous(flag), rule)
    }
    if compiled.blockedFlags.contains(where: { record.unreadableFlags.contains($0.flag) }) {
      return decision(errorVerdict, .error(.unreadableFlag), nil)
    }
    return nil
  }
}
