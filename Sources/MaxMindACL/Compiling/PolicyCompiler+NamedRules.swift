import Addresses
import CivilTime
import Files
import GeoDatabase
import URLPattern

/// The conditions of a named rule on the client's records.
struct CompiledFields: Sendable {
  var conditions: [RecordField: FieldMatches]
  var exceptions: [RecordField: FieldMatches]
}

// The rules with several conditions.
extension PolicyCompiler {
  mutating func addNamedRules(
    _ named: [Configuration.NamedRule], _ step: Step, to side: inout CompiledRules
  ) {
    for rule in named {
      let number = add(step, rule.name.text, rule.name.range)
      side.fields.append(
        CompiledFields(
          conditions: rule.conditions.values.mapValues(FieldMatches.init),
          exceptions: rule.exceptions.values.mapValues(FieldMatches.init)))
      side.rules.append(
        CompiledRule(
          reference: RuleReference(
            number: number, line: UInt32(truncatingIfNeeded: rule.name.range.start.line)),
          conditions: compiled(rule.conditions, of: rule, step, isException: false),
          exceptions: compiled(rule.exceptions, of: rule, step, isException: true)))
    }
  }

  private mutating func compiled(
    _ conditions: Configuration.Conditions, of rule: Configuration.NamedRule, _ step: Step,
    isException: Bool
  ) -> RequestConditions {
    var compiled = RequestConditions()
    for flag in conditions.flags { compiled.flags |= flag.value.rawValue }
    if let section = step.section, !conditions.addresses.isEmpty || !conditions.listFiles.isEmpty {
      let key = ListKey.condition(rule: rule.name.value, section, isException: isException)
      compiled.addresses = table(of: conditions.addresses, lists[key], "ip")
    }
    compiled.methods = conditions.methods.map(\.value)
    compiled.window = conditions.window?.value
    compiled.hosts = conditions.hosts.map(\.value)
    if !conditions.patterns.isEmpty {
      // An exception counts as the opposite of its rule.
      let patterns = compile(
        conditions.patterns, needsAllForms: (step.verdict == .allow) != isException)
      let set = PatternSet(
        patterns.compactMap(\.self).enumerated().map {
          (pattern: $1, rule: UInt32(truncatingIfNeeded: $0))
        })
      check([set], of: conditions.patterns)
      compiled.patterns = set
    }
    return compiled
  }
}
