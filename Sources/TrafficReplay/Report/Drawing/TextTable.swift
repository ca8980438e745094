/// Rows in columns, within the width of a terminal.
struct TextTable {
  /// The kind of a column.
  enum Column {
    /// Numbers, right-aligned; never cut.
    case number
    /// Text, left-aligned, cut at its end if the lines are too long.
    case text
    /// A file with a line, left-aligned, cut at its beginning after 32 columns.
    case place
  }

  struct Cell {
    var text: String
    var role: Colours.Role?

    init(_ text: String, _ role: Colours.Role? = nil) {
      self.text = text
      self.role = role
    }
  }

  var columns: [Column]
  var rows: [[Cell]] = []

  init(_ columns: [Column], heading: [String] = []) {
    self.columns = columns
    if !heading.isEmpty { rows.append(heading.map { Cell($0, .faint) }) }
  }

  mutating func add(_ cells: Cell...) { rows.append(cells) }

  /// The lines, indented by two, without spaces at their ends.
  func lines(_ page: TextPage) -> [String] {
    let texts = rows.map { row in
      zip(row, columns).map { cell, column in
        column == .place ? cut(shown(cell.text), to: 32, at: .beginning) : shown(cell.text)
      }
    }
    var widths = columns.indices.map { column in
      texts.map { column < $0.count ? TrafficReplay.columns($0[column]) : 0 }.max() ?? 0
    }
    let gaps = 2 * columns.count
    var excess = widths.reduce(0, +) + gaps - page.width
    for narrowing in [Column.text, .place] {
      for (index, column) in columns.enumerated() where column == narrowing && excess > 0 {
        let narrowed = max(widths[index] - excess, min(widths[index], 16))
        excess -= widths[index] - narrowed
        widths[index] = narrowed
      }
    }
    return zip(rows, texts).map { row, texts in
      var line = ""
      var spaces = 0
      for (index, text) in texts.enumerated() {
        let isPlace = columns[index] == .place
        let fitting = cut(text, to: widths[index], at: isPlace ? .beginning : .end)
        let padding = max(0, widths[index] - TrafficReplay.columns(fitting))
        let isNumber = columns[index] == .number
        line += String(repeating: " ", count: spaces + 2 + (isNumber ? padding : 0))
        line += page.colours.paint(fitting, row[index].role)
        spaces = isNumber ? 0 : padding
      }
      let end = line.lastIndex { $0 != " " }
      return end.map { String(line[...$0]) } ?? ""
    }
  }
}
