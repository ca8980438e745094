import Addresses
import GeoDatabase
import SeededRandom
import TestDatabases
import Testing

@testable import MaxMindACL

/// Checks the library against the oracle, on random configurations, databases and requests.
///
/// Tests/MUTATIONS.md lists mistakes that these seeds find.
@Suite struct LadderOracleTests {
  private static let seeds: [ClosedRange<UInt64>] = [1...6, 7...12, 13...18, 19...24]

  /// A random configuration, loaded with its databases.
  private struct World {
    var ladder: RandomLadder
    var policy: Policy
    /// The same with another database that has nothing new for the clients of requests. Nil: without databases.
    var other: Policy?
    var description: String

    init(_ seed: UInt64, _ number: Int, using random: inout SeededGenerator) throws {
      let directory = try TemporaryDirectory()
      ladder = RandomLadder(number, using: &random)
      let names = ladder.oracle.databases.indices.map { "\($0).mmdb" }
      for (name, database) in zip(names, ladder.oracle.databases) {
        try directory.write(DatabaseBytes(database.networks).bytes, to: name)
      }
      for (name, text) in ladder.files { try directory.write(text.utf8, to: name) }
      let yaml = ladder.yaml(databases: names)
      description = "seed \(seed)\n\(yaml)"
      policy = try directory.load(yaml.utf8)
      guard let first = names.first else { return }
      try directory.write(DatabaseBytes([]).bytes, to: "empty.mmdb")
      try directory.write(DatabaseBytes(ladder.farDatabase.networks).bytes, to: "far.mmdb")
      let more = [names + [first], ["empty.mmdb"] + names, names + ["far.mmdb"]]
      let chosen = more[Int.random(in: more.indices, using: &random)]
      other = try directory.load(ladder.yaml(databases: chosen).utf8)
    }
  }

  @Test(
    "verdict, reason, rule and error of random requests equal the oracle's", arguments: seeds)
  func agreement(seeds: ClosedRange<UInt64>) throws {
    var reasons: Set<String> = []
    for seed in seeds {
      var random = SeededGenerator(seed: seed)
      for number in 0..<12 {
        var world = try World(seed, number, using: &random)
        for _ in 0..<30 {
          guard let expected = try check(world.ladder.request(using: &random), in: world) else {
            return
          }
          reasons.formUnion(expected.reasons.map(String.init))
        }
      }
    }
    let always: Set = [
      "bypass", "deny.ip", "deny.asn", "deny.country", "deny.subdivision", "deny.continent",
      "deny.regex", "deny.rules", "allow.ip", "allow.asn", "allow.country", "allow.subdivision",
      "allow.continent", "allow.regex", "allow.rules", "default", "unknown", "noAddress",
      "unreadableASN", "unreadableCountry", "unreadableSubdivision", "unreadableContinent",
      "unreadableFlag", "noURL", "noMethod",
    ]
    #expect(reasons.isSuperset(of: always), "missing: \(always.subtracting(reasons))")
  }

  /// The outcome of a request. Nil: the library has another one.
  private func check(
    _ request: LadderOracle.Request, in world: World
  ) throws -> LadderOracle.Outcome? {
    let expected = world.ladder.oracle.outcome(of: request)
    let context = { "\(request)\n\(world.description)" as Comment }
    let decision = try decide(world.policy, request)
    let text = outcome(world.policy, decision)
    #expect(text == expected.text, context())
    try checkOtherWays(request, decision, expected, in: world, context)
    return text == expected.text ? expected : nil
  }

  /// Checks that all ways to a decision lead to the same one.
  private func checkOtherWays(
    _ request: LadderOracle.Request, _ decision: Decision, _ expected: LadderOracle.Outcome,
    in world: World, _ context: () -> Comment
  ) throws {
    if let policy = world.other {
      let other = try decide(policy, request)
      #expect(outcome(policy, other) == expected.text, context())
      #expect(policy.country(of: other) == world.policy.country(of: decision), context())
    }
    if request.hasURL {
      let explanation = world.policy.explain(try libraryRequest(request), at: request.time)
      let deciding = explanation.steps.filter { $0.outcome == .decided }
      #expect(explanation.decision == decision, context())
      #expect(explanation.rule == world.policy.rule(of: decision), context())
      #expect(deciding.map(\.step) == [decision.reason.step], context())
      #expect(deciding.first?.line == expected.line, context())
    }
    guard let client = request.client else { return }
    let address = try #require(Address(client.text))
    if client.isIPv4 {
      var mapped = request
      mapped.client?.text = "::ffff:\(client.text)"
      #expect(try decide(world.policy, mapped) == decision, context())
    }
    let plan = world.policy.mergedPlan(for: address)
    // The proxy checks the header itself.
    let hasPassed = world.policy.rule(of: decision)?.text == "X-Pass"
    #expect(!plan.isSettled || hasPassed || plan.decision == decision, context())
    var country: String?
    if case .values(let codes) = world.ladder.oracle.record(of: client)[.country] {
      country = codes[0]
    }
    #expect(world.policy.country(of: address).map { "\($0)" } == country, context())
  }

  private func decide(_ policy: Policy, _ request: LadderOracle.Request) throws -> Decision {
    let library = try libraryRequest(request)
    if request.hasURL { return policy.decide(library, at: request.time) }
    let headers = policy.headers(of: HeaderFields(library.headers))
    return policy.decide(
      client: ResolvedClient(library.client), peer: library.client,
      bypassValue: headers.bypassValue?.span,
      circumstances: { library.circumstances(at: request.time) }, fillURL: { _ in false })
  }

  private func libraryRequest(_ request: LadderOracle.Request) throws -> Request {
    var library = Request(
      client: try request.client.map { try #require(Address($0.text)) }, host: request.host,
      path: String(request.path.dropFirst()),
      headers: request.bypassValues.map { (name: "x-pass", value: $0) })
    library.method = request.method
    return library
  }

  private func outcome(_ policy: Policy, _ decision: Decision) -> String {
    var words = ["\(decision.verdict)", "\(decision.reason)"]
    if let failure = decision.reason.failure { words.append("\(failure)") }
    if let rule = policy.rule(of: decision) {
      if let file = rule.file { words.append(file) }
      words.append("line \(rule.line)")
    }
    return words.joined(separator: " ")
  }
}

extension LadderOracle.Outcome {
  /// The words for the reason and the error.
  fileprivate var reasons: ArraySlice<Substring> {
    text.split(separator: " ").dropFirst().prefix(2)
  }
}
