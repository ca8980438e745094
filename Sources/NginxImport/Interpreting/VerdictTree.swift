/// The verdicts of a section by the outcomes of its inputs.
indirect enum VerdictTree: Hashable {
  struct Branch: Hashable {
    var outcomes: [Outcome]
    var tree: VerdictTree
  }

  /// Nil: the request passes.
  case leaf(Verdict?)
  /// The server has denied before the section.
  case settled
  /// The branches with equal verdicts are one.
  case branches(Input, [Branch])

  /// Whether all requests are denied.
  var isDenial: Bool {
    switch self {
    case .leaf(let verdict): verdict != nil
    case .settled: true
    case .branches(_, let branches): branches.allSatisfy(\.tree.isDenial)
    }
  }
}

extension NginxRun {
  /// The most classes of requests that a section may have.
  private static let mostClasses = 400_000

  /// Runs the section for each class of requests. Nil: there are too many.
  mutating func tree(texts: Set<String>) -> VerdictTree? {
    let order = inputs.map { (input: $0, outcomes: outcomes(of: $0, texts)) }
      .sorted { ($0.input.rank, $0.input.name) < ($1.input.rank, $1.input.name) }
    var count = 1
    for (_, outcomes) in order {
      count *= outcomes.count
      if count > Self.mostClasses { return nil }
    }
    return tree(order[...], [:])
  }

  private mutating func tree(
    _ inputs: ArraySlice<(input: Input, outcomes: [Outcome])>, _ request: RequestClass
  ) -> VerdictTree {
    guard let (input, outcomes) = inputs.first else { return verdict(for: request) }
    var branches: [VerdictTree.Branch] = []
    var numbers: [VerdictTree: Int] = [:]
    var request = request
    for outcome in outcomes {
      request[input] = outcome
      let tree = tree(inputs.dropFirst(), request)
      if let number = numbers[tree] {
        branches[number].outcomes.append(outcome)
      } else {
        numbers[tree] = branches.count
        branches.append(.init(outcomes: [outcome], tree: tree))
      }
    }
    // Outcomes that are settled join any other branch.
    if branches.count > 1, let settled = branches.firstIndex(where: { $0.tree == .settled }) {
      let outcomes = branches.remove(at: settled).outcomes
      if outcomes.contains(configuration.variables.restOutcome(of: input)) {
        let largest = branches.indices.max {
          branches[$0].outcomes.count < branches[$1].outcomes.count
        }
        branches[largest ?? 0].outcomes += outcomes
      }
    }
    return branches.count == 1 ? branches[0].tree : .branches(input, branches)
  }

  private func outcomes(of input: Input, _ texts: Set<String>) -> [Outcome] {
    switch input {
    case .access, .geo:
      guard let table = configuration.variables.tables[input] else { return [] }
      var values = [table.byDefault]
      for entry in table.entries where !values.contains(entry.value) { values.append(entry.value) }
      return values.map(Outcome.value)
    case .asn:
      return texts.compactMap { UInt32($0) }.sorted().map { .value("\($0)") } + [.none, .other]
    case .continent:
      return ["AF", "AN", "AS", "EU", "NA", "OC", "SA"].map(Outcome.value) + [.none, .other]
    case .country, .registeredCountry:
      let letters = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map { Character(Unicode.Scalar($0)) }
      let codes = letters.flatMap { first in letters.map { "\(first)\($0)" } }
      return codes.map(Outcome.value) + [.none, .other]
    case .host:
      return texts.filter { $0.contains(".") || $0 == "localhost" }.map { $0.lowercased() }.sorted()
        .map(Outcome.value) + [.other]
    case .method:
      return [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "MKCOL",
        "COPY", "MOVE", "PROPFIND", "PROPPATCH", "LOCK", "UNLOCK",
      ].map(Outcome.value) + [.other]
    case .path: return [.value("true"), .value("false")]
    }
  }
}

extension NginxVariables {
  /// The outcome of all requests that no condition names.
  func restOutcome(of input: Input) -> Outcome {
    switch input {
    case .access, .geo: .value(tables[input]?.byDefault ?? "")
    case .path: .value("false")
    case .asn, .continent, .country, .registeredCountry, .host, .method: .other
    }
  }
}

extension Input {
  /// The order in which conditions are tried.
  fileprivate var rank: Int {
    switch self {
    case .access: 0
    case .geo: 1
    case .path: 2
    case .host: 3
    case .method: 4
    case .asn: 5
    case .continent: 6
    case .country: 7
    case .registeredCountry: 8
    }
  }

  fileprivate var name: String {
    switch self {
    case .access(let number): "\(number)"
    case .geo(let name), .path(let name): name
    case .asn, .continent, .country, .registeredCountry, .host, .method: ""
    }
  }
}
