/// The colours of a terminal, or none.
package struct Colours: Sendable {
  /// What a text is, for the colour that it gets.
  package enum Role: String, Sendable {
    case heading = "1"
    case allowed = "34"
    case denied = "31"
    case faint = "2"
    case good = "1;32"
    case warning = "1;33"
    case bad = "1;31"
  }

  private let enabled: Bool

  package init(enabled: Bool) {
    self.enabled = enabled
  }

  /// The text in the colour of its role. It takes as many columns as before.
  package func paint(_ text: String, _ role: Role?) -> String {
    guard enabled, let role, !text.isEmpty else { return text }
    return "\u{1B}[\(role.rawValue)m\(text)\u{1B}[0m"
  }
}
