import Text

extension DiagnosticTests {
  // MARK: - name, decision_header, annotate, log

  /// A configuration with one more key under `maxmind`.
  private static func with(
    _ name: String, _ lines: String, _ expected: String...
  ) -> DiagnosticCase {
    let indented = lines.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    var example = DiagnosticCase(
      name, "maxmind:\n  database: \(Fixture.countryAnonymous)\n\(indented)\n")
    example.expected = expected
    return example
  }

  private static let howToLog =
    "write one such as maxmind_acl.log, or file:, sample: and rate: under log:"

  private static func notALog(_ value: String) -> DiagnosticCase {
    with(
      "log: \(value)", "log: 1️⃣\(value)",
      "1️⃣ error: log: \(value) is not the name of a log; \(howToLog) [bad-log]")
  }

  /// Switches and values in place of sections.
  static let sectionCases =
    [
      ("client", "trusted"), ("response", "status"), ("annotate", "name"), ("bypass", "header"),
      ("anonymous", "ip"), ("allow", "country"), ("deny", "country"),
    ].flatMap { section, key in
      ["true", "403"].map { value in
        with(
          "\(section): \(value)", "\(section): 1️⃣\(value)",
          "1️⃣ error: \(section): expected keys such as \(key):, not a single value [wrong-type]")
      }
    } + [
      with(
        "reload: true", "reload: 1️⃣true",
        "1️⃣ error: reload: expected a time such as 60s (units ms, s, m, h, d), or off [bad-duration]"
      ),
      with("mode: true", "mode: 1️⃣true", "1️⃣ error: mode: expected enforce or monitor [bad-mode]"),
    ]

  static let reportingCases = [
    with(
      "all valid keys of reports",
      "name: shop-1_A\ndecision_header: off\nannotate: {X-A: 'c={country} {reason}'}\nlog: {file: a.log, sample: 0.25%, rate: 1/s}"
    ),
    with("a log by its name", "log: maxmind_acl.log"),
    with(
      "a name with a dot", "name: 1️⃣shop.example",
      "1️⃣ error: name: use only letters, digits, _ and -; the name is part of metric names [bad-name]"
    ),
    with(
      "a name too long", "name: 1️⃣\(String(repeating: "x", count: 65))",
      "1️⃣ error: name: at most 64 characters [bad-name]"),
    with(
      "no name", "name: 1️⃣\"\"",
      "1️⃣ error: name: expected a name such as shop, but it is empty [empty-value]"),
    with(
      "a decision header that is text", "decision_header: 1️⃣X-Decision",
      "1️⃣ error: decision_header: expected true, false or denials [bad-boolean]"),
    with(
      "no annotations", "1️⃣annotate: {}",
      "1️⃣ warning: annotate: has nothing under it and does nothing [empty-section]"),
    with(
      "a list of annotations", "annotate: 1️⃣[X-A]",
      "1️⃣ error: annotate: expected keys such as name:, not a list [wrong-type]"),
    with(
      "annotations with invalid header names",
      "annotate:\n  1️⃣\"X A\": a\n  2️⃣\"@X\": a\n  3️⃣Content-Length: a\n  4️⃣\"\": a\n"
        + "  5️⃣Content_Length: a\n  6️⃣transfer.ENCODING: a",
      "1️⃣ error: annotate: \"X A\" cannot be the name of a header field [bad-header-name]",
      "2️⃣ error: annotate: @X: Traffic Server reserves names with an @ [bad-header-name]",
      "3️⃣ error: annotate: Content-Length: belongs to the proxy, which could misread the request [bad-header-name]",
      "4️⃣ error: annotate: an empty text cannot be the name of a header field [bad-header-name]",
      "5️⃣ error: annotate: Content_Length: belongs to the proxy, which could misread the request [bad-header-name]",
      "6️⃣ error: annotate: transfer.ENCODING: belongs to the proxy, which could misread the request [bad-header-name]"
    ),
    with(
      "one annotation in two cases", "annotate:\n  X-A: a\n  1️⃣x-a: b",
      "1️⃣ error: annotate: x-a: is already on line 4, in another case [duplicate-key]"),
    with(
      "annotations that share a CGI variable",
      "annotate:\n  X-A: a\n  1️⃣x_a: b\n  X-AA: c\n  2️⃣X.AA: d",
      "1️⃣ error: annotate: x_a: an origin may confuse it with X-A [duplicate-key]",
      "2️⃣ error: annotate: X.AA: an origin may confuse it with X-AA [duplicate-key]"),
    with(
      "templates with unknown placeholders",
      "annotate:\n  A: 1️⃣\"{contry}\"\n  B: 2️⃣\"{postcode}\"\n  C: 3️⃣\"{country\"\n  D: 4️⃣\"country}\"\n  E: 5️⃣\"\\n{country}\"\n  F: 6️⃣\"{country} \"",
      "1️⃣ error: A: unknown placeholder {contry}; did you mean {country}? [bad-template]",
      "2️⃣ error: B: unknown placeholder {postcode}; expected {country}, {registered_country}, {continent}, {subdivision}, {asn}, {organisation}, {verdict}, {reason}, {client}, {rule}, {database}, {name} [bad-template]",
      "3️⃣ error: C: the { has no } [bad-template]",
      "4️⃣ error: D: the } has no { [bad-template]",
      "5️⃣ error: E: only printable ASCII can stand in a header field [bad-template]",
      "6️⃣ error: F: a header field cannot begin or end with a space [bad-template]"),
    with(
      "a template of the maximum length",
      "annotate: {X-A: '\(String(repeating: "x", count: 920)){rule}'}"),
    with(
      "a template that is too long",
      "annotate: {X-A: 1️⃣'\(String(repeating: "x", count: 921)){rule}'}",
      "1️⃣ error: X-A: is too long; at most 1000 characters, and each {…} counts as 80 [bad-template]"
    ),
    with(
      "a log in another directory", "log: 1️⃣../x.log",
      "1️⃣ error: log: \"../x.log\" cannot be the name of a log; expected letters, digits, _, - and ., in the directory of Traffic Server's logs [bad-log]"
    ),
    with(
      "a log of the proxy's own", "log: 1️⃣diags.log",
      "1️⃣ error: log: diags.log is one of Traffic Server's own logs [bad-log]"),
    notALog("true"), notALog("yes"), notALog("On"), notALog("off"), notALog("1"), notALog("0.5"),
    with(
      "a log that is a switch, by its key", "log: {file: 1️⃣true}",
      "1️⃣ error: file: true is not the name of a log; \(howToLog) [bad-log]"),
    with("a log with the name of a switch", "log: 'true'"),
    with("a log with a number in its name", "log: 1.log"),
    with(
      "a log that is a list", "log: 1️⃣[]",
      "1️⃣ error: log: expected the name of a log such as maxmind_acl.log, not a list [wrong-type]"),
    with(
      "a log that is nothing", "log: 1️⃣~",
      "1️⃣ error: log: expected the name of a log such as maxmind_acl.log, but it is empty [empty-value]"
    ),
    with(
      "a log that is an empty mapping", "1️⃣log: {}",
      "1️⃣ error: log has no file:; it needs the name of a log [missing-key]"),
    with(
      "a log without a file", "1️⃣log: {sample: 10%}",
      "1️⃣ error: log has no file:; it needs the name of a log [missing-key]"),
    with(
      "a log with a slip", "log: {file: a.log, 1️⃣rat: 1/s}",
      "1️⃣ error: log: unknown key \"rat\"; did you mean rate? [unknown-key]"),
    with(
      "invalid samples and rates",
      "log: {file: a.log, sample: 1️⃣10, rate: 2️⃣100}",
      "1️⃣ error: sample: expected a share of the denials from 0.01% to 100%, such as 10% [bad-log]",
      "2️⃣ error: rate: expected the most lines in a second from 1/s to 1000000/s, such as 100/s [bad-log]"
    ),
    with(
      "samples and rates out of range",
      "log: {file: a.log, sample: 1️⃣100.01%, rate: 2️⃣0/s}",
      "1️⃣ error: sample: expected a share of the denials from 0.01% to 100%, such as 10% [bad-log]",
      "2️⃣ error: rate: expected the most lines in a second from 1/s to 1000000/s, such as 100/s [bad-log]"
    ),
  ]
}
