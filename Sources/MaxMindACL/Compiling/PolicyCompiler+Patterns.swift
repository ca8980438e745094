import GeoDatabase
import Text
import URLPattern

// Allow rules meant as exceptions from `deny.country`. They have no effect: deny rules win.
extension PolicyCompiler {
  /// Warns of an allow regex for anyone that cannot override denied countries.
  ///
  /// Only if all allow rules are regexes: beside other allow rules, such a regex is an exception from the default. A
  /// regex for all URLs is not an exception.
  mutating func warnOfExceptions() {
    let (allow, denied) = (configuration.allow, configuration.deny.countries)
    guard let line = denied.first?.range.start.line,
      configuration.ruleCount(in: .allow) == allow.regexes.count,
      let first = allow.regexes.first(where: { $0.isForAnyone && !matchesAll($0.pattern.value) })
    else { return }
    warning(
      .deniedException,
      "regex: is not an exception to deny.country on line \(line), because deny rules always win; "
        + denyingAllBut(first, for: nil), at: first.pattern.range)
  }

  /// The suggested rule: deny a country except for the URLs of an allow regex and of the other allow regexes for it.
  ///
  /// - Parameter country: Nil: all denied countries.
  func denyingAllBut(_ allowed: Configuration.RegexRule, for country: PlaceCode?) -> String {
    let patterns = configuration.allow.regexes.filter { regex in
      if regex.pattern.range == allowed.pattern.range { return true }
      return regex.isForAnyone
        ? !matchesAll(regex.pattern.value)
        : country.map { regex.scopes.map(\.value).contains(.country($0)) } ?? false
    }
    let countries = country.map { [$0] } ?? configuration.deny.countries.map(\.value)
    var codes = countries.prefix(mostCountries).map(\.description)
    if countries.count > mostCountries { codes.append("…") }
    let pattern = matchingAllBut(patterns.map(\.pattern.value)) ?? "^(?!…)."
    return "to exempt its URLs, replace the country with a deny regex: "
      + "[\(codes.joined(separator: ", ")), \(singleQuoted(pattern))]"
  }

  /// Whether a pattern matches the shortest URL: a host of one byte and a slash.
  private func matchesAll(_ source: String) -> Bool {
    (try? Pattern(source)).map(matchesAll) ?? false
  }

  /// Whether a pattern matches the shortest URL: a host of one byte and a slash.
  func matchesAll(_ pattern: Pattern) -> Bool {
    let isMatching = URLSubject.withThisThread { subject in
      let none: [UInt8] = []
      let host: [UInt8] = [1]
      guard subject.assign(host: host.span, path: none.span, params: none.span) else {
        return false
      }
      return PatternSet([(pattern: pattern, rule: 0)]).firstMatch(denying: subject) != .none
    }
    return isMatching ?? false
  }
}

/// The maximum number of countries in a message.
private let mostCountries = 8
/// The maximum length of a pattern in a message, in bytes.
private let longestPattern = 200

/// A pattern that matches URLs without a match of any of these patterns; nil: too long to read.
private func matchingAllBut(_ patterns: [String]) -> String? {
  let parts = patterns.map { pattern in
    let isPlain = !pattern.contains("|") && !pattern.contains("(?")
    if pattern.hasPrefix("^"), isPlain { return String(pattern.dropFirst()) }
    return isPlain ? ".*\(pattern)" : ".*(?:\(pattern))"
  }
  let whole = "^(?!\(parts.joined(separator: "|")))."
  return whole.utf8.count <= longestPattern && (try? Pattern(whole)) != nil ? whole : nil
}

extension Configuration.RegexRule {
  fileprivate var isForAnyone: Bool { scopes.contains { $0.value == .anyone } }
}

/// Sorts the patterns of one side by the clients that they apply to.
///
/// Countries with the same patterns share one set, so the cost depends on the patterns, not on the number of countries.
struct PatternsByScope {
  private var patterns: [(pattern: Pattern, rule: UInt32)] = []
  /// The patterns for anyone, as indices into `patterns`, ascending.
  private var forAnyone: [Int] = []
  /// The patterns for one country only.
  private var byCountry: [PlaceCode: [Int]] = [:]

  /// The maximum number of pattern copies that buy sets of one group, which are faster to search.
  private static let maximumRepeated = 1_000

  /// Adds a pattern; rule numbers ascend.
  mutating func add(_ pattern: Pattern, rule: UInt32, for scopes: [Configuration.Scope]) {
    let index = patterns.count
    patterns.append((pattern: pattern, rule: rule))
    let isForAnyone = scopes.contains(.anyone)
    if isForAnyone { forAnyone.append(index) }
    for case .country(let code) in Set(scopes) {
      byCountry[code, default: []] += isForAnyone ? [] : [index]
    }
  }

  /// The sets for the named countries, each with the patterns for anyone, and the set for all other clients.
  func makeSets() -> (byCountry: [PlaceCode: PatternSet], forAnyone: PatternSet) {
    let anyone = group(forAnyone)
    let lists = Set(byCountry.values)
    let isRepeated = lists.count * forAnyone.count <= Self.maximumRepeated
    var sets: [[Int]: PatternSet] = [:]
    for list in lists {
      sets[list] =
        isRepeated
        ? PatternSet(group((list + forAnyone).sorted())) : PatternSet(group(list), anyone)
    }
    let forAnyone = PatternSet(anyone)
    return (byCountry: byCountry.mapValues { sets[$0] ?? forAnyone }, forAnyone: forAnyone)
  }

  private func group(_ indices: [Int]) -> PatternGroup {
    PatternGroup(indices.map { patterns[$0] })
  }
}
