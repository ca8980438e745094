import Text

/// How many files, failures and kinds of malformed lines a page lists.
private let listLimit = 200

extension Coverage {
  var figure: ReportPage.Figure {
    ReportPage.Figure(
      name: "Coverage", value: percentage(requests, of: lines),
      note: "of \(counted(lines, "line")) hold a request\(shortfall)")
  }

  /// The coverage of the logs, and the first malformed lines.
  var html: HTML {
    ReportPage.section("coverage", "Coverage of the logs") {
      HTML("p") { lines == 0 ? "The logs have no lines." : "\(sentence)." }
      if !failures.isEmpty {
        HTML("p", .class("warn")) {
          "Not all files could be read to their end; only the lines before the end count."
        }
        list(failures)
      }
      for warning in (warnings ?? []).prefix(listLimit) {
        HTML("p", .class("warn")) { "\(warning)." }
      }
      HTML("p", .class("faint")) { files.count == 1 ? "Read from" : "Read in this order:" }
      list(shownFiles)
      if !malformed.isEmpty {
        kinds.html
        if !malformedExamples.isEmpty { examples.html }
      }
    }
  }

  private func list(_ texts: [String]) -> HTML {
    HTML("ul") {
      for text in texts.prefix(listLimit) {
        HTML("li") { HTML("code") { text } }
      }
      if texts.count > listLimit {
        HTML("li") { "… and \(grouped(texts.count - listLimit)) more" }
      }
    }
  }

  private var kinds: ReportTable {
    var table = ReportTable(
      "Lines that hold no request, by kind",
      [.text("Kind"), .number("Lines"), .number("Share of all")])
    for (kind, count) in kindsByCount.prefix(listLimit) {
      table.add([.text(kind), .text(grouped(count)), .text(percentage(count, of: lines))])
    }
    return table
  }

  private var examples: ReportTable {
    var table = ReportTable(
      "The first of these lines", [.place("Where"), .text("Kind"), .code("The line's beginning")])
    for (kind, _) in kindsByCount.prefix(listLimit) {
      for example in examples(of: kind).prefix(Self.examplesPerKind) {
        table.add([
          .text("\(example.file):\(example.line)"), .text(example.kind), .text(example.text),
        ])
      }
    }
    return table
  }
}
