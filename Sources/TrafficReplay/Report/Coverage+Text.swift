import Text

extension Coverage {
  /// The kinds of malformed lines, the most frequent first.
  var kindsByCount: [(kind: String, lines: Int)] {
    malformed.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { (kind: $0.key, lines: $0.value) }
  }

  func examples(of kind: String) -> [Example] { malformedExamples.filter { $0.kind == kind } }

  /// The share of the lines that hold a request, and how many files were not read to the end:
  /// `99.98 % of 5,000,100 lines hold a request`.
  var sentence: String {
    "\(percentage(requests, of: lines)) of \(counted(lines, "line")) hold a request\(shortfall)"
  }

  /// How many files were not read to the end.
  var shortfall: String {
    failures.isEmpty ? "" : "; \(counted(failures.count, "file")) not read to the end"
  }

  /// The files with their formats: `access.log (combined)`.
  var shownFiles: [String] {
    files.enumerated().map { index, file in
      let name = file == "-" ? "standard input" : file
      let format = formats.indices.contains(index) ? formats[index] : "-"
      return format == "-" ? name : "\(name) (\(format))"
    }
  }

  func write(to page: inout TextPage) {
    page.heading("Coverage")
    page.line(
      "  " + (lines == 0 ? "the logs have no lines" : sentence),
      requests < lines || lines == 0 || !failures.isEmpty ? .denied : nil)
    for file in shownFiles.prefix(10) { page.line("  \(file)", .faint) }
    if files.count > 10 { page.line("  … and \(grouped(files.count - 10)) more", .faint) }
    for failure in failures { page.line("  \(failure)", .denied) }
    for warning in warnings ?? [] { page.sentence("warning: \(warning)", .denied) }
    guard !malformed.isEmpty else { return }

    page.heading("Lines that hold no request")
    for (kind, count) in kindsByCount {
      page.line("  \(grouped(count))  \(kind)")
      for example in examples(of: kind).prefix(Self.examplesPerKind) {
        page.line("    \(example.file):\(example.line): \(example.text)", .faint)
      }
    }
  }
}
