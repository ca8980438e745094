/// Logs that cannot be read at all.
package struct LogInputError: Error, Hashable, Sendable {
  /// One sentence: what is wrong, where, and what would be right.
  package var message: String
}

extension LogInput {
  /// Takes files to read, as a command line names them.
  ///
  /// - Parameters:
  ///   - files: The files in the order in which they are read; `-` is standard input.
  ///   - format: The name of a format or a pattern; nil to find out for each file from its first lines.
  ///   - baseURL: What scheme, host and port requests have whose line does not say them.
  ///   - needsHost: Whether a request without a host cannot be decided on. A file most of whose first lines hold
  ///     none is a failure then, and any other such line is malformed.
  package convenience init(
    files: [String], format: String?, baseURL: String?, needsHost: Bool
  ) throws(LogInputError) {
    var chosen: LogFormat?
    if let format {
      do throws(FieldPatternError) {
        chosen = try LogFormat(format)
      } catch {
        throw LogInputError(message: "--format: \(error)")
      }
    }
    var base: BaseURL?
    if let baseURL {
      base = BaseURL(baseURL)
      if base == nil {
        throw LogInputError(
          message: """
            --base-url: '\(baseURL)' is no scheme and host, what is needed is a URL such as \
            http://www.example.com
            """)
      }
    }
    self.init(
      files: files, format: chosen, baseURL: base, acceptsTargets: base != nil || !needsHost)
  }
}
