/// `semantics`: the version of the stock plugin whose decisions a policy makes.
///
/// Source: plugins/experimental/maxmind_acl of Traffic Server 9.2 and 10.2. docs/semantics.md has the ladder.
package enum StockSemantics: String, CaseIterable, Hashable, Sendable {
  case trafficServer9 = "trafficserver-9"
  case trafficServer10 = "trafficserver-10"

  /// The value of `semantics` without an effect.
  static let documented = "documented"

  /// The keys under `maxmind` that decide. The stock plugin has none of them.
  static let conflictingKeys = [
    "fields", "country_from", "define", "client", "unknown", "on_error",
  ]

  /// The keys of a section of rules.
  static let ruleKeys = ["country", "ip", "regex"]

  /// The sections that this version ignores.
  var ignoredSections: [String] { self == .trafficServer9 ? ["anonymous", "bypass"] : [] }

  /// The steps on each line of the ladder.
  package var ladder: [[Step]] {
    let isNewer = self == .trafficServer10
    return (isNewer ? [[.bypass]] : [])
      + [[.error], [.allowIP], [.denyIP], [.unknown]]
      + (isNewer ? [[.anonymous]] : [])
      + [[.denyRegex], [.allowRegex], [.denyCountry, .allowCountry], [.byDefault]]
  }
}

extension Configuration {
  /// The severity of a problem that the stock plugin ignores.
  var severity: Diagnostic.Severity { stock == nil ? .error : .warning }

  /// The decisions of the stock plugin.
  package struct Stock: Hashable, Sendable {
    /// The version.
    package var semantics: StockSemantics
    /// The verdict if no rule matches. The plugin allows if it has no `allow` section, or stops reading it at a value
    /// that is not a text.
    package var defaultVerdict = Verdict.allow
  }

  /// The verdict if no rule matches.
  var defaultVerdict: Verdict {
    stock?.defaultVerdict ?? (ruleCount(in: .allow) > 0 ? .deny : .allow)
  }
}
