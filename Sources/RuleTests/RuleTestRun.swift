import Foundation
import GeoDatabase
import MaxMindACL
import Remap

/// A file of tests with the rules that it tests.
package struct LoadedRuleTests: Sendable {
  /// The tests.
  package var file: RuleTestFile
  /// The rules.
  package var rules: RuleSet

  /// Reads a file of tests and loads its rules. Throws everything that was found, if any of it is an error.
  package static func load(_ path: String) throws(LoadFailure) -> LoadedRuleTests {
    try load(try RuleTestFile.read(path))
  }

  /// Loads the rules of a file of tests. Throws everything that was found, if any of it is an error.
  package static func load(_ file: RuleTestFile) throws(LoadFailure) -> LoadedRuleTests {
    let rules = try rules(of: file)
    let conditions = rules.conditions(on: file.tests.flatMap(\.urls))
    if !conditions.isEmpty { throw LoadFailure(diagnostics: conditions) }
    return LoadedRuleTests(file: file, rules: rules)
  }

  private static func rules(of file: RuleTestFile) throws(LoadFailure) -> RuleSet {
    let directory = file.directory.map(file.resolved)
    let database = file.database.map(file.resolved)
    switch file.rules {
    case .configuration(let name):
      let path = file.resolved(name)
      return try RuleSet.load(configuration: path, directory: directory, database: database)
    case .remap(let name):
      let path = file.resolved(name)
      return try RuleSet.load(remap: path, directory: directory, database: database)
    }
  }

  /// Makes the requests of those tests whose names a filter holds, in the order of the file.
  package func run(_ filter: TestFilter = TestFilter()) -> RuleTestRun {
    let clock = ContinuousClock()
    let start = clock.now
    let tests = file.tests.filter { filter.selects($0.name.value) }.map { test in
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
          client: client.address, url: parts, in: bytes.span, headers: headers)
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

  /// The client's country by the database of the configuration that decided; where none did, by the first.
  private func country(
    of client: RuleTest.Client, _ headers: HeaderFields, by outcome: RuleSet.Outcome
  ) -> CountryCode? {
    guard let policy = policy(of: outcome) ?? rules.policies.first else { return nil }
    return policy.country(of: policy.client(peer: client.address, headers: headers).address)
  }

  /// The file of a configuration, relative to the current directory.
  func configurationFile(of policy: Policy) -> String {
    let name = policy.configuration.file
    guard rules.remap != nil else { return name }
    return resolve(name, in: file.directory.map(file.resolved) ?? parent(of: rules.file))
  }

  /// The configuration that decided.
  func policy(of outcome: RuleSet.Outcome) -> Policy? {
    guard case .decided(let index, _) = outcome, rules.policies.indices.contains(index) else {
      return nil
    }
    return rules.policies[index]
  }
}

/// Which tests are run.
package struct TestFilter: Sendable {
  /// Texts of which a test's name has to hold one, in any case; none: all tests.
  package var texts: [String]

  package init(_ texts: [String] = []) {
    self.texts = texts
  }

  func selects(_ name: String) -> Bool {
    let name = name.lowercased()
    return texts.isEmpty || texts.contains { name.contains($0.lowercased()) }
  }
}

/// What one request of a test came to.
package struct CaseResult: Sendable {
  /// Who asked.
  package var client: RuleTest.Client
  /// The URL, as an index into those of the test.
  package var url: Int
  /// What the rules made of it.
  package var outcome: RuleSet.Outcome
  /// The expectations that were not met.
  package var mismatches: [Mismatch]

  /// Whether all expectations were met.
  package var passed: Bool { mismatches.isEmpty }
}

/// What a test came to.
package struct TestResult: Sendable {
  /// The test as it is written.
  package var test: RuleTest
  /// One for each client and URL.
  package var cases: [CaseResult]
  /// How long its requests took.
  package var duration: Duration

  /// Whether all requests met all expectations.
  package var passed: Bool { cases.allSatisfy(\.passed) }

  /// The cases, those that failed numbered from 1.
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

/// What the tests of a file came to.
package struct RuleTestRun: Sendable {
  /// The file and the rules that it tests.
  package var loaded: LoadedRuleTests
  /// Those that were selected.
  package var tests: [TestResult]
  /// How long they took.
  package var duration: Duration

  /// How many failures of one test are explained: the hundredth says nothing that the tenth does not.
  package static let explainedFailures = 10

  /// How many requests the tests made.
  package var caseCount: Int { tests.reduce(0) { $0 + $1.cases.count } }

  /// What each configuration that a request went through decided, by its index in those of the rules.
  func decisions(of result: CaseResult, in test: TestResult) -> [(policy: Int, Decision)] {
    guard case .decided(let last, let decision) = result.outcome else { return [] }
    let bytes = Array(test.url(of: result).utf8)
    guard loaded.rules.remap != nil,
      let parts = URLParts(absolute: bytes.indices, in: bytes.span),
      let chain = loaded.rules.policies(for: parts, in: bytes.span), chain.count > 1
    else { return [(policy: last, decision)] }
    // All but the one that decided let the request through, enforcing nothing.
    let headers = HeaderFields(test.test.headers)
    var decisions: [(policy: Int, Decision)] = []
    for policy in chain {
      guard let index = loaded.rules.policies.firstIndex(where: { $0 === policy }) else { continue }
      let fields = policy.headers(of: headers)
      let decision = policy.decide(
        peer: result.client.address, url: parts, in: bytes.span,
        headers: fields)
      decisions.append((policy: index, decision))
      if policy.ends(decision, peer: result.client.address, headers: fields, at: loaded.rules.now) {
        break
      }
    }
    return decisions
  }

  /// Why a request was decided as it was, with lines of the configuration; a line of text for each.
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
