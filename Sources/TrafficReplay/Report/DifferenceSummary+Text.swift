import Text

/// The most rows in a list on a terminal.
private let rows = 10
private let examples = 5

extension DifferenceSummary.Cause {
  /// The reason and the rule: `deny.country DE`.
  var title: String { rule.map { "\(reason) \($0)" } ?? reason }

  /// The place of the rule: `maxmind.yaml:12`. Only the file if no rule decided.
  var place: String? { file.map { file in line.map { "\(file):\($0)" } ?? file } }
}

extension DifferenceSummary.Example {
  /// The country, after the old one if they differ: `DE → GB`.
  var countryChange: String {
    let name = countryName(country)
    return oldCountry.map { "\(countryName($0)) → \(name)" } ?? name
  }
}

extension DifferenceSummary {
  /// One direction in which requests flip.
  struct Direction {
    /// The end of the ids of its parts of a page.
    var id: String
    var title: String
    var flips: Flips
    /// Whether it is good for visitors.
    var allows: Bool
  }

  /// All directions, the worst first.
  var directions: [Direction] {
    [
      Direction(id: "denied", title: "Newly denied", flips: newlyDenied, allows: false),
      Direction(id: "unmapped", title: "Newly unmapped", flips: newlyUnmapped, allows: false),
      Direction(id: "allowed", title: "Newly allowed", flips: newlyAllowed, allows: true),
      Direction(id: "mapped", title: "Newly mapped", flips: newlyMapped, allows: true),
    ]
  }

  /// The directions for two configurations, and of the others those with requests.
  var shownDirections: [Direction] {
    directions.filter { ["denied", "allowed"].contains($0.id) || $0.flips.requests > 0 }
  }

  /// How many requests have another country in the new database.
  var countryChangeCount: Int { saturatingSum(countryChanges.map(\.requests)) }

  /// The main result: `newly denied 1,234 of 5,000,000 requests (0.025 %), newly allowed 0 (0.000 %)`.
  var headline: String {
    shownDirections.enumerated().map { index, direction in
      let count = direction.flips.requests
      let whole = index == 0 ? " of \(counted(coverage.requests, "request"))" : ""
      return "\(direction.title.lowercased()) \(grouped(count))\(whole) (\(share(count)))"
    }.joined(separator: ", ")
  }

  /// The share of the requests. Flips are few, so it has three decimals.
  func share(_ count: Int) -> String { percentage(count, of: coverage.requests, decimals: 3) }

  /// The difference for a person on a terminal that is `width` columns wide.
  package func text(colours: Bool, width: Int) -> String {
    var page = TextPage(colours: colours, width: width)
    page.line(headline, .heading)
    writeSides(to: &page)
    for direction in directions {
      write(
        direction.flips, direction.title, direction.allows ? .allowed : .denied, to: &page)
    }
    writeCountryChanges(to: &page)
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
      "  both allow \(grouped(unchanged.allow)), both deny \(grouped(unchanged.deny))")
  }

  private func writeCountryChanges(to page: inout TextPage) {
    guard !countryChanges.isEmpty else { return }
    page.heading(
      "Of another country by the new database: \(counted(countryChangeCount, "request"))")
    var table = TextTable([.number, .number, .text], heading: ["requests", "share", "old → new"])
    for change in countryChanges.prefix(rows) {
      table.add(
        .init(grouped(change.requests)), .init(share(change.requests)),
        .init("\(countryName(change.old)) → \(countryName(change.new))"))
    }
    page.table(table)
    let hidden = countryChanges.dropFirst(rows)
    if !hidden.isEmpty {
      let requests = counted(saturatingSum(hidden.map(\.requests)), "request")
      page.line("  … and \(grouped(hidden.count)) more, of \(requests)", .faint)
    }
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
      let country = example.countryChange
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
