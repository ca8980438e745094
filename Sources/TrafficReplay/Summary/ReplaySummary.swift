/// The result of a replay of some logs.
///
/// The summaries of parts add up to the summary of the whole: see `merge(_:)`. Its JSON holds all of it.
package struct ReplaySummary: Codable, Hashable, Sendable {
  /// A rule and how often it decided.
  package struct RuleHits: Codable, Hashable, Sendable {
    /// Its list or section: `deny.country`, `anonymous`, …
    package var kind: String
    /// The rule as it is written.
    package var text: String
    /// Its line of the configuration, from 1.
    package var line: Int
    /// The requests that it decided.
    package var hits = 0
  }

  /// A configuration, its rules and their decisions.
  package struct ConfigurationHits: Codable, Hashable, Sendable {
    /// The YAML file, as the operator or the remap line named it.
    package var file: String
    /// The type of the database in its metadata.
    package var databaseType: String
    /// The build time of the database, in seconds since 1970-01-01 UTC.
    package var databaseBuilt: Int
    /// Which denials are enforced, one sentence. Nil: all of them. The counts hold all denials.
    package var limits: String?
    /// The requests that this configuration decided, by a rule or by none.
    package var decisions = VerdictCounts()
    /// All rules in the order of a report: by kind, then by line. The entries of a list file are one rule.
    package var rules: [RuleHits] = []
  }

  /// The coverage of the logs.
  package var coverage: Coverage
  /// The configurations in the order of the remap lines.
  package var configurations: [ConfigurationHits]
  /// All decided requests. Requests of a remap line without rules are allowed.
  package var decisions = VerdictCounts()
  /// The requests that no line of the remap.config maps. Traffic Server answers them with 404.
  package var unmapped = 0
  /// The requests by the reason of the decision: `deny.country`, `default`, …; `no rules`: the remap line has no
  /// plugin.
  package var reasons: [String: VerdictCounts] = [:]
  /// The requests by the client's country; `-`: the database has none.
  package var countries: [String: VerdictCounts] = [:]
  /// The requests by the other fields of clients' records that rules read: `asn`, `subdivision`, `continent`, each by its
  /// value; `-`: none. Nil: rules read no such field.
  package var fields: [String: [String: VerdictCounts]]?
  /// The requests by the host of their URL.
  package var hosts = FrequentKeys<VerdictCounts>()
  /// The denied requests by the client's network: the /24 of an IPv4 address, the /48 of an IPv6 one.
  package var deniedNetworks = FrequentKeys<Int>()
  /// The requests by time, if the logs hold it.
  package var timeline = Timeline()
}

/// Requests by time.
package struct Timeline: Codable, Hashable, Sendable {
  /// A span of time and the requests in it.
  package struct Interval: Codable, Hashable, Sendable {
    /// Its beginning, in seconds since 1970-01-01 UTC; a multiple of the width.
    package var start: Int
    /// The requests in it.
    package var decisions: VerdictCounts
  }

  /// How long each interval is, in seconds.
  package var width = 60
  /// The intervals with requests, by time.
  package var intervals: [Interval] = []
  /// The requests without a time.
  package var untimed = 0
}

/// A summary that a command can show.
package protocol ShownSummary {
  /// For a person on a terminal of a width.
  func text(colours: Bool, width: Int) -> String
  /// A page for browsers.
  ///
  /// - Parameter now: The time of the report, in seconds since 1970.
  func html(at now: Int64) -> String
  /// One JSON object on one line.
  func json() throws -> [UInt8]
}

extension ReplaySummary: ShownSummary {}
extension DifferenceSummary: ShownSummary {}
