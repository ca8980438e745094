/// A table of a report. It scrolls in its own box if the page is narrower.
struct ReportTable {
  enum Column {
    case number(String)
    case text(String)
    /// A short name beside bars, which take the rest of the width.
    case name(String)
    /// Text from logs and configurations, in fixed-width type.
    case code(String)
    case place(String)
    case verdict(String)
    /// Bars, with their numbers in other columns.
    case bars

    fileprivate var title: String {
      switch self {
      case .number(let title), .text(let title), .name(let title), .code(let title),
        .place(let title),
        .verdict(let title):
        title
      case .bars: ""
      }
    }

    fileprivate var style: String {
      switch self {
      case .number: "number"
      case .text: "text"
      case .name: "name"
      case .code: "long"
      case .place: "place"
      case .verdict: "verdict-column"
      case .bars: "bars"
      }
    }
  }

  enum Cell {
    case text(String)
    /// A text from a file, and its place.
    case placed(String, String?)
    case verdict(allows: Bool)
    case bar(VerdictCounts)
    case none
  }

  let caption: String
  let columns: [Column]
  /// The column that names the row.
  let name: Int
  private var rows: [(cells: [Cell], isRest: Bool)] = []
  private var largest = 1

  init(_ caption: String, _ columns: [Column], name: Int = 0) {
    self.caption = caption
    self.columns = columns
    self.name = name
  }

  mutating func add(_ cells: [Cell]) {
    for case .bar(let count) in cells { largest = max(largest, count.total) }
    rows.append((cells, false))
  }

  /// Adds the sum of all rows that are not shown.
  mutating func addRest(_ cells: [Cell]) { rows.append((cells, true)) }

  var html: HTML {
    HTML(
      "div", .class("scroll"), .init("role", "region"), .init("aria-label", caption),
      .init("tabindex", "0")
    ) {
      HTML("table") {
        HTML("caption") { caption }
        HTML("thead") {
          HTML("tr") {
            for column in columns { heading(column) }
          }
        }
        HTML("tbody") {
          for row in rows {
            HTML("tr", .class(row.isRest ? "rest" : "")) {
              for index in row.cells.indices.prefix(columns.count) {
                cell(row.cells[index], columns[index], namesRow: index == name)
              }
            }
          }
        }
      }
    }
  }

  private func heading(_ column: Column) -> HTML {
    if case .bars = column { return HTML("td", .class(column.style)) }
    return HTML("th", .init("scope", "col"), .class(column.style)) { column.title }
  }

  private func cell(_ cell: Cell, _ column: Column, namesRow: Bool) -> HTML {
    switch cell {
    case .none: return HTML("td", .class(column.style))
    case .bar(let count): return HTML("td", .class(column.style)) { bar(count) }
    case .verdict(let allows):
      return HTML("td", .class("verdict \(allows ? "allowed" : "denied")")) {
        allows ? "allow" : "deny"
      }
    case .placed(let text, let place):
      return HTML("td", .class(column.style)) {
        HTML("code") { text }
        if let place {
          HTML("div", .class("at")) { place }
        }
      }
    case .text(let text):
      var content = HTML(text)
      switch column {
      case .code: content = HTML("code") { text }
      default: break
      }
      // A name does not wrap, unless it is long.
      let longestName = 24
      let isLong = column.style == "name" && TrafficReplay.columns(text) > longestName
      let style = isLong ? "text" : column.style
      if namesRow {
        return HTML("th", .init("scope", "row"), .class(style)) { content }
      }
      return HTML("td", .class(style)) { content }
    }
  }

  /// Denied first, then allowed, in proportion to the largest of the table.
  private func bar(_ count: VerdictCounts) -> HTML {
    let unit = 100 / Double(largest)
    let denied = Double(max(0, count.deny)) * unit
    let allowed = Double(max(0, count.allow)) * unit
    func rectangle(_ style: String, _ x: Double, _ width: Double) -> HTML {
      HTML(
        "rect", .class(style), .init("x", x), .init("y", "0"), .init("width", width),
        .init("height", "12"))
    }
    return HTML(
      "svg", .class("bar-row"), .init("viewBox", "0 0 100 12"),
      .init("preserveAspectRatio", "none"), .init("aria-hidden", "true")
    ) {
      if count.deny > 0 { rectangle("denied", 0, denied) }
      if count.allow > 0 { rectangle("allowed", denied, allowed) }
    }
  }
}
