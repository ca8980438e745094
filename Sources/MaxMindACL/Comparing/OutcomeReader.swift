import Addresses
import GeoDatabase
import URLPattern

/// Reads the outcomes of clients from a policy.
struct OutcomeReader: Sendable {
  let policy: Policy
  private let denyPatterns: PatternTexts
  private let allowPatterns: PatternTexts
  private let denyRules: [RequestPart]
  private let allowRules: [RequestPart]
  /// The conditions of `bypass` on the URL.
  private let bypassPatterns: Set<String>
  /// Whether requests that `bypass` lets through by a header field or the URL are ignored.
  private let ignoresBypass: Bool
  private var cached: [Key: ClientOutcome] = [:]

  /// What decides for a client. Clients with equal keys have one outcome.
  private struct Key: Hashable {
    var isBypassed: Bool
    var countsHeader: Bool
    var isDenied: Bool
    var isAllowed: Bool
    var plan: RecordPlan
    var deny = RuleStates()
    var allow = RuleStates()
  }

  /// - Parameter ignoringSubjects: Whether one pattern is one condition, whatever a policy's patterns match.
  init(_ policy: Policy, ignoringBypass: Bool = false, ignoringSubjects: Bool = false) {
    self.policy = policy
    ignoresBypass = ignoringBypass
    let configuration = policy.configuration
    let semantics = ignoringSubjects ? nil : configuration.stock?.semantics
    let subject = semantics.map { "\($0.rawValue) " } ?? ""
    denyPatterns = PatternTexts(configuration.deny, subject)
    allowPatterns = PatternTexts(configuration.allow, subject)
    denyRules = configuration.deny.rules.map(RequestPart.init)
    allowRules = configuration.allow.rules.map(RequestPart.init)
    bypassPatterns = Set((configuration.bypass?.patterns ?? []).map { text(ofPattern: $0.value) })
  }

  /// The maps whose leaves decide, besides the databases.
  var addressMaps: [any AddressMap] {
    var tables = [policy.addresses, policy.bypassRules.addresses]
    if let bypass = policy.bypass { tables.append(bypass.sources) }
    for rule in (policy.named?.deny.rules ?? []) + (policy.named?.allow.rules ?? []) {
      tables += [rule.conditions, rule.exceptions].compactMap(\.addresses)
    }
    return tables.filter { !$0.isEmpty }
  }

  /// The outcome of a client that no record needs to decide. Nil: the records decide.
  mutating func outcomeWithoutRecord(of client: Address) -> ClientOutcome? {
    let isBypassed = policy.bypassRules.addresses.value(for: client) != nil
    let isDenied = addressRule(of: client).map { $0 < policy.firstAllowedAddress }
    return isBypassed || isDenied == true ? outcome(of: client) : nil
  }

  /// The outcome of a client by its address.
  mutating func outcome(of client: Address) -> ClientOutcome {
    let plan = policy.mergedPlan(for: client)
    let rule = addressRule(of: client)
    let countsHeader = policy.bypass.map {
      $0.countsFromEveryone || policy.clientRules != nil || $0.sources.value(for: client) != nil
    }
    var key = Key(
      isBypassed: policy.bypassRules.addresses.value(for: client) != nil,
      countsHeader: countsHeader ?? false,
      isDenied: rule.map { $0 < policy.firstAllowedAddress } ?? false, isAllowed: rule != nil,
      plan: plan)
    if let named = policy.named, let tables = policy.tables {
      let record = tables.record(for: client)
      if plan.state.contains(.denyRules) {
        key.deny = RuleStates(of: named.deny, in: named, client, record, denyRules)
      }
      if plan.state.contains(.allowRules) {
        key.allow = RuleStates(of: named.allow, in: named, client, record, allowRules)
      }
    }
    if let known = cached[key] { return known }
    let outcome = outcome(key)
    cached[key] = outcome
    return outcome
  }

  private func addressRule(of client: Address) -> UInt32? {
    policy.stock == nil ? policy.addresses.value(for: client) : policy.stockAddressRule(of: client)
  }

  /// Climbs the ladder as `Policy.decide` does.
  private func outcome(_ key: Key) -> ClientOutcome {
    var clauses: [ClientOutcome.Clause] = []
    func add(_ verdict: Verdict, _ conditions: Set<String>) {
      clauses.append(.init(verdict: verdict, conditions: conditions))
    }
    func ends(_ verdict: Verdict) -> ClientOutcome { ClientOutcome(clauses, verdict: verdict) }
    let (plan, errorVerdict) = (key.plan, policy.errorVerdict)
    let country = policy.country(of: plan.decision)

    // Line 1.
    if let bypass = policy.bypass, key.countsHeader, !ignoresBypass {
      add(.allow, ["header \(bypass.name.lowercased())\0\(bypass.value)"])
    }
    if key.isBypassed { return ends(.allow) }
    if !ignoresBypass { add(.allow, bypassPatterns) }

    if policy.stock != nil {
      if plan.isSettled { return ends(plan.decision.verdict) }
      if key.isAllowed { return ends(key.isDenied ? .deny : .allow) }
      if plan.denyPatterns > 0 { add(.deny, denyPatterns.texts(for: country)) }
      if plan.allowPatterns > 0 { add(.allow, allowPatterns.texts(for: country)) }
      return ends(plan.decision.verdict)
    }

    // Line 2.
    if key.isDenied { return ends(.deny) }
    if plan.state.contains(.open) {
      if plan.denyPatterns > 0 { add(.deny, denyPatterns.texts(for: country)) }
      if key.deny.isMatched { return ends(.deny) }
      add(.deny, texts(key.deny.open, denyRules))
      if plan.failure != nil || key.deny.isFailed { return ends(errorVerdict) }
      add(errorVerdict, texts(key.deny.openFailed, denyRules))
    }
    if plan.line == 2 { return ends(.deny) }

    // Line 3.
    if key.isAllowed { return ends(.allow) }

    // The end of line 5.
    if plan.allowPatterns > 0 { add(.allow, allowPatterns.texts(for: country)) }
    if key.allow.isMatched { return ends(.allow) }
    add(.allow, texts(key.allow.open, allowRules))
    if plan.decision.reason.step != .error {
      if key.allow.isFailed { return ends(errorVerdict) }
      add(errorVerdict, texts(key.allow.openFailed, allowRules))
    }

    // Lines 4 to 6.
    return ends(plan.decision.verdict)
  }

  private func texts(_ numbers: [Int], _ rules: [RequestPart]) -> Set<String> {
    Set(numbers.map { rules[$0].text })
  }
}

extension Policy {
  /// How many rules depend on more than the client, by step: patterns, the bypass header, and named rules with a
  /// condition on the request. Steps without such rules are left out.
  package var requestRules: [(step: Step, count: Int)] {
    Step.allCases.compactMap { step in
      let section = step.section == .deny ? configuration.deny : configuration.allow
      let count =
        switch step.reads {
        case .request:
          (bypass == nil ? 0 : 1) + (configuration.bypass?.patterns.count ?? 0)
        case .url: section.regexes.count
        case .conditions: section.rules.count { !RequestPart($0).isEmpty }
        case .address, .field, .flags, nil: 0
        }
      return count > 0 ? (step, count) : nil
    }
  }
}

private func text(ofPattern pattern: String) -> String { "regex \(pattern)" }

/// The patterns of `allow` or of `deny` for each country.
private struct PatternTexts: Sendable {
  private var forAnyone: Set<String> = []
  private var byCountry: [PlaceCode: Set<String>] = [:]

  /// - Parameter subject: What the patterns match, if it is not the documented subject.
  init(_ section: Configuration.RuleSection, _ subject: String) {
    for regex in section.regexes {
      let text = subject + text(ofPattern: regex.pattern.value)
      for scope in regex.scopes {
        switch scope.value {
        case .anyone: forAnyone.insert(text)
        case .country(let code): byCountry[code, default: []].insert(text)
        }
      }
    }
  }

  func texts(for country: PlaceCode?) -> Set<String> {
    forAnyone.union(country.flatMap { byCountry[$0] } ?? [])
  }
}

/// The conditions of a named rule that depend on the request.
private struct RequestPart: Sendable {
  /// The conditions in a fixed order; empty: none.
  let text: String

  init(_ rule: Configuration.NamedRule) {
    func parts(_ conditions: Configuration.Conditions, _ sign: String) -> [String] {
      func part(_ name: String, _ values: [String]) -> String? {
        values.isEmpty ? nil : "\(sign)\(name) \(values.sorted().joined(separator: ", "))"
      }
      return [
        part("host", conditions.hosts.map { "\($0.value)" }),
        part("method", conditions.methods.map { "\($0.value)" }),
        part("time", conditions.window.map { ["\($0.value)"] } ?? []),
        part("regex", conditions.patterns.map(\.value)),
      ].compactMap(\.self)
    }
    let all = parts(rule.conditions, "") + parts(rule.exceptions, "not ")
    // One pattern is the same condition as in `regex`.
    let patterns = rule.conditions.patterns
    text =
      all.count == 1 && patterns.count == 1
      ? MaxMindACL.text(ofPattern: patterns[0].value) : all.joined(separator: "; ")
  }

  var isEmpty: Bool { text.isEmpty }
}

/// The named rules of a section for one client.
private struct RuleStates: Hashable {
  /// Whether a rule matches each request.
  private(set) var isMatched = false
  /// Whether a rule fails on each request.
  private(set) var isFailed = false
  /// The rules that match some requests.
  private(set) var open: [Int] = []
  /// The rules that fail on some requests.
  private(set) var openFailed: [Int] = []

  init() {}

  init(
    of section: NamedRules.Section, in named: NamedRules, _ client: Address,
    _ record: ClientRecord, _ parts: [RequestPart]
  ) {
    for word in 0..<section.wordCount {
      let found = named.candidates(section, word: word, for: record)
      for bit in 0..<64 where found.rules >> UInt64(bit) & 1 != 0 {
        let number = 64 * word + bit
        let isUnreadable = found.unreadable >> UInt64(bit) & 1 != 0
        switch section.rules[number].holds(for: client, record) {
        case false?: continue
        case true? where !isUnreadable:
          if parts[number].isEmpty { isMatched = true } else { open.append(number) }
        case true?, nil:
          if parts[number].isEmpty { isFailed = true } else { openFailed.append(number) }
        }
      }
    }
  }
}

extension CompiledRule {
  /// Whether the conditions on flags and addresses hold. Nil: a flag is unreadable.
  fileprivate func holds(for client: Address, _ record: ClientRecord) -> Bool? {
    var isKnown = true
    for (conditions, isException) in [(conditions, false), (exceptions, true)] {
      if conditions.flags != 0 {
        let isSet = record.flags & conditions.flags != 0
        if !isSet, record.unreadableFlags & conditions.flags != 0 {
          isKnown = false
        } else if isSet == isException {
          return false
        }
      }
      if let addresses = conditions.addresses,
        (addresses.value(for: client) != nil) == isException
      {
        return false
      }
    }
    return isKnown ? true : nil
  }
}
