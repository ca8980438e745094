import MaxMindACL
import Text

/// Test results in the Test Anything Protocol: a test point for each request, and one for each file that could not be
/// loaded.
///
/// Source: TAP 14, testanything.org.
package struct TAPReport: RuleTestReport {
  private var points = ""
  private var count = 0

  package init() {}

  package mutating func add(_ run: RuleTestRun) {
    for test in run.tests {
      for (result, failure) in test.numbered {
        let name = "\(test.test.name.value): \(result.client.text) \(test.url(of: result))"
        addPoint(result.passed, name)
        guard let failure else { continue }
        points += "  ---\n"
        points += "  file: \(quoted(run.loaded.file.file))\n"
        points += "  line: \(test.test.name.range.start.line)\n"
        for (key, text) in [("expected", \Mismatch.expected), ("actual", \Mismatch.actual)] {
          points += "  \(key):\n"
          for mismatch in result.mismatches {
            points += "    \(mismatch.key): \(quoted(mismatch[keyPath: text]))\n"
          }
        }
        if failure <= RuleTestRun.explainedFailures {
          addBlock("explanation", run.explanation(of: result, in: test))
        }
        points += "  ...\n"
      }
    }
  }

  package mutating func add(_ failure: LoadFailure, loading file: String) {
    addPoint(false, "\(file) can be loaded")
    points += "  ---\n"
    let lines = failure.description.split(separator: "\n", omittingEmptySubsequences: false)
    addBlock("message", lines.map(String.init))
    points += "  ...\n"
  }

  /// Adds a comment.
  package mutating func add(comment: String) {
    for line in comment.split(separator: "\n", omittingEmptySubsequences: false) {
      points += "# \(line)\n"
    }
  }

  /// The whole stream.
  package var rendered: String { "TAP version 14\n1..\(count)\n\(points)" }

  private mutating func addPoint(_ passed: Bool, _ name: String) {
    count += 1
    points += "\(passed ? "ok" : "not ok") \(count) - \(escaped(name))\n"
  }

  /// A block of lines as they are.
  private mutating func addBlock(_ key: String, _ lines: [String]) {
    // The first line may begin with blanks, so the indentation is explicit.
    points += "  \(key): |2\n"
    for line in lines { points += line.isEmpty ? "\n" : "    \(printable(line))\n" }
  }
}

/// A text as the description of a test point: `#` would begin a directive.
private func escaped(_ text: String) -> String { backslashed(text, "\\#") }

/// A text in the double quotes of YAML.
private func quoted(_ text: String) -> String { "\"\(backslashed(text, "\\\""))\"" }

private func backslashed(_ text: String, _ special: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in printable(text).unicodeScalars {
    if special.unicodeScalars.contains(scalar) { result.append("\\") }
    result.append(scalar)
  }
  return String(result)
}
