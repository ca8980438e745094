/// The lines of some log files, in blocks that several threads take turns to fetch.
package final class LogInput: Sendable {
  /// The files, as the operator named them; `-` is standard input.
  package let files: [String]

  /// What ended a file before its end, one sentence each; complete when `next` has returned false.
  package var failures: [String] { [] }

  package init(files: [String]) {
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
