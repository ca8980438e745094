import Foundation
import Testing
@testable import TrafficReplay

/// Writes pages and their summaries into the directory that `REPORT_DIRECTORY` names, for the tests that
/// open them in a browser.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["REPORT_DIRECTORY"] != nil))
struct ReportFilesTests {
  private func write(_ summary: some Encodable, _ page: String, as name: String) throws {
    let directory = URL(
      fileURLWithPath: ProcessInfo.processInfo.environment["REPORT_DIRECTORY"] ?? ".",
      isDirectory: true)
    try Data(page.utf8).write(to: directory.appendingPathComponent("\(name).html"))
    try JSONEncoder().encode(summary).write(to: directory.appendingPathComponent("\(name).json"))
  }

  @Test func `replays are written`() throws {
    for (name, summary) in [
      ("replay", seededDay()), ("replay-hostile", hostileReplay()), ("replay-empty", emptyReplay()),
    ] {
      try write(summary, summary.html(at: 1_788_300_000), as: name)
    }
  }

  @Test func `differences are written`() throws {
    for (name, summary) in [
      ("difference", seededDifference()), ("difference-hostile", hostileDifference()),
    ] {
      try write(summary, summary.html(at: 1_788_300_000), as: name)
    }
  }
}
