/// Which requests of some logs two sets of rules decide differently.
package struct DifferenceSummary: Codable, Hashable, Sendable {
  /// One of the two sets of rules.
  package struct Side: Codable, Hashable, Sendable {
    /// The YAML or remap.config, as the operator named it.
    package var file: String
    /// The types of its databases and when they were built: `GeoLite2-Country, built 2026-09-01`.
    package var databases: [String]
    /// What it decided.
    package var decisions: VerdictCounts
    /// The requests that no line of its remap.config maps.
    package var unmapped: Int

    package init(
      file: String, databases: [String], decisions: VerdictCounts = VerdictCounts(),
      unmapped: Int = 0
    ) {
      self.file = file
      self.databases = databases
      self.decisions = decisions
      self.unmapped = unmapped
    }
  }

  /// What decided: a rule with its place, or the reason where there is none.
  package struct Cause: Codable, Hashable, Sendable {
    /// The reason: `deny.country`, `default`, `no rules`, `unmapped`, …
    package var reason: String
    /// The rule as it is written; nil where none decided.
    package var rule: String?
    /// The configuration; nil where none decided.
    package var file: String?
    /// The line of the rule, from 1; nil where no rule decided.
    package var line: Int?

    package init(reason: String, rule: String? = nil, file: String? = nil, line: Int? = nil) {
      self.reason = reason
      self.rule = rule
      self.file = file
      self.line = line
    }
  }

  /// What decided before and after, and for how many requests.
  package struct CauseCount: Codable, Hashable, Sendable {
    /// What decided by the old rules.
    package var old: Cause
    /// What decided by the new rules.
    package var new: Cause
    /// How many requests these two decided.
    package var requests: Int

    package init(old: Cause, new: Cause, requests: Int) {
      self.old = old
      self.new = new
      self.requests = requests
    }
  }

  /// A request that flips.
  package struct Example: Codable, Hashable, Sendable {
    /// The client's address; `-` where the log has none.
    package var client: String
    /// Its country by the new database; `-` where that has none.
    package var country: String
    /// Its country by the old database where that is another one; nil where it is the same.
    package var oldCountry: String?
    /// The URL, with a scheme and host where they are known, invalid UTF-8 repaired.
    package var url: String
    /// What decided by the old rules.
    package var old: Cause
    /// What decided by the new rules.
    package var new: Cause
    /// The log, as the operator named it.
    package var file: String
    /// The line of the log, from 1.
    package var line: Int

    package init(
      client: String, country: String, oldCountry: String? = nil, url: String, old: Cause,
      new: Cause, file: String, line: Int
    ) {
      self.client = client
      self.country = country
      self.oldCountry = oldCountry
      self.url = url
      self.old = old
      self.new = new
      self.file = file
      self.line = line
    }
  }

  /// The requests that flip one way.
  package struct Flips: Codable, Hashable, Sendable {
    /// How many there are.
    package var requests: Int
    /// What decided before and after; the most frequent first.
    package var causes: [CauseCount]
    /// By the client's country by the new database.
    package var countries: [String: Int]
    /// By the host of the URL.
    package var hosts: FrequentKeys<Int>
    /// By the client's /24 or /48.
    package var networks: FrequentKeys<Int>
    /// The first ones of the log.
    package var examples: [Example]

    package init() {
      requests = 0
      causes = []
      countries = [:]
      hosts = FrequentKeys()
      networks = FrequentKeys()
      examples = []
    }
  }

  /// Two countries of a client, and for how many requests.
  package struct CountryChange: Codable, Hashable, Sendable {
    /// By the old database; `-` where that has none.
    package var old: String
    /// By the new database; `-` where that has none.
    package var new: String
    /// How many requests its clients made.
    package var requests: Int

    package init(old: String, new: String, requests: Int) {
      self.old = old
      self.new = new
      self.requests = requests
    }
  }

  /// What could be read of the logs.
  package var coverage: Coverage
  /// The rules as they are.
  package var old: Side
  /// The rules as they are to be.
  package var new: Side
  /// The requests that both sides allow, and those that both deny.
  package var unchanged: VerdictCounts
  /// From allowed to denied.
  package var newlyDenied: Flips
  /// From denied to allowed.
  package var newlyAllowed: Flips
  /// From mapped, whether allowed or denied, to unmapped.
  package var newlyUnmapped: Flips
  /// From unmapped to mapped, whether allowed or denied.
  package var newlyMapped: Flips
  /// The requests whose client is of another country by the new database, whether they flip or not; the most
  /// frequent first.
  package var countryChanges: [CountryChange]

  package init(coverage: Coverage, old: Side, new: Side) {
    self.coverage = coverage
    self.old = old
    self.new = new
    unchanged = VerdictCounts()
    newlyDenied = Flips()
    newlyAllowed = Flips()
    newlyUnmapped = Flips()
    newlyMapped = Flips()
    countryChanges = []
  }
}
