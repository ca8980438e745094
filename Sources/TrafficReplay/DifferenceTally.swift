import AccessLog
import GeoDatabase
import MaxMindACL
import Remap

/// Decides by two sets of rules on the requests that one worker gets, and counts those that flip.
struct DifferenceTally: TrafficTally {
  /// How many requests that flip are kept as examples, each way.
  fileprivate static let exampleCount = 20

  /// What decided by each side, as counted.
  fileprivate struct Flip: Hashable, Sendable {
    var old: RuleSet.Outcome
    var new: RuleSet.Outcome
  }

  fileprivate struct Example: Sendable {
    var client: Address?
    var country: Int
    var url: String
    var flip: Flip
    var block: Int
    var line: Int
  }

  /// The requests that flip one way.
  fileprivate struct Direction: Sendable {
    var requests = 0
    var causes: [Flip: Int] = [:]
    var countries: [Int: Int] = [:]
    var hosts = HostCounts(capacity: ReplayTally.hostCapacity)
    var networks = NetworkCounts(capacity: ReplayTally.networkCapacity)
    var examples: [Example] = []
  }

  private let old: RuleSet
  private let new: RuleSet
  private let countries: CountryTable
  private let bypassValue: @Sendable (String) -> [UInt8]?
  private var oldDecisions = VerdictCounts()
  private var newDecisions = VerdictCounts()
  private var oldUnmapped = 0
  private var newUnmapped = 0
  private var unchanged = VerdictCounts()
  private var mappedByOne = 0
  private var newlyDenied = Direction()
  private var newlyAllowed = Direction()

  init(old: RuleSet, new: RuleSet, bypassValue: @escaping @Sendable (String) -> [UInt8]?) {
    self.old = old
    self.new = new
    self.bypassValue = bypassValue
    countries = CountryTable(of: new.policies)
  }

  mutating func add(_ block: borrowing LogBlock) {
    let bytes = block.bytes.span
    for entry in block.entries { add(entry, bytes, block: block.number) }
  }

  private mutating func add(_ entry: LogEntry, _ bytes: Span<UInt8>, block: Int) {
    let before = old.decide(
      client: entry.client, url: entry.url, in: bytes, bypassValue: bypassValue)
    let after = new.decide(
      client: entry.client, url: entry.url, in: bytes, bypassValue: bypassValue)
    let wasAllowed = before.isAllowed
    let isAllowed = after.isAllowed
    if let wasAllowed { oldDecisions.add(isAllowed: wasAllowed) } else { oldUnmapped += 1 }
    if let isAllowed { newDecisions.add(isAllowed: isAllowed) } else { newUnmapped += 1 }
    guard let wasAllowed, let isAllowed else {
      if wasAllowed != isAllowed { mappedByOne += 1 }
      return
    }
    guard wasAllowed != isAllowed else {
      unchanged.add(isAllowed: isAllowed)
      return
    }
    let flip = Flip(old: before.cause, new: after.cause)
    var policy = 0
    if case .decided(let index, _) = after { policy = index }
    let country = countries.number(of: entry.client, policy: policy)
    if isAllowed {
      newlyAllowed.add(entry, bytes, flip, country: country, block: block)
    } else {
      newlyDenied.add(entry, bytes, flip, country: country, block: block)
    }
  }

  /// What all workers together counted.
  static func summary(
    of tallies: [DifferenceTally], old: RuleSet, new: RuleSet, _ coverage: Coverage,
    _ places: LinePlaces
  ) -> DifferenceSummary {
    var summary = DifferenceSummary(
      coverage: coverage, old: DifferenceSummary.Side(old), new: DifferenceSummary.Side(new))
    for tally in tallies {
      summary.old.decisions.add(tally.oldDecisions)
      summary.new.decisions.add(tally.newDecisions)
      summary.old.unmapped += tally.oldUnmapped
      summary.new.unmapped += tally.newUnmapped
      summary.unchanged.add(tally.unchanged)
      summary.mappedByOne += tally.mappedByOne
    }
    let names = tallies.first?.countries.names ?? []
    summary.newlyDenied = Direction.flips(
      tallies.map(\.newlyDenied), old, new, countries: names, places)
    summary.newlyAllowed = Direction.flips(
      tallies.map(\.newlyAllowed), old, new, countries: names, places)
    return summary
  }
}

extension DifferenceTally.Direction {
  fileprivate mutating func add(
    _ entry: LogEntry, _ bytes: Span<UInt8>, _ flip: DifferenceTally.Flip, country: Int, block: Int
  ) {
    requests += 1
    causes[flip, default: 0] += 1
    countries[country, default: 0] += 1
    hosts.add(bytes.extracting(entry.url.host.indices), isAllowed: true)
    if let client = entry.client { networks.add(ClientNetwork(of: client)) }
    guard examples.count < DifferenceTally.exampleCount else { return }
    examples.append(
      DifferenceTally.Example(
        client: entry.client, country: country,
        url: String(decoding: entry.urlText(in: bytes), as: UTF8.self), flip: flip,
        block: block, line: Int(entry.lineNumber)))
  }

  /// What all workers together found to flip one way.
  fileprivate static func flips(
    _ parts: [Self], _ old: RuleSet, _ new: RuleSet, countries: [String], _ places: LinePlaces
  ) -> DifferenceSummary.Flips {
    var flips = DifferenceSummary.Flips()
    var causes: [DifferenceTally.Flip: Int] = [:]
    for part in parts {
      flips.requests += part.requests
      causes.merge(part.causes, uniquingKeysWith: +)
      for (number, count) in part.countries {
        flips.countries[countries[number], default: 0] += count
      }
      let hosts = part.hosts.frequentKeys
      flips.hosts.merge(
        FrequentKeys(counts: hosts.counts.mapValues(\.total), others: hosts.others?.total),
        capacity: ReplayTally.hostCapacity)
      flips.networks.merge(
        part.networks.frequentKeys, capacity: ReplayTally.networkCapacity)
    }
    flips.causes = causes.map { flip, count in
      DifferenceSummary.CauseCount(
        old: DifferenceSummary.Cause(flip.old, old), new: DifferenceSummary.Cause(flip.new, new),
        requests: count)
    }.sorted { ($1.requests, "\($0)") < ($0.requests, "\($1)") }
    let examples = parts.flatMap(\.examples).sorted { ($0.block, $0.line) < ($1.block, $1.line) }
    flips.examples = examples.prefix(DifferenceTally.exampleCount).map { example in
      let place = places.place(ofLine: example.line, inBlock: example.block)
      return DifferenceSummary.Example(
        client: example.client?.description ?? "-", country: countries[example.country],
        url: example.url, old: DifferenceSummary.Cause(example.flip.old, old),
        new: DifferenceSummary.Cause(example.flip.new, new), file: place.file, line: place.line)
    }
    return flips
  }
}

extension DifferenceSummary.Side {
  /// Nothing decided yet by some rules.
  fileprivate init(_ rules: RuleSet) {
    var databases: [String] = []
    for policy in rules.policies {
      let text = policy.database.summary
      if !databases.contains(text) { databases.append(text) }
    }
    self.init(file: rules.file, databases: databases)
  }
}

extension DifferenceSummary.Cause {
  /// What decided, by the rules that it was decided by.
  fileprivate init(_ outcome: RuleSet.Outcome, _ rules: RuleSet) {
    switch outcome {
    case .unmapped: self.init(reason: "unmapped")
    case .withoutRules: self.init(reason: "no rules")
    case .decided(let index, let decision):
      let policy = rules.policies[index]
      let rule = policy.rule(of: decision)
      self.init(
        reason: decision.reason.description, rule: rule?.text,
        file: rule?.file ?? policy.configuration.file, line: decision.line)
    }
  }
}

extension RuleSet.Outcome {
  /// Whether the request goes through; nil where nothing maps it.
  fileprivate var isAllowed: Bool? {
    switch self {
    case .unmapped: nil
    case .withoutRules: true
    case .decided(_, let decision): decision.verdict == .allow
    }
  }

  /// The outcome but for the client's country, so that those by one rule are one.
  fileprivate var cause: RuleSet.Outcome {
    guard case .decided(let policy, let decision) = self else { return self }
    return .decided(policy: policy, decision.withoutCountry)
  }
}
