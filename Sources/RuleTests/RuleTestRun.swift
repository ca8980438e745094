import Foundation
import GeoDatabase
import MaxMindACL
import Remap

/// A file of tests with its rules.
package struct LoadedRuleTests: Sendable {
  /// The tests.
  package var file: RuleTestFile
  /// The rules.
  package var rules: RuleSet

  /// Reads a file of tests and loads its rules. Throws all diagnostics if any of them is an error.
  ///
  /// - Parameter version: The version of Traffic Server, as for `RuleSet.load`.
  package static func load(
    _ path: String, for version: TrafficServerVersion? = nil
  ) throws(LoadFailure) -> LoadedRuleTests {
    try load(try RuleTestFile.read(path), for: version)
  }

  /// Loads the rules of a file of tests. Throws all diagnostics if any of them is an error.
  package static func load(
    _ file: RuleTestFile, for version: TrafficServerVersion? = nil
  ) throws(LoadFailure) -> LoadedRuleTests {
    let rules = try rules(of: file, for: version)
    let conditions = rules.conditions(on: file.tests.flatMap(\.urls))
    if !conditions.isEmpty { throw LoadFailure(diagnostics: conditions) }
    return LoadedRuleTests(file: file, rules: rules)
  }

  private static func rules(
    of file: RuleTestFile, for version: TrafficServerVersion?
  ) throws(LoadFailure) -> RuleSet {
    let directory = file.directory.map(file.resolved)
    let databases = file.databases.map(file.resolved)
    switch file.rules {
    case .configuration(let name):
      let path = file.resolved(name)
      return try RuleSet.load(
        configuration: path, directory: directory, databases: databases, for: version)
    case .remap(let name):
      let path = file.resolved(name)
      return try RuleSet.load(
        remap: path, directory: directory, databases: databases, for: version)
    }
  }

  /// Runs the tests in the order of the file.
  ///
  /// - Parameter filters: A test runs if its name holds one of these texts, in any case. Empty: all tests run.
  package func run(_ filters: [String] = []) -> RuleTestRun {
    let filters = filters.map { $0.lowercased() }
    let clock = ContinuousClock()
    let start = clock.now
    let selected = file.tests.filter { test in
      let name = test.name.value.lowercased()
      return filters.isEmpty || filters.contains { name.contains($0) }
    }
    let tests = selected.map { test in
      let start = clock.now
      let cases = run(test)
      return TestResult(test: test, cases: cases, duration: clock.now - start)
    }
    return RuleTestRun(loaded: self, tests: tests, duration: clock.now - start)
  }

  private func run(_ test: RuleTest) -> [CaseResult] {
    var results: [CaseResult] = []
    results.reserveCapacity(test.caseCount)
    let fields = HeaderFields(test.headers)
    let headers = rules.headers(of: fields)
    for client in test.clients {
      for (index, url) in test.urls.enumerated() {
        let bytes = Array(url.utf8)
        guard let parts = URLParts(absolute: bytes.indices, in: bytes.span) else { continue }
        let outcome = rules.decide(
          client: client.address, url: parts, in: bytes.span, headers: headers,
          circumstances: { test.circumstances(at: rules.now) })
        let mismatches = test.expectation.mismatches(
          CaseOutcome(
            outcome, of: rules, remapLine: rules.line(for: parts, in: bytes.span),
            request: Request(client: client.address, url: url, headers: test.headers))
        ) {
          self.country(of: client, fields, by: outcome)
        }
        results.append(
          CaseResult(client: client, url: index, outcome: outcome, mismatches: mismatches))
      }
    }
    return results
  }

  /// The client's country by the database of the configuration that decided, or else of the first.
  private func country(
    of client: RuleTest.Client, _ headers: HeaderFields, by outcome: RuleSet.Outcome
  ) -> PlaceCode? {
    guard let policy = policy(of: outcome) ?? rules.policies.first else { return nil }
    return policy.country(of: policy.client(peer: client.address, headers: headers).address)
  }

  /// The file of a configuration, relative to the current directory.
  func configurationFile(of policy: Policy) -> String {
    let name = policy.configuration.file
    guard rules.remap != nil else { return name }
    return resolve(name, in: file.directory.map(file.resolved) ?? parent(of: rules.file))
  }

  func policy(of outcome: RuleSet.Outcome) -> Policy? {
    guard case .decided(let index, _) = outcome, rules.policies.indices.contains(index) else {
      return nil
    }
    return rules.policies[index]
  }
}

/// The result of one request of a test.
package struct CaseResult: Sendable {
  /// The client.
  package var client: RuleTest.Client
  /// The index of the URL in the test.
  package var url: Int
  /// The outcome by the rules.
  package var outcome: RuleSet.Outcome
  /// The expectations that were not met.
  package var mismatches: [Mismatch]

  /// Whether all expectations were met.
  package var passed: Bool { mismatches.isEmpty }
}

/// The result of a test.
package struct TestResult: Sendable {
  /// The test as it is written.
  package var test: RuleTest
  /// One for each client and URL.
  package var cases: [CaseResult]
  /// The time that its requests took.
  package var duration: Duration

  /// Whether all requests met all expectations.
  package var passed: Bool { cases.allSatisfy(\.passed) }

  /// The cases, with the number of each failure from 1.
  package var numbered: [(result: CaseResult, failure: Int?)] {
    var failures = 0
    return cases.map { result in
      if !result.passed { failures += 1 }
      return (result: result, failure: result.passed ? nil : failures)
    }
  }

  /// The URL of a case.
  package func url(of result: CaseResult) -> String {
    test.urls.indices.contains(result.url) ? test.urls[result.url] : ""
  }
}

/// The results of a file's tests.
package struct RuleTestRun: Sendable {
  /// The file and its rules.
  package var loaded: LoadedRuleTests
  /// The selected tests.
  package var tests: [TestResult]
  /// The time that they took.
  package var duration: Duration

  /// How many failures of one test are explained. Later ones add little.
  package static let explainedFailures = 10

  /// How many requests the tests made.
  package var caseCount: Int { tests.reduce(0) { $0 + $1.cases.count } }

  /// The decision of each configuration for a request, with its index in the rules.
  func decisions(of result: CaseResult, in test: TestResult) -> [(policy: Int, Decision)] {
    guard case .decided(let last, let decision) = result.outcome else { return [] }
    let bytes = Array(test.url(of: result).utf8)
    guard loaded.rules.remap != nil,
      let parts = URLParts(absolute: bytes.indices, in: bytes.span),
      let chain = loaded.rules.policies(for: parts, in: bytes.span), chain.count > 1
    else { return [(policy: last, decision)] }
    // The others let the request pass, or denied it without enforcement.
    let headers = HeaderFields(test.test.headers)
    var decisions: [(policy: Int, Decision)] = []
    for policy in chain {
      guard let index = loaded.rules.policies.firstIndex(where: { $0 === policy }) else { continue }
      let fields = policy.headers(of: headers)
      let client = policy.client(peer: result.client.address, headers: fields)
      let decision = policy.decide(
        client: client, peer: result.client.address, bypassValue: fields.bypassValue?.span,
        url: parts, in: bytes.span,
        circumstances: { test.test.circumstances(at: loaded.rules.now) })
      decisions.append((policy: index, decision))
      if policy.ends(decision, client: client.address, at: loaded.rules.now) { break }
    }
    return decisions
  }

  /// The explanation of a decision, with lines of the configuration, line by line.
  package func explanation(of result: CaseResult, in test: TestResult) -> [String] {
    let url = test.url(of: result)
    let request = Request(client: result.client.address, url: url, headers: test.test.headers)
    guard let explanation = request.flatMap({ loaded.rules.explain($0, url: url) }) else {
      return []
    }
    return explanation.rendered(client: result.client.text)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
