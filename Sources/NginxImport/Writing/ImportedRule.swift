import Addresses

/// A rule that denies, in the words of our configuration.
struct ImportedRule: Hashable {
  /// All of these hold, at most one of each kind.
  var holds: [Condition] = []
  /// None of these holds.
  var excludes: [Condition] = []
  var verdict: Verdict

  enum Condition: Hashable {
    case addresses(ListedAddresses)
    case asn([String])
    case continent([String])
    case country([String])
    case host([String])
    case method([String])
    case regex([String])

    /// Its key in a configuration.
    var key: String {
      switch self {
      case .addresses: "ip"
      case .asn: "asn"
      case .continent: "continent"
      case .country: "country"
      case .host: "host"
      case .method: "method"
      case .regex: "regex"
      }
    }

    /// Whether the client alone decides, so that it can stand under `allow`.
    var readsClient: Bool {
      switch self {
      case .addresses, .asn, .continent, .country: true
      case .host, .method, .regex: false
      }
    }
  }

  struct ListedAddresses: Hashable {
    /// The name of a list file, without its suffix.
    var name: String
    var listed: [AddressRange]
    /// Ranges inside of the listed ones that do not count.
    var exceptions: [AddressRange] = []
  }
}

/// Verdicts that have no counterpart.
struct NoCounterpart: Error {
  var reason: String
}

/// The rules of a server.
struct ImportedRules: Hashable {
  /// The first one that matches denies.
  var denials: [ImportedRule] = []
  /// What happens to clients without a country; nil: the same as to clients in other countries.
  var unknown: Unknown?
  /// The fields of records that the rules read.
  var fields: Set<Input> = []

  enum Unknown: Hashable {
    case allow
    case deny(NginxAnswer)
  }
}

/// Makes rules of the verdicts of a section.
struct RuleBuilder {
  private(set) var rules = ImportedRules()
  /// The tables of all sections.
  var variables: NginxVariables

  /// Moves rules without a condition that has to hold to the end, if all denials have one answer.
  mutating func moveGeneralRulesToEnd() {
    let denials = rules.denials
    guard Set(denials.map(\.verdict.answer)).count == 1 else { return }
    rules.denials = denials.filter { !$0.holds.isEmpty } + denials.filter(\.holds.isEmpty)
  }

  mutating func add(
    _ tree: VerdictTree, holds: [ImportedRule.Condition] = [],
    excludes: [ImportedRule.Condition] = []
  ) throws(NoCounterpart) {
    switch tree {
    case .leaf(nil), .settled: break
    case .leaf(let verdict?):
      if Set(holds.map(\.key)).count < holds.count {
        throw NoCounterpart(reason: "two conditions on the same property have to hold")
      }
      let rule = ImportedRule(holds: holds, excludes: excludes, verdict: verdict)
      rules.denials.append(rule)
    case .branches(let input, let branches):
      try add(input, branches, holds, excludes)
    }
  }

  private mutating func add(
    _ input: Input, _ branches: [VerdictTree.Branch], _ holds: [ImportedRule.Condition],
    _ excludes: [ImportedRule.Condition]
  ) throws(NoCounterpart) {
    switch input {
    case .asn, .continent, .country, .registeredCountry: rules.fields.insert(input)
    case .access, .geo, .host, .method, .path: break
    }
    if rules.fields.isSuperset(of: [.country, .registeredCountry]) {
      throw NoCounterpart(reason: "rules read both the country and the registered country")
    }
    var rest = branches[0]
    var named: [VerdictTree.Branch] = []
    for branch in branches {
      if branch.outcomes.contains(variables.restOutcome(of: input)) {
        rest = branch
      } else {
        named.append(branch)
      }
    }
    if let index = named.firstIndex(where: { $0.outcomes.contains(.none) }) {
      try addUnknown(input, named[index].tree, rest.tree, holds + excludes)
      named[index].outcomes.removeAll { $0 == .none }
      if named[index].outcomes.isEmpty { named.remove(at: index) }
    }
    for branch in named {
      try add(
        branch.tree, holds: holds + [condition(input, branch.outcomes)], excludes: excludes)
    }
    // The rules before deny these clients already.
    let passing = named.filter { !$0.tree.isDenial }.flatMap(\.outcomes)
    try add(
      rest.tree, holds: holds,
      excludes: passing.isEmpty ? excludes : excludes + [condition(input, passing)])
  }

  /// Clients without a country differ from those in other countries: `unknown` decides for them.
  private mutating func addUnknown(
    _ input: Input, _ unknown: VerdictTree, _ other: VerdictTree,
    _ context: [ImportedRule.Condition]
  ) throws(NoCounterpart) {
    guard input == .country || input == .registeredCountry else {
      throw NoCounterpart(reason: "clients without this field have a rule of their own")
    }
    switch (unknown, other) {
    case (.leaf(nil), .leaf(.some)): rules.unknown = .allow
    case (.leaf(let verdict?), .leaf(nil)) where context.isEmpty:
      rules.unknown = .deny(verdict.answer)
    case (.settled, _): break
    default:
      throw NoCounterpart(reason: "clients without a country have a rule of their own")
    }
  }

  private func condition(_ input: Input, _ outcomes: [Outcome]) -> ImportedRule.Condition {
    let texts: [String] = outcomes.compactMap {
      if case .value(let text) = $0 { text } else { nil }
    }
    switch input {
    case .access, .geo:
      var name = "access"
      if case .geo(let variable) = input { name = variable }
      let (listed, exceptions) = variables.tables[input]?.ranges(of: Set(texts)) ?? ([], [])
      return .addresses(.init(name: name, listed: listed, exceptions: exceptions))
    case .asn: return .asn(texts)
    case .continent: return .continent(texts)
    case .country, .registeredCountry: return .country(texts)
    case .host: return .host(texts)
    case .method: return .method(texts)
    case .path(let pattern): return .regex([pattern])
    }
  }
}
