import MaxMindACL
import Text

/// Test results for a program.
package protocol RuleTestReport: Sendable {
  /// Adds the tests of a file.
  mutating func add(_ run: RuleTestRun)
  /// Adds a file that could not be loaded.
  mutating func add(_ failure: LoadFailure, loading file: String)
}

/// Test results for a person.
package struct TextReport: Sendable {
  /// The word for a test that passes, with or without colour.
  package var passed = "PASS"
  /// The word for a test that fails.
  package var failed = "FAIL"
  /// Whether tests that pass are listed too.
  package var isVerbose = false

  package init() {}

  /// The results of a file. Each line ends with a line break.
  package func rendered(_ run: RuleTestRun) -> String {
    var text = ""
    for test in run.tests where isVerbose || !test.passed {
      let place = "\(run.loaded.file.file):\(test.test.name.range.start.line)"
      let name = printable("\(place): \(test.test.name.value)")
      if test.passed {
        text += "\(passed) \(name) (\(counted(test.cases.count, "request")))\n"
      } else {
        text += "\(failed) \(name)\n" + failures(of: test, run)
      }
    }
    return text
  }

  private func failures(of test: TestResult, _ run: RuleTestRun) -> String {
    var text = ""
    let failures = test.cases.filter { !$0.passed }
    for result in failures.prefix(RuleTestRun.explainedFailures) {
      text += "  \(result.client.text) \(printable(test.url(of: result)))\n"
      text += result.mismatches.map { "    \($0.description)\n" }.joined()
      text += "\n"
      for line in run.explanation(of: result, in: test) {
        text += line.isEmpty ? "\n" : "    \(line)\n"
      }
      text += "\n"
    }
    let rest = failures.count - RuleTestRun.explainedFailures
    if rest > 0 { text += "  and \(counted(rest, "more request")) of this test\n\n" }
    return text
  }

  /// The last line: how many tests passed and failed, and how long they took.
  package func totals(_ runs: [RuleTestRun]) -> String {
    let tests = runs.flatMap(\.tests)
    let failures = tests.count { !$0.passed }
    let requests = counted(runs.reduce(0) { $0 + $1.caseCount }, "request")
    let time = runs.reduce(Duration.zero) { $0 + $1.duration }
    let sum = "\(tests.count - failures) passed, \(failures) failed"
    return "\(failures == 0 ? passed : failed) \(sum) (\(requests) in \(time.milliseconds) ms)"
  }
}

extension Mismatch: CustomStringConvertible {
  /// `reason: expected deny.regex, was deny.country`.
  package var description: String {
    printable("\(key): expected \(expected), was \(actual)")
  }
}

extension Duration {
  /// In microseconds, cut off.
  private var microseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds &* 1_000_000 &+ attoseconds / 1_000_000_000_000
  }

  /// In milliseconds: `0.41`, `12.30`.
  var milliseconds: String {
    let hundredths = microseconds / 10
    let digits = String(hundredths % 100)
    return "\(hundredths / 100).\(digits.count < 2 ? "0" : "")\(digits)"
  }

  /// In seconds with six decimal places.
  var seconds: String {
    let digits = String(microseconds % 1_000_000)
    return "\(microseconds / 1_000_000).\(String(repeating: "0", count: 6 - digits.count))\(digits)"
  }
}
