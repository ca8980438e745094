import MaxMindACL
import SeededRandom
import Testing

/// A damaged response gives a policy or an error, never a crash.
@Suite struct AnswerFuzzTests {
  private static let tokens = [
    "{", "}", "{url}", "{path", "{host}", "%", "%2", "?", "#", "//", "/", "@", ":", "[", "]", "'",
    "444", "302", "status: ", "html: ", "close: yes, ", "redirect: ", "headers: ", "default: ",
    "\\r\\n",
    "ä", "\u{1F600}", "~", "\"", ", ", "\t", "",
  ]

  @Test(
    "a response with a changed part gives a policy or an error",
    arguments: 1...4 as ClosedRange<UInt64>)
  func changed(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let directory = try TemporaryDirectory()
    try directory.write("no".utf8, to: "deny.html")
    let sound = [
      "{status: 302, redirect: 'https://{host}.b.example:1/{path}?u={url}&{query}#{reason}', ",
      "html: deny.html, content_type: text/html, headers: {A: b, C: 'd e'}, ",
      "country: {close: true}, default: {status: 451, headers: {Retry-After: 5}}}",
    ].joined()
    let holder = try policy("maxmind: { database: \(Fixture.country) }")
    for _ in 0..<1000 {
      var response = Array(sound.unicodeScalars)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let index = Int.random(in: 0..<response.count, using: &random)
        let count = Int.random(in: 0...min(3, response.count - index), using: &random)
        let token = Self.tokens[Int.random(in: 0..<Self.tokens.count, using: &random)]
        response.replaceSubrange(index..<index + count, with: Array(token.unicodeScalars))
      }
      let text = String(String.UnicodeScalarView(response))
      let yaml = """
        maxmind:
          database: \(Fixture.country)
          deny: { country: [DE], ip: [10.0.0.1] }
          response: \(text)
        """
      do {
        let policy = try directory.load(yaml.utf8)
        for client in ["127.2.0.1", "10.0.0.1", nil] {
          let request = try request(client, "http://a.example/x/%zz?a=b")
          let answer = try #require(policy.answer(to: request, policy.decide(request)), "\(text)")
          let statuses = [301, 302, 303, 307, 308] + Array(400...599)
          #expect(answer.status.map(statuses.contains) ?? true, "\(text)")
          #expect(
            answer.location.map { !$0.isEmpty && $0.allSatisfy(\.isASCII) } ?? true, "\(text)")
        }
      } catch let failure as LoadFailure {
        #expect(failure.firstError != nil, "\(text)")
      }
    }
    #expect(try holder.outcome("127.0.0.1") == "allow default")
  }
}
