import Foundation
import MaxMindACL
import RuleTests

/// A directory with a configuration, its database and files of tests, removed with its last user.
final class TestFiles: Sendable {
  let url: URL

  /// Writes `maxmind.yaml` and the given files, which may include another `maxmind.yaml`.
  init(_ files: [String: String] = [:]) throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("rule-tests-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let databases = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/databases")
    for (name, fixture) in [
      ("country.mmdb", "loopback-country.mmdb"), ("swapped.mmdb", "loopback-country-swapped.mmdb"),
      ("both.mmdb", "loopback-country-anonymous.mmdb"),
    ] {
      try FileManager.default.createSymbolicLink(
        at: url.appendingPathComponent(name),
        withDestinationURL: databases.appendingPathComponent(fixture))
    }
    for (name, text) in files.merging(
      ["maxmind.yaml": configuration], uniquingKeysWith: { a, _ in a })
    {
      let file = url.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Loads a file of tests and runs the tests that match a filter.
  func run(_ name: String = "tests.yaml", filter: [String] = []) throws -> RuleTestRun {
    try LoadedRuleTests.load(path(name)).run(filter)
  }

  /// A text without the name of the directory, which differs each time.
  func withoutDirectory(_ text: String) -> String {
    text.replacingOccurrences(of: url.path + "/", with: "")
  }
}

/// Rules of most kinds. The countries are of the loopback addresses: 127.1 is US, 127.2 DE, 127.4 NO.
let configuration = """
  maxmind:
    database: country.mmdb
    bypass: {header: X-Pass, value: sesame}
    allow:
      country: [US, NO]
      ip: [10.0.0.0/8]
    deny:
      regex:
        - ["*", "/secret/"]
  """

/// A file of tests with one test.
func file(client: String = "127.1.0.1", url: String = "http://a.example/", expect: String) -> String
{
  """
  config: maxmind.yaml
  tests:
    - name: one
      request: {client: \(client), url: "\(url)"}
      expect: \(expect)
  """
}
