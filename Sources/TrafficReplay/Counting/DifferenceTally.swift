import AccessLog
import Addresses
import MaxMindACL
import Remap

/// Counts the requests of one worker that two sets of rules decide differently.
struct DifferenceTally: TrafficTally {
  /// The most examples for each direction.
  fileprivate static let exampleCount = 20

  /// The outcomes by the two sides.
  fileprivate struct Flip: Sendable {
    var old: RuleSet.Outcome
    var new: RuleSet.Outcome
  }

  /// The cause of an outcome. The entries of a list file are one cause.
  fileprivate enum Cause: Hashable, Sendable {
    case unmapped, withoutRules
    /// The number of the policy, and the number of the rule in its `sources`. Nil: no rule decided.
    case decided(policy: Int, Reason, source: Int?)

    init(_ outcome: RuleSet.Outcome, _ rules: RuleSet) {
      self =
        switch outcome {
        case .unmapped: .unmapped
        case .withoutRules: .withoutRules
        case .decided(let index, let decision):
          .decided(
            policy: index, decision.reason,
            source: decision.rule.flatMap { rules.policies[index].rules.source(of: $0) })
        }
    }
  }

  fileprivate struct Causes: Hashable, Sendable {
    var old: Cause
    var new: Cause
  }

  fileprivate struct Example: Sendable {
    var client: Address?
    var country: Int
    var oldCountry: Int
    var url: String
    var flip: Flip
    var block: Int
    var line: Int
  }

  fileprivate struct Direction: Sendable {
    var requests = 0
    var causes: [Causes: Int] = [:]
    var countries: [Int: Int] = [:]
    var keys: KeyTally
    var examples: [Example] = []

    init(_ keys: SharedKeys) {
      self.keys = KeyTally(keys)
    }
  }

  /// A way in which requests flip.
  private enum Way: Int, CaseIterable {
    case denied, allowed, unmapped, mapped

    var flips: WritableKeyPath<DifferenceSummary, DifferenceSummary.Flips> {
      switch self {
      case .denied: \.newlyDenied
      case .allowed: \.newlyAllowed
      case .unmapped: \.newlyUnmapped
      case .mapped: \.newlyMapped
      }
    }
  }

  /// The hosts and networks of all workers, by way. They share the memory of one replay.
  static func sharedKeys() -> [SharedKeys] {
    Way.allCases.map { _ in SharedKeys(share: Way.allCases.count) }
  }

  fileprivate struct CountryChange: Hashable, Sendable {
    var old: Int
    var new: Int
  }

  private let old: RuleSet
  private let new: RuleSet
  private let countries: CountryTable
  private let oldHeaders: RequestHeaders
  private let newHeaders: RequestHeaders
  private var oldDecisions = VerdictCounts()
  private var newDecisions = VerdictCounts()
  private var oldUnmapped = 0
  private var newUnmapped = 0
  private var unchanged = VerdictCounts()
  private var countryChanges: [CountryChange: Int] = [:]
  /// By way.
  private var directions: [Direction]

  /// - Parameter countries: The countries of the old configurations, then of the new ones.
  init(
    old: RuleSet, new: RuleSet, countries: CountryTable, _ keys: [SharedKeys],
    oldHeaders: RequestHeaders, newHeaders: RequestHeaders
  ) {
    self.old = old
    self.new = new
    self.oldHeaders = oldHeaders
    self.newHeaders = newHeaders
    self.countries = countries
    directions = keys.map { Direction($0) }
  }

  mutating func add(_ block: borrowing LogBlock) {
    let bytes = block.bytes.span
    let values = block.headers.span
    for entry in block.entries {
      add(
        entry, bytes, values.extracting(entry.headerIndices(count: block.headerCount)),
        block: block.number)
    }
  }

  private mutating func add(
    _ entry: LogEntry, _ bytes: Span<UInt8>, _ values: Span<ByteRange>, block: Int
  ) {
    var oldClient: Address?
    var client: Address?
    // The closures would copy the rules.
    let (oldNow, newNow) = (old.now, new.now)
    let before = old.decide(
      peer: entry.client, url: entry.url, in: bytes, headers: oldHeaders, values: values,
      client: &oldClient, circumstances: { entry.circumstances(in: bytes, at: oldNow) })
    let after = new.decide(
      peer: entry.client, url: entry.url, in: bytes, headers: newHeaders, values: values,
      client: &client, circumstances: { entry.circumstances(in: bytes, at: newNow) })
    let wasAllowed = before.isAllowed
    let isAllowed = after.isAllowed
    if let wasAllowed { oldDecisions.add(isAllowed: wasAllowed) } else { oldUnmapped += 1 }
    if let isAllowed { newDecisions.add(isAllowed: isAllowed) } else { newUnmapped += 1 }
    let countryBefore = country(of: oldClient, before, old, first: 0)
    let countryAfter = country(of: client, after, new, first: old.policies.count)
    let oldCountry = countryBefore ?? countryAfter ?? 0
    let newCountry = countryAfter ?? oldCountry
    if oldCountry != newCountry {
      countryChanges[CountryChange(old: oldCountry, new: newCountry), default: 0] += 1
    }
    let way: Way
    switch (wasAllowed, isAllowed) {
    case (nil, nil): return
    case (_, nil): way = .unmapped
    case (nil, _): way = .mapped
    case (true?, false?): way = .denied
    case (false?, true?): way = .allowed
    case (true?, true?), (false?, false?):
      unchanged.add(isAllowed: isAllowed == true)
      return
    }
    directions[way.rawValue].add(
      entry, of: client, bytes, Flip(old: before, new: after),
      Causes(old: Cause(before, old), new: Cause(after, new)), country: newCountry,
      oldCountry: oldCountry, block: block)
  }

  /// The number of a client's country by the database that decided, or else by the first database of the side. Nil:
  /// the side has no database.
  private func country(
    of client: Address?, _ outcome: RuleSet.Outcome, _ rules: RuleSet, first: Int
  ) -> Int? {
    if case .decided(let index, _) = outcome {
      return countries.number(of: client, policy: first + index)
    }
    return rules.policies.isEmpty ? nil : countries.number(of: client, policy: first)
  }

  mutating func finish() {
    for index in directions.indices { directions[index].keys.share() }
  }

  /// The counts of all workers.
  static func summary(
    of tallies: [DifferenceTally], _ keys: [SharedKeys], old: RuleSet, new: RuleSet,
    countries: CountryTable, _ coverage: Coverage, _ places: LinePlaces
  ) -> DifferenceSummary {
    var summary = DifferenceSummary(
      coverage: coverage, old: DifferenceSummary.Side(old), new: DifferenceSummary.Side(new))
    var changes: [CountryChange: Int] = [:]
    for tally in tallies {
      summary.old.decisions.add(tally.oldDecisions)
      summary.new.decisions.add(tally.newDecisions)
      summary.old.unmapped += tally.oldUnmapped
      summary.new.unmapped += tally.newUnmapped
      summary.unchanged.add(tally.unchanged)
      changes.merge(tally.countryChanges, uniquingKeysWith: +)
    }
    let names = countries.names
    summary.countryChanges = changes.map { change, count in
      DifferenceSummary.CountryChange(
        old: names[change.old], new: names[change.new], requests: count)
    }.sorted { ($1.requests, $0.old, $0.new) < ($0.requests, $1.old, $1.new) }
    for (way, keys) in zip(Way.allCases, keys) {
      summary[keyPath: way.flips] = Direction.flips(
        tallies.map { $0.directions[way.rawValue] }, keys, old, new, countries: names, places)
    }
    return summary
  }
}

extension DifferenceTally.Direction {
  fileprivate mutating func add(
    _ entry: LogEntry, of client: Address?, _ bytes: Span<UInt8>, _ flip: DifferenceTally.Flip,
    _ found: DifferenceTally.Causes, country: Int, oldCountry: Int, block: Int
  ) {
    requests += 1
    causes[found, default: 0] += 1
    countries[country, default: 0] += 1
    keys.add(host: bytes.extracting(entry.url.host.indices), isAllowed: true)
    if let client { keys.add(ClientNetwork(of: client)) }
    guard examples.count < DifferenceTally.exampleCount else { return }
    examples.append(
      DifferenceTally.Example(
        client: client, country: country, oldCountry: oldCountry,
        url: String(decoding: entry.urlText(in: bytes), as: UTF8.self), flip: flip,
        block: block, line: Int(entry.lineNumber)))
  }

  /// The flips of all workers in one direction.
  fileprivate static func flips(
    _ parts: [Self], _ keys: SharedKeys, _ old: RuleSet, _ new: RuleSet, countries: [String],
    _ places: LinePlaces
  ) -> DifferenceSummary.Flips {
    var flips = DifferenceSummary.Flips()
    var causes: [DifferenceTally.Causes: Int] = [:]
    let oldSources = old.policies.map(\.rules.sources)
    let newSources = new.policies.map(\.rules.sources)
    for part in parts {
      flips.requests += part.requests
      causes.merge(part.causes, uniquingKeysWith: +)
      for (number, count) in part.countries {
        flips.countries[countries[number], default: 0] += count
      }
    }
    let hosts = keys.takeHosts()
    flips.hosts = FrequentKeys(
      counts: hosts.counts.mapValues(\.total), others: hosts.others?.total)
    flips.networks = keys.takeNetworks()
    flips.causes = causes.map { found, count in
      DifferenceSummary.CauseCount(
        old: DifferenceSummary.Cause(found.old, old, oldSources),
        new: DifferenceSummary.Cause(found.new, new, newSources), requests: count)
    }.sorted()
    let examples = parts.flatMap(\.examples).sorted { ($0.block, $0.line) < ($1.block, $1.line) }
    flips.examples = examples.prefix(DifferenceTally.exampleCount).map { example in
      let place = places.place(ofLine: example.line, inBlock: example.block)
      return DifferenceSummary.Example(
        client: example.client?.description ?? "-", country: countries[example.country],
        oldCountry: example.oldCountry == example.country ? nil : countries[example.oldCountry],
        url: example.url, old: DifferenceSummary.Cause(example.flip.old, old),
        new: DifferenceSummary.Cause(example.flip.new, new), file: place.file, line: place.line)
    }
    return flips
  }
}

extension DifferenceSummary.CauseCount: Comparable {
  /// The most frequent first, then by the old cause, then by the new one.
  package static func < (left: Self, right: Self) -> Bool {
    if left.requests != right.requests { return left.requests > right.requests }
    return left.old == right.old ? left.new < right.new : left.old < right.old
  }
}

extension DifferenceSummary.Cause: Comparable {
  /// By reason, file, line and rule.
  package static func < (left: Self, right: Self) -> Bool {
    func key(_ cause: Self) -> (String, String, Int, String) {
      (cause.reason, cause.file ?? "", cause.line ?? 0, cause.rule ?? "")
    }
    return key(left) < key(right)
  }
}

extension DifferenceSummary.Side {
  /// Some rules before any decision.
  fileprivate init(_ rules: RuleSet) {
    var databases: [String] = []
    for policy in rules.policies {
      for text in policy.databases.map(\.summary) where !databases.contains(text) {
        databases.append(text)
      }
    }
    self.init(file: rules.file, databases: databases)
  }
}

extension DifferenceSummary.Cause {
  /// The cause of an outcome of some rules.
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

extension DifferenceSummary.Cause {
  /// A cause of some rules.
  ///
  /// - Parameter sources: The rules of each configuration, with a list file as one.
  fileprivate init(_ cause: DifferenceTally.Cause, _ rules: RuleSet, _ sources: [[Rule]]) {
    switch cause {
    case .unmapped: self.init(reason: "unmapped")
    case .withoutRules: self.init(reason: "no rules")
    case .decided(let index, let reason, let number):
      let rule = number.map { sources[index][$0] }
      self.init(
        reason: reason.description, rule: rule?.text,
        file: rules.policies[index].configuration.file, line: rule?.line)
    }
  }
}

extension RuleSet.Outcome {
  /// Whether the request goes through. Nil: no line maps it.
  fileprivate var isAllowed: Bool? {
    switch self {
    case .unmapped: nil
    case .withoutRules: true
    case .decided(_, let decision): decision.verdict == .allow
    }
  }
}
