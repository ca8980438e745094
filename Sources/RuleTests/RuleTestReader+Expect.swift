import GeoDatabase
import MaxMindACL
import Text

// The keys under `expect`.
extension RuleTestReader {
  static let expectKeys = ["decision", "reason", "rule", "line", "country", "status", "map"]

  /// The expectation. Nil: errors were reported.
  mutating func readExpectation(_ entry: Entry) -> Expectation? {
    var expectation = Expectation()
    if case .scalar = document[entry.value].content, !document[entry.value].isNull {
      guard let decision = verdict(entry.value, "expect") else { return nil }
      expectation.decision = decision.value
      return expectation
    }
    if isNothing(entry.value) {
      let message = "expect: has nothing under it; it needs allow, deny, or keys such as decision:"
      error(.emptyValue, message, at: entry.key)
      return nil
    }
    let known = isRemap ? Self.expectKeys : Self.expectKeys.filter { $0 != "map" }
    let keys = keys(of: entry.value, in: "expect", known: known) {
      $0 == "map" ? "it works only with remap:" : nil
    }
    guard let keys else { return nil }
    let errors = found.errorCount
    expectation.decision = keys["decision"].flatMap { verdict($0.value, "decision")?.value }
    expectation.reason = keys["reason"].flatMap { reason($0) }
    expectation.rule = keys["rule"].flatMap {
      text($0.value, "rule", "a rule as it stands in the configuration")?.value
    }
    expectation.line = keys["line"].flatMap { number($0, "line", "the line of a rule, from 1") }
    expectation.country = keys["country"].flatMap { country($0) }
    expectation.status = keys["status"].flatMap { status($0) }
    expectation.map = keys["map"].flatMap {
      text($0.value, "map", "a remap line such as remap.config:3, or its URL")?.value
    }
    guard found.errorCount == errors else { return nil }
    checkConsistency(expectation, at: entry)
    return expectation
  }

  /// The names of reasons. `anonymous` covers every flag.
  private var reasons: [String] {
    Step.allCases.flatMap(\.reasonNames)
      + (isRemap
        ? [
          CaseOutcome.unmappedReason, CaseOutcome.withoutRulesReason, CaseOutcome.redirectedReason,
        ] : [])
  }

  private mutating func reason(_ entry: Entry) -> String? {
    guard let text = text(entry.value, "reason", "a reason such as deny.country") else {
      return nil
    }
    if reasons.contains(text.value) { return text.value }
    var message = "reason: no decision has the reason \"\(text.value)\""
    if let near = suggestion(for: text.value, among: reasons) {
      message += "; did you mean \(near)?"
    } else {
      message += "; reasons are deny.country, anonymous, default and so on"
    }
    error(.badExpectation, message, at: entry.value)
    return nil
  }

  private mutating func number(_ entry: Entry, _ name: String, _ what: String) -> Int? {
    guard let text = text(entry.value, name, what) else { return nil }
    if text.value.utf8.allSatisfy(\.isASCIIDigit), let number = Int(text.value), number > 0 {
      return number
    }
    error(.badExpectation, "\(name): \"\(text.value)\" is not \(what)", at: entry.value)
    return nil
  }

  private mutating func country(_ entry: Entry) -> Expectation.Country? {
    guard let text = text(entry.value, "country", "a country code such as US, or none") else {
      return nil
    }
    if text.value == "none" { return Expectation.Country.none }
    // Databases hold other texts than codes. A text with lower case is mostly a country's name in place of its code.
    let isName =
      text.value.utf8.count != 2
      && text.value.utf8.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    if let code = PlaceCode(text.value), !isName { return .code(code) }
    let message =
      "country: \"\(text.value)\" is neither a country code (ISO 3166-1, such as US) nor none"
    error(.badCountry, message, at: entry.value)
    return nil
  }

  private mutating func status(_ entry: Entry) -> Int? {
    let what =
      isRemap
      ? "a denial's status such as 403, or 404 (no remap line), 301 or 307 (redirected)"
      : "a denial's status such as 403"
    guard let number = number(entry, "status", what)
    else { return nil }
    if (300...599).contains(number), number != 304 { return number }
    error(
      .badExpectation,
      "status: expected \(what); the origin chooses the status of allowed requests",
      at: entry.value)
    return nil
  }

  /// Reports expectations that contradict each other: such a test always fails.
  private mutating func checkConsistency(_ expectation: Expectation, at entry: Entry) {
    let implied = [
      expectation.decision.map { ([$0 == .deny ? .denied : .allowed], "decision") },
      expectation.status.map { (fates(of: $0), "status") },
      expectation.reason.flatMap { reason in fates(of: reason).map { ($0, "reason") } },
    ].compactMap { (implied: (fates: [Fate], key: String)?) in implied }
    guard let first = implied.first,
      let other = implied.first(where: { Set($0.fates).isDisjoint(with: first.fates) }),
      let firstFate = first.fates.first, let otherFate = other.fates.first
    else { return }
    error(
      .badExpectation,
      "expect: by \(first.key): the request is \(firstFate.rawValue), by \(other.key): it is "
        + otherFate.rawValue,
      at: entry.value)
  }

  /// The possible outcomes of a request with a status.
  private func fates(of status: Int) -> [Fate] {
    guard isRemap else { return [.denied] }
    return switch status {
    case 404: [.unmapped, .denied]
    case 301, 307: [.redirected, .denied]
    default: [.denied]
    }
  }

  /// The possible outcomes of a request with a reason. Nil: any.
  private func fates(of reason: String) -> [Fate]? {
    switch reason {
    case CaseOutcome.unmappedReason: return [.unmapped]
    case CaseOutcome.withoutRulesReason: return [.allowed]
    case CaseOutcome.redirectedReason: return [.redirected]
    default: return Step.of(reasonName: reason)?.verdict.map { [$0 == .deny ? .denied : .allowed] }
    }
  }
}

/// The outcome of a request, in the words of messages.
private enum Fate: String {
  case allowed
  case denied
  case unmapped = "not mapped"
  case redirected
}
