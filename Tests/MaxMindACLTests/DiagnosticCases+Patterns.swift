extension DiagnosticTests {
  /// One rule with a pattern, and the reason why it cannot match.
  private static func pattern(
    _ pattern: String, _ reason: String?, section: String = "deny", id: String = "regex-unmatchable"
  ) -> DiagnosticCase {
    let source = """
      maxmind:
        database: \(Fixture.country)
        \(section):
          regex: [[NO, 1️⃣'\(pattern)']]
      """
    let name = "\(section) \(pattern)"
    guard let reason else {
      return DiagnosticCase(name, source.replacing("1️⃣", with: ""))
    }
    return DiagnosticCase(
      name, source, "1️⃣ warning: regex: cannot match, because \(reason) [\(id)]")
  }

  private static let host = "the subject begins with the host: host/path"
  private static let forms = "all forms of the URL must match, and one has"

  /// The message for each obstacle. PatternObstacleTests has the patterns.
  static let patternCases = [
    pattern("^/music", host, id: "regex-anchor"),
    pattern("^(?:/foo|/bar)", host, id: "regex-anchor"),
    pattern("^https?://", "the subject has no scheme: host/path"),
    pattern("^host:8080/", "the subject has no port: host/path"),
    pattern("^WWW\\.a\\.example/", "the host is in lower case"),
    pattern("^\\[::1\\]/", "an IPv6 host has no brackets"),
    pattern("^a\\.example$", "a slash follows the host: host/path"),
    pattern(
      "^http://a\\.example:80/",
      "the subject has no scheme: host/path, and the subject has no port: host/path"),
    pattern("\\?id=", nil), pattern("#top", nil), pattern(";v=2", nil), pattern("//", nil),
    pattern("\\?id=", "the subject has no query: host/path", section: "allow"),
    pattern("#top", "the subject has no fragment: host/path", section: "allow"),
    pattern("^h/report;v=2$", "\(forms) no ;parameters", section: "allow"),
    pattern("\\\\x", "\(forms) / instead of \\", section: "allow"),
    pattern("%2F", "\(forms) no %2F, %3B and %5C", section: "allow"),
    pattern("a//b", "\(forms) no // in its path", section: "allow"),
    pattern("\\.mp3(;|$)", nil, section: "allow"),
    DiagnosticCase(
      "an allow regex meant as an exception from a denied country",
      #"""
      maxmind:
        database: \#(Fixture.country)
        deny:
          country: [DE, FR]
        allow:
          regex:
            - ["*", "."]
            - ["*", 1️⃣'^a\.example/help/']
            - ["*", "/it's|/free/"]
      """#,
      #"1️⃣ warning: regex: is not an exception to deny.country on line 4, because deny rules always win; to exempt its URLs, replace the country with a deny regex: [DE, FR, '^(?!a\.example/help/|.*(?:/it''s|/free/)).'] [denied-exception]"#
    ),
    DiagnosticCase(
      "an allow regex for a denied country",
      #"""
      maxmind:
        database: \#(Fixture.country)
        deny:
          country: [DE]
        allow:
          country: [US]
          regex: [[DE, 1️⃣"/help/"], [NO, "/other/"]]
      """#,
      #"1️⃣ warning: regex: has no effect for DE, which is denied on line 4; to exempt its URLs, replace the country with a deny regex: [DE, '^(?!.*/help/).'] [unreachable-rule]"#
    ),
    DiagnosticCase(
      "an allow regex beside other allow rules is an exception from the default",
      """
      maxmind:
        database: \(Fixture.country)
        deny: {country: [DE]}
        allow:
          country: [US]
          regex: [["*", "/robots.txt"]]
      """),
    DiagnosticCase(
      "an allow regex for all URLs is not an exception",
      """
      maxmind:
        database: \(Fixture.country)
        deny: {country: [DE]}
        allow: {regex: [["*", "."], ["*", "^[^/]+/"]]}
      """),
    DiagnosticCase(
      "an allow regex without a denied country is not an exception",
      """
      maxmind:
        database: \(Fixture.country)
        deny: {ip: [192.0.2.1]}
        allow: {regex: [["*", "/help/"]]}
      """),
  ]
}
