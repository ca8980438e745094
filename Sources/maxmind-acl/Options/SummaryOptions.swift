import ArgumentParser
import TrafficReplay

/// How replay, diff and merge show their counts.
struct SummaryOptions: ParsableArguments {
  @Flag(help: "Print all counts as one JSON object.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Also write a page for browsers. Replaces only a page of this kind.",
      valueName: "file.html"),
    completion: .file(extensions: ["html"]))
  var report: String?

  /// Ends the command if the report would replace another kind of file.
  ///
  /// - Parameter inputs: The files that the command reads.
  func prepare(inputs: [String]) throws {
    guard let report else { return }
    try OutputFile(option: "--report", path: report, kind: .report).check(inputs: inputs)
  }

  /// Writes the requested output, by default a text.
  func show(_ summary: some ShownSummary, on terminal: Terminal = .standardOutput) throws {
    if let report, !writeFile(summary.html(), to: report) { throw ExitCode(1) }
    if json {
      try standardOutput.write(try summary.json() + [10])
    } else {
      try terminal.write(summary.text(colours: terminal.hasColours, width: terminal.width))
    }
  }
}
