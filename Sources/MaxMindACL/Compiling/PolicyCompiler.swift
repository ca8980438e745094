import Addresses
import Files
import GeoDatabase
import URLPattern

/// A compiled configuration, before it is combined with its database.
struct CompiledConfiguration {
  var configuration: Configuration
  var rules = RuleList()
  var bypass: BypassHeader?
  /// The clients that pass before all rules; nil: none.
  var bypassAddresses: AddressTable?
  /// The rules of `deny.ip` and, outside their ranges, the rules of `allow.ip`.
  var addresses = AddressTable([])
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
  var countries: [CountryCode: UInt32] = [:]
  /// The patterns for clients of each named country, with the patterns for anyone.
  var patternsByCountry: [CountryCode: PatternSet] = [:]
  /// The patterns for all other clients.
  var patternsForAnyone = PatternSet([])
}

/// Compiles the rules of a configuration and collects their problems.
struct PolicyCompiler {
  let configuration: Configuration
  let document: YAMLDocument
  private let lists: AddressLists
  private(set) var found = DiagnosticList()
  private var rules = RuleList()
  /// Cached patterns: a pattern for many countries is compiled once.
  private var patterns: [String: Pattern] = [:]

  init(configuration: Configuration, document: YAMLDocument, lists: AddressLists) {
    self.configuration = configuration
    self.document = document
    self.lists = lists
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
    for step in Step.allCases {
      switch step {
      case .bypass: (compiled.bypass, compiled.bypassAddresses) = bypass()
      case .denyIP: add(configuration.deny, lists.deny, step, to: &addresses)
      case .denyCountry: addCountries(configuration.deny, step, to: &compiled.deny)
      case .denyRegex: addPatterns(configuration.deny, step, to: &compiled.deny)
      case .allowIP:
        compiled.firstAllowedAddress = UInt32(truncatingIfNeeded: rules.count)
        addresses.coverRest()
        add(configuration.allow, lists.allow, step, to: &addresses)
      case .anonymous:
        for (flag, isBlocked) in configuration.anonymous where isBlocked {
          compiled.blockedFlags.append((flag.value, add(step, flag.text, flag.range)))
        }
      case .allowCountry: addCountries(configuration.allow, step, to: &compiled.allow)
      case .allowRegex: addPatterns(configuration.allow, step, to: &compiled.allow)
      case .error, .unknown, .byDefault: break  // These have no rules.
      }
    }
    compiled.addresses = AddressTable(addresses)
    compiled.rules = rules
    compiled.nextExpiry = lists.nextExpiry
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

  private mutating func addCountries(
    _ section: Configuration.RuleSection, _ step: Step, to side: inout CompiledRules
  ) {
    for country in section.countries {
      let rule = add(step, country.shown, country.range)
      if side.countries[country.value] == nil { side.countries[country.value] = rule }
    }
  }

  private mutating func addPatterns(
    _ section: Configuration.RuleSection, _ step: Step, to side: inout CompiledRules
  ) {
    var patterns = PatternsByScope()
    var needed = memory(for: section.regexes)
    for regex in section.regexes {
      let rule = add(step, regex.pattern.text, regex.pattern.range)
      // The length of a pattern does not bound its memory in PCRE2, so check before each.
      guard hasMemory(needed) else {
        lackMemory(for: regex)
        break
      }
      let source = regex.pattern.value
      if self.patterns[source] == nil { needed -= Pattern.memory(for: source) }
      guard let pattern = compile(regex.pattern) else { continue }
      if let (id, reason) = whyUnmatchable(regex.pattern.value, step) {
        warning(id, "regex: cannot match, because \(reason)", at: regex.pattern.range)
      }
      patterns.add(pattern, rule: rule, for: regex.scopes.map(\.value))
    }
    let sets = patterns.makeSets()
    let lacksMemory =
      sets.forAnyone.lacksMemory || sets.byCountry.values.contains(where: \.lacksMemory)
    if let regex = section.regexes.first, lacksMemory { lackMemory(for: regex) }
    side.patternsByCountry = sets.byCountry
    side.patternsForAnyone = sets.forAnyone
  }

  /// Adds the addresses of a section, then the entries of its list files.
  private mutating func add(
    _ section: Configuration.RuleSection, _ lists: [LoadedList], _ step: Step,
    to entries: inout AddressTableEntries
  ) {
    warnOfCoveredRanges(section.addresses, "ip")
    for address in section.addresses {
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
  private func memory(for regexes: [Configuration.RegexRule]) -> Int {
    Set(regexes.map(\.pattern.value)).reduce(0) {
      patterns[$1] == nil ? $0 + Pattern.memory(for: $1) : $0
    }
  }

  private mutating func lackMemory(for regex: Configuration.RegexRule) {
    found.append(
      document.diagnostic(
        .error, .noMemory, "regex: there is no memory for the patterns", at: regex.pattern.range),
      .error)
  }

  /// The maximum memory to build the tables of all addresses.
  private var memoryForAddresses: Int {
    let written =
      configuration.deny.addresses + configuration.allow.addresses
      + (configuration.bypass?.addresses ?? []) + (configuration.client?.trusted ?? [])
    let ipv4 = written.count { $0.value.isIPv4 }
    return (lists.deny + lists.allow).reduce(
      AddressTableEntries.memory(ipv4: ipv4, ipv6: written.count - ipv4)
    ) { $0 + $1.list.ranges.memoryAsTable }
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
    for (country, line) in overridden(allow.countries, by: { deniedCountries[$0.value] }) {
      warning(
        .unreachableRule,
        "country: \(country.value)\(country.origin) is denied on line \(line), and deny rules always win",
        at: country.range)
    }
    for (regexes, isAllow) in [(deny.regexes, false), (allow.regexes, true)] {
      for regex in regexes {
        let denied = overridden(regex.scopes) { scope -> (code: CountryCode, line: Int)? in
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
    guard !lists.deny.isEmpty else { return }
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

extension Array {
  /// The first index at which a test holds. The test must hold for all later elements.
  fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
