/// Some whole lines of a log, and the requests in them.
///
/// A worker keeps one and has it filled again and again, so that nothing is allocated for a line.
package struct LogBlock: Sendable {
  /// The number of the block among all of the input, from 0.
  package var number = 0
  /// The number of its file among the input's, from 0.
  package var file = 0
  /// What the places in `entries` and `malformed` point into; other bytes of it mean nothing.
  ///
  /// What a format escapes in a URL is put back in place. The parts of a URL that a line does not hold
  /// (`--base-url`) stand here too.
  package var bytes: [UInt8] = []
  /// How many lines there are, those without a request among them.
  package var lineCount = 0
  /// How many of them are empty or comments.
  package var skippedCount = 0
  /// The requests in the order of the lines.
  package var entries: [LogEntry] = []
  /// The lines that hold none but should.
  package var malformed: [MalformedLine] = []

  package init() {}
}
