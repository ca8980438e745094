import Text

/// The most rows in the tables of a page: no browser opens a page with a hundred thousand rules.
private let rowsAtOnce = 25
private let rowsOfRules = 1000
private let rowsOfNeverHit = 500
private let rowsOfKeys = 20
private let rowsOfConfigurations = 200
private let rowsOfHead = 3

extension ReplaySummary.ConfigurationHits {
  /// The types of its databases, and the oldest build date. Nil: it has no database.
  fileprivate var databases: String? {
    databaseType.isEmpty ? nil : "\(databaseType), built \(utcDate(databaseBuilt))"
  }
}

extension ReplaySummary {
  /// The summary as one HTML page that loads nothing.
  package func html(at now: Int64) -> String {
    ReportPage.document(
      title: "Replay of \(counted(coverage.requests, "request"))", madeAt: now
    ) {
      for configuration in configurations.prefix(rowsOfHead) {
        ReportPage.rules(configuration.file, configuration.databases)
      }
      if configurations.count > rowsOfHead {
        ReportPage.faint("… and \(grouped(configurations.count - rowsOfHead)) more configurations.")
      }
      ReportPage.faint(timeline.span.map { "Requests from \($0)." } ?? "The logs hold no times.")
      for sentence in sentencesOfLimits.prefix(rowsOfKeys) { ReportPage.faint(sentence) }
    } content: {
      headlineFigures
      timelineSection
      countrySection
      fieldSections
      HTML("div", .class("two")) {
        hostSection
        networkSection
      }
      ruleSection
      reasonSection
      neverHitSection
      coverage.html
      configurationSection
    }
  }

  private func share(_ count: Int) -> String { percentage(count, of: coverage.requests) }

  private var headlineFigures: HTML {
    var figures = [
      ReportPage.Figure(
        name: "Requests", value: grouped(coverage.requests),
        note: "from \(counted(coverage.files.count, "log"))"),
      ReportPage.Figure(
        name: "Denied", value: grouped(decisions.deny), note: share(decisions.deny),
        style: "denied"),
      ReportPage.Figure(
        name: "Allowed", value: grouped(decisions.allow), note: share(decisions.allow),
        style: "allowed"),
    ]
    if unmapped > 0 {
      figures.append(
        ReportPage.Figure(
          name: "Unmapped", value: grouped(unmapped),
          note: "\(share(unmapped)), no remap line"))
    }
    figures.append(coverage.figure)
    return ReportPage.figures(figures)
  }

  @HTMLBuilder private var timelineSection: HTML {
    if let wide = TimelineChart(timeline, size: .wide),
      let narrow = TimelineChart(timeline, size: .narrow)
    {
      ReportPage.section("time", "Over time") {
        ReportPage.legend
        HTML("figure") {
          wide.html
          narrow.html
          HTML("figcaption", .class("wide")) { caption(wide) }
          HTML("figcaption", .class("narrow")) { caption(narrow) }
        }
      }
    }
  }

  private func caption(_ chart: TimelineChart) -> String {
    let untimed =
      timeline.untimed > 0
      ? " \(counted(timeline.untimed, "request")) without a time \(timeline.untimed == 1 ? "is" : "are") not in it."
      : ""
    return "Requests per \(chart.span), UTC. Where there is no bar, the logs have no request."
      + untimed
  }

  @HTMLBuilder private var countrySection: HTML {
    if !countries.isEmpty {
      ReportPage.section("countries", "By country") {
        ReportPage.legend
        table(
          Ranking(countries, limit: rowsOfKeys), "Requests by the client's country", "Country",
          name: countryName
        ).html
      }
    }
  }

  @HTMLBuilder private var fieldSections: HTML {
    for (name, counts) in countedFields {
      ReportPage.section(name, "By \(fieldTitle(name))") {
        table(
          Ranking(counts, limit: rowsOfKeys), "Requests by the client's \(fieldTitle(name))",
          fieldTitle(name).capitalized, name: fieldName, bars: false
        ).html
      }
    }
  }

  @HTMLBuilder private var hostSection: HTML {
    if !hosts.counts.isEmpty {
      ReportPage.section("hosts", "By host") {
        table(
          Ranking(hosts, limit: rowsOfKeys), "Requests by the host of their URL", "Host",
          name: hostName, bars: false
        ).html
      }
    }
  }

  private func table(
    _ ranking: Ranking<VerdictCounts>, _ caption: String, _ title: String,
    name: (String) -> String, bars: Bool = true
  ) -> ReportTable {
    let numbers: [ReportTable.Column] = [
      .number("Requests"), .number("Share"), .number("Denied"), .number("of these"),
    ]
    let first: ReportTable.Column = bars ? .name(title) : .code(title)
    var table = ReportTable(caption, [first] + (bars ? [.bars] : []) + numbers)
    func cells(_ label: String, _ count: VerdictCounts, _ bar: ReportTable.Cell)
      -> [ReportTable.Cell]
    {
      [.text(label)] + (bars ? [bar] : []) + [
        .text(grouped(count.total)), .text(share(count.total)), .text(grouped(count.deny)),
        .text(percentage(count.deny, of: count.total)),
      ]
    }
    for entry in ranking.top {
      table.add(cells(name(entry.key), entry.count, .bar(entry.count)))
    }
    if let rest = ranking.rest { table.addRest(cells(ranking.restLabel, rest, .none)) }
    return table
  }

  private var ruleSection: HTML {
    let rules = rulesThatHit
    return ReportPage.section("rules", "By rule") {
      if rules.isEmpty {
        HTML("p") { "No rule decided a request." }
      } else {
        split(rules, limit: rowsOfRules, "Rules by the requests that they decided") { rule in
          [.text(grouped(rule.hits)), .text(share(rule.hits))]
        }
      }
    }
  }

  /// The first rules, and more of them under a heading that opens.
  @HTMLBuilder private func split(
    _ rules: [PlacedRule], limit: Int, _ caption: String,
    figures: (RuleHits) -> [ReportTable.Cell]
  ) -> HTML {
    table(rules.prefix(rowsAtOnce), caption, figures).html
    let rest = rules.prefix(limit).dropFirst(rowsAtOnce)
    if !rest.isEmpty {
      HTML("details") {
        HTML("summary") { "\(counted(rest.count, "rule")) more" }
        table(rest, "\(caption), continued", figures).html
      }
    }
    if rules.count > limit {
      ReportPage.faint(
        "… and \(counted(rules.count - limit, "rule")) more, which the JSON of the replay lists.")
    }
  }

  private func table(
    _ rules: ArraySlice<PlacedRule>, _ caption: String,
    _ figures: (RuleHits) -> [ReportTable.Cell]
  ) -> ReportTable {
    var table = ReportTable(
      caption,
      [
        .number("Hits"), .number("Share"), .verdict("Verdict"), .name("List"), .code("Rule"),
        .place("Where"),
      ], name: 4)
    for placed in rules {
      table.add(
        figures(placed.rule) + [
          .verdict(allows: placed.rule.allows), .text(placed.rule.kind), .text(placed.rule.text),
          .text(placed.place),
        ])
    }
    return table
  }

  @HTMLBuilder private var reasonSection: HTML {
    let reasons = rulelessReasons.filter { $0.name != "unmapped" }
    if !reasons.isEmpty || unmapped > 0 {
      ReportPage.section("reasons", "By no rule") { reasonTable(reasons).html }
    }
  }

  private func reasonTable(_ reasons: [RulelessReason]) -> ReportTable {
    var table = ReportTable(
      "Requests that no rule decided, by the reason",
      [
        .text("Reason"), .text("Meaning"), .number("Requests"), .number("Share"),
        .number("Allowed"), .number("Denied"),
      ])
    func add(_ name: String, _ total: Int, _ allowed: String, _ denied: String) {
      table.add([
        .text(name), .text(explanation(ofReason: name)), .text(grouped(total)),
        .text(share(total)), .text(allowed), .text(denied),
      ])
    }
    for reason in reasons {
      add(
        reason.name, reason.count.total, grouped(reason.count.allow), grouped(reason.count.deny))
    }
    if unmapped > 0 { add("unmapped", unmapped, "–", "–") }
    return table
  }

  @HTMLBuilder private var neverHitSection: HTML {
    let rules = rulesThatNeverHit
    if !rules.isEmpty {
      ReportPage.section("never-hit", "Rules that never hit") {
        HTML("p") {
          rules.count == 1
            ? "One rule decided no request of these logs."
            : "\(grouped(rules.count)) rules decided no request of these logs."
        }
        split(rules, limit: rowsOfNeverHit, "Rules in the order of the configurations") { _ in
          [.text("never"), .text("–")]
        }
      }
    }
  }

  @HTMLBuilder private var networkSection: HTML {
    if !deniedNetworks.counts.isEmpty {
      ReportPage.section("networks", "Denied clients by network") { networkTable.html }
    }
  }

  private var networkTable: ReportTable {
    let ranking = Ranking(deniedNetworks, limit: rowsOfKeys)
    var table = ReportTable(
      "Denied requests by the client's /24 or /48",
      [.code("Network"), .number("Denied"), .number("of all denied")])
    for entry in ranking.top {
      table.add([
        .text(entry.key), .text(grouped(entry.count)),
        .text(percentage(entry.count, of: decisions.deny)),
      ])
    }
    if let rest = ranking.rest {
      table.addRest([
        .text(ranking.restLabel), .text(grouped(rest)),
        .text(percentage(rest, of: decisions.deny)),
      ])
    }
    return table
  }

  @HTMLBuilder private var configurationSection: HTML {
    if !configurations.isEmpty {
      ReportPage.section("configurations", "Configurations") {
        configurationTable.html
        if configurations.count > rowsOfConfigurations {
          ReportPage.faint("… and \(grouped(configurations.count - rowsOfConfigurations)) more.")
        }
      }
    }
  }

  private var configurationTable: ReportTable {
    var table = ReportTable(
      "Decisions by configuration",
      [
        .code("File"), .text("Database"), .text("Built"), .number("Rules"), .number("Allowed"),
        .number("Denied"),
      ])
    for configuration in configurations.prefix(rowsOfConfigurations) {
      table.add([
        .text(configuration.file), .text(configuration.databaseType),
        .text(utcDate(configuration.databaseBuilt)), .text(grouped(configuration.rules.count)),
        .text(grouped(configuration.decisions.allow)),
        .text(grouped(configuration.decisions.deny)),
      ])
    }
    return table
  }
}
