extension LogInput {
  package convenience init(
    files: [String], format: String?, baseURL: String?, needsHost: Bool
  ) throws(LogInputError) {
    self.init(
      files: files, format: format.flatMap { LogFormat.named($0) },
      baseURL: baseURL.flatMap { BaseURL($0) })
  }
}

/// Logs that cannot be read at all.
package struct LogInputError: Error, Hashable, Sendable {
  /// One sentence: what is wrong, where, and what would be right.
  package var message: String
}
