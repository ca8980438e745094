import ArgumentParser
import Foundation

/// One of the standard streams, as far as people read it.
struct Terminal: Sendable {
  private let descriptor: CInt
  /// Whether it is a terminal.
  let isTerminal: Bool

  static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
  static let standardError = Terminal(descriptor: STDERR_FILENO)

  private init(descriptor: CInt) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
  }

  /// Whether colours are wanted: on a terminal, unless `NO_COLOR` says otherwise (https://no-color.org).
  var hasColours: Bool {
    let environment = ProcessInfo.processInfo.environment
    return isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// How many characters fit in a line.
  var width: Int {
    var size = winsize()
    guard isTerminal, unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40
    else { return 100 }
    return min(Int(size.ws_col), 160)
  }

  /// Writes a text as it is.
  func write(_ text: String) throws {
    if descriptor == STDERR_FILENO {
      maxmind_acl.standardError.write(text)
    } else {
      try maxmind_acl.standardOutput.write(Array(text.utf8))
    }
  }
}
