/// The requests of some logs that two sets of rules decide differently.
package struct DifferenceSummary: Codable, Hashable, Sendable {
  /// One of the two sets of rules.
  package struct Side: Codable, Hashable, Sendable {
    /// The YAML or remap.config, as the operator named it.
    package var file: String
    /// The types and build dates of its databases: `GeoLite2-Country, built 2026-09-01`.
    package var databases: [String]
    /// Its decisions.
    package var decisions = VerdictCounts()
    /// The requests that no line of its remap.config maps.
    package var unmapped = 0
  }

  /// The cause of a decision: a rule with its place, or only the reason.
  package struct Cause: Codable, Hashable, Sendable {
    /// The reason: `deny.country`, `default`, `no rules`, `unmapped`, …
    package var reason: String
    /// The rule as it is written. Nil: no rule decided.
    package var rule: String?
    /// The configuration. Nil: none decided.
    package var file: String?
    /// The line of the rule, from 1. Nil: no rule decided.
    package var line: Int?
  }

  /// The causes before and after, and the number of requests.
  package struct CauseCount: Codable, Hashable, Sendable {
    /// The cause by the old rules.
    package var old: Cause
    /// The cause by the new rules.
    package var new: Cause
    /// How many requests have these causes.
    package var requests: Int
  }

  /// A request that flips.
  package struct Example: Codable, Hashable, Sendable {
    /// The client's address; `-`: the log has none.
    package var client: String
    /// Its country by the new database; `-`: the database has none.
    package var country: String
    /// Its country by the old database, if that is another one.
    package var oldCountry: String?
    /// The URL, with scheme and host if they are known. Invalid UTF-8 is replaced.
    package var url: String
    /// The cause by the old rules.
    package var old: Cause
    /// The cause by the new rules.
    package var new: Cause
    /// The log, as the operator named it.
    package var file: String
    /// The line of the log, from 1.
    package var line: Int
  }

  /// The requests that flip one way.
  package struct Flips: Codable, Hashable, Sendable {
    /// How many there are.
    package var requests = 0
    /// The causes before and after, the most frequent first.
    package var causes: [CauseCount] = []
    /// By the client's country by the new database.
    package var countries: [String: Int] = [:]
    /// By the host of the URL.
    package var hosts = FrequentKeys<Int>()
    /// By the client's /24 or /48.
    package var networks = FrequentKeys<Int>()
    /// The first ones of the log.
    package var examples: [Example] = []
  }

  /// A client's countries before and after, and the number of requests.
  package struct CountryChange: Codable, Hashable, Sendable {
    /// By the old database; `-`: the database has none.
    package var old: String
    /// By the new database; `-`: the database has none.
    package var new: String
    /// How many requests such clients made.
    package var requests: Int
  }

  /// The coverage of the logs.
  package var coverage: Coverage
  /// The old rules.
  package var old: Side
  /// The new rules.
  package var new: Side
  /// The requests that both sides allow or both deny.
  package var unchanged = VerdictCounts()
  /// From allowed to denied.
  package var newlyDenied = Flips()
  /// From denied to allowed.
  package var newlyAllowed = Flips()
  /// From mapped, whether allowed or denied, to unmapped.
  package var newlyUnmapped = Flips()
  /// From unmapped to mapped, whether allowed or denied.
  package var newlyMapped = Flips()
  /// The requests whose client has another country in the new database, whether they flip or not; the most frequent
  /// first.
  package var countryChanges: [CountryChange] = []
}
