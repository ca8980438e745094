import Testing

@testable import TrafficReplay

/// The whole output on a terminal.
struct ReportTextTests {
  @Test func `a replay is shown from its totals down to the rules that never hit`() {
    var summary = ReplaySummary(
      coverage: Coverage(
        files: ["access.log", "-"], formats: ["combined", "-"], lines: 1_000_003,
        requests: 1_000_000,
        malformed: ["no address": 2, "not UTF-8": 1],
        malformedExamples: [
          .init(kind: "no address", file: "access.log", line: 17, text: "- \u{1B}[2J GET /"),
          .init(kind: "not UTF-8", file: "-", line: 3, text: "192.0.2.1 \u{FFFD}"),
        ],
        failures: ["access.log: ends within a gzip member"]),
      configurations: [
        .init(
          file: "maxmind.yaml", databaseType: "GeoLite2-Country", databaseBuilt: september,
          decisions: VerdictCounts(allow: 900_000, deny: 99_000),
          rules: [
            .init(kind: "deny.country", text: "DE", line: 12, hits: 90_000),
            .init(kind: "deny.country", text: "KP", line: 13),
            .init(kind: "anonymous", text: "vpn", line: 30, hits: 9000),
            .init(kind: "allow.ip", text: "192.0.2.0/24", line: 5, hits: 50_000),
          ])
      ])
    summary.decisions = VerdictCounts(allow: 900_000, deny: 99_000)
    summary.unmapped = 1000
    summary.reasons = [
      "deny.country": VerdictCounts(deny: 90_000), "anonymous.vpn": VerdictCounts(deny: 9000),
      "allow.ip": VerdictCounts(allow: 50_000), "default": VerdictCounts(allow: 850_000),
    ]
    summary.countries = [
      "DE": VerdictCounts(allow: 10_000, deny: 90_000), "US": VerdictCounts(allow: 800_000),
      "-": VerdictCounts(allow: 90_000, deny: 9000),
    ]
    summary.hosts = FrequentKeys(
      counts: ["a.example": VerdictCounts(allow: 900_000, deny: 98_000)],
      others: VerdictCounts(deny: 1000))
    summary.deniedNetworks = FrequentKeys(
      counts: ["192.0.2.0/24": 90_000, "2001:db8::/48": 9000])
    summary.timeline = Timeline(
      width: 60,
      intervals: [
        .init(start: september, decisions: VerdictCounts(allow: 1)),
        .init(start: september + 3600, decisions: VerdictCounts(allow: 1)),
      ])
    #expect(
      summary.text(colours: false, width: 80) == """
        Replay of 1,000,000 requests
        2026-09-01 00:00 to 01:01 UTC

          allowed   900,000  90.00 %
          denied     99,000   9.90 %
          unmapped    1,000   0.10 %  no remap line maps the URL

        Coverage
          > 99.99 % of 1,000,003 lines hold a request; 1 file not read to the end
          access.log (combined)
          standard input
          access.log: ends within a gzip member

        Lines that hold no request
          2  no address
            access.log:17: - �[2J GET /
          1  not UTF-8
            -:3: 192.0.2.1 �

        Decisions by rule
          requests   share  list          rule
            90,000  9.00 %  deny.country  DE            maxmind.yaml:12
            50,000  5.00 %  allow.ip      192.0.2.0/24  maxmind.yaml:5
             9,000  0.90 %  anonymous     vpn           maxmind.yaml:30

        Decisions by no rule
          requests    share  allowed  denied  reason
           850,000  85.00 %  850,000       0  default   no rule matched
             1,000   0.10 %        -       -  unmapped  no remap line maps the URL

        By country
          requests    share  denied  of these  country
           800,000  80.00 %       0    0.00 %  US United States  ████████████████
           100,000  10.00 %  90,000   90.00 %  DE Germany        ██
            99,000   9.90 %   9,000    9.09 %  no country        ██

        By host
          requests    share  denied  of these  host
           998,000  99.80 %  98,000    9.82 %  a.example
             1,000   0.10 %   1,000     100 %  all others

        Denied clients by network
          denied  of all denied  network
          90,000        90.91 %  192.0.2.0/24
           9,000         9.09 %  2001:db8::/48

        1 rule never hit
          deny.country  KP  maxmind.yaml:13

        """)
  }

  @Test func `a difference is shown from its totals down to examples`() {
    #expect(
      smallDifference().text(colours: false, width: 80) == """
        newly denied 3 of 1,000 requests (0.300 %), newly allowed 0 (0.000 %)

               allowed            denied            unmapped
          old      900  90.000 %     100  10.000 %         0  old.yaml
          new      897  89.700 %     103  10.300 %         0  new.yaml
          old: GeoLite2-Country, built 2026-08-01
          new: GeoLite2-Country, built 2026-09-01
          both allow 897, both deny 100

        Newly denied: 3 requests
          3 of these (100 %)
            old  default  old.yaml
            new  deny.country NL  new.yaml:7

          requests  share  by country
                 3  100 %  NL Netherlands  ████████████████

          requests    share  by host
                 2  66.67 %  a.example  ████████████████
                 1  33.33 %  b.example  ████████

          requests    share  by network
                 2  66.67 %  192.0.2.0/24  ████████████████
                 1  33.33 %  all others

          examples
          access.log:4: 192.0.2.9 (NL Netherlands)
            http://a.example/�]0;x�
            old  default  old.yaml
            new  deny.country NL  new.yaml:7

        Coverage
          100 % of 1,000 lines hold a request
          access.log

        """)
  }

  @Test func `logs without a line are reported`() {
    #expect(
      emptyReplay().text(colours: false, width: 80) == """
        Replay of 0 requests

          allowed  0  0.00 %
          denied   0  0.00 %

        Coverage
          the logs have no lines
          standard input

        """)
  }

  @Test func `verdicts and headings have their colours`() {
    let text = smallDifference().text(colours: true, width: 80)
    #expect(text.hasPrefix("\u{1B}[1mnewly denied 3 of 1,000 requests"))
    #expect(text.contains("\u{1B}[31m████████████████\u{1B}[0m"))
  }

  private func smallDifference() -> DifferenceSummary {
    var summary = DifferenceSummary(
      coverage: Coverage(files: ["access.log"], lines: 1000, requests: 1000),
      old: .init(
        file: "old.yaml", databases: ["GeoLite2-Country, built 2026-08-01"],
        decisions: VerdictCounts(allow: 900, deny: 100)),
      new: .init(
        file: "new.yaml", databases: ["GeoLite2-Country, built 2026-09-01"],
        decisions: VerdictCounts(allow: 897, deny: 103)))
    let before = DifferenceSummary.Cause(reason: "default", file: "old.yaml")
    let after = DifferenceSummary.Cause(
      reason: "deny.country", rule: "NL", file: "new.yaml", line: 7)
    summary.unchanged = VerdictCounts(allow: 897, deny: 100)
    summary.newlyDenied.requests = 3
    summary.newlyDenied.causes = [.init(old: before, new: after, requests: 3)]
    summary.newlyDenied.countries = ["NL": 3]
    summary.newlyDenied.hosts = FrequentKeys(counts: ["a.example": 2, "b.example": 1])
    summary.newlyDenied.networks = FrequentKeys(counts: ["192.0.2.0/24": 2], others: 1)
    summary.newlyDenied.examples = [
      .init(
        client: "192.0.2.9", country: "NL", url: "http://a.example/\u{1B}]0;x\u{7}", old: before,
        new: after, file: "access.log", line: 4)
    ]
    return summary
  }
}
