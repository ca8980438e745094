import MaxMindACL
import Testing

/// `Policy.evaluate`: decision, enforcement and answer in one value.
@Suite struct EvaluationTests {
  private func evaluation(
    _ lines: String, _ client: String? = "127.2.0.1", _ url: String = "http://a.example/x",
    at now: Int64 = 1_788_307_200
  ) throws -> Evaluation {
    let directory = try TemporaryDirectory()
    try directory.write("gone".utf8, to: "page.html")
    let yaml =
      "maxmind:\n  database: \(Fixture.country)\n  deny: {country: [DE]}\n\(lines)\n"
    return try directory.load(yaml.utf8).evaluate(try request(client, url), at: now)
  }

  @Test("an allowed request has no answer")
  func allowed() throws {
    let evaluation = try evaluation("", "127.1.0.1")
    #expect(evaluation.answer == nil && evaluation.isEnforced)
    #expect(evaluation.decision.verdict == .allow)
    #expect(evaluation.description == "allow default maxmind.yaml country=US")
  }

  @Test(
    "a denial that is not enforced has no answer",
    arguments: [
      "  mode: monitor", "  enforce_percent: 0.01", "  enforce_from: 2030-01-01T00:00:00Z",
      "  enforce_until: 2020-01-01T00:00:00Z",
    ])
  func notEnforced(_ line: String) throws {
    let evaluation = try evaluation(line)
    #expect(evaluation.answer == nil && !evaluation.isEnforced)
    #expect(evaluation.decision.verdict == .deny)
    #expect(
      evaluation.description == "deny deny.country DE maxmind.yaml:3 country=DE not-enforced")
  }

  @Test(
    "a denial has the configured answer",
    arguments: [
      ("", "403 Cache-Control: no-store"),
      ("  html: page.html", "403 Content-Type: text/html, Cache-Control: no-store, gone"),
      ("  response: {status: 451}", "451 Cache-Control: no-store"),
      (
        "  response: {redirect: 'https://b.example/{country}'}",
        "302 Location: https://b.example/DE, Cache-Control: no-store"
      ),
      (
        "  response: {redirect: 'http://a.example/x'}", "403 Cache-Control: no-store"
      ),
      (
        "  response: {headers: {cache-control: max-age=60, X-A: b}}",
        "403 cache-control: max-age=60, X-A: b"
      ),
      ("  response: {close: true}", "close"),
    ])
  func denied(_ lines: String, _ expected: String) throws {
    let answer = try #require(try evaluation(lines).answer)
    guard let status = answer.status else {
      #expect(expected == "close")
      return
    }
    let headers = answer.headers.map { "\($0.name): \($0.value)" }
    let body = answer.body.isEmpty ? [] : [String(decoding: answer.body, as: UTF8.self)]
    #expect("\(status) " + (headers + body).joined(separator: ", ") == expected)
  }

  @Test("a request without an address is denied")
  func withoutAddress() throws {
    let evaluation = try evaluation("", nil)
    #expect(evaluation.answer?.status == 403)
    #expect(evaluation.decision.reason.description == "error")
  }

  @Test("without a policy every request is denied")
  func withoutPolicy() {
    #expect(Evaluation.withoutPolicy.answer?.status == 403)
    #expect(Evaluation.withoutPolicy.isEnforced)
    #expect(Evaluation.withoutPolicy.description == "deny error")
  }
}
