import Text

/// A text is not a summary, or two summaries have different rules.
package struct SummaryError: Error, Hashable, Sendable {
  /// The mistake, without a name and without a full stop.
  package var message: String
}

extension ReplaySummary {
  /// Adds the summary of another part of the logs, replayed with the same rules and databases.
  ///
  /// The sum of all parts equals the summary of the whole, unless a part has more hosts or networks than are counted
  /// one by one.
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
    if let others = other.fields {
      fields = (fields ?? [:]).merging(others) { $0.merging($1) { $0.plus($1) } }
    }
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
      throw SummaryError(message: "it belongs to \(other.file), not to \(file)")
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
    mergeHeaders(other.headers ?? [])
    if let others = other.withoutMethod { withoutMethod = (withoutMethod ?? 0).plus(others) }
    noteMissingParts()
    let all = malformedExamples + other.malformedExamples
    var kept: [String: Int] = [:]
    malformedExamples = all.filter { example in
      kept[example.kind, default: 0] += 1
      return kept[example.kind, default: 0] <= Coverage.examplesPerKind
    }
    // In the order of a single run: by kind, then by file.
    malformedExamples = LineTally.kindNames.flatMap { kind in
      malformedExamples.filter { $0.kind == kind }
    }
  }

  private mutating func mergeHeaders(_ others: [Header]) {
    var merged = headers ?? []
    for other in others {
      let same = merged.firstIndex {
        $0.file == other.file && $0.key == other.key && $0.name == other.name
      }
      if let same {
        merged[same].lines = merged[same].lines.plus(other.lines)
      } else {
        merged.append(other)
      }
    }
    headers = merged.isEmpty ? nil : merged
  }
}
