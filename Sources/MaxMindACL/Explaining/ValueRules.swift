import Addresses
import GeoDatabase
import URLPattern

/// A rule that names a value of a client's record, or its address: `deny.country on line 7`.
package struct RuleMention: Hashable, Sendable, CustomStringConvertible {
  /// The step of the rule.
  package var step: Step
  /// The name of the rule in `rules`; nil: the value is a rule by itself.
  package var ruleName: String?
  /// Whether the value is under `not`.
  package var isException = false
  /// The list file that contains the rule; nil: the configuration.
  package var file: String?
  /// The line of the rule in the file.
  package var line: Int

  package var description: String {
    let name = ruleName.map { " \"\($0)\"" } ?? ""
    let place = file.map { " of \($0)" } ?? ""
    return "\(step.name)\(name)\(isException ? ", not:" : "") on line \(line)\(place)"
  }
}

// The rules that name a value. Each step is listed once, with its first such rule, and each named rule once for its
// conditions and once for its exceptions. Whether a rule decides depends on the rest of the ladder: see `explain`.
extension Policy {
  /// The rules that name the value of a field. Nil: no rule reads the field of this record.
  ///
  /// Of `country` and `registered_country`, rules read the first in `country_from` that the record has.
  ///
  /// ```swift
  /// policy.mentions(of: .country, in: policy.record(for: client))?.first?.description  // deny.country on line 7
  /// ```
  package func mentions(of field: RecordField, in record: Record) -> [RuleMention]? {
    let sources = configuration.countryFrom
    let isCountry = field == .country || field == .registeredCountry
    if isCountry, field != sources.first(where: { record.state(of: $0) != .absent }) { return nil }
    let read = isCountry ? .country : field
    guard configuration.reads(read) else { return nil }
    guard let key = record.key(of: field).readable else { return [] }
    return mentions(
      alone: { section, _ in
        (section.values[read] ?? []).first { $0.value.contains(key) }
          .map { (.field(read), $0.range) }
      },
      inPatterns: { section in
        section.regexes.first { regex in
          regex.scopes.contains { scope in
            if case .country(let code) = scope.value {
              read == .country && key == .place(code)
            } else {
              false
            }
          }
        }?.pattern.range
      },
      inConditions: { ($0.values[read] ?? []).contains { $0.value.contains(key) } })
  }

  /// The rules that name a flag. Nil: no rule reads it.
  package func mentions(of flag: AnonymityFlags) -> [RuleMention]? {
    guard configuration.readFlags.contains(where: { $0.value == flag }) else { return nil }
    let blocked = configuration.anonymous.first { $0.blocked && $0.flag.value == flag }
    let alone = blocked.map {
      [RuleMention(step: .anonymous, line: $0.flag.range.start.line)]
    }
    return (alone ?? [])
      + mentions(
        alone: { _, _ in nil }, inPatterns: { _ in nil },
        inConditions: { $0.flags.contains { $0.value == flag } })
  }

  /// The rules that contain an address, without those of `client`. Of `deny.ip` and `allow.ip`, the one that decides.
  package func mentions(of address: Address) -> [RuleMention] {
    let alone = [bypassRules.addresses, addresses].compactMap { $0.value(for: address) }
      .map { number in
        let rule = rules[Int(number)]
        return RuleMention(step: rule.step, file: rule.file, line: rule.line)
      }
    let sections: [(Step, [CompiledRule])] = [
      (.denyRules, named?.deny.rules ?? []), (.allowRules, named?.allow.rules ?? []),
    ]
    let inConditions = sections.flatMap { step, compiled in
      compiled.flatMap { rule in
        [(rule.conditions, false), (rule.exceptions, true)].compactMap { conditions, isException in
          conditions.addresses?.value(for: address).map { _ in
            RuleMention(
              step: step, ruleName: rules[Int(rule.reference.number)].text,
              isException: isException, line: Int(rule.reference.line))
          }
        }
      }
    }
    return alone + inConditions
  }

  private func mentions(
    alone: (Configuration.RuleSection, Step.Section) -> (Step.Subject, SourceRange)?,
    inPatterns: (Configuration.RuleSection) -> SourceRange?,
    inConditions: (Configuration.Conditions) -> Bool
  ) -> [RuleMention] {
    let sections = [(configuration.deny, Step.Section.deny), (configuration.allow, .allow)]
    return sections.flatMap { section, name in
      func mention(_ subject: Step.Subject, _ range: SourceRange) -> RuleMention? {
        Step.of(name, subject).map { RuleMention(step: $0, line: range.start.line) }
      }
      var found: [RuleMention?] = []
      if let (subject, range) = alone(section, name) { found.append(mention(subject, range)) }
      if let range = inPatterns(section) { found.append(mention(.url, range)) }
      for rule in section.rules {
        for (conditions, isException) in [(rule.conditions, false), (rule.exceptions, true)] {
          guard inConditions(conditions), var named = mention(.conditions, rule.name.range) else {
            continue
          }
          named.ruleName = rule.name.value
          named.isException = isException
          found.append(named)
        }
      }
      return found.compactMap(\.self)
    }
  }
}

extension Configuration.FieldMatch {
  /// Whether a record's value fulfils the rule.
  fileprivate func contains(_ key: FieldKey) -> Bool {
    switch (self, key) {
    case (.place(let code), .place(let other)): code == other
    case (.place(let code), .places(let others)): others.contains(code)
    case (.asns(let range), .asn(let number)): range.contains(number)
    case (.place, .asn), (.asns, .place), (.asns, .places): false
    }
  }
}

extension Record {
  /// The value of a field as reports print it: `DE`, `GB-ENG GB-LND`, `AS64500`.
  package func text(of field: RecordField) -> FieldValue<String> {
    switch field {
    case .asn: asn.map { "AS\($0)" }
    case .country: country.map(\.description)
    case .registeredCountry: registeredCountry.map(\.description)
    case .subdivision: subdivisions.map { $0.map(\.description).joined(separator: " ") }
    case .continent: continent.map(\.description)
    case .organisation: organisation.map(FieldValue.value) ?? .absent
    }
  }
}
