import Foundation
import MaxMindACL
import RuleTests
import Testing

/// The output of tests.
@Suite struct ReportTests {
  let files: TestFiles
  let run: RuleTestRun

  init() throws {
    files = try TestFiles([
      "tests.yaml": """
      config: maxmind.yaml
      tests:
        - name: the US passes
          request: {client: [127.1.0.1, 127.1.0.2], url: "http://a.example/"}
          expect: allow
        - name: "<b> & \\"q\\" # \\\\ \\e"
          request: {client: 127.2.0.1, url: "http://a.example/?a=1&b=<#]]>"}
          expect: {decision: allow, reason: allow.country}
      """
    ])
    run = try files.run()
  }

  private static let ladder = """
    deny: default

    client   127.2.0.1
    country  DE by GeoLite2-Country, built 2026-09-01
    url      a.example/
    answer   403 Forbidden, the proxy's own page

      1. bypass         1 rule, no match
      2. deny.ip        no rules
      2. deny.country   no rules
      2. deny.regex     1 rule, no match
      3. allow.ip       1 rule, no match
      4. anonymous      no rules
      5. allow.country  2 rules, no match
      5. allow.regex    no rules
    > 6. default        deny: there are allow rules, and none matched
    """

  /// The lines of a text, each indented.
  private func indented(_ text: String, by count: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : String(repeating: " ", count: count) + $0 }.joined(separator: "\n")
  }

  @Test func `the text shows failures with the explanation`() {
    #expect(
      files.withoutDirectory(TextReport().rendered(run)) == """
        FAIL tests.yaml:6: <b> & "q" # \\ \u{FFFD}
          127.2.0.1 http://a.example/?a=1&b=<#]]>
            decision: expected allow, was deny
            reason: expected allow.country, was default

        \(indented(Self.ladder, by: 4))


        """)
  }

  @Test func `tests that pass are listed on request`() {
    var report = TextReport()
    report.isVerbose = true
    report.passed = "ok"
    #expect(
      files.withoutDirectory(report.rendered(run)).hasPrefix(
        "ok tests.yaml:3: the US passes (2 requests)\nFAIL tests.yaml:6: <b>"))
  }

  @Test func `the last line counts tests and requests`() {
    let totals = TextReport().totals([run, run]).replacing(/[0-9]+\.[0-9]{2} ms/, with: "0 ms")
    #expect(totals == "FAIL 2 passed, 2 failed (6 requests in 0 ms)")
  }

  @Test func `ten of many failures of one test are shown`() throws {
    let files = try TestFiles([
      "tests.yaml": file(
        client: "[\((1...12).map { "127.2.0.\($0)" }.joined(separator: ","))]", expect: "allow")
    ])
    let text = TextReport().rendered(try files.run())
    #expect(text.components(separatedBy: "expected allow, was deny").count == 11)
    #expect(text.hasSuffix("  and 2 more requests of this test\n\n"))
  }

  @Test func `TAP has a point for each request and YAML for each failure`() {
    var report = TAPReport()
    report.add(run)
    report.add(comment: "a\nb")
    #expect(
      files.withoutDirectory(report.rendered) == """
        TAP version 14
        1..3
        ok 1 - the US passes: 127.1.0.1 http://a.example/
        ok 2 - the US passes: 127.1.0.2 http://a.example/
        not ok 3 - <b> & "q" \\# \\\\ \u{FFFD}: 127.2.0.1 http://a.example/?a=1&b=<\\#]]>
          ---
          file: "tests.yaml"
          line: 6
          expected:
            decision: "allow"
            reason: "allow.country"
          actual:
            decision: "deny"
            reason: "default"
          explanation: |2
        \(indented(Self.ladder, by: 4))
          ...
        # a
        # b

        """)
  }

  @Test func `JUnit XML has a case for each request and everything escaped`() {
    var report = JUnitReport()
    report.add(run)
    let text = files.withoutDirectory(report.rendered)
      .replacing(/time="[0-9]+\.[0-9]{6}"/, with: "time=\"0\"")
    let failure =
      "decision: expected allow, was deny; reason: expected allow.country, was default"
    #expect(
      text == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="maxmind-acl test" tests="3" failures="1" errors="0" skipped="0" time="0">
          <testsuite name="tests.yaml" file="tests.yaml" tests="3" failures="1" errors="0" skipped="0" time="0">
            <testcase name="the US passes: 127.1.0.1 http://a.example/" classname="tests.yaml" file="tests.yaml" line="3" time="0"/>
            <testcase name="the US passes: 127.1.0.2 http://a.example/" classname="tests.yaml" file="tests.yaml" line="3" time="0"/>
            <testcase name="&lt;b&gt; &amp; &quot;q&quot; # \\ \u{FFFD}: 127.2.0.1 http://a.example/?a=1&amp;b=&lt;#]]&gt;" classname="tests.yaml" file="tests.yaml" line="6" time="0">
              <failure message="\(failure)" type="expectation">\(failure.replacing("; ", with: "\n"))

        \(Self.ladder.replacing(">", with: "&gt;").replacing("'", with: "&#39;"))</failure>
            </testcase>
          </testsuite>
        </testsuites>

        """)
  }

  @Test func `a file that cannot be loaded is an error in either report`() throws {
    let failure = try #require(
      #expect(throws: LoadFailure.self) {
        try RuleTestFile.read(Array("tests: []".utf8), file: "a&b")
      })
    var junit = JUnitReport()
    junit.add(failure, loading: "a&b")
    #expect(junit.rendered.contains(#"tests="1" failures="0" errors="1""#))
    #expect(
      junit.rendered.contains(
        #"<error message="a&amp;b:1:1: error: the file needs config: or remap:, the name of the rules [missing-key]" type="load">a&amp;b:1:1: error"#
      ))
    var tap = TAPReport()
    tap.add(failure, loading: "a&b")
    #expect(
      tap.rendered.hasPrefix(
        "TAP version 14\n1..1\nnot ok 1 - a&b can be loaded\n  ---\n  message: |2\n    a&b:1:1: error: "
      ))
  }

  @Test func `coverage names the rules that no test hit, and files count together`() throws {
    var coverage = RuleCoverage()
    coverage.add(run)
    #expect(
      files.withoutDirectory(coverage.rendered) == """
        coverage: 1 of 5 rules hit (20.0 %)
        maxmind.yaml:3:20: never hit: bypass X-Pass
         3 |   bypass: {header: X-Pass, value: sesame}
           |                    ^~~~~~
        maxmind.yaml:5:19: never hit: allow.country NO
         5 |     country: [US, NO]
           |                   ^~
        maxmind.yaml:6:10: never hit: allow.ip 10.0.0.0/8
         6 |     ip: [10.0.0.0/8]
           |          ^~~~~~~~~~
        maxmind.yaml:9:15: never hit: deny.regex /secret/
         9 |       - ["*", "/secret/"]
           |               ^~~~~~~~~~
        """)
    #expect(coverage.reaches(percent: 20))
    #expect(!coverage.reaches(percent: 20.1))
    coverage.add(run)
    #expect(coverage.summary == "1 of 5 rules hit (20.0 %)")
  }

  @Test func `a default that no request reached is named`() throws {
    let files = try TestFiles(["tests.yaml": file(expect: "allow")])
    var coverage = RuleCoverage()
    coverage.add(try files.run())
    #expect(
      files.withoutDirectory(coverage.rendered).hasSuffix("\nmaxmind.yaml: never reached: default"))
  }

  @Test func `configurations without rules are covered`() throws {
    let files = try TestFiles([
      "maxmind.yaml": "maxmind: {database: country.mmdb}", "tests.yaml": file(expect: "allow"),
    ])
    var coverage = RuleCoverage()
    coverage.add(try files.run())
    #expect(coverage.rendered == "coverage: there are no rules")
    #expect(coverage.reaches(percent: 100))
  }
}
