import GeoDatabase
import URLPattern

/// Computes the effect of each value of a record's field on the ladder.
struct FieldOutcomes {
  /// The pattern sets that outcomes refer to by index. The first is empty.
  private(set) var patternSets = [PatternSet.empty]
  /// The countries that are not short codes. `PlaceCode.handle` has their numbers.
  private(set) var countryTexts: [PlaceCode] = []

  private var numberedTexts: [PlaceCode: PlaceCode] = [:]
  private let compiled: CompiledConfiguration
  private var denySets: [PlaceCode?: UInt32] = [:]
  private var allowSets: [PlaceCode?: UInt32] = [:]
  /// The words of `NamedRules`, without repetitions.
  private var words: [UInt64] = []
  private var wordPlaces: [[UInt64]: UInt32] = [:]

  init(_ compiled: CompiledConfiguration) {
    self.compiled = compiled
    denySets = addSets(of: compiled.deny)
    allowSets = addSets(of: compiled.allow)
  }

  /// Adds a side's sets. Key nil: countries without a set of their own.
  private mutating func addSets(of side: CompiledRules) -> [PlaceCode?: UInt32] {
    var indices: [PlaceCode?: UInt32] = [:]
    func add(_ set: PatternSet, _ sets: inout [PatternSet]) -> UInt32 {
      if set.isEmpty { return 0 }
      sets.append(set)
      return UInt32(truncatingIfNeeded: sets.count - 1)
    }
    indices[.none] = add(side.patternsForAnyone, &patternSets)
    for (country, set) in side.patternsByCountry { indices[country] = add(set, &patternSets) }
    return indices
  }

  /// The deny patterns of clients without a country.
  var denyPatternsForAnyone: UInt32 { denySets[.none] ?? 0 }

  /// The outcome of a field's value.
  mutating func outcome(_ field: RecordField, _ value: FieldValue<FieldKey>) -> FieldOutcome {
    // The registered country stands in for the country.
    let field = field == .registeredCountry ? .country : field
    var outcome = FieldOutcome()
    var key: FieldKey?
    switch value {
    case .absent: break
    case .unreadable:
      outcome.isPresent = true
      outcome.isUnreadable = true
    case .value(let value):
      outcome.isPresent = true
      outcome.deny = rule(compiled.deny, field, value)
      outcome.allow = rule(compiled.allow, field, value)
      key = value
    }
    if field == .country {
      var country: PlaceCode?
      if case .place(let code)? = key { country = numbered(code) }
      outcome.countryHandle = country?.handle ?? 0
      outcome.denyPatterns = denySets[country] ?? denySets[.none] ?? 0
      outcome.allowPatterns = allowSets[country] ?? allowSets[.none] ?? 0
    }
    outcome.ruleWords = place(of: wordsOfRules(field, key))
    return outcome
  }

  private func rule(_ side: CompiledRules, _ field: RecordField, _ key: FieldKey) -> RuleReference {
    guard let values = side.values[field], let index = values.matches.first(for: key) else {
      return .none
    }
    return compiled.rules.reference(to: values.first + UInt32(truncatingIfNeeded: index))
  }

  private mutating func numbered(_ code: PlaceCode) -> PlaceCode {
    if code.isShort { return code }
    if let known = numberedTexts[code] { return known }
    let numbered = code.numbered(countryTexts.count)
    numberedTexts[code] = numbered
    countryTexts.append(numbered)
    return numbered
  }

  // MARK: - Named rules

  private mutating func place(of words: [UInt64]) -> UInt32 {
    if let place = wordPlaces[words] { return place }
    let place = UInt32(truncatingIfNeeded: self.words.count)
    wordPlaces[words] = place
    self.words += words
    return place
  }

  /// One bit for each rule whose conditions on a field a value fulfils; nil: the field is absent.
  private func wordsOfRules(_ field: RecordField, _ key: FieldKey?) -> [UInt64] {
    bits { rule in
      let condition = rule.conditions[field].map { matches in
        key.map { matches.first(for: $0) != nil } ?? false
      }
      let exception = rule.exceptions[field].map { matches in
        key.map { matches.first(for: $0) != nil } ?? false
      }
      return condition ?? true && !(exception ?? false)
    }
  }

  /// One bit for each rule, those of `deny` first; each section begins a word.
  private func bits(_ test: (CompiledFields) -> Bool) -> [UInt64] {
    [compiled.deny.fields, compiled.allow.fields].flatMap { rules in
      stride(from: 0, to: rules.count, by: 64).map { first in
        rules[first..<min(first + 64, rules.count)].enumerated().reduce(UInt64(0)) { word, rule in
          test(rule.element) ? word | 1 << UInt64(rule.offset) : word
        }
      }
    }
  }

  /// The named rules, after the last outcome; nil: there are none.
  var namedRules: NamedRules? {
    let (deny, allow) = (compiled.deny.rules, compiled.allow.rules)
    if deny.isEmpty, allow.isEmpty { return nil }
    let readers = RecordField.decisive.map { field in
      bits { $0.conditions[field] != nil || $0.exceptions[field] != nil }
    }
    return NamedRules(deny: deny, allow: allow, words: words, readers: readers)
  }
}
