import Foundation
import MaxMindACL

/// Colours for a stream: on a terminal that knows them, unless NO_COLOR is set to something.
struct TerminalColours {
  private let isOn: Bool

  /// Those of a file descriptor.
  init(of descriptor: CInt) {
    let environment = ProcessInfo.processInfo.environment
    isOn =
      isatty(descriptor) == 1 && environment["NO_COLOR", default: ""].isEmpty
      && !["", "dumb"].contains(environment["TERM", default: ""])
  }

  func red(_ text: String) -> String { painted(text, 31) }
  func green(_ text: String) -> String { painted(text, 32) }
  func yellow(_ text: String) -> String { painted(text, 33) }

  /// A diagnostic with its severity in colour.
  func rendered(_ diagnostic: Diagnostic) -> String {
    let word = diagnostic.severity.rawValue
    return diagnostic.rendered(
      severity: diagnostic.severity == .error ? red(word) : yellow(word))
  }

  private func painted(_ text: String, _ colour: Int) -> String {
    isOn ? "\u{1B}[1;\(colour)m\(text)\u{1B}[0m" : text
  }
}
