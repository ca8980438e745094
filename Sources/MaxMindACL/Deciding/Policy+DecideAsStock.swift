import GeoDatabase
import URLPattern

/// Makes the plans of `semantics: trafficserver-9` and `trafficserver-10`: the lines of the stock plugin's ladder that
/// depend only on the client's record.
struct StockPlanner {
  private let readsCountry: Bool
  private let hasAddressRules: Bool
  private let blockedFlags: [(flag: AnonymityFlags, rule: RuleReference)]
  private let defaultVerdict: Verdict

  init(_ compiled: CompiledConfiguration, _ stock: Configuration.Stock) {
    readsCountry = compiled.configuration.reads(.country)
    hasAddressRules = !compiled.addresses.isEmpty
    blockedFlags = compiled.blockedFlags.map { ($0.flag, compiled.rules.reference(to: $0.rule)) }
    defaultVerdict = stock.defaultVerdict
  }

  /// The plan for a record, or for all addresses that the database does not know.
  func plan(for record: ClientRecord, isInDatabase: Bool) -> RecordPlan {
    let country = unsafe record[RecordField.country.slot].pointee
    func plan(
      _ verdict: Verdict, _ reason: Reason, _ rule: RuleReference = .none, isFinal: Bool? = nil,
      denyPatterns: UInt32 = 0, allowPatterns: UInt32 = 0
    ) -> RecordPlan {
      RecordPlan(
        stock: Decision(verdict, reason, rule: rule, countryHandle: country.countryHandle),
        isFinal: isFinal ?? (!hasAddressRules && denyPatterns == 0 && allowPatterns == 0),
        denyPatterns: denyPatterns, allowPatterns: allowPatterns)
    }
    guard isInDatabase else { return plan(.deny, Reason(.unknown)) }
    // The plugin ends here, before the address rules.
    if readsCountry, !country.isPresent || country.isUnreadable {
      return plan(.deny, .error(.unreadableCountry), isFinal: true)
    }
    if let blocked = blockedFlags.first(where: { record.flags & $0.flag.rawValue != 0 }) {
      return plan(.deny, .anonymous(blocked.flag), blocked.rule)
    }
    let (verdict, step, rule): (Verdict, Step, RuleReference) =
      country.deny.number != .max
      ? (.deny, .denyCountry, country.deny)
      : country.allow.number != .max
        ? (.allow, .allowCountry, country.allow) : (defaultVerdict, .byDefault, .none)
    return plan(
      verdict, Reason(step), rule, denyPatterns: country.denyPatterns,
      allowPatterns: country.allowPatterns)
  }
}

extension RecordPlan {
  /// A plan of the stock plugin's ladder.
  ///
  /// - Parameter isFinal: Whether neither an address rule nor a pattern can change the decision.
  fileprivate init(
    stock decision: Decision, isFinal: Bool, denyPatterns: UInt32, allowPatterns: UInt32
  ) {
    self.decision = decision
    line = 6
    state = isFinal ? .settled : []
    failure = nil
    self.denyPatterns = denyPatterns
    self.allowPatterns = allowPatterns
  }
}

extension Policy {
  /// Decides by the stock plugin's ladder on a request that the client's record alone does not settle.
  func decide(
    _ client: Address?, _ plan: RecordPlan, as stock: Configuration.Stock, _ url: inout RequestURL,
    _ fillURL: (URLSubject) -> Bool
  ) -> Decision {
    guard let client else { return plan.decision }
    if let rule = stockAddressRule(of: client) {
      return by(rule < firstAllowedAddress ? .denyIP : .allowIP, rule, plan)
    }
    return match(.denyRegex, plan.denyPatterns, plan, stock, &url, fillURL)
      ?? match(.allowRegex, plan.allowPatterns, plan, stock, &url, fillURL) ?? plan.decision
  }

  /// The decision by one side's patterns; nil: none matches.
  private func match(
    _ step: Step, _ patterns: UInt32, _ plan: RecordPlan, _ stock: Configuration.Stock,
    _ url: inout RequestURL, _ fillURL: (URLSubject) -> Bool
  ) -> Decision? {
    if patterns == 0 { return nil }
    // In a subject with one form, an allow pattern matches as a deny pattern does.
    let match = url.with(
      { $0.assign(in: stock.semantics.subject, by: fillURL) }, { firstMatch(denying: $0, patterns) }
    )
    switch match {
    case .matched(let rule)?: return by(step, rule, plan)
    case .failed? where stock.semantics == .trafficServer9: return by(step, .none, plan)
    case .failed?, PatternSet.Match.none?: return nil
    case nil: return Decision(.deny, .error(.noURL), rule: .none, countryOf: plan.decision)
    }
  }

  /// The rule of `allow.ip` or `deny.ip` for a client. Nil: none, or libmaxminddb refuses to look up the address, which
  /// denies before these rules.
  func stockAddressRule(of client: Address) -> UInt32? {
    if !client.isIPv4, planned.ipVersion == 4 { return nil }
    return addresses.value(for: client)
  }
}

extension Policy {
  /// Assigns a URL to a subject as decisions do. False: the URL is too long.
  func assignAsDecided(host: Span<UInt8>, path: Span<UInt8>, to subject: URLSubject) -> Bool {
    guard let stock else { return assign(host: host, path: path, to: subject) }
    return subject.assign(in: stock.semantics.subject) {
      assign(host: host, path: path, to: $0)
    }
  }
}

extension StockSemantics {
  /// The subject of patterns.
  var subject: URLSubject.OnlyForm {
    switch self {
    case .trafficServer9: .pathWithoutParameters
    case .trafficServer10: .hostAndPath
    }
  }
}
