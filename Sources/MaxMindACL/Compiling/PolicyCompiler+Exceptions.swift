import GeoDatabase
import URLPattern

// Allow rules that are meant as exceptions from `deny.country`, which they can't be: deny rules win.
extension PolicyCompiler {
  /// Warns of an allow regex for anyone beside denied countries.
  ///
  /// Only where regexes are all that is allowed: beside other allow rules, such a regex is an exception from the
  /// default. One for all URLs is no exception.
  mutating func warnOfExceptions() {
    let (allow, denied) = (configuration.allow, configuration.deny.countries)
    guard let line = denied.first?.range.start.line,
      configuration.ruleCount(in: .allow) == allow.regexes.count,
      let first = allow.regexes.first(where: { $0.isForAnyone && !matchesAll($0.pattern.value) })
    else { return }
    warning(
      .deniedException,
      "regex: is no exception from deny.country on line \(line), because deny rules always win; "
        + denyingAllBut(first, for: nil), at: first.pattern.range)
  }

  /// What to write to deny a country but for the URLs of an allow regex and of others that count for it.
  ///
  /// - Parameter country: Nil: all countries that are denied.
  func denyingAllBut(_ allowed: Configuration.RegexRule, for country: CountryCode?) -> String {
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
    return "to leave its URLs out, deny these clients by regex, in place of country: "
      + "[\(codes.joined(separator: ", ")), \(singleQuoted(pattern))]"
  }

  /// Whether a pattern matches a URL that has nothing in it but a slash and one byte of a host.
  private func matchesAll(_ source: String) -> Bool {
    guard let pattern = try? Pattern(source) else { return false }
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

/// How many countries a message names.
private let mostCountries = 8
/// How long a pattern may be that a message shows.
private let longestPattern = 200

/// A pattern that matches the URLs in which none of some patterns is found; nil where it is too long to read.
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
