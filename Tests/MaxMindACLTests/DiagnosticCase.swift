import MaxMindACL
import Testing

/// A configuration with marked positions, and all diagnostics of its load in order.
struct DiagnosticCase: Sendable, CustomTestStringConvertible {
  var name: String
  /// The file. The placeholder for the database is its name.
  var source: String
  var expected: [String]
  /// Files in the same directory.
  var files: [String: [UInt8]] = [:]
  var mapHost: String?
  var host = Proxy.trafficServer

  init(
    _ name: String, _ source: String, _ expected: String..., files: [String: [UInt8]] = [:],
    mapHost: String? = nil, proxy: Proxy = .trafficServer
  ) {
    self.host = proxy
    self.name = name
    self.source = source
    self.expected = expected
    self.files = files
    self.mapHost = mapHost
  }

  var testDescription: String { name }

  /// The diagnostics of the load, with `DIR` for the directory of the configuration.
  func found() throws -> [String] {
    let marked = MarkedText(source)
    let directory = try TemporaryDirectory()
    for (name, content) in files { try directory.write(content, to: name) }
    let found: [Diagnostic]
    do {
      found = try directory.load(marked.text.utf8, proxy: host)
        .warnings(onHost: mapHost)
    } catch let failure as LoadFailure {
      found = failure.diagnostics
    }
    return found.map { marked.describe($0).replacing(directory.path, with: "DIR") }
  }

  /// The ids in the expectations.
  var ids: Set<String> {
    Set(
      expected.compactMap { text in
        text.split(separator: "[").last.map { String($0.dropLast()) }
      })
  }
}
