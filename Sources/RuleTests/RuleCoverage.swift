import MaxMindACL
import Remap
import Text

/// The rules that decided at least one request of some tests.
package struct RuleCoverage: Sendable {
  /// A rule that no test hit.
  package struct Miss: Sendable {
    /// The configuration, relative to the current directory.
    package var file: String
    /// The rule.
    package var rule: Rule
  }

  private struct Configuration {
    /// Its file, relative to the current directory.
    var file: String
    var policy: Policy
    var hits: Set<Int> = []
    var reachedDefault = false
  }

  private var configurations: [Configuration] = []
  private var places: [String: Int] = [:]

  package init() {}

  /// Adds the requests of a file's tests. Files for one configuration count together.
  package mutating func add(_ run: RuleTestRun) {
    let places = run.loaded.rules.policies.map { place(of: $0, run.loaded) }
    for test in run.tests {
      for result in test.cases {
        for (index, decision) in run.decisions(of: result, in: test) {
          let rules = run.loaded.rules.policies[index].rules
          if let source = decision.rule.flatMap({ rules.source(of: $0) }) {
            configurations[places[index]].hits.insert(source)
          }
          if decision.reason.step == .byDefault {
            configurations[places[index]].reachedDefault = true
          }
        }
      }
    }
  }

  private mutating func place(of policy: Policy, _ loaded: LoadedRuleTests) -> Int {
    let file = loaded.configurationFile(of: policy)
    let key = "\(file)\0\(policy.databases.map(\.path).joined(separator: "\0"))"
    if let place = places[key] { return place }
    places[key] = configurations.count
    configurations.append(Configuration(file: file, policy: policy))
    return configurations.count - 1
  }

  /// How many rules there are; a list file counts as one.
  package var ruleCount: Int { configurations.reduce(0) { $0 + $1.policy.rules.sourceCount } }

  /// How many of them decided a request.
  package var hitCount: Int { configurations.reduce(0) { $0 + $1.hits.count } }

  /// Whether at least this percentage of the rules is hit.
  package func reaches(percent: Double) -> Bool {
    Double(hitCount) * 100 >= percent * Double(ruleCount)
  }

  /// `5 of 8 rules hit (62.5 %)`: rounded, but only all rules are 100 %.
  package var summary: String {
    let count = ruleCount
    let noun = count == 1 ? "rule" : "rules"
    guard count > 0 else { return "there are no rules" }
    let rounded = (hitCount * 2000 + count) / (2 * count)
    let tenths = hitCount < count ? min(rounded, 999) : rounded
    return "\(hitCount) of \(count) \(noun) hit (\(tenths / 10).\(tenths % 10) %)"
  }

  /// The rules that no test hit, in the order of the configurations and of their lines.
  package var misses: [Miss] {
    configurations.flatMap { configuration in
      configuration.policy.rules.sources.enumerated().filter {
        !configuration.hits.contains($0.offset)
      }
      .sorted { $0.element.range.start < $1.element.range.start }
      .map { Miss(file: configuration.file, rule: $0.element) }
    }
  }

  /// The configurations whose default no request reached.
  package var unreachedDefaults: [String] {
    configurations.filter { !$0.reachedDefault }.map(\.file)
  }

  /// The summary, then each rule without a hit, with its place and its line. No final line break.
  package var rendered: String {
    var lines = ["coverage: \(summary)"]
    for miss in misses {
      let range = miss.rule.range.start
      lines.append(
        printable(
          "\(miss.file):\(range.line):\(range.column): never hit: \(miss.rule.step.name) \(miss.rule.text)"
        ))
      lines.append(miss.rule.excerpt)
    }
    lines += unreachedDefaults.map { printable("\($0): never reached: \(Step.byDefault.name)") }
    return lines.joined(separator: "\n")
  }
}
