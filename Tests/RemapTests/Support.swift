import Foundation
import MaxMindACL
import Remap

/// A directory for one test, with the loopback database as `country.mmdb`, removed with its owner.
final class Workspace: Sendable {
  let path: String

  init(_ files: [String: String]) throws {
    path =
      FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appendingPathComponent("remap-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let databases = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/databases")
    for (name, fixture) in [
      ("country.mmdb", "loopback-country.mmdb"), ("swapped.mmdb", "loopback-country-swapped.mmdb"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(path)/\(name)",
        withDestinationPath: databases.appendingPathComponent(fixture).path)
    }
    for (name, text) in files {
      let file = URL(fileURLWithPath: "\(path)/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Reads a remap.config.
  func read(_ name: String, by version: TrafficServerVersion = .v9_2) -> RemapConfig {
    RemapConfig.read(file(name), by: version)
  }

  /// A text without the names of this directory.
  func bare(_ text: String) -> String { text.replacing("\(path)/", with: "") }
}

/// Reads a remap.config of some lines.
func read(_ text: String, by version: TrafficServerVersion = .v9_2) throws -> RemapConfig {
  try Workspace(["remap.config": text]).read("remap.config", by: version)
}

extension RemapTable {
  init(_ remap: RemapConfig) { self.init(remap.lines, by: remap.version) }

  /// The number of a URL's line, from 1.
  func number(_ url: String) -> Int? {
    let bytes = Array(url.utf8)
    guard let parts = URLParts(absolute: bytes.indices, in: bytes.span) else { return nil }
    return line(for: parts, in: bytes.span).map { lines[$0].number }
  }
}
