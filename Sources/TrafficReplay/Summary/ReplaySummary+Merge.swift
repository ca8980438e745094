import Text

/// A text that is no summary, or a summary that is of other rules than the one that it is added to.
package struct SummaryError: Error, Hashable, Sendable {
  /// What is wrong with it, without its name and without a full stop.
  package var message: String
}

extension ReplaySummary {
  /// Adds the summary of another part of the logs, replayed with the same rules and databases.
  ///
  /// What was counted of the parts one after the other equals what is counted of the whole, as long as no part has
  /// more hosts or networks than are counted one by one.
  package mutating func merge(_ other: ReplaySummary) throws(SummaryError) {
    guard configurations.count == other.configurations.count else {
      throw SummaryError(
        message: "it has \(other.configurations.count) configurations, not \(configurations.count)")
    }
    for (index, part) in other.configurations.enumerated() {
      try configurations[index].merge(part)
    }
    coverage.merge(other.coverage)
    decisions.add(other.decisions)
    unmapped = unmapped.plus(other.unmapped)
    reasons.merge(other.reasons) { $0.plus($1) }
    countries.merge(other.countries) { $0.plus($1) }
    hosts.merge(
      other.hosts, capacity: HostCounts.capacity, byteCapacity: HostCounts.byteCapacity)
    deniedNetworks.merge(other.deniedNetworks, capacity: NetworkCounts.capacity)
    var counts = TimelineCounts()
    counts.add(timeline)
    counts.add(other.timeline)
    timeline = counts.timeline
  }
}

extension ReplaySummary.ConfigurationHits {
  fileprivate mutating func merge(
    _ other: ReplaySummary.ConfigurationHits
  ) throws(SummaryError) {
    guard file == other.file else {
      throw SummaryError(message: "it is of \(other.file), not of \(file)")
    }
    guard databaseType == other.databaseType, databaseBuilt == other.databaseBuilt else {
      throw SummaryError(message: "\(file) was replayed with another database")
    }
    guard rules.count == other.rules.count,
      zip(rules, other.rules).allSatisfy({
        $0.kind == $1.kind && $0.text == $1.text && $0.line == $1.line
      })
    else { throw SummaryError(message: "\(file) had other rules") }
    decisions.add(other.decisions)
    for index in rules.indices {
      rules[index].hits = rules[index].hits.plus(other.rules[index].hits)
    }
  }
}

extension Coverage {
  fileprivate mutating func merge(_ other: Coverage) {
    files += other.files
    formats += other.formats
    lines = lines.plus(other.lines)
    requests = requests.plus(other.requests)
    malformed.merge(other.malformed) { $0.plus($1) }
    failures += other.failures
    let all = malformedExamples + other.malformedExamples
    var kept: [String: Int] = [:]
    malformedExamples = all.filter { example in
      kept[example.kind, default: 0] += 1
      return kept[example.kind, default: 0] <= Coverage.examplesPerKind
    }
    // As those of one run: by kind, and within a kind in the order of the files.
    malformedExamples = LineTally.kindNames.flatMap { kind in
      malformedExamples.filter { $0.kind == kind }
    }
  }
}

/// What can be added up by key.
package protocol RequestCount: Codable, Hashable, Sendable {
  /// The sum, which stops at `Int.max`.
  func plus(_ other: Self) -> Self
  /// How many requests there are.
  var total: Int { get }
  /// The count as JSON.
  var json: String { get }
  /// Reads a count.
  init(_ scanner: inout JSONScanner) throws(JSONError)
}

extension Int: RequestCount {
  package func plus(_ other: Int) -> Int { saturatingSum([self, other]) }
  package var total: Int { self }
}

extension VerdictCounts: RequestCount {
  package func plus(_ other: VerdictCounts) -> VerdictCounts {
    VerdictCounts(allow: allow.plus(other.allow), deny: deny.plus(other.deny))
  }
}

extension FrequentKeys {
  /// Adds other counts; beyond the capacity the smallest go into `others`.
  ///
  /// - Parameters:
  ///   - capacity: How many keys are kept.
  ///   - byteCapacity: How many bytes of UTF-8 they may have together.
  mutating func merge(_ other: FrequentKeys, capacity: Int, byteCapacity: Int = .max) {
    for (key, count) in other.counts {
      counts[key] = counts[key].map { $0.plus(count) } ?? count
    }
    if let more = other.others { addToOthers(more) }
    var byteCount = counts.keys.reduce(0) { $0 + $1.utf8.count }
    guard counts.count > capacity || byteCount > byteCapacity else { return }
    let sorted = counts.sorted { ($1.value.total, $0.key) < ($0.value.total, $1.key) }
    for (key, count) in sorted.reversed() {
      guard counts.count > capacity || byteCount > byteCapacity else { return }
      counts[key] = nil
      byteCount -= key.utf8.count
      addToOthers(count)
    }
  }

  private mutating func addToOthers(_ count: Count) {
    others = others.map { $0.plus(count) } ?? count
  }
}
