/// The lines of some log files, in blocks that several threads take turns to fetch.
package final class LogInput: Sendable {
  /// The files, as the operator named them; `-` is standard input.
  package let files: [String]

  /// What ended a file before its end, one sentence each; complete when `next` has returned false.
  package var failures: [String] { [] }

  /// How many bytes of the files were read, and how many they have; nil where that is not known.
  package var progress: (bytes: Int, totalBytes: Int?) { (0, nil) }

  package init(
    files: [String], format: String?, baseURL: String?, needsHost: Bool
  ) throws(LogInputError) {
    self.files = files
  }

  /// Fills a block with the next lines and finds the requests in them; false at the end of the last file.
  ///
  /// Any thread may call, any number at once, each with its own block. Reading is done by one at a time, finding
  /// the requests by all of them at once.
  package func next(_ block: inout LogBlock) -> Bool {
    false
  }
}

/// Logs that cannot be read at all.
package struct LogInputError: Error, Hashable, Sendable {
  /// One sentence: what is wrong, where, and what would be right.
  package var message: String
}
