import Text

/// Which lines of a log are comments. Comments do not count as lost requests.
///
/// If clients choose the beginning of a line (a host, a header), a `#` there must not hide their requests.
enum Comments: Sendable {
  case none
  /// The directives at the head of W3C's extended log file format: `#Fields: date time`.
  case directives
  /// All lines that begin with `#`.
  case all
  /// Directives, and lines with a `#` after the first word, which is a time.
  case afterTime

  private static let directiveNames: [StaticString] = [
    "#Version:", "#Fields:", "#Software:", "#Start-Date:", "#End-Date:", "#Date:", "#Remark:",
  ]

  /// Whether a line is a comment or blank.
  @inline(__always)
  func hasNoRequest(_ line: Range<Int>, _ byte: (Int) -> UInt8) -> Bool {
    guard let first = line.first else { return true }
    if byte(first) == UInt8(ascii: "#") { return isComment(line, byte) }
    if self == .afterTime, byte(first).isASCIIDigit {
      let blank = line.first { byte($0) == 0x20 } ?? line.upperBound
      return blank + 1 < line.upperBound && byte(blank + 1) == UInt8(ascii: "#")
    }
    return line.allSatisfy { byte($0) == 0x20 || byte($0) == 0x09 || byte($0) == 0x0D }
  }

  @inline(never)
  private func isComment(_ line: Range<Int>, _ byte: (Int) -> UInt8) -> Bool {
    switch self {
    case .none: false
    case .all: true
    case .directives, .afterTime:
      Self.directiveNames.contains { directive in
        guard line.count >= directive.utf8CodeUnitCount else { return false }
        return directive.withUTF8Buffer { text in
          text.indices.allSatisfy { unsafe byte(line.lowerBound + $0) == text[$0] }
        }
      }
    }
  }
}
