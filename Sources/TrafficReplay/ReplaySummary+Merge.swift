/// Two summaries that are not of the same rules.
package struct MergeError: Error, Hashable, Sendable {
  /// What differs.
  package var message: String
}

extension ReplaySummary {
  /// Adds the summary of another part of the logs, replayed with the same rules and databases.
  ///
  /// What was counted of the parts one after the other equals what is counted of the whole, as long as no part has
  /// more hosts or networks than are counted one by one.
  package mutating func merge(_ other: ReplaySummary) throws(MergeError) {
    guard configurations.count == other.configurations.count else {
      throw MergeError(
        message: "it has \(other.configurations.count) configurations, not \(configurations.count)")
    }
    for (index, part) in other.configurations.enumerated() {
      try configurations[index].merge(part)
    }
    coverage.merge(other.coverage)
    decisions.add(other.decisions)
    unmapped += other.unmapped
    reasons.merge(other.reasons) { $0 + $1 }
    countries.merge(other.countries) { $0 + $1 }
    hosts.merge(other.hosts, capacity: ReplayTally.hostCapacity)
    deniedNetworks.merge(other.deniedNetworks, capacity: ReplayTally.networkCapacity)
    var counts = TimelineCounts()
    counts.add(timeline)
    counts.add(other.timeline)
    timeline = counts.timeline
  }
}

extension ReplaySummary.ConfigurationHits {
  fileprivate mutating func merge(
    _ other: ReplaySummary.ConfigurationHits
  ) throws(MergeError) {
    guard file == other.file else {
      throw MergeError(message: "it is of \(other.file), not of \(file)")
    }
    guard databaseType == other.databaseType, databaseBuilt == other.databaseBuilt else {
      throw MergeError(message: "\(file) was replayed with another database")
    }
    guard rules.count == other.rules.count,
      zip(rules, other.rules).allSatisfy({
        $0.kind == $1.kind && $0.text == $1.text && $0.line == $1.line
      })
    else { throw MergeError(message: "\(file) had other rules") }
    decisions.add(other.decisions)
    for index in rules.indices { rules[index].hits += other.rules[index].hits }
  }
}

extension Coverage {
  fileprivate mutating func merge(_ other: Coverage) {
    files += other.files
    formats += other.formats
    lines += other.lines
    requests += other.requests
    malformed.merge(other.malformed, uniquingKeysWith: +)
    failures += other.failures
    let all = malformedExamples + other.malformedExamples
    var kept: [String: Int] = [:]
    malformedExamples = all.filter { example in
      kept[example.kind, default: 0] += 1
      return kept[example.kind, default: 0] <= LineTally.exampleCount
    }
    // As those of one run: by kind, and within a kind in the order of the files.
    malformedExamples = LineTally.kindNames.flatMap { kind in
      malformedExamples.filter { $0.kind == kind }
    }
  }
}

/// What can be added up by key.
protocol RequestCount {
  static func + (left: Self, right: Self) -> Self
  /// How many requests there are.
  var total: Int { get }
}

extension Int: RequestCount {
  var total: Int { self }
}

extension VerdictCounts: RequestCount {
  static func + (left: VerdictCounts, right: VerdictCounts) -> VerdictCounts {
    VerdictCounts(allow: left.allow + right.allow, deny: left.deny + right.deny)
  }
}

extension FrequentKeys where Count: RequestCount {
  /// Adds other counts; beyond the capacity the smallest go into `others`.
  mutating func merge(_ other: FrequentKeys, capacity: Int) {
    counts.merge(other.counts) { $0 + $1 }
    if let more = other.others { others = others.map { $0 + more } ?? more }
    guard counts.count > capacity else { return }
    let sorted = counts.sorted { ($1.value.total, $0.key) < ($0.value.total, $1.key) }
    for (key, count) in sorted[capacity...] {
      counts[key] = nil
      others = others.map { $0 + count } ?? count
    }
  }
}
