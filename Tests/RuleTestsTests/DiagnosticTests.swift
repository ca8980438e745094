import MaxMindACL
import RuleTests
import SeededRandom
import Testing

/// The diagnostics of a wrong file of tests, with their places.
@Suite struct DiagnosticTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    var text: String
    var said: [String]

    init(_ text: String, _ said: String...) {
      self.text = text
      self.said = said
    }

    /// One test with these lines in place of the valid ones.
    init(
      client: String = "127.1.0.1", url: String = "http://a.example/", headers: String? = nil,
      expect: String = "deny", _ said: String...
    ) {
      text = """
        remap: remap.config
        tests:
          - name: one
            request:
              client: \(client)
              url: \(url)
              headers: \(headers ?? "{}")
            expect: \(expect)
        """
      if headers == nil { text = text.replacing("\n      headers: {}", with: "") }
      self.said = said
    }

    var testDescription: String { said.joined(separator: " / ") }
  }

  static let mistakes = [
    Mistake(
      "", "error: the file is empty; it needs config: or remap:, and tests: [empty-document]"),
    Mistake(
      "[a",
      "2:1: error: did not find expected ',' or ']', while parsing a flow sequence that begins on line 1 [yaml-syntax]"
    ),
    Mistake("- a", "1:1: error: the file: expected keys such as config:, not a list [wrong-type]"),
    Mistake(
      "maxmind: {}\ntest: []\nexpect: deny",
      "1:1: error: the file: unknown key \"maxmind\"; this is a configuration: a file of tests names it with config: [unknown-key]",
      "1:1: error: the file needs config: or remap:, the name of the rules [missing-key]",
      "1:1: error: the file needs tests:, the list of its tests [missing-key]",
      "2:1: error: the file: unknown key \"test\"; did you mean tests? [unknown-key]",
      "3:1: error: the file: unknown key \"expect\"; it stands in an entry of tests: [unknown-key]"
    ),
    Mistake(
      "config: a\nremap: b\ntests: []",
      "2:1: error: config: and remap: both name the rules; keep one of them [conflicting-keys]",
      "3:1: error: tests: the list is empty [empty-value]"),
    Mistake(
      "config: remap.config\ntests:",
      "1:9: error: config: remap.config is not YAML by its name; did you mean remap: remap.config? [wrong-type]",
      "2:1: error: tests: has nothing under it [empty-value]"),
    Mistake(
      "remap: acl.yml\ntests:",
      "1:8: error: remap: acl.yml is YAML by its name; did you mean config: acl.yml? [wrong-type]",
      "2:1: error: tests: has nothing under it [empty-value]"),
    Mistake(
      "remap: etc/remap.yaml\ntests:",
      "1:8: error: remap: etc/remap.yaml is YAML by its name, and a remap.yaml is not read yet [wrong-type]",
      "2:1: error: tests: has nothing under it [empty-value]"),
    Mistake("config: a\ntests:", "2:1: error: tests: has nothing under it [empty-value]"),
    Mistake(
      "config: a\ntests: {name: x}",
      "2:8: error: tests: expected a list: tests: followed by lines that begin with \"- name:\" [expected-list]"
    ),
    Mistake(
      "config: [a]\ndatabase:\ndirectory: \"a\\0b\"\ntests: [{name: x, request: {client: \"-\", url: \"http://a\"}, expect: deny}]",
      "1:9: error: config: expected a file name, not a list [wrong-type]",
      "2:10: error: database: expected a file name, but it is empty [empty-value]",
      "3:12: error: directory: a file name cannot contain a NUL [wrong-type]"),
    Mistake(
      "config: a\ntests: [{}]",
      "2:9: error: the test needs name:, a sentence about the rules [missing-key]",
      "2:9: error: the test needs request: with client: and url: [missing-key]",
      "2:9: error: the test needs expect:, the outcome of the request [missing-key]"),
    Mistake(
      "config: a\ntests: [{name: x, client: x, reason: y, request: ~, expect: ~}]",
      "2:19: error: a test: unknown key \"client\"; it stands under request: [unknown-key]",
      "2:30: error: a test: unknown key \"reason\"; it stands under expect: [unknown-key]",
      "2:41: error: request: has nothing under it; it needs a client: and a url: [empty-value]",
      "2:53: error: expect: has nothing under it; it needs allow, deny, or keys such as decision: [empty-value]"
    ),
    Mistake(
      "config: a\ntests:\n- &a {name: x, request: {client: \"-\", url: \"http://a\"}, expect: deny}\n- *a",
      "3:13: error: name: the test on line 3 has this name already [duplicate-test]"),
    Mistake(
      "config: a\ntests: [{name: x, request: {clients: \"-\", url: []}, expect: deny}]",
      "2:19: error: request has no client:; it needs client: and url: [missing-key]",
      "2:29: error: request: unknown key \"clients\"; did you mean client? [unknown-key]",
      "2:43: error: url: the list is empty [empty-value]"),
    Mistake(
      client: "127.0.0",
      "5:15: error: client: \"127.0.0\": \"127.0.0\" is not an IPv4 or IPv6 address [bad-client]"),
    Mistake(
      client: "10.0.0.0/8",
      "5:15: error: client: 10.0.0.0/8 is more than one address; \"10.0.0.0/8 edges\" is its first and its last [bad-client]"
    ),
    Mistake(
      client: "10.1.0.0/8 edges",
      "5:15: error: client: 10.1.0.0/8 has host bits set; the block is 10.0.0.0/8 [bad-client]"),
    Mistake(
      client: "[10.0.0.0/8 edge, 10.0.0.0/8 middle, edges]",
      "5:16: error: client: \"edge\" is not edges or neighbours; did you mean edges? [bad-client]",
      "5:33: error: client: \"middle\" is not edges or neighbours [bad-client]",
      "5:52: error: client: \"edges\": \"edges\" is not an IPv4 or IPv6 address [bad-client]"),
    Mistake(
      client: "0.0.0.0/0 neighbours",
      "5:15: error: client: 0.0.0.0/0 covers all addresses, so it has no neighbours [bad-client]"),
    Mistake(
      client: "{a: b}",
      "5:15: error: client: expected an address such as 192.0.2.1, not a mapping [wrong-type]"),
    Mistake(
      url: "a.example/x",
      "6:12: error: url: \"a.example/x\" is not an absolute URL; did you mean http://a.example/x? [bad-url]"
    ),
    Mistake(
      url: "[/x, \"http:///x\", \"http://a/b c\"]",
      "6:13: error: url: \"/x\" is not an absolute URL such as http://a.example/x [bad-url]",
      "6:17: error: url: \"http:///x\" is not an absolute URL such as http://a.example/x [bad-url]",
      "6:30: error: url: \"http://a/b c\" is not an absolute URL such as http://a.example/x [bad-url]"
    ),
    Mistake(
      headers: "{X Pass: a, X-B: }",
      "7:17: error: headers: \"X Pass\" cannot be the name of a header field [bad-header-name]",
      "7:33: error: headers.X-B: expected the value of that field, but it is empty [empty-value]"
    ),
    Mistake(
      headers: "[a]",
      "7:16: error: headers: expected keys such as name:, not a list [wrong-type]"),
    Mistake(expect: "denied", "7:13: error: expect: expected allow or deny [bad-verdict]"),
    Mistake(
      expect: "{decison: deny}",
      "7:14: error: expect: unknown key \"decison\"; did you mean decision? [unknown-key]"
    ),
    Mistake(
      expect: "{decision: no, reason: deny.contry, line: 0, country: Norway, status: 200, rule: }",
      "7:24: error: decision: expected allow or deny [bad-verdict]",
      "7:36: error: reason: no decision has the reason \"deny.contry\"; did you mean deny.country? [bad-expectation]",
      "7:55: error: line: \"0\" is not the line of a rule, from 1 [bad-expectation]",
      "7:67: error: country: \"Norway\" is neither a country code (ISO 3166-1, such as US) nor none [bad-country]",
      "7:83: error: status: expected a denial's status such as 403, or 404 (no remap line), 301 or 307 (redirected); the origin chooses the status of allowed requests [bad-expectation]",
      "7:94: error: rule: expected a rule as it stands in the configuration, but it is empty [empty-value]"
    ),
    Mistake(
      expect: "{decision: allow, reason: deny.ip}",
      "7:13: error: expect: by decision: the request is allowed, by reason: it is denied [bad-expectation]"
    ),
    Mistake(
      expect: "{status: 404, reason: no rules}",
      "7:13: error: expect: by status: the request is not mapped, by reason: it is allowed [bad-expectation]"
    ),
    Mistake(
      expect: "{status: 451, reason: unmapped}",
      "7:13: error: expect: by status: the request is denied, by reason: it is not mapped [bad-expectation]"
    ),
    Mistake(
      expect: "{decision: allow, status: 307}",
      "7:13: error: expect: by decision: the request is allowed, by status: it is redirected [bad-expectation]"
    ),
    Mistake(
      "config: a\ntests: [{name: x, request: {client: \"-\", url: \"http://a\"}, expect: {status: 204}}]",
      "2:77: error: status: expected a denial's status such as 403; the origin chooses the status of allowed requests [bad-expectation]"
    ),
  ]

  @Test(arguments: mistakes) func `all mistakes of a file are named with their places`(
    _ mistake: Mistake
  ) {
    var said: [String] = []
    do throws(LoadFailure) {
      _ = try RuleTestFile.read(Array(mistake.text.utf8), file: "t")
    } catch {
      said = error.diagnostics.map { $0.summary.replacing(/^t:\ ?/, with: "") }
    }
    #expect(said == mistake.said)
  }

  @Test func `every diagnostic of files of tests is tested`() {
    let all = Self.mistakes.flatMap(\.said).joined(separator: "\n")
    for id in [
      DiagnosticID.conflictingKeys, .duplicateTest, .badClient, .badURL, .badExpectation,
    ] {
      #expect(all.contains("[\(id.rawValue)]"))
    }
  }

  @Test func `a mistake is shown with a caret`() throws {
    let failure = #expect(throws: LoadFailure.self) {
      try RuleTestFile.read(Array(file(expect: "denied").utf8), file: "tests.yaml")
    }
    #expect(
      failure?.description == """
        tests.yaml:5:13: error: expect: expected allow or deny [bad-verdict]
         5 |     expect: denied
           |             ^~~~~~
        """)
  }

  @Test func `more than a million requests are refused`() throws {
    func text(_ clients: Int, _ urls: Int) -> [UInt8] {
      let clients = repeatElement("\"-\"", count: clients).joined(separator: ",")
      let urls = repeatElement("http://a/", count: urls).joined(separator: ",")
      let request = "{client: [\(clients)], url: [\(urls)]}"
      return Array(
        "config: a\ntests:\n- {name: x, request: \(request), expect: deny}\n- {name: y, request: {client: \"-\", url: http://a/}, expect: deny}\n"
          .utf8)
    }
    #expect(try RuleTestFile.read(text(999, 1001), file: "t").tests.count == 2)
    let failure = #expect(throws: LoadFailure.self) {
      try RuleTestFile.read(text(1000, 1000), file: "t")
    }
    #expect(
      failure?.diagnostics.map(\.summary) == [
        "t:4:10: error: with this test the file makes more than 1000000 requests, one for each client and URL [too-many-cases]"
      ])
  }

  @Test func `a missing file is named`() {
    let failure = #expect(throws: LoadFailure.self) { try RuleTestFile.read("none.yaml") }
    #expect(
      failure?.description
        == "none.yaml: error: cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    )
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `damaged files are read, or refused with a place in them`(_ seed: UInt64) throws {
    let sound = Array(file(client: "[10.0.0.0/8 edges, \"-\"]", expect: "{reason: anonymous}").utf8)
    var random = SeededGenerator(seed: seed)
    var counts = (read: 0, refused: 0)
    for count in 0...sound.count {
      var bent = sound
      if count < bent.count { bent[count] = UInt8.random(in: 0...255, using: &random) }
      for text in [Array(sound.prefix(count)), bent] {
        let lines = text.count { $0 == UInt8(ascii: "\n") } + 1
        do throws(LoadFailure) {
          let tests = try RuleTestFile.read(text, file: "t").tests
          #expect(tests.count == 1)
          counts.read += 1
        } catch {
          #expect(error.firstError != nil)
          for diagnostic in error.diagnostics {
            #expect(diagnostic.file == "t")
            #expect((diagnostic.range?.start.line ?? 1) <= lines + 1)
          }
          counts.refused += 1
        }
      }
    }
    #expect(counts.read > 0 && counts.refused > sound.count)
  }
}
