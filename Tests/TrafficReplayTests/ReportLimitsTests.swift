import Testing

@testable import TrafficReplay

/// Reports of any summary stay small and safe to print.
struct ReportLimitsTests {
  @Test func `a hundred thousand rules and hosts make a small page that counts the rest`() {
    var summary = seededDay()
    summary.configurations[0].rules = (1...100_000).map {
      .init(kind: "deny.ip", text: "rule-\($0)", line: $0, hits: $0 % 2)
    }
    for number in 0..<100_000 {
      summary.hosts.counts["h\(number).example"] = VerdictCounts(allow: 1)
    }
    let page = summary.html(at: 1_788_300_000)
    #expect(page.utf8.count < 1_000_000)
    #expect(page.contains("… and 49,000 rules more, which the JSON of the replay lists."))
    #expect(page.contains("… and 49,500 rules more, which the JSON of the replay lists."))
    #expect(page.contains("100,480 others"))
    let text = summary.text(colours: false, width: 80)
    #expect(text.utf8.count < 10_000)
    #expect(text.contains("  … and 49,970 more\n"))
    #expect(text.contains("  … and 49,980 more\n"))
  }

  @Test(arguments: [40, 80, 132], [false, true])
  func `no text steers a terminal or is wider than it`(width: Int, hostile: Bool) {
    let texts =
      hostile
      ? [
        hostileReplay().text(colours: false, width: width),
        hostileDifference().text(colours: false, width: width),
      ]
      : [
        seededDay().text(colours: false, width: width),
        seededDifference().text(colours: false, width: width),
      ]
    for text in texts {
      #expect(
        !text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
      #expect(!text.unicodeScalars.contains { (0x202A...0x202E).contains($0.value) })
      // Numbers are never cut; below this width their tables may be wider.
      if width >= 80 {
        let widest = text.split(separator: "\n").map { columns(String($0)) }.max() ?? 0
        #expect(widest <= width)
      }
    }
  }

  @Test func `colours change nothing but colours`() throws {
    let plain = seededDay().text(colours: false, width: 80)
    let coloured = seededDay().text(colours: true, width: 80)
    #expect(coloured != plain)
    #expect(coloured.replacing(try Regex("\u{1B}\\[[0-9]+m"), with: "") == plain)
  }

  @Test(arguments: [Int.max, .min, -1, 0])
  func `an impossible number from a file breaks nothing`(number: Int) {
    let counts = VerdictCounts(allow: number, deny: number)
    var summary = seededDay()
    summary.coverage.requests = number
    summary.coverage.lines = number
    summary.coverage.malformed = ["a": number, "b": number]
    summary.decisions = counts
    summary.unmapped = number
    summary.reasons = ["default": counts, "error": counts]
    summary.countries = ["US": counts, "DE": counts]
    summary.hosts = FrequentKeys(counts: ["a": counts], others: counts)
    summary.deniedNetworks = FrequentKeys(counts: ["a": number, "b": number], others: number)
    summary.configurations[0].databaseBuilt = number
    for index in summary.configurations[0].rules.indices {
      summary.configurations[0].rules[index].hits = number
      summary.configurations[0].rules[index].line = number
    }
    for width in [number, 60] {
      summary.timeline = Timeline(
        width: width,
        intervals: [.init(start: number, decisions: counts), .init(start: 7, decisions: counts)],
        untimed: number)
      #expect(!summary.html(at: 1_788_300_000).isEmpty)
      #expect(!summary.text(colours: true, width: number).isEmpty)
    }

    var difference = seededDifference()
    difference.coverage = summary.coverage
    difference.newlyUnmapped.requests = number
    difference.newlyDenied.requests = number
    difference.newlyDenied.countries = ["US": number, "DE": number]
    difference.newlyDenied.hosts = FrequentKeys(counts: ["a": number], others: number)
    for index in difference.newlyDenied.causes.indices {
      difference.newlyDenied.causes[index].requests = number
    }
    #expect(!difference.html(at: 1_788_300_000).isEmpty)
    #expect(!difference.text(colours: true, width: number).isEmpty)
  }

  @Test(arguments: hostileTexts.indices)
  func `any text stays text`(index: Int) {
    let text = hostileTexts[index]
    let page = HTML("p", .init("title", text)) { text }.markup
    // By scalars: a combining mark joins the character before it.
    let markup = page.unicodeScalars.filter { "<>\"'&".unicodeScalars.contains($0) }
    let references = markup.filter { $0 == "&" }
    #expect(String(markup.filter { $0 != "&" }.map(Character.init)) == "<\"\"><>")
    let special = shown(text).unicodeScalars.filter { "<>\"'&".unicodeScalars.contains($0) }
    #expect(references.count == 2 * special.count)
    #expect(page.utf8.count < 5000)
  }
}
