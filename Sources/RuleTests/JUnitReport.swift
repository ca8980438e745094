import MaxMindACL
import Text

/// Test results as the XML of continuous integration: a test suite for each file, a test case for each request, and an
/// error for each file that could not be loaded.
///
/// Source: github.com/testmoapp/junitxml, which lists the common parts of this format.
package struct JUnitReport: RuleTestReport {
  private var suites = ""
  private var tests = 0
  private var failures = 0
  private var errors = 0
  private var duration = Duration.zero

  package init() {}

  /// Whether a text begins like a file of this kind.
  package static func isJUnit(_ beginning: String) -> Bool {
    beginning.hasPrefix("<?xml") && beginning.contains("<testsuites name=\"maxmind-acl test\"")
  }

  package mutating func add(_ run: RuleTestRun) {
    let file = run.loaded.file.file
    var cases = ""
    var failed = 0
    for test in run.tests {
      let attributes = attributes(of: test, file: file)
      for (result, failure) in test.numbered {
        let name = "\(test.test.name.value): \(result.client.text) \(test.url(of: result))"
        cases += "    <testcase name=\(quoted(name)) \(attributes)"
        guard let failure else {
          cases += "/>\n"
          continue
        }
        failed += 1
        let message = result.mismatches.map(\.description).joined(separator: "; ")
        var lines = result.mismatches.map(\.description)
        if failure <= RuleTestRun.explainedFailures {
          lines += [""] + run.explanation(of: result, in: test)
        }
        cases += ">\n      <failure message=\(quoted(message)) type=\"expectation\">"
        cases += "\(escaped(lines.joined(separator: "\n")))</failure>\n    </testcase>\n"
      }
    }
    addSuite(
      file, cases, tests: run.caseCount, failures: failed, errors: 0, duration: run.duration)
  }

  package mutating func add(_ failure: LoadFailure, loading file: String) {
    let message = failure.firstError?.summary ?? ""
    let cases = """
          <testcase name="load" classname=\(quoted(file)) file=\(quoted(file)) time="0.000000">
            <error message=\(quoted(message)) type="load">\(escaped(failure.description))</error>
          </testcase>

      """
    addSuite(file, cases, tests: 1, failures: 0, errors: 1, duration: .zero)
  }

  /// The document.
  package var rendered: String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="maxmind-acl test" tests="\(tests)" failures="\(failures)" \
    errors="\(errors)" skipped="0" time="\(duration.seconds)">
    \(suites)</testsuites>

    """
  }

  private func attributes(of test: TestResult, file: String) -> String {
    // Requests are not timed one by one: a clock costs more than a decision.
    let time = test.duration / max(test.cases.count, 1)
    return "classname=\(quoted(file)) file=\(quoted(file)) "
      + "line=\"\(test.test.name.range.start.line)\" time=\"\(time.seconds)\""
  }

  private mutating func addSuite(
    _ file: String, _ cases: String, tests: Int, failures: Int, errors: Int, duration: Duration
  ) {
    suites += """
        <testsuite name=\(quoted(file)) file=\(quoted(file)) tests="\(tests)" failures="\(failures)" \
      errors="\(errors)" skipped="0" time="\(duration.seconds)">
      \(cases)  </testsuite>

      """
    self.tests += tests
    self.failures += failures
    self.errors += errors
    self.duration += duration
  }
}

/// A text as XML. Lines stay lines.
private func escaped(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { escapedMarkup(String($0)) }
    .joined(separator: "\n")
}

/// A line of text as the value of an attribute.
private func quoted(_ text: String) -> String { "\"\(escapedMarkup(text))\"" }
