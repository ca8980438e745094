import Addresses
import Files
import GeoDatabase
import URLPattern

/// A compiled configuration, before it is combined with its database.
struct CompiledConfiguration {
  var configuration: Configuration
  var rules = RuleList()
  var bypass: BypassHeader?
  /// The other rules of `bypass`.
  var bypassRules = BypassRules()
  var client: ClientRules?
  /// The rules of `deny.ip` and, outside their ranges, the rules of `allow.ip`.
  var addresses = AddressTable.empty
  /// The number of the first `allow.ip` rule. `deny.ip` rules have smaller numbers.
  var firstAllowedAddress: UInt32 = 0
  var deny = CompiledRules()
  var allow = CompiledRules()
  var blockedFlags: [(flag: AnonymityFlags, rule: UInt32)] = []
  /// When the next entry of a list expires, in seconds since 1970; nil: never.
  var nextExpiry: Int64?
}

/// The compiled rules of `allow` or of `deny`, without the addresses. The numbers are indices into `Policy.rules`.
struct CompiledRules: Sendable {
  /// The lists of `asn`, `country`, `subdivision` and `continent`, each with the number of its first rule.
  var values: [RecordField: (first: UInt32, matches: FieldMatches)] = [:]
  /// The patterns for clients of each named country, with the patterns for anyone.
  var patternsByCountry: [PlaceCode: PatternSet] = [:]
  /// The patterns for all other clients.
  var patternsForAnyone = PatternSet.empty
  /// The named rules, and their conditions on records.
  var rules: [CompiledRule] = []
  var fields: [CompiledFields] = []
}

/// Compiles the rules of a configuration and collects their problems.
struct PolicyCompiler {
  let configuration: Configuration
  let document: YAMLDocument
  let lists: AddressLists
  private(set) var found = DiagnosticList()
  private var rules: RuleList
  /// Cached patterns: a pattern for many countries is compiled once.
  private var patterns: [String: Pattern] = [:]

  init(configuration: Configuration, document: YAMLDocument, lists: AddressLists) {
    self.configuration = configuration
    self.document = document
    self.lists = lists
    rules = RuleList(count: Step.allCases.reduce(0) { $0 + configuration.ruleCount(of: $1) })
  }

  /// Compiles all rules in report order.
  ///
  /// If memory does not suffice, `found` has an error and the result must not be used.
  mutating func compile() -> CompiledConfiguration {
    var compiled = CompiledConfiguration(configuration: configuration)
    guard hasMemory(memoryForAddresses) else {
      found.append(
        document.diagnostic(
          .error, .noMemory, "there is no memory for the addresses of its rules", at: nil), .error)
      return compiled
    }
    var addresses = AddressTableEntries()
    // The stock plugin's `allow.ip` wins over its `deny.ip`.
    var covered: [(range: AddressRange, rule: UInt32)] = []
    for step in Step.allCases {
      switch step.reads {
      case .request: (compiled.bypass, compiled.bypassRules) = bypass()
      case .address:
        if step.verdict == .allow {
          compiled.firstAllowedAddress = UInt32(truncatingIfNeeded: rules.count)
          if configuration.stock == nil { addresses.coverRest() }
        } else if configuration.stock != nil {
          warnOfCoveredRanges(configuration.deny.addresses, "ip")
          covered = configuration.deny.addresses.map {
            ($0.value, add(step, $0.shown, $0.range))
          }
          continue
        }
        add(
          section(of: step).addresses, lists[step.verdict == .allow ? .allow : .deny], step,
          to: &addresses)
      case .flags:
        for (flag, isBlocked) in configuration.anonymous where isBlocked {
          compiled.blockedFlags.append((flag.value, add(step, flag.text, flag.range)))
        }
      case .field, .url, .conditions:
        if step.verdict == .allow {
          compile(step, to: &compiled.allow)
        } else {
          compile(step, to: &compiled.deny)
        }
      case nil: break
      }
    }
    compiled.client = client()
    if !covered.isEmpty { addresses.coverRest() }
    for (range, rule) in covered { addresses.append(range, value: rule) }
    compiled.addresses = AddressTable(addresses)
    compiled.rules = rules
    compiled.nextExpiry = lists.nextExpiry
    if configuration.stock != nil { return compiled }
    warnOfUnreachableRules()
    warnOfExceptions()
    warnOfListedAddresses(compiled.addresses, firstAllowed: compiled.firstAllowedAddress)
    return compiled
  }

  mutating func add(_ step: Step, _ text: String, _ range: SourceRange) -> UInt32 {
    rules.append(rule(step, text, range))
  }

  private func rule(_ step: Step, _ text: String, _ range: SourceRange) -> Rule {
    Rule(step: step, text: text, range: range, sourceLine: document.line(of: range) ?? "")
  }

  // MARK: - One side

  private func section(of step: Step) -> Configuration.RuleSection {
    step.verdict == .allow ? configuration.allow : configuration.deny
  }

  /// Compiles the rules of a step for a field, the URL or several conditions.
  private mutating func compile(_ step: Step, to side: inout CompiledRules) {
    switch step.reads {
    case .field(let field):
      guard let values = section(of: step).values[field], !values.isEmpty else { return }
      side.values[field] = (UInt32(truncatingIfNeeded: rules.count), FieldMatches(values))
      for value in values { _ = add(step, value.shown, value.range) }
    case .url: addPatterns(section(of: step), step, to: &side)
    case .conditions: addNamedRules(section(of: step).rules, step, to: &side)
    case .request, .address, .flags, nil: break
    }
  }

  private mutating func addPatterns(
    _ section: Configuration.RuleSection, _ step: Step, to side: inout CompiledRules
  ) {
    var patterns = PatternsByScope()
    let sources = section.regexes.map(\.pattern)
    for (regex, rule) in zip(section.regexes, compileRules(sources, step)) {
      guard let rule else { continue }
      patterns.add(rule.pattern, rule: rule.rule, for: regex.scopes.map(\.value))
    }
    let sets = patterns.makeSets()
    check([sets.forAnyone] + sets.byCountry.values, of: sources)
    side.patternsByCountry = sets.byCountry
    side.patternsForAnyone = sets.forAnyone
  }

  /// Adds each pattern as a rule and compiles it. Nil: it does not compile. If memory is short, the rest is left out.
  mutating func compileRules(
    _ sources: [Located<String>], _ step: Step
  ) -> [(pattern: Pattern, rule: UInt32)?] {
    let rules = sources.map { add(step, $0.text, $0.range) }
    let compiled = compile(sources, needsAllForms: step.verdict == .allow)
    return zip(compiled, rules).map { pattern, rule in pattern.map { ($0, rule) } }
  }

  /// Compiles patterns. Nil: it does not compile. If memory is short, the rest is left out.
  ///
  /// - Parameter needsAllForms: Whether a pattern has to match all forms of the URL.
  mutating func compile(_ sources: [Located<String>], needsAllForms: Bool) -> [Pattern?] {
    var compiled: [Pattern?] = []
    var needed = memory(for: sources)
    for source in sources {
      // The length of a pattern does not bound its memory in PCRE2, so check before each.
      guard hasMemory(needed) else {
        lackMemory(for: source)
        break
      }
      if patterns[source.value] == nil { needed -= Pattern.memory(for: source.value) }
      let pattern = compile(source)
      if pattern != nil, configuration.stock == nil,
        let (id, reason) = whyUnmatchable(source.value, needsAllForms: needsAllForms)
      {
        warning(id, "regex: cannot match, because \(reason)", at: source.range)
      }
      compiled.append(pattern)
    }
    return compiled
  }

  /// Reports sets for which memory ran out.
  mutating func check(_ sets: [PatternSet], of sources: [Located<String>]) {
    if let first = sources.first, sets.contains(where: \.lacksMemory) { lackMemory(for: first) }
  }

  /// Adds the addresses of a section, then the entries of its list files.
  mutating func add(
    _ addresses: [Located<AddressRange>], _ lists: [LoadedList], _ step: Step,
    to entries: inout AddressTableEntries
  ) {
    warnOfCoveredRanges(addresses, "ip")
    for address in addresses {
      entries.append(address.value, value: add(step, address.shown, address.range))
    }
    for (file, list) in lists {
      let first = rules.append(list, source: rule(step, file.name.text, file.name.range))
      entries.append(list.ranges, firstValue: first)
    }
  }

  private mutating func compile(_ pattern: Located<String>) -> Pattern? {
    if let known = patterns[pattern.value] { return known }
    do throws(PatternError) {
      let compiled = try Pattern(pattern.value)
      patterns[pattern.value] = compiled
      return compiled
    } catch {
      let id = error.isOutOfMemory ? DiagnosticID.noMemory : .regexSyntax
      found.append(
        document.diagnostic(.error, id, "regex: \(error.message)", at: pattern.range), .error)
      return nil
    }
  }

  // MARK: - Memory

  /// The memory for patterns that are not compiled yet. Each counts once.
  private func memory(for sources: [Located<String>]) -> Int {
    Set(sources.map(\.value)).reduce(0) {
      patterns[$1] == nil ? $0 + Pattern.memory(for: $1) : $0
    }
  }

  private mutating func lackMemory(for pattern: Located<String>) {
    found.append(
      document.diagnostic(
        .error, .noMemory, "regex: there is no memory for the patterns", at: pattern.range),
      .error)
  }

  /// The maximum memory to build the tables of all addresses.
  private var memoryForAddresses: Int {
    let written =
      configuration.deny.addresses + configuration.allow.addresses
      + (configuration.bypass?.addresses ?? []) + (configuration.client?.trusted ?? [])
      + configuration.allConditions.flatMap(\.addresses)
    let ipv4 = written.count { $0.value.isIPv4 }
    return lists.all.reduce(
      AddressTableEntries.memory(ipv4: ipv4, ipv6: written.count - ipv4)
    ) { $0 + $1.ranges.memoryAsTable }
  }

  // MARK: - Likely mistakes

  mutating func warning(_ id: DiagnosticID, _ message: String, at range: SourceRange) {
    found.append(document.diagnostic(.warning, id, message, at: range), .warning)
  }

  /// Warns of a range that repeats an earlier range or lies in a larger one.
  mutating func warnOfCoveredRanges(_ addresses: [Located<AddressRange>], _ name: String) {
    // A range is covered if one of the ranges that begin no later ends no earlier.
    let ordered = addresses.indices.sorted { left, right in
      let (a, b) = (addresses[left].value, addresses[right].value)
      if a.isIPv4 != b.isIPv4 { return a.isIPv4 }
      if a.first != b.first { return a.first < b.first }
      if a.last != b.last { return b.last < a.last }
      return left < right
    }
    var widest: Located<AddressRange>?
    for index in ordered {
      let address = addresses[index]
      if let outer = widest, outer.value.contains(address.value) {
        // Groups may overlap.
        if outer.group != nil, address.group != nil { continue }
        if outer.value == address.value {
          warning(
            .duplicateRule, "\(name): \(address.text)\(address.origin) is already \(outer.place)",
            at: address.range)
        } else {
          warning(
            .rangeCovered,
            "\(name): \(address.text)\(address.origin) is covered by \(outer.text) \(outer.place)",
            at: address.range)
        }
      } else {
        widest = address
      }
    }
  }

  /// Warns of allow rules that a deny rule always overrides.
  private mutating func warnOfUnreachableRules() {
    let (allow, deny) = (configuration.allow, configuration.deny)
    let deniedCountries = Dictionary(
      deny.countries.map { ($0.value, $0.range.start.line) },
      uniquingKeysWith: { first, _ in first })
    for field in RecordField.decisive {
      let denied = Dictionary(
        (deny.values[field] ?? []).map { ($0.value, $0.range.start.line) },
        uniquingKeysWith: { first, _ in first })
      for (value, line) in overridden(allow.values[field] ?? [], by: { denied[$0.value] }) {
        warning(
          .unreachableRule,
          "\(field.rawValue): \(value.value)\(value.origin) is denied on line \(line), and deny rules always win",
          at: value.range)
      }
    }
    for (regexes, isAllow) in [(deny.regexes, false), (allow.regexes, true)] {
      for regex in regexes {
        let denied = overridden(regex.scopes) { scope -> (code: PlaceCode, line: Int)? in
          guard case .country(let code) = scope.value else { return nil }
          return deniedCountries[code].map { (code: code, line: $0) }
        }
        for (_, (code, line)) in denied {
          warning(
            .unreachableRule,
            "regex: has no effect for \(code), which is denied on line \(line)"
              + (isAllow ? "; \(denyingAllBut(regex, for: code))" : ""), at: regex.pattern.range)
        }
      }
    }
    // A range is covered if the widest deny range that begins no later ends no earlier.
    var widest: [Bool: [(first: Address, outer: Located<AddressRange>)]] = [:]
    for range in deny.addresses.sorted(by: { $0.value.first < $1.value.first }) {
      let before = widest[range.value.isIPv4]?.last?.outer
      let outer = before.map { $0.value.last >= range.value.last ? $0 : range } ?? range
      widest[range.value.isIPv4, default: []].append((first: range.value.first, outer: outer))
    }
    let denied = overridden(allow.addresses) { address -> Located<AddressRange>? in
      let candidates = widest[address.value.isIPv4] ?? []
      let count = candidates.partitioningIndex { $0.first > address.value.first }
      guard count > 0, candidates[count - 1].outer.value.contains(address.value) else { return nil }
      return candidates[count - 1].outer
    }
    for (address, outer) in denied {
      warning(
        .unreachableRule,
        "ip: \(address.text)\(address.origin) is denied by \(outer.text) \(outer.place), "
          + "and deny rules always win", at: address.range)
    }
  }

  /// The values that deny rules override, each with the deny rule. Leaves out the members of a group that has other
  /// members too: the deny rules are exceptions from such a group.
  private func overridden<Value, Denying>(
    _ values: [Located<Value>], by denying: (Located<Value>) -> Denying?
  ) -> [(value: Located<Value>, denying: Denying)] {
    var found: [(value: Located<Value>, denying: Denying)] = []
    var partly: Set<SourcePosition> = []
    for value in values {
      if let rule = denying(value) {
        found.append((value, rule))
      } else if value.group != nil {
        partly.insert(value.range.start)
      }
    }
    return found.filter { !partly.contains($0.value.range.start) }
  }

  /// Warns of `allow.ip` addresses that a list file denies.
  private mutating func warnOfListedAddresses(_ table: AddressTable, firstAllowed: UInt32) {
    guard !lists[.deny].isEmpty else { return }
    for address in configuration.allow.addresses {
      guard let number = table.value(for: address.value.first).map({ Int($0) }),
        number < firstAllowed, let file = rules.listFile(of: number),
        let range = rules.listedRange(number), range.contains(address.value)
      else { continue }
      warning(
        .unreachableRule,
        "ip: \(address.text)\(address.origin) is denied by \(range) on line \(rules.lines[number]) of \(file), "
          + "and deny rules always win", at: address.range)
    }
  }
}
