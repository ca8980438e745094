import ArgumentParser
import TrafficReplay

/// What replay, diff and merge share: how what they counted is shown.
struct SummaryOptions: ParsableArguments {
  @Flag(help: "Print everything that was counted as one JSON object.")
  var json = false

  @Option(
    help: ArgumentHelp("Write it as a page for browsers, too.", valueName: "file.html"),
    completion: .file(extensions: ["html"]))
  var report: String?

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
