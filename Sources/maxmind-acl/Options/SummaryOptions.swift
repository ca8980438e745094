import ArgumentParser
import Foundation
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
    let now = Int64(Date().timeIntervalSince1970)
    if let report, !writeFile(summary.html(at: now), to: report) { throw ExitCode(1) }
    if json {
      try standardOutput.write(try summary.json() + [10])
    } else {
      try terminal.write(summary.text(colours: terminal.hasColours, width: terminal.width))
    }
  }
}

/// Percentages as people write them: `80%`, `80 %` or `80`. 100 is the whole.
enum Percentage {
  static func share(_ text: String) throws -> Double {
    guard let amount = Amount(text), amount.value <= 100 else {
      throw ValidationError("expected a percentage from 0 to 100, such as 80%")
    }
    return amount.value
  }

  /// A change, which may be over 100.
  static func change(_ text: String) throws -> Double {
    guard let amount = Amount(text) else {
      throw ValidationError(
        "expected a percentage from 0, such as 20%, or 300% for a list that may grow fourfold")
    }
    return amount.value
  }
}
