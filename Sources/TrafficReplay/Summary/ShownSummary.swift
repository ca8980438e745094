/// What a command can show of what it counted.
package protocol ShownSummary {
  /// For a person on a terminal of a width.
  func text(colours: Bool, width: Int) -> String
  /// One page for browsers.
  func html() -> String
  /// One JSON object on one line.
  func json() throws -> [UInt8]
}

extension ReplaySummary: ShownSummary {}
extension DifferenceSummary: ShownSummary {}
