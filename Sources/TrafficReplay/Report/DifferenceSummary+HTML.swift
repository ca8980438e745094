import Text

/// The most rows in the tables of a page.
private let rowsOfCauses = 200
private let rowsOfKeys = 20
private let rowsOfExamples = 20

extension DifferenceSummary {
  /// The difference as one HTML page that loads nothing.
  package func html(at now: Int64) -> String {
    ReportPage.document(title: "Difference between two sets of rules", madeAt: now) {
      // A number and its sign stay on one line.
      let sentence = headline.replacing(" %", with: "\u{A0}%")
      HTML("p") { "\(sentence.prefix(1).uppercased() + sentence.dropFirst())." }
      for (name, side) in [("Old", old), ("New", new)] {
        ReportPage.rules("\(name): \(side.file)", shownDatabases(of: side))
      }
    } content: {
      headlineFigures
      ReportPage.section("sides", "Old and new") {
        sides.html
        HTML("p") {
          "Both allow \(counted(unchanged.allow, "request")) and both deny "
            + "\(grouped(unchanged.deny))."
        }
      }
      for direction in shownDirections {
        section(direction.id, direction.title, direction.flips, allows: direction.allows)
      }
      if !countryChanges.isEmpty {
        ReportPage.section("countries", "Of another country by the new database") {
          changesOfCountry.html
          if countryChanges.count > rowsOfCauses {
            ReportPage.faint("… and \(grouped(countryChanges.count - rowsOfCauses)) more.")
          }
        }
      }
      coverage.html
    }
  }

  private func shownDatabases(of side: Side) -> String? {
    side.databases.isEmpty ? nil : side.databases.joined(separator: "; ")
  }

  private var headlineFigures: HTML {
    let changes = shownDirections.map { direction in
      ReportPage.Figure(
        name: direction.title, value: grouped(direction.flips.requests),
        note: "\(share(direction.flips.requests)) of all requests",
        style: direction.allows ? "allowed" : "denied")
    }
    return ReportPage.figures(
      changes + [
        .init(
          name: "Requests", value: grouped(coverage.requests),
          note: "from \(counted(coverage.files.count, "log"))"),
        coverage.figure,
      ])
  }

  private var sides: ReportTable {
    var table = ReportTable(
      "Decisions of each side",
      [
        .name("Side"), .number("Allowed"), .number("Share"), .number("Denied"), .number("Share"),
        .number("Unmapped"), .code("File"), .text("Databases"),
      ])
    for (name, side) in [("old", old), ("new", new)] {
      table.add([
        .text(name), .text(grouped(side.decisions.allow)), .text(share(side.decisions.allow)),
        .text(grouped(side.decisions.deny)), .text(share(side.decisions.deny)),
        .text(grouped(side.unmapped)), .text(side.file),
        .text(side.databases.joined(separator: "; ")),
      ])
    }
    return table
  }

  private var changesOfCountry: ReportTable {
    var table = ReportTable(
      "Requests whose client moves to another country",
      [.number("Requests"), .number("Share"), .text("Old"), .text("New")])
    for change in countryChanges.prefix(rowsOfCauses) {
      table.add([
        .text(grouped(change.requests)), .text(share(change.requests)),
        .text(countryName(change.old)), .text(countryName(change.new)),
      ])
    }
    return table
  }

  private func section(_ id: String, _ title: String, _ flips: Flips, allows: Bool) -> HTML {
    ReportPage.section(id, title) {
      if flips.requests == 0 {
        HTML("p") { "None." }
      } else {
        causes(flips).html
        if flips.causes.count > rowsOfCauses {
          ReportPage.faint("… and \(grouped(flips.causes.count - rowsOfCauses)) more.")
        }
        ranked(
          "\(title) by the client's country", .name("Country"), flips,
          Ranking(flips.countries, limit: rowsOfKeys), allows, countryName)
        HTML("div", .class("two")) {
          HTML("section") {
            ranked(
              "\(title) by the host of the URL", .code("Host"), flips,
              Ranking(flips.hosts, limit: rowsOfKeys), allows, hostName)
          }
          HTML("section") {
            ranked(
              "\(title) by the client's /24 or /48", .code("Network"), flips,
              Ranking(flips.networks, limit: rowsOfKeys), allows, { $0 })
          }
        }
        if !flips.examples.isEmpty {
          HTML("h3") { "\(title): the first of the log" }
          for example in flips.examples.prefix(rowsOfExamples) { example.html }
        }
      }
    }
  }

  private func causes(_ flips: Flips) -> ReportTable {
    var table = ReportTable(
      "By the causes before and after",
      [.number("Requests"), .number("Share"), .code("Old"), .code("New")])
    for cause in flips.causes.prefix(rowsOfCauses) {
      table.add([
        .text(grouped(cause.requests)), .text(percentage(cause.requests, of: flips.requests)),
        .placed(cause.old.title, cause.old.place), .placed(cause.new.title, cause.new.place),
      ])
    }
    return table
  }

  @HTMLBuilder private func ranked(
    _ caption: String, _ first: ReportTable.Column, _ flips: Flips, _ ranking: Ranking<Int>,
    _ allows: Bool, _ name: (String) -> String
  ) -> HTML {
    if !ranking.top.isEmpty {
      rankedTable(caption, first, flips, ranking, allows, name).html
    }
  }

  private func rankedTable(
    _ caption: String, _ first: ReportTable.Column, _ flips: Flips, _ ranking: Ranking<Int>,
    _ allows: Bool, _ name: (String) -> String
  ) -> ReportTable {
    var table = ReportTable(caption, [first, .bars, .number("Requests"), .number("Share")])
    for entry in ranking.top {
      let count = max(0, entry.count)
      table.add([
        .text(name(entry.key)),
        .bar(allows ? VerdictCounts(allow: count) : VerdictCounts(deny: count)),
        .text(grouped(entry.count)), .text(percentage(entry.count, of: flips.requests)),
      ])
    }
    if let rest = ranking.rest {
      table.addRest([
        .text(ranking.restLabel), .none, .text(grouped(rest)),
        .text(percentage(rest, of: flips.requests)),
      ])
    }
    return table
  }
}

extension DifferenceSummary.Example {
  fileprivate var html: HTML {
    HTML("div", .class("example")) {
      HTML("p") {
        HTML("code") { url }
      }
      HTML("p", .class("faint")) {
        HTML("code") { client }
        " from \(countryChange), "
        HTML("span", .class("place")) { "\(file):\(line)" }
      }
      HTML("dl") {
        for (name, cause) in [("old", old), ("new", new)] {
          HTML("dt") { name }
          HTML("dd") {
            HTML("code") { cause.title }
            " "
            HTML("span", .class("place")) { cause.place ?? "" }
          }
        }
      }
    }
  }
}
