/// How many rows a list on a terminal has at most.
private let rows = 10
private let examples = 5

extension DifferenceSummary.Cause {
  /// The reason and the rule: `deny.country DE`.
  var title: String { rule.map { "\(reason) \($0)" } ?? reason }

  /// Where the rule stands: `maxmind.yaml:12`; the file alone where no rule decided.
  var place: String? { file.map { file in line.map { "\(file):\($0)" } ?? file } }
}

extension DifferenceSummary {
  /// What matters most: `newly denied 1,234 of 5,000,000 requests (0.025 %), newly allowed 0 (0.000 %)`.
  var headline: String {
    "newly denied \(grouped(newlyDenied.requests)) of \(counted(coverage.requests, "request")) "
      + "(\(share(newlyDenied.requests))), newly allowed \(grouped(newlyAllowed.requests)) "
      + "(\(share(newlyAllowed.requests)))"
  }

  /// What share of the requests these are; flips are few, so with three decimals.
  func share(_ count: Int) -> String { percentage(count, of: coverage.requests, decimals: 3) }

  /// The difference for a person on a terminal that is `width` columns wide.
  package func text(colours: Bool, width: Int) -> String {
    var page = TextPage(colours: colours, width: width)
    page.line(headline, .heading)
    writeSides(to: &page)
    write(newlyDenied, "Newly denied", .denied, to: &page)
    write(newlyAllowed, "Newly allowed", .allowed, to: &page)
    coverage.write(to: &page)
    return page.text
  }

  private func writeSides(to page: inout TextPage) {
    page.line("")
    var table = TextTable(
      [.text, .number, .number, .number, .number, .number, .text],
      heading: ["", "allowed", "", "denied", "", "unmapped", ""])
    for (name, side) in [("old", old), ("new", new)] {
      table.add(
        .init(name, .heading), .init(grouped(side.decisions.allow)),
        .init(share(side.decisions.allow)), .init(grouped(side.decisions.deny)),
        .init(share(side.decisions.deny)), .init(grouped(side.unmapped)), .init(side.file))
    }
    page.table(table)
    for (name, side) in [("old", old), ("new", new)] {
      for database in side.databases { page.line("  \(name): \(database)", .faint) }
    }
    page.line(
      "  both allow \(grouped(unchanged.allow)), both deny \(grouped(unchanged.deny)), "
        + "mapped by one alone \(grouped(mappedByOne))")
  }

  private func write(
    _ flips: Flips, _ title: String, _ role: Colours.Role, to page: inout TextPage
  ) {
    guard flips.requests > 0 else { return }
    page.heading("\(title): \(counted(flips.requests, "request"))")
    writeCauses(flips, to: &page)
    write(
      Ranking(flips.countries, limit: rows), "by country", countryName, of: flips, role, to: &page)
    write(Ranking(flips.hosts, limit: rows), "by host", hostName, of: flips, role, to: &page)
    write(Ranking(flips.networks, limit: rows), "by network", { $0 }, of: flips, role, to: &page)
    guard !flips.examples.isEmpty else { return }
    page.line("")
    page.line("  examples", .faint)
    for example in flips.examples.prefix(examples) {
      let country = countryName(example.country)
      page.line("  \(example.file):\(example.line): \(example.client) (\(country))")
      page.line("    \(example.url)")
      write(example.old, example.new, indent: "    ", to: &page)
    }
  }

  private func writeCauses(_ flips: Flips, to page: inout TextPage) {
    for cause in flips.causes.prefix(rows) {
      let share = percentage(cause.requests, of: flips.requests)
      page.line("  \(grouped(cause.requests)) of these (\(share))")
      write(cause.old, cause.new, indent: "    ", to: &page)
    }
    let hidden = flips.causes.dropFirst(rows)
    if !hidden.isEmpty {
      let requests = counted(saturatingSum(hidden.map(\.requests)), "request")
      page.line("  … and \(counted(hidden.count, "cause")) more, of \(requests)", .faint)
    }
  }

  private func write(_ old: Cause, _ new: Cause, indent: String, to page: inout TextPage) {
    for (name, cause) in [("old", old), ("new", new)] {
      let place = cause.place.map { "  \(cut(shown($0), to: 40, at: .beginning))" } ?? ""
      let room = max(16, page.width - columns(indent) - 5 - columns(place))
      page.line("\(indent)\(name)  \(cut(shown(cause.title), to: room))\(place)")
    }
  }

  private func write(
    _ ranking: Ranking<Int>, _ heading: String, _ name: (String) -> String, of flips: Flips,
    _ role: Colours.Role, to page: inout TextPage
  ) {
    guard let largest = ranking.top.first?.count else { return }
    var table = TextTable(
      [.number, .number, .text, .text], heading: ["requests", "share", heading])
    for entry in ranking.top {
      table.add(
        .init(grouped(entry.count)), .init(percentage(entry.count, of: flips.requests)),
        .init(name(entry.key)), .init(blockBar(entry.count, of: largest), role))
    }
    if let rest = ranking.rest {
      table.add(
        .init(grouped(rest)), .init(percentage(rest, of: flips.requests)),
        .init(ranking.restLabel, .faint), .init(""))
    }
    page.line("")
    page.table(table)
  }
}
