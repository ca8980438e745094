import Addresses
import CivilTime
import GeoDatabase
import URLPattern

/// The result of the named rules of a section.
enum NamedMatch {
  case none
  case matched(RuleReference)
  /// No rule matches for certain, and one may.
  case failed(Failure)
}

/// Whether a condition holds.
private enum Truth {
  case holds
  case fails
  case unknown(Failure)

  init(_ holds: Bool) { self = holds ? .holds : .fails }
}

/// The kinds of conditions on a request, the cheapest first.
private enum ConditionKind: UInt8 {
  case flags, addresses, method, window, host, patterns
}

/// The request that named rules are tried on. Its parts are fetched on first use.
struct NamedSearch {
  let client: Address?
  let record: ClientRecord
  let side: PatternSet.Side
  private var circumstances: Circumstances?

  init(_ client: Address?, _ record: ClientRecord, _ side: PatternSet.Side) {
    self.client = client
    self.record = record
    self.side = side
  }

  /// The first rule of a section that matches. Neither allocates, nor locks, nor traps.
  mutating func firstMatch(
    in section: NamedRules.Section, of named: NamedRules, _ url: inout RequestURL,
    _ fetch: () -> Circumstances, _ fillURL: (URLSubject) -> Bool
  ) -> NamedMatch {
    var failure: Failure?
    var word = 0
    while word < section.wordCount {
      var found = named.candidates(section, word: word, for: record)
      while found.rules != 0 {
        let bit = found.rules.trailingZeroBitCount
        found.rules &= found.rules &- 1
        let isUnreadable = found.unreadable &>> UInt64(truncatingIfNeeded: bit) & 1 != 0
        let unreadable =
          isUnreadable
          ? named.unreadableField(of: section, word: word, bit: bit, in: record) : nil
        let matched = unsafe section.rules.withUnsafeBufferPointer { rules -> NamedMatch in
          let index = 64 &* word &+ bit
          guard index < rules.count else { return .none }
          return unsafe match(rules[index], unreadable, &url, fetch, fillURL)
        }
        switch matched {
        case .none: break
        case .matched: return matched
        case .failed(let cause): failure = failure ?? cause
        }
      }
      word &+= 1
    }
    return failure.map { .failed($0) } ?? .none
  }

  /// Whether all conditions of a rule hold.
  ///
  /// - Parameter unreadable: An unreadable field of the record that the rule reads; nil: none.
  private mutating func match(
    _ rule: CompiledRule, _ unreadable: Failure?, _ url: inout RequestURL,
    _ fetch: () -> Circumstances, _ fillURL: (URLSubject) -> Bool
  ) -> NamedMatch {
    var failure = unreadable
    var number: UInt8 = 0
    while let kind = ConditionKind(rawValue: number) {
      number &+= 1
      switch truth(of: kind, rule.conditions, isException: false, &url, fetch, fillURL) {
      case .holds?, nil: break
      case .fails?: return .none
      case .unknown(let cause)?:
        if isMiss(cause) { return .none }
        failure = failure ?? cause
      }
      switch truth(of: kind, rule.exceptions, isException: true, &url, fetch, fillURL) {
      case .holds?: return .none
      case .fails?, nil: break
      case .unknown(let cause)?:
        if isMiss(cause) { return .none }
        failure = failure ?? cause
      }
    }
    return failure.map { .failed($0) } ?? .matched(rule.reference)
  }

  /// Whether a failure only means that the rule has not matched: the one of a pattern of an allow rule.
  private func isMiss(_ failure: Failure) -> Bool {
    side == .allow && (failure == .patternLimit || failure == .noURL)
  }

  /// Whether the condition of a kind holds; nil: there is none.
  private mutating func truth(
    of kind: ConditionKind, _ conditions: RequestConditions, isException: Bool,
    _ url: inout RequestURL, _ fetch: () -> Circumstances, _ fillURL: (URLSubject) -> Bool
  ) -> Truth? {
    switch kind {
    case .flags:
      let wanted = conditions.flags
      if wanted == 0 { return nil }
      if record.flags & wanted != 0 { return .holds }
      return record.unreadableFlags & wanted != 0 ? .unknown(.unreadableFlag) : .fails
    case .addresses:
      guard let addresses = conditions.addresses else { return nil }
      guard let client else { return .unknown(.noAddress) }
      return Truth(addresses.leaf(for: client) != 0)
    case .method:
      if conditions.methods.isEmpty { return nil }
      guard let method = fetched(fetch).method else { return .unknown(.noMethod) }
      return unsafe conditions.methods.withUnsafeBufferPointer { methods in
        for index in methods.indices where unsafe methods[index] == method { return .holds }
        return .fails
      }
    case .window:
      guard let window = conditions.window else { return nil }
      return Truth(window.contains(fetched(fetch).now))
    case .host:
      if conditions.hosts.isEmpty { return nil }
      let isNamed = url.with(fillURL) { subject in
        subject.withHost { host in
          unsafe conditions.hosts.withUnsafeBufferPointer { hosts in
            for index in hosts.indices where unsafe hosts[index].matches(host) { return true }
            return false
          }
        }
      }
      return isNamed.map { Truth($0) } ?? .unknown(.noURL)
    case .patterns:
      guard let patterns = conditions.patterns else { return nil }
      // An exception counts as the opposite of its rule: no spelling may dodge a deny rule, or widen an allow rule.
      let needsAllForms = (side == .allow) != isException
      let match = url.with(fillURL) { subject in
        needsAllForms
          ? patterns.firstMatch(allowing: subject) : patterns.firstMatch(denying: subject)
      }
      return switch match {
      case .matched?: .holds
      case PatternSet.Match.none?: .fails
      case .failed?: .unknown(.patternLimit)
      case nil: .unknown(.noURL)
      }
    }
  }

  private mutating func fetched(_ fetch: () -> Circumstances) -> Circumstances {
    if let circumstances { return circumstances }
    let fetched = fetch()
    circumstances = fetched
    return fetched
  }
}
