import ArgumentParser
import Foundation
import MaxMindACL
import TrafficReplay

/// One of the standard streams, as people see it.
struct Terminal: Sendable {
  private let descriptor: CInt
  let isTerminal: Bool
  /// Whether to use colours: on a terminal that has them, unless `NO_COLOR` is set (https://no-color.org).
  let hasColours: Bool

  static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
  static let standardError = Terminal(descriptor: STDERR_FILENO)

  private init(descriptor: CInt) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
    let environment = ProcessInfo.processInfo.environment
    hasColours =
      isTerminal && environment["NO_COLOR", default: ""].isEmpty
      && !["", "dumb"].contains(environment["TERM", default: ""])
  }

  /// How many characters fit in a line; 100 without a terminal.
  var width: Int {
    var size = winsize()
    guard isTerminal, unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40
    else { return 100 }
    return min(Int(size.ws_col), 160)
  }

  /// Writes a text as it is. Ignores a failed write to standard error.
  func write(_ text: String) throws {
    if descriptor == STDERR_FILENO {
      maxmind_acl.standardError.write(text)
    } else {
      try maxmind_acl.standardOutput.write(Array(text.utf8))
    }
  }

  /// A text in the colour of its role, if colours are on.
  func painted(_ text: String, _ role: Colours.Role) -> String {
    Colours(enabled: hasColours).paint(text, role)
  }

  func rendered(_ diagnostic: Diagnostic) -> String {
    let word = diagnostic.severity.rawValue
    return diagnostic.rendered(
      severity: painted(word, diagnostic.severity == .error ? .bad : .warning))
  }
}
