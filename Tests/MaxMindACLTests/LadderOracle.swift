import TestDatabases

/// A slow, obviously correct reading of the semantics, without code of the library.
///
/// It has its own configurations, records and requests. Patterns are literal texts with optional anchors.
struct LadderOracle {
  struct Client: Hashable {
    var isIPv4: Bool
    var number: UInt128
    var text: String
  }

  struct AddressRule {
    var isIPv4: Bool
    var first: UInt128
    var last: UInt128

    func contains(_ client: Client) -> Bool {
      isIPv4 == client.isIPv4 && first <= client.number && client.number <= last
    }
  }

  struct Pattern {
    var literal: String
    var atStart: Bool
    var atEnd: Bool

    var text: String { (atStart ? "^" : "") + "\\Q\(literal)\\E" + (atEnd ? "$" : "") }

    func matches(_ subject: String) -> Bool {
      switch (atStart, atEnd) {
      case (true, true): subject == literal
      case (true, false): subject.hasPrefix(literal)
      case (false, true): subject.hasSuffix(literal)
      case (false, false): subject.contains(literal)
      }
    }
  }

  struct RegexRule {
    /// Codes, or `*`.
    var scopes: [String]
    var pattern: Pattern
  }

  /// A value of a rule for a field. The numbers of a network are texts of equal length.
  enum ValueRule {
    case text(String)
    case numbers(ClosedRange<String>)

    func matches(_ value: String) -> Bool {
      switch self {
      case .text(let text): text == value
      case .numbers(let numbers): numbers.contains(value)
      }
    }
  }

  /// A daily window in a zone with a fixed offset.
  struct Window {
    /// In minutes after midnight. The end may be before the start.
    var start: Int
    var end: Int
    /// 0: Monday.
    var weekdays: Set<Int>
    /// In minutes.
    var offset: Int

    func contains(_ time: Int64) -> Bool {
      // Looks back for the start of a window that contains the minute.
      let minute = Int(time) / 60 + offset
      let length = end > start ? end - start : end + 1_440 - start
      return (0..<length).contains { back in
        let day = (minute - back) / 1_440
        // 1970-01-01 is a Thursday.
        return (minute - back) % 1_440 == start && weekdays.contains((day + 3) % 7)
      }
    }
  }

  /// The conditions of a named rule. Empty: none of this kind.
  struct Conditions {
    var values: [Field: [ValueRule]] = [:]
    var flags: [String] = []
    var addresses: [AddressRule] = []
    var methods: [String] = []
    var window: Window?
    var hosts: [String] = []
    var patterns: [Pattern] = []
  }

  struct NamedRule {
    var conditions = Conditions()
    var exceptions = Conditions()
  }

  /// The place of a rule is its line, with the list file if there is one.
  struct Side {
    var addresses: [(rule: AddressRule, place: String)] = []
    var values: [Field: [(rule: ValueRule, place: String)]] = [:]
    var regexes: [(rule: RegexRule, place: String)] = []
    var rules: [(rule: NamedRule, place: String)] = []
    /// Whether there is a list file, with entries or without.
    var hasList = false

    var isEmpty: Bool {
      addresses.isEmpty && values.isEmpty && regexes.isEmpty && rules.isEmpty && !hasList
    }

    /// Whether a rule other than the named ones reads a field.
    func reads(_ field: Field) -> Bool {
      values[field] != nil
        || field == .country && regexes.contains { $0.rule.scopes.contains { $0 != "*" } }
    }

    var allConditions: [Conditions] { rules.flatMap { [$0.rule.conditions, $0.rule.exceptions] } }
  }

  struct Bypass {
    var header: (value: String, place: String)?
    /// With a header: the clients whose field counts.
    var addresses: [(rule: AddressRule, place: String)] = []
    var patterns: [(rule: Pattern, place: String)] = []
  }

  struct Request {
    var client: Client?
    var host: String
    /// With its leading slash.
    var path: String
    var bypassValues: [String]
    var method: String?
    /// In seconds since 1970.
    var time: Int64
    /// Whether the proxy has the URL.
    var hasURL: Bool
  }

  /// The end of a ladder.
  struct Outcome: Equatable {
    /// In the words of `Policy.outcome(of:)`, without the text of the rule.
    var text: String
    /// The line of the ladder. For an error: the line that it affects.
    var line: Int
  }

  var databases: [Database] = []
  /// `fields`: the path of a field, and of a flag.
  var fieldPaths: [Field: [String]] = [:]
  var flagPaths: [String: [String]] = [:]
  /// `country_from`.
  var countryFrom: [Field] = [.country]
  var bypass = Bypass()
  var deny = Side()
  var allow = Side()
  var flags: [(name: String, blocked: Bool, place: String)] = []
  var unknown: String?
  var onError: String?

  func outcome(of request: Request) -> Outcome {
    // 1. bypass matches
    let client = request.client
    if let header = bypass.header {
      let counts = bypass.addresses.isEmpty || place(of: bypass.addresses, client) != nil
      if counts, request.bypassValues.first == header.value {
        return Outcome(text: "allow bypass \(header.place)", line: 1)
      }
    } else if let place = place(of: bypass.addresses, client) {
      return Outcome(text: "allow bypass \(place)", line: 1)
    }
    let allowing = readsURL ? allowingForms(request) : []
    let denying = readsURL ? denyingForms(request) : []
    let situation = Situation(
      request: request, record: client.map(record), allowing: allowing, denying: denying)
    for (pattern, place) in bypass.patterns
    where request.hasURL && allowing.allSatisfy(pattern.matches) {
      return Outcome(text: "allow bypass \(place)", line: 1)
    }

    // 2. any deny rule matches
    let record = situation.record
    if let place = place(of: deny.addresses, client) {
      return Outcome(text: "deny deny.ip \(place)", line: 2)
    }
    for field in Field.ofRules {
      if let place = place(of: deny, field, record) {
        return Outcome(text: "deny deny.\(field.rawValue) \(place)", line: 2)
      }
    }
    let deniedURLs = deny.regexes.filter { concerns($0.rule, record) }
    if request.hasURL,
      let place = deniedURLs.first(where: { denying.contains(where: $0.rule.pattern.matches) })?
        .place
    {
      return Outcome(text: "deny deny.regex \(place)", line: 2)
    }
    let denials = deny.rules.map { (truth(of: $0.rule, denies: true, situation), $0.place) }
    if let place = denials.first(where: { $0.0 == .holds })?.1 {
      return Outcome(text: "deny deny.rules \(place)", line: 2)
    }
    guard let client, let record else { return failed("noAddress", 2) }
    if let field = Field.ofRules.first(where: { deny.reads($0) && record[$0] == .unreadable }) {
      return failed(field.failure, 2)
    }
    if !request.hasURL, !deniedURLs.isEmpty { return failed("noURL", 2) }
    if let cause = denials.firstCause { return failed(cause, 2) }

    // 3. allow.ip matches
    if let place = place(of: allow.addresses, client) {
      return Outcome(text: "allow allow.ip \(place)", line: 3)
    }

    // 4. an anonymous flag set to true is set in the record
    let blocked = flags.filter(\.blocked)
    if let flag = blocked.first(where: { record.flags.contains($0.name) }) {
      let name = Self.flagFields[flag.name] == nil ? "own" : flag.name
      return Outcome(text: "deny anonymous.\(name) \(flag.place)", line: 4)
    }
    if blocked.contains(where: { record.unreadableFlags.contains($0.name) }) {
      return failed("unreadableFlag", 4)
    }

    // 5. any other allow rule matches
    for field in Field.ofRules {
      if let place = place(of: allow, field, record) {
        return Outcome(text: "allow allow.\(field.rawValue) \(place)", line: 5)
      }
    }
    for (rule, place) in allow.regexes where request.hasURL && concerns(rule, record) {
      if allowing.allSatisfy(rule.pattern.matches) {
        return Outcome(text: "allow allow.regex \(place)", line: 5)
      }
    }
    let allowances = allow.rules.map {
      (truth(of: $0.rule, denies: false, situation), $0.place)
    }
    if let place = allowances.first(where: { $0.0 == .holds })?.1 {
      return Outcome(text: "allow allow.rules \(place)", line: 5)
    }
    // `unknown` reads the country, too.
    let missed = Field.ofRules.first {
      (allow.reads($0) || $0 == .country && unknown != nil) && record[$0] == .unreadable
    }
    if let missed { return failed(missed.failure, 5) }
    if let cause = allowances.firstCause { return failed(cause, 5) }

    // 6. no rule matched
    if let unknown, record[.country] == .absent {
      return Outcome(text: "\(unknown) unknown", line: 6)
    }
    return Outcome(text: allow.isEmpty ? "allow default" : "deny default", line: 6)
  }

  /// Whether there is a pattern.
  private var readsURL: Bool {
    let conditions = deny.allConditions + allow.allConditions
    return !bypass.patterns.isEmpty || !deny.regexes.isEmpty || !allow.regexes.isEmpty
      || conditions.contains { !$0.patterns.isEmpty }
  }

  private func failed(_ failure: String, _ line: Int) -> Outcome {
    Outcome(text: "\(onError ?? "deny") error \(failure)", line: line)
  }

  private func place(
    of rules: [(rule: AddressRule, place: String)], _ client: Client?
  ) -> String? {
    guard let client else { return nil }
    let matching = rules.filter { $0.rule.contains(client) }
    // `min` returns the first of equal elements.
    return matching.min { size($0.rule) < size($1.rule) }?.place
  }

  private func size(_ rule: AddressRule) -> UInt128 { rule.last - rule.first }

  private func place(of side: Side, _ field: Field, _ record: Record?) -> String? {
    guard case .values(let values)? = record?[field] else { return nil }
    return side.values[field]?.first { values.contains(where: $0.rule.matches) }?.place
  }

  private func concerns(_ rule: RegexRule, _ record: Record?) -> Bool {
    if rule.scopes.contains("*") { return true }
    guard case .values(let codes)? = record?[.country] else { return false }
    return rule.scopes.contains { codes.contains($0) }
  }
}

/// Named rules.
extension LadderOracle {
  enum Truth: Equatable {
    case holds, fails
    case unknown(String)

    init(_ holds: Bool) { self = holds ? .holds : .fails }

    var negated: Truth {
      switch self {
      case .holds: .fails
      case .fails: .holds
      case .unknown: self
      }
    }
  }

  private enum ConditionKind: CaseIterable {
    // In the order in which unknown conditions are reported.
    case asn, country, subdivision, continent, flags, addresses, method, time, host, patterns
  }

  /// A request, the client's record and the forms of the URL.
  private struct Situation {
    var request: Request
    var record: Record?
    var allowing: [String]
    var denying: [String]
  }

  private func truth(of rule: NamedRule, denies: Bool, _ situation: Situation) -> Truth {
    let parts = ConditionKind.allCases.flatMap { kind in
      [
        truth(of: kind, rule.conditions, needsAllForms: !denies, situation),
        truth(of: kind, rule.exceptions, needsAllForms: denies, situation)?.negated,
      ].compactMap(\.self)
    }
    if parts.contains(.fails) { return .fails }
    // An allow rule whose pattern fails has not matched.
    if !denies, parts.contains(.unknown("noURL")) { return .fails }
    return parts.first { $0 != .holds } ?? .holds
  }

  /// Whether one of the values of a kind holds. Nil: there is no such condition.
  private func truth(
    of kind: ConditionKind, _ conditions: Conditions, needsAllForms: Bool,
    _ situation: Situation
  ) -> Truth? {
    let (request, record) = (situation.request, situation.record)
    switch kind {
    case .asn: return truth(of: .asn, conditions, record)
    case .country: return truth(of: .country, conditions, record)
    case .subdivision: return truth(of: .subdivision, conditions, record)
    case .continent: return truth(of: .continent, conditions, record)
    case .flags:
      if conditions.flags.isEmpty { return nil }
      guard let record else { return .unknown("noAddress") }
      if conditions.flags.contains(where: record.flags.contains) { return .holds }
      return conditions.flags.contains(where: record.unreadableFlags.contains)
        ? .unknown("unreadableFlag") : .fails
    case .addresses:
      if conditions.addresses.isEmpty { return nil }
      guard let client = request.client else { return .unknown("noAddress") }
      return Truth(conditions.addresses.contains { $0.contains(client) })
    case .method:
      if conditions.methods.isEmpty { return nil }
      return request.method.map { Truth(conditions.methods.contains($0)) } ?? .unknown("noMethod")
    case .time: return conditions.window.map { Truth($0.contains(request.time)) }
    case .host:
      if conditions.hosts.isEmpty { return nil }
      if !request.hasURL { return .unknown("noURL") }
      let host = host(request)
      return Truth(
        conditions.hosts.contains { name in
          name.hasPrefix("*") ? host.hasSuffix(name.dropFirst()) : host == name
        })
    case .patterns:
      if conditions.patterns.isEmpty { return nil }
      if !request.hasURL { return .unknown("noURL") }
      return Truth(
        conditions.patterns.contains { pattern in
          needsAllForms
            ? situation.allowing.allSatisfy(pattern.matches)
            : situation.denying.contains(where: pattern.matches)
        })
    }
  }

  private func truth(of field: Field, _ conditions: Conditions, _ record: Record?) -> Truth? {
    guard let rules = conditions.values[field] else { return nil }
    guard let record else { return .unknown("noAddress") }
    return switch record[field] {
    case .absent: .fails
    case .unreadable: .unknown(field.failure)
    case .values(let values): Truth(rules.contains { values.contains(where: $0.matches) })
    }
  }
}

extension [(LadderOracle.Truth, String)] {
  /// The cause why the first rule that is neither true nor false is unknown.
  fileprivate var firstCause: String? {
    lazy.compactMap { if case .unknown(let cause) = $0.0 { cause } else { nil } }.first
  }
}
