@testable import TrafficReplay

/// Texts from a log or a configuration that try to become markup or to steer a terminal.
let hostileTexts = [
  "<script>document.title='owned'</script>",
  "\"><img src=x onerror=alert(1)>",
  "'></style><svg onload=alert(1)>",
  "&lt;b&gt; &amp; &#x3c;",
  "</title></table></body>",
  "esc\u{1B}[2J\u{7}\u{9B}31m\0nul",
  "two\r\nlines\u{2028}three\u{85}four",
  "right\u{202E}tfel\u{2066}isolate\u{200F}",
  "\u{301}\u{301}combining",
  "日本語のホスト.example",
  String(repeating: "x", count: 100_000),
  String(repeating: "<", count: 100_000),
  "",
]

/// A summary with hostile texts from outside.
func hostileReplay() -> ReplaySummary {
  var summary = ReplaySummary(
    coverage: Coverage(files: hostileTexts, lines: 10, requests: 3), configurations: [])
  summary.decisions = VerdictCounts(allow: 2, deny: 1)
  summary.unmapped = 1
  for text in hostileTexts {
    summary.coverage.malformed[text] = 1
    summary.coverage.malformedExamples.append(.init(kind: text, file: text, line: 1, text: text))
    summary.coverage.failures.append(text)
    let rules = hostileTexts.enumerated().map { number, rule in
      ReplaySummary.RuleHits(kind: "deny.regex", text: rule, line: 1, hits: number % 2)
    }
    summary.configurations.append(
      .init(file: text, databaseType: text, databaseBuilt: 0, rules: rules))
    summary.reasons[text] = VerdictCounts(allow: 1, deny: 1)
    summary.countries[text] = VerdictCounts(allow: 1, deny: 1)
    summary.hosts.counts[text] = VerdictCounts(allow: 1, deny: 1)
    summary.deniedNetworks.counts[text] = 1
  }
  summary.timeline = Timeline(
    width: 60, intervals: [.init(start: september, decisions: VerdictCounts(allow: 2, deny: 1))])
  return summary
}

/// A difference with hostile texts from outside.
func hostileDifference() -> DifferenceSummary {
  var summary = DifferenceSummary(
    coverage: hostileReplay().coverage, old: .init(file: "", databases: hostileTexts),
    new: .init(file: hostileTexts[0], databases: hostileTexts))
  for text in hostileTexts {
    let cause = DifferenceSummary.Cause(reason: text, rule: text, file: text, line: 1)
    summary.newlyDenied.requests += 1
    summary.newlyDenied.causes.append(.init(old: cause, new: cause, requests: 1))
    summary.newlyDenied.countries[text] = 1
    summary.newlyDenied.hosts.counts[text] = 1
    summary.newlyDenied.networks.counts[text] = 1
    summary.newlyDenied.examples.append(
      .init(client: text, country: text, url: text, old: cause, new: cause, file: text, line: 1))
  }
  summary.newlyAllowed = summary.newlyDenied
  return summary
}

/// Logs without a line.
func emptyReplay() -> ReplaySummary {
  ReplaySummary(coverage: Coverage(files: ["-"]), configurations: [])
}
