import ArgumentParser
import TrafficReplay

/// What replay, diff and merge share: how what they counted is shown.
struct SummaryOptions: ParsableArguments {
  @Flag(help: "Print everything that was counted as one JSON object.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write it as a page for browsers, too; a file of that name is replaced if it is such a page.",
      valueName: "file.html"),
    completion: .file(extensions: ["html"]))
  var report: String?

  /// Ends the command where the report would take the place of something else.
  ///
  /// - Parameter inputs: The files that the command reads.
  func prepare(inputs: [String]) throws {
    guard let report else { return }
    try OutputFile(option: "--report", path: report, kind: .report).check(inputs: inputs)
  }

  /// Writes what was asked for: a text where nothing else was.
  func show(_ summary: some ShownSummary, on terminal: Terminal = .standardOutput) throws {
    if let report, !writeFile(summary.html(), to: report) { throw ExitCode(1) }
    if json {
      try standardOutput.write(try summary.json() + [10])
    } else {
      try terminal.write(summary.text(colours: terminal.hasColours, width: terminal.width))
    }
  }
}
