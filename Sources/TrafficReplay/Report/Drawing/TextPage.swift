/// The output of a command for a person: paragraphs and tables under headings.
struct TextPage {
  let colours: Colours
  let width: Int
  private(set) var text = ""

  init(colours: Bool, width: Int) {
    self.colours = Colours(enabled: colours)
    self.width = max(width, 40)
  }

  /// A line cut to the width, safe to print.
  mutating func line(_ text: String, _ role: Colours.Role? = nil) {
    self.text += colours.paint(cut(shown(text), to: width), role) + "\n"
  }

  /// A sentence on as many lines as it needs, indented by two.
  mutating func sentence(_ text: String, _ role: Colours.Role? = nil) {
    var current = ""
    for word in shown(text).split(separator: " ") {
      if !current.isEmpty, columns(current) + columns(String(word)) + 3 > width {
        self.text += "  " + colours.paint(current, role) + "\n"
        current = ""
      }
      current += current.isEmpty ? word : " \(word)"
    }
    self.text += "  " + colours.paint(current, role) + "\n"
  }

  mutating func heading(_ title: String) {
    text += "\n"
    line(title, .heading)
  }

  mutating func table(_ table: TextTable) {
    for line in table.lines(self) { text += line + "\n" }
  }
}

/// The colours of a terminal, or none.
package struct Colours: Sendable {
  /// The role of a text, for its colour.
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

  /// The text in the colour of its role. Its width stays the same.
  package func paint(_ text: String, _ role: Role?) -> String {
    guard enabled, let role, !text.isEmpty else { return text }
    return "\u{1B}[\(role.rawValue)m\(text)\u{1B}[0m"
  }
}
