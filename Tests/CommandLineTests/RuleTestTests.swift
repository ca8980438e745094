import Foundation
import FoundationXML
import Testing

@Suite("test")
struct RuleTestTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "maxmind.yaml": manualExample, "deny.yaml": denyGermany,
      "pass.yaml": """
      config: maxmind.yaml
      tests:
        - name: the US passes
          request: {client: [127.1.0.0/16 edges, 127.1.2.3], url: "http://a.example/x.html"}
          expect: allow
        - name: but gets no text files
          request: {client: 127.1.0.1, url: ["http://a.example/x.txt", "http://a.example/x.mp3"]}
          expect: {decision: deny, reason: deny.regex}
      """,
      "fail.yaml": """
      config: deny.yaml
      tests:
        - name: Germany is denied
          request: {client: 127.2.0.1, url: "http://a.example/"}
          expect: deny
        - name: so is Norway
          request: {client: 127.4.0.1, url: "http://a.example/"}
          expect: {decision: deny, reason: deny.country}
      """,
      "broken.yaml": "config: deny.yaml\ntests:\n  - nmae: x\n",
      "unloadable.yaml": """
      config: none.yaml
      tests: [{name: x, request: {client: "-", url: "http://a/"}, expect: deny}]
      """,
    ])
    tool = Tool(workspace: workspace)
  }

  private func withoutTime(_ text: String) -> String {
    text.replacing(/[0-9]+\.[0-9]{2} ms/, with: "0 ms")
  }

  @Test func `tests that pass are counted`() throws {
    let result = try tool.run("test", "pass.yaml")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(withoutTime(result.output) == "PASS 2 passed, 0 failed (5 requests in 0 ms)\n")
  }

  @Test func `a failed test has its place, its mismatch and the reason`() throws {
    let result = try tool.run("test", "fail.yaml")
    #expect(result.status == 1)
    #expect(result.errors == "")
    #expect(
      withoutTime(result.output) == """
        FAIL fail.yaml:6: so is Norway
          127.4.0.1 http://a.example/
            decision: expected deny, was allow
            reason: expected deny.country, was default

            allow: default

            client   127.4.0.1
            country  NO by GeoLite2-Country, built 2026-09-01
            url      a.example/

              1. bypass         no rules
              2. deny.ip        no rules
              2. deny.country   1 rule, no match
              2. deny.regex     no rules
              3. allow.ip       no rules
              4. anonymous      no rules
              5. allow.country  no rules
              5. allow.regex    no rules
            > 6. default        allow: there are no allow rules

        FAIL 1 passed, 1 failed (2 requests in 0 ms)

        """)
  }

  static let statuses: [(String, Int32)] = [
    ("pass.yaml", 0), ("pass.yaml pass.yaml", 0), ("fail.yaml", 1), ("pass.yaml fail.yaml", 1),
    ("broken.yaml", 2), ("unloadable.yaml", 2), ("none.yaml", 2), (".", 2),
    ("fail.yaml broken.yaml pass.yaml", 2), ("--filter us pass.yaml", 0),
    ("--filter germany fail.yaml", 0), ("--filter norway fail.yaml", 1),
    ("--filter nobody pass.yaml fail.yaml", 1), ("--filter us pass.yaml fail.yaml", 0),
    ("--filter nobody broken.yaml", 2), ("--fail-under 10 pass.yaml", 0),
    ("--fail-under 100 pass.yaml", 1), ("--tap pass.yaml", 0), ("--tap fail.yaml", 1),
    ("--junit none/x.xml pass.yaml", 2), ("", 64), ("--fail-under 101 pass.yaml", 64),
    ("--fail-under x pass.yaml", 64), ("--filter= pass.yaml", 64), ("--junit", 64),
    ("--nonsense pass.yaml", 64),
  ]

  @Test(arguments: statuses)
  func `the exit status distinguishes failures from files that cannot be loaded`(
    _ arguments: String, _ status: Int32
  ) throws {
    let words = arguments.split(separator: " ").map(String.init)
    #expect(try tool.run(["test"] + words, input: []).status == status)
  }

  @Test func `a selection without a test is reported`() throws {
    let result = try tool.run("test", "--filter", "nobody", "--filter", "no\u{1B}one", "pass.yaml")
    #expect(result.output == "")
    #expect(result.errors == "no test has a name that holds 'nobody' or 'no\u{FFFD}one'\n")
  }

  @Test func `the mistakes of a file are named, and the other files run`() throws {
    let result = try tool.run("test", "-v", "broken.yaml", "pass.yaml")
    #expect(
      result.errors == """
        broken.yaml:3:5: error: a test: unknown key "nmae"; did you mean name? [unknown-key]
         3 |   - nmae: x
           |     ^~~~
        broken.yaml:3:5: error: the test needs name:, a sentence about the rules [missing-key]
         3 |   - nmae: x
           |     ^~~~~~~
        broken.yaml:3:5: error: the test needs request: with client: and url: [missing-key]
         3 |   - nmae: x
           |     ^~~~~~~
        broken.yaml:3:5: error: the test needs expect:, the outcome of the request \
        [missing-key]
         3 |   - nmae: x
           |     ^~~~~~~

        """)
    #expect(
      withoutTime(result.output) == """
        PASS pass.yaml:3: the US passes (3 requests)
        PASS pass.yaml:6: but gets no text files (2 requests)
        PASS 2 passed, 0 failed (5 requests in 0 ms)

        """)
  }

  @Test func `coverage lists the rules that no test hit`() throws {
    let result = try tool.run("test", "--coverage", "pass.yaml", "--filter", "text")
    #expect(result.status == 0)
    #expect(
      result.lines.filter { $0.contains("coverage") || $0.contains("never") } == [
        "coverage: 2 of 7 rules hit (28.6 %)",
        "maxmind.yaml:6:9: never hit: allow.country US",
        "maxmind.yaml:8:9: never hit: allow.ip 127.0.0.1",
        "maxmind.yaml:9:9: never hit: allow.ip 192.168.10.0/20",
        "maxmind.yaml:12:9: never hit: deny.country DE",
        "maxmind.yaml:14:9: never hit: deny.ip 127.0.0.1",
        "maxmind.yaml: never reached: default",
      ])
    let under = try tool.run("test", "--fail-under", "50", "pass.yaml")
    #expect(under.errors == "--fail-under: 3 of 7 rules hit (42.9 %)\n")
    let wrong = try tool.run("test", "--fail-under", "101%", "pass.yaml")
    #expect(
      wrong.errorLines.first
        == "Error: The value '101%' is invalid for '--fail-under <percent>': expected a percentage from 0 to 100, "
        + "such as 80%")
  }

  @Test func `JUnit XML goes to a file, TAP to standard output`() throws {
    let result = try tool.run("test", "--tap", "--junit", "x.xml", "fail.yaml", "broken.yaml")
    #expect(result.status == 2)
    #expect(result.output.hasPrefix("TAP version 14\n1..3\nok 1 - Germany is denied: 127.2.0.1 "))
    #expect(result.output.contains("\nnot ok 3 - broken.yaml can be loaded\n"))
    let document = try XMLDocument(contentsOf: workspace.file("x.xml"))
    let cases = try document.nodes(forXPath: "/testsuites/testsuite/testcase").count
    let failures = try document.nodes(forXPath: "//testcase/failure").count
    let errors = try document.nodes(forXPath: "//testcase/error").count
    #expect(cases == 3 && failures == 1 && errors == 1)
  }

  @Test func `the example of the help runs`() throws {
    let help = try tool.run("test", "--help").output
    let start = try #require(help.range(of: "EXAMPLE FILE\n")).upperBound
    let end = try #require(help.range(of: "\n\n", range: start..<help.endIndex)).lowerBound
    try workspace.write("tests/example.yaml", String(help[start..<end]))
    try workspace.write(
      "tests/maxmind.yaml",
      """
      maxmind:
        database: ../country.mmdb
        allow: {country: [US], ip: [198.51.100.0/24, "2001:db8::7"]}
        deny: {regex: [[US, '\\.txt$']]}
      """)
    let result = try tool.run("test", "tests/example.yaml")
    #expect(result.errors == "")
    #expect(result.status == 0)
  }

  static let terminals: [(String, Bool)] = [
    ("TERM=xterm", true), ("TERM=xterm NO_COLOR=", true), ("TERM=xterm NO_COLOR=1", false),
    ("TERM=dumb", false),
  ]

  @Test(arguments: terminals) func `colours are for terminals without NO_COLOR`(
    _ environment: String, _ isColoured: Bool
  ) throws {
    let script = """
      \(environment) script -qec '"$tool" test pass.yaml fail.yaml broken.yaml' /dev/null </dev/null
      """
    let result = try tool.shell(script)
    #expect(result.output.contains("\u{1B}[1;31mFAIL\u{1B}[0m 3 passed, 1 failed") == isColoured)
    #expect(
      result.output.contains("broken.yaml:3:5: \u{1B}[1;31merror\u{1B}[0m: a test") == isColoured)
    #expect(result.output.contains("\u{1B}") == isColoured)
    #expect(result.output.contains("FAIL"))
  }

  @Test func `output to a file has no colours`() throws {
    let result = try tool.shell("TERM=xterm \"$tool\" test fail.yaml broken.yaml")
    #expect(result.output.hasPrefix("FAIL fail.yaml:6: "))
    #expect(result.errors.hasPrefix("broken.yaml:3:5: error: "))
  }

  @Test func `neither names nor URLs can steer the terminal`() throws {
    try workspace.write(
      "escape.yaml",
      """
      config: deny.yaml
      tests:
        - name: "\\e[31m\\n\\x9b"
          request: {client: 127.2.0.1, url: "http://a/\\x9b\\u2028"}
          expect: allow
      """)
    for arguments in [["-v"], ["--tap"], ["--coverage"]] {
      let result = try tool.run(["test", "escape.yaml"] + arguments, input: [])
      let controls = result.output.unicodeScalars.filter {
        $0.properties.generalCategory == .control
      }
      #expect(controls.allSatisfy { $0 == "\n" })
    }
  }
}
