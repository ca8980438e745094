import GeoDatabase
import URLPattern

/// Precomputes the part of the ladder that depends only on the record.
struct RecordPlanner {
  let defaultVerdict: Verdict
  let errorVerdict: Verdict
  /// The pattern sets that plans refer to by index. The first is empty.
  private(set) var patternSets = [PatternSet([])]

  private let compiled: CompiledConfiguration
  private let hasAddressRules: Bool
  private let denyReadsCountry: Bool
  private let allowReadsCountry: Bool
  private var denySets: [CountryCode?: UInt32] = [:]
  private var allowSets: [CountryCode?: UInt32] = [:]

  init(_ compiled: CompiledConfiguration) {
    self.compiled = compiled
    hasAddressRules = !compiled.addresses.isEmpty || compiled.bypassAddresses != nil
    let configuration = compiled.configuration
    defaultVerdict = configuration.ruleCount(in: .allow) > 0 ? .deny : .allow
    errorVerdict = configuration.onError?.value ?? .deny
    denyReadsCountry = configuration.deny.readsCountry
    allowReadsCountry = configuration.allow.readsCountry
    denySets = addSets(of: compiled.deny)
    allowSets = addSets(of: compiled.allow)
  }

  /// Adds a side's sets. Key nil: countries without a set of their own.
  private mutating func addSets(of side: CompiledRules) -> [CountryCode?: UInt32] {
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

  /// The plan for a record; nil: the address is not in the database.
  func plan(for record: Record?) -> RecordPlan {
    var country: CountryCode?
    if case .code(let code)? = record?.country { country = code }
    let isUnreadable = record?.country == .unreadable
    let denyPatterns = denySets[country] ?? denySets[.none] ?? 0
    let allowPatterns = allowSets[country] ?? allowSets[.none] ?? 0
    let failure: Failure? = isUnreadable && denyReadsCountry ? .unreadableCountry : nil
    let first = Step.allCases.lazy.compactMap { step in
      decision(at: step, record, country).map { (step: step, decision: $0) }
    }.first
    return RecordPlan(
      first?.decision ?? Decision(defaultVerdict, Reason(.byDefault), country: country),
      at: first?.step ?? .byDefault, failure: failure, denyPatterns: denyPatterns,
      allowPatterns: allowPatterns, hasAddressRules: hasAddressRules)
  }

  /// The decision that a step makes for a record; nil: none.
  private func decision(at step: Step, _ record: Record?, _ country: CountryCode?) -> Decision? {
    func error(_ failure: Failure) -> Decision {
      Decision(errorVerdict, .error(failure), country: country)
    }
    func match(_ rule: UInt32?, _ reason: Reason) -> Decision? {
      rule.map {
        Decision(step.verdict ?? .deny, reason, rule: reference(to: $0), country: country)
      }
    }
    switch step {
    case .bypass, .denyIP, .denyRegex, .allowIP, .allowRegex:
      return nil  // The record does not settle it.
    case .denyCountry: return match(country.flatMap { compiled.deny.countries[$0] }, Reason(step))
    case .anonymous:
      guard let record else { return nil }
      // A flag that is set wins over one that cannot be read.
      if let set = compiled.blockedFlags.first(where: { record.flags.contains($0.flag) }) {
        return match(set.rule, .anonymous(set.flag))
      }
      let isUnreadable = compiled.blockedFlags.contains {
        record.unreadableFlags.contains($0.flag)
      }
      return isUnreadable ? error(.unreadableFlag) : nil
    case .allowCountry: return match(country.flatMap { compiled.allow.countries[$0] }, Reason(step))
    case .error:
      let isUnreadable = record?.country == .unreadable && allowReadsCountry
      return isUnreadable ? error(.unreadableCountry) : nil
    case .unknown:
      guard country == nil else { return nil }
      return compiled.configuration.unknown.map { Decision($0.value, Reason(step)) }
    case .byDefault: return nil  // See `plan(for:)`.
    }
  }

  /// The plan for clients without an address: no rule for a country or an anonymity flag matches.
  var planWithoutAddress: RecordPlan {
    RecordPlan(
      Decision(errorVerdict, .error(.noAddress)), at: .error, failure: .noAddress,
      denyPatterns: denySets[.none] ?? 0, allowPatterns: 0, hasAddressRules: hasAddressRules)
  }

  private func reference(to rule: UInt32) -> RuleReference {
    RuleReference(number: rule, line: compiled.rules.lines[Int(rule)])
  }
}
