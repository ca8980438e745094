/// What a replay of some logs came to.
///
/// The summaries of parts add up to that of the whole: see `merge(_:)`. Its JSON holds all of it.
package struct ReplaySummary: Codable, Hashable, Sendable {
  /// A rule and how often it decided.
  package struct RuleHits: Codable, Hashable, Sendable {
    /// The list or section that it stands in: `deny.country`, `anonymous`, …
    package var kind: String
    /// The rule as it is written.
    package var text: String
    /// Its line of the configuration, from 1.
    package var line: Int
    /// The requests that it decided.
    package var hits: Int

    package init(kind: String, text: String, line: Int, hits: Int = 0) {
      self.kind = kind
      self.text = text
      self.line = line
      self.hits = hits
    }
  }

  /// A configuration, its rules, and what they decided.
  package struct ConfigurationHits: Codable, Hashable, Sendable {
    /// The YAML file, as the operator or the remap line named it.
    package var file: String
    /// The type of the database, as its metadata has it.
    package var databaseType: String
    /// When the database was built, in seconds since 1970-01-01 UTC.
    package var databaseBuilt: Int
    /// Which of its denials are enforced, one sentence; nil: all of them. They are counted as denials anyway.
    package var limits: String?
    /// The requests that this configuration decided, whether by a rule or by none.
    package var decisions: VerdictCounts
    /// All rules in the order in which they are reported: by kind, then in the order of the file. The entries of
    /// a list file are one rule.
    package var rules: [RuleHits]

    package init(
      file: String, databaseType: String, databaseBuilt: Int, limits: String? = nil,
      decisions: VerdictCounts = VerdictCounts(), rules: [RuleHits] = []
    ) {
      self.file = file
      self.databaseType = databaseType
      self.databaseBuilt = databaseBuilt
      self.limits = limits
      self.decisions = decisions
      self.rules = rules
    }
  }

  /// What could be read of the logs.
  package var coverage: Coverage
  /// The configurations in the order in which the remap lines name them.
  package var configurations: [ConfigurationHits]
  /// All decided requests. Those of a remap line without rules are allowed.
  package var decisions: VerdictCounts
  /// The requests whose URL no line of the remap.config maps: Traffic Server answers them with 404.
  package var unmapped: Int
  /// The requests by the reason of the decision: `deny.country`, `default`, …; `no rules` for those of a
  /// remap line without the plugin.
  package var reasons: [String: VerdictCounts]
  /// The requests by the client's country; `-` where the database has none.
  package var countries: [String: VerdictCounts]
  /// The requests by the host of their URL.
  package var hosts: FrequentKeys<VerdictCounts>
  /// The denied requests by the client's network: the /24 of an IPv4 address, the /48 of an IPv6 one.
  package var deniedNetworks: FrequentKeys<Int>
  /// The requests by the time at which they came in, where the logs say so.
  package var timeline: Timeline

  package init(coverage: Coverage, configurations: [ConfigurationHits]) {
    self.coverage = coverage
    self.configurations = configurations
    decisions = VerdictCounts()
    unmapped = 0
    reasons = [:]
    countries = [:]
    hosts = FrequentKeys()
    deniedNetworks = FrequentKeys()
    timeline = Timeline()
  }
}

/// Counts by a key of which there may be more than can be kept.
package struct FrequentKeys<Count: RequestCount>: Codable, Hashable, Sendable {
  /// The counts of the keys that were kept.
  package var counts: [String: Count]
  /// How many requests have a key that was not kept; nil where all were, so that the counts are exact.
  package var others: Count?

  enum CodingKeys: String, CodingKey {
    case counts, others
  }

  package init(counts: [String: Count] = [:], others: Count? = nil) {
    self.counts = counts
    self.others = others
  }
}

/// Requests by the time at which they came in.
package struct Timeline: Codable, Hashable, Sendable {
  /// A span of time and the requests in it.
  package struct Interval: Codable, Hashable, Sendable {
    /// Its beginning, in seconds since 1970-01-01 UTC; a multiple of the width.
    package var start: Int
    /// The requests in it.
    package var decisions: VerdictCounts

    package init(start: Int, decisions: VerdictCounts) {
      self.start = start
      self.decisions = decisions
    }
  }

  /// How long each interval is, in seconds.
  package var width: Int
  /// The intervals with requests in them, by time. Those without are left out.
  package var intervals: [Interval]
  /// The requests whose time the log does not say.
  package var untimed: Int

  package init(width: Int = 60, intervals: [Interval] = [], untimed: Int = 0) {
    self.width = width
    self.intervals = intervals
    self.untimed = untimed
  }
}
