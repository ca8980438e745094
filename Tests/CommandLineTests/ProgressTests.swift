import Foundation
import Testing

@testable import maxmind_acl

@Suite("Progress")
struct ProgressTests {
  static let states: [(lines: Int, bytes: Int, total: Int?, seconds: Double, text: String)] = [
    (0, 0, 100, 0, "[------------------------------]   0 %  0 lines/s"),
    (
      43_000_000, 43, 100, 10,
      "[############------------------]  43 %  4.3 M lines/s  0:13 left"
    ),
    (990, 100, 100, 1, "[##############################] 100 %  990 lines/s  0:00 left"),
    (
      9999, 1, 1000, 10, "[------------------------------]   0 %  1.0 k lines/s  2:46:30 left"
    ),
    // A file that grew meanwhile.
    (10, 200, 100, 1, "[##############################] 100 %  10 lines/s  0:00 left"),
    (1234, 5, nil, 61, "1.2 k lines  20 lines/s  1:01"),
    (999_600, 5, 0, 0, "1.0 M lines  0 lines/s  0:00"),
    (.max, .max, nil, 1, "9223372037 G lines  9223372037 G lines/s  0:01"),
    (1, 1, .max, 1e300, "[------------------------------]   0 %  0 lines/s  99:59:59 left"),
  ]

  @Test(arguments: states) func `the line shows rate, share and time left`(
    _ lines: Int, _ bytes: Int, _ total: Int?, _ seconds: Double, _ text: String
  ) {
    let state = ProgressBar.State(
      lines: lines, bytes: bytes, totalBytes: total, seconds: seconds)
    #expect(state.text == text)
  }

  /// Replays a log that ends after `wait`, a command.
  private func slowly(_ arguments: String, until wait: String = "sleep 1.2") throws -> Tool.Result {
    let tool = Tool(workspace: try Workspace(["deny.yaml": denyGermany]))
    return try tool.shell(
      """
      { echo '127.1.0.1 http://a/'; \(wait); echo '127.2.0.1 http://a/'; } \
        | "$tool" replay --json --config deny.yaml \(arguments) 2>errors
      status=$?; cat errors >&2; exit $status
      """)
  }

  /// Waits until the line is in a file, however slow the machine is.
  private func shown(in file: String) -> String {
    "until grep -q lines/s \(file) 2>/dev/null; do sleep 0.1; done"
  }

  @Test func `it is shown on request, and removed`() throws {
    let result = try slowly("--progress", until: shown(in: "errors"))
    #expect(result.status == 0)
    #expect(result.errors.hasPrefix("\r\u{1b}[K"))
    #expect(result.errors.contains(" lines/s  0:0"))
    #expect(result.errors.hasSuffix("\r\u{1b}[K"))
    #expect(!result.output.contains("\u{1b}"))
  }

  @Test func `it is shown on a terminal only`() throws {
    #expect(try slowly("").errors == "")
    let terminal = Tool(workspace: try Workspace(["deny.yaml": denyGermany]))
    func onTerminal(_ arguments: String, until wait: String) throws -> String {
      try terminal.shell(
        """
        script -qfec "{ echo '127.1.0.1 http://a/'; \(wait); } \\
          | $tool replay --json --config deny.yaml \(arguments)" shown </dev/null >/dev/null
        cat shown
        """
      ).output
    }
    #expect(try onTerminal("", until: shown(in: "shown")).contains(" lines/s  0:0"))
    #expect(try !onTerminal("--no-progress", until: "sleep 1.2").contains(" lines/s  0:0"))
  }
}
