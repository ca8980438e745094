import Text

/// How many requests were allowed and how many denied.
package struct VerdictCounts: Codable, Hashable, Sendable {
  /// How many were allowed.
  package var allow = 0
  /// How many were denied.
  package var deny = 0

  /// How many there were, at most `Int.max`.
  package var total: Int { saturatingSum([allow, deny]) }

  mutating func add(isAllowed: Bool) {
    if isAllowed { allow += 1 } else { deny += 1 }
  }

  /// Adds other counts, up to `Int.max`: a file may hold any number.
  mutating func add(_ other: VerdictCounts) {
    self = plus(other)
  }
}

/// The share of some logs that could be decided, and the lines and files that could not be read.
package struct Coverage: Codable, Hashable, Sendable {
  /// A line without a request.
  package struct Example: Codable, Hashable, Sendable {
    /// The mistake, by its name in `malformed`.
    package var kind: String
    /// The file, as the operator named it.
    package var file: String
    /// The line of the file, from 1.
    package var line: Int
    /// The line's beginning. Invalid UTF-8 is replaced.
    package var text: String
  }

  /// A header field that a configuration reads and the command line does not give.
  package struct Header: Codable, Hashable, Sendable {
    /// The configuration, as the operator named it.
    package var file: String
    /// The key that names the field: `client` or `bypass`.
    package var key: String
    /// Its name.
    package var name: String
    /// How many lines with a request carry it, with or without a value.
    package var lines = 0
  }

  /// How many malformed lines of each kind are kept and shown.
  static let examplesPerKind = 3

  /// The files, as the operator named them; `-` is standard input.
  package var files: [String]
  /// The format of each file: its name or pattern; `-`: no line was read.
  package var formats: [String] = []
  /// The lines that are neither empty nor comments.
  package var lines = 0
  /// The lines that hold a request.
  package var requests = 0
  /// How many lines hold no request, by the name of the mistake.
  package var malformed: [String: Int] = [:]
  /// The first lines of each kind, in the order of the files.
  package var malformedExamples: [Example] = []
  /// The errors that ended files early, one sentence each. The lines before the error count.
  package var failures: [String] = []
  /// The header fields that rules read. Nil: they read none.
  package var headers: [Header]?
  /// How many requests have no method, so that they count as GET. Nil: no rule reads the method.
  package var withoutMethod: Int?
  /// Why decisions may be wrong, one sentence each. Nil: there is no reason.
  package var warnings: [String]?

  /// The share of the lines that hold a request, 0 to 1. Without lines: 1.
  package var share: Double { lines == 0 ? 1 : Double(requests) / Double(lines) }

  /// Warns of header fields that rules read and no line carries, and of requests without the method that rules read.
  mutating func noteMissingParts() {
    let missing = requests == 0 ? [] : (headers ?? []).filter { $0.lines == 0 }
    var found = missing.map(\.warning)
    if let withoutMethod, withoutMethod > 0 {
      found.append(
        "rules read the method, but \(grouped(withoutMethod)) of \(counted(requests, "request")) "
          + "\(withoutMethod == 1 ? "has" : "have") none in the logs and "
          + "\(withoutMethod == 1 ? "counts" : "count") as GET")
    }
    warnings = found.isEmpty ? nil : found
  }
}

extension Coverage.Header {
  /// The result of a log without the field.
  fileprivate var warning: String {
    let effect =
      key == "client"
      ? "each client is the address of the connection"
      : "no request passes by it"
    return "\(file): \(key) reads \(name), but no line of the logs carries it: \(effect)"
  }
}
