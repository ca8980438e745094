import Text

/// The most rows in a table on a terminal.
private let rowsOfRules = 30
private let rowsOfKeys = 10
private let rowsOfNeverHit = 20

extension ReplaySummary {
  /// The summary for a person on a terminal that is `width` columns wide.
  package func text(colours: Bool, width: Int) -> String {
    var page = TextPage(colours: colours, width: width)
    page.line("Replay of \(counted(coverage.requests, "request"))", .heading)
    if let span = timeline.span { page.line(span, .faint) }
    writeTotals(to: &page)
    coverage.write(to: &page)
    writeRules(to: &page)
    writeReasons(to: &page)
    writeCountries(to: &page)
    writeFields(to: &page)
    writeHosts(to: &page)
    writeNetworks(to: &page)
    writeNeverHit(to: &page)
    return page.text
  }

  private func share(_ count: Int) -> TextTable.Cell {
    TextTable.Cell(percentage(count, of: coverage.requests))
  }

  private func writeTotals(to page: inout TextPage) {
    var table = TextTable([.text, .number, .number, .text])
    let words = TextTable.Cell("")
    table.add(
      .init("allowed", .allowed), .init(grouped(decisions.allow)), share(decisions.allow), words)
    table.add(
      .init("denied", .denied), .init(grouped(decisions.deny)), share(decisions.deny), words)
    if unmapped > 0 {
      table.add(
        .init("unmapped"), .init(grouped(unmapped)), share(unmapped),
        .init(explanation(ofReason: "unmapped"), .faint))
    }
    page.line("")
    page.table(table)
    for sentence in sentencesOfLimits.prefix(rowsOfKeys) { page.line("  \(sentence)", .denied) }
  }

  private func writeRules(to page: inout TextPage) {
    let rules = rulesThatHit
    guard !rules.isEmpty else { return }
    page.heading("Decisions by rule")
    var table = TextTable(
      [.number, .number, .text, .text, .place], heading: ["requests", "share", "list", "rule", ""])
    for placed in rules.prefix(rowsOfRules) {
      let rule = placed.rule
      table.add(
        .init(grouped(rule.hits)), share(rule.hits),
        .init(rule.kind, rule.allows ? .allowed : .denied), .init(rule.text),
        .init(placed.place, .faint))
    }
    page.table(table)
    writeMore(rules.count - rowsOfRules, to: &page)
  }

  private func writeReasons(to page: inout TextPage) {
    let reasons = rulelessReasons
    guard !reasons.isEmpty || unmapped > 0 else { return }
    page.heading("Decisions by no rule")
    var table = TextTable(
      [.number, .number, .number, .number, .text, .text],
      heading: ["requests", "share", "allowed", "denied", "reason", ""])
    for reason in reasons where reason.name != "unmapped" {
      table.add(
        .init(grouped(reason.count.total)), share(reason.count.total),
        .init(grouped(reason.count.allow)), .init(grouped(reason.count.deny)),
        .init(reason.name), .init(explanation(ofReason: reason.name), .faint))
    }
    if unmapped > 0 {
      table.add(
        .init(grouped(unmapped)), share(unmapped), .init("-"), .init("-"), .init("unmapped"),
        .init(explanation(ofReason: "unmapped"), .faint))
    }
    page.table(table)
  }

  private func writeCountries(to page: inout TextPage) {
    guard !countries.isEmpty else { return }
    page.heading("By country")
    write(
      Ranking(countries, limit: rowsOfKeys), name: countryName, heading: "country", bars: true,
      to: &page)
  }

  private func writeFields(to page: inout TextPage) {
    for (name, counts) in countedFields {
      page.heading("By \(fieldTitle(name))")
      write(
        Ranking(counts, limit: rowsOfKeys), name: fieldName, heading: name, bars: false, to: &page)
    }
  }

  private func writeHosts(to page: inout TextPage) {
    guard !hosts.counts.isEmpty else { return }
    page.heading("By host")
    write(
      Ranking(hosts, limit: rowsOfKeys), name: hostName, heading: "host", bars: false, to: &page)
  }

  private func write(
    _ ranking: Ranking<VerdictCounts>, name: (String) -> String, heading: String, bars: Bool,
    to page: inout TextPage
  ) {
    var table = TextTable(
      [.number, .number, .number, .number, .text, .text],
      heading: ["requests", "share", "denied", "of these", heading, ""])
    let largest = ranking.top.first?.count.total ?? 0
    func add(_ name: String, _ count: VerdictCounts, _ bar: String, _ role: Colours.Role?) {
      table.add(
        .init(grouped(count.total)), share(count.total), .init(grouped(count.deny)),
        .init(percentage(count.deny, of: count.total)), .init(name, role), .init(bar, .allowed))
    }
    for entry in ranking.top {
      let bar = bars ? blockBar(entry.count.total, of: largest) : ""
      add(name(entry.key), entry.count, bar, nil)
    }
    if let rest = ranking.rest { add(ranking.restLabel, rest, "", .faint) }
    page.table(table)
  }

  private func writeNetworks(to page: inout TextPage) {
    guard !deniedNetworks.counts.isEmpty else { return }
    page.heading("Denied clients by network")
    let ranking = Ranking(deniedNetworks, limit: rowsOfKeys)
    var table = TextTable(
      [.number, .number, .text], heading: ["denied", "of all denied", "network"])
    func add(_ name: String, _ count: Int, _ role: Colours.Role?) {
      table.add(
        .init(grouped(count)), .init(percentage(count, of: decisions.deny)), .init(name, role))
    }
    for entry in ranking.top { add(entry.key, entry.count, nil) }
    if let rest = ranking.rest { add(ranking.restLabel, rest, .faint) }
    page.table(table)
  }

  private func writeNeverHit(to page: inout TextPage) {
    let rules = rulesThatNeverHit
    guard !rules.isEmpty else { return }
    page.heading("\(counted(rules.count, "rule")) never hit")
    var table = TextTable([.text, .text, .place])
    for placed in rules.prefix(rowsOfNeverHit) {
      table.add(
        .init(placed.rule.kind), .init(placed.rule.text), .init(placed.place, .faint))
    }
    page.table(table)
    writeMore(rules.count - rowsOfNeverHit, to: &page)
  }

  private func writeMore(_ count: Int, to page: inout TextPage) {
    if count > 0 { page.line("  … and \(grouped(count)) more", .faint) }
  }
}

extension ReplaySummary {
  /// The counts by fields of records, besides the country.
  var countedFields: [(key: String, value: [String: VerdictCounts])] {
    (fields ?? [:]).filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
  }

  /// The name of a field in headings.
  func fieldTitle(_ name: String) -> String { name == "asn" ? "network" : name }

  /// A value of a field; `-` is none.
  func fieldName(_ value: String) -> String { value == "-" ? "none" : value }
}

/// A bar of at most 16 columns, in eighths of a column. At least one eighth, unless the count is 0.
func blockBar(_ count: Int, of largest: Int) -> String {
  guard count > 0, largest > 0 else { return "" }
  let share = min(1, Double(count) / Double(largest))
  let eighths = max(1, Int((share * 128).rounded()))
  let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
  return String(repeating: "█", count: eighths / 8) + partial
}
