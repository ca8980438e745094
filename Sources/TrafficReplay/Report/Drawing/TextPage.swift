/// What a command prints for a person: paragraphs and tables under headings.
struct TextPage {
  let colours: Colours
  /// The columns of the terminal.
  let width: Int
  private(set) var text = ""

  init(colours: Bool, width: Int) {
    self.colours = Colours(enabled: colours)
    self.width = max(width, 40)
  }

  /// A line cut to the width. What comes from logs and configurations is made safe to print.
  mutating func line(_ text: String, _ role: Colours.Role? = nil) {
    self.text += colours.paint(cut(shown(text), to: width), role) + "\n"
  }

  /// An empty line and a heading.
  mutating func heading(_ title: String) {
    text += "\n"
    line(title, .heading)
  }

  mutating func table(_ table: TextTable) {
    for line in table.lines(self) { text += line + "\n" }
  }
}
