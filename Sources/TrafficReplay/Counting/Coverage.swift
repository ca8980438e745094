/// How many requests were allowed and how many denied.
package struct VerdictCounts: Codable, Hashable, Sendable {
  /// How many went through.
  package var allow: Int
  /// How many did not.
  package var deny: Int

  package init(allow: Int = 0, deny: Int = 0) {
    self.allow = allow
    self.deny = deny
  }

  /// How many there were; `Int.max` where they are more than can be counted.
  package var total: Int { saturatingSum([allow, deny]) }

  mutating func add(isAllowed: Bool) {
    if isAllowed { allow += 1 } else { deny += 1 }
  }

  /// Adds other counts, up to `Int.max`: they may come from a file.
  mutating func add(_ other: VerdictCounts) {
    self = plus(other)
  }
}

/// What share of some logs could be decided on, and what could not be read.
package struct Coverage: Codable, Hashable, Sendable {
  /// A line that holds no request, for a person to look at.
  package struct Example: Codable, Hashable, Sendable {
    /// What is wrong with it, by the name that `malformed` counts it under.
    package var kind: String
    /// The file, as the operator named it.
    package var file: String
    /// The line of the file, from 1.
    package var line: Int
    /// The line's beginning, invalid UTF-8 repaired.
    package var text: String

    package init(kind: String, file: String, line: Int, text: String) {
      self.kind = kind
      self.file = file
      self.line = line
      self.text = text
    }
  }

  /// How many malformed lines of each kind are kept, and shown.
  static let examplesPerKind = 3

  /// The files, as the operator named them; `-` is standard input.
  package var files: [String]
  /// The format of each file, found by its lines or given as a name or pattern; `-` where no line was read.
  package var formats: [String]
  /// The lines that are neither empty nor comments.
  package var lines: Int
  /// The lines that hold a request.
  package var requests: Int
  /// How many lines hold none, by what is wrong with them.
  package var malformed: [String: Int]
  /// The first lines of each kind, in the order of the files.
  package var malformedExamples: [Example]
  /// What ended a file before its end, one sentence each: the counts are of what came before.
  package var failures: [String]

  package init(
    files: [String], formats: [String] = [], lines: Int = 0, requests: Int = 0,
    malformed: [String: Int] = [:],
    malformedExamples: [Example] = [], failures: [String] = []
  ) {
    self.files = files
    self.formats = formats
    self.lines = lines
    self.requests = requests
    self.malformed = malformed
    self.malformedExamples = malformedExamples
    self.failures = failures
  }

  /// The share of the lines that hold a request, 0 to 1; 1 where there is no line.
  package var share: Double { lines == 0 ? 1 : Double(requests) / Double(lines) }
}
