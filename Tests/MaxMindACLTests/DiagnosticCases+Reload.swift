extension DiagnosticTests {
  // MARK: - Reloads

  static let reloadCases = [
    DiagnosticCase(
      "times of all units",
      """
      maxmind:
        database: \(Fixture.country)
        reload: 24h
        jitter: 900ms
        allow_older: Yes
      """),
    DiagnosticCase(
      "reload as a number without a unit",
      """
      maxmind:
        database: \(Fixture.country)
        reload: 1️⃣60
        jitter: 2️⃣5x
        allow_older: 3️⃣maybe
      """,
      "1️⃣ error: reload: 60 has no unit; did you mean 60s? [bad-duration]",
      "2️⃣ error: jitter: expected a time such as 60s (units ms, s, m, h, d) [bad-duration]",
      "3️⃣ error: allow_older: expected true or false [bad-boolean]"),
    DiagnosticCase(
      "reload as something else",
      """
      maxmind:
        database: \(Fixture.country)
        reload: 1️⃣[1s]
        jitter: 2️⃣-5s
      """,
      "1️⃣ error: reload: expected a time such as 60s, or off [bad-duration]",
      "2️⃣ error: jitter: expected a time such as 60s (units ms, s, m, h, d) [bad-duration]"),
    DiagnosticCase(
      "times out of range",
      """
      maxmind:
        database: \(Fixture.country)
        reload: 1️⃣9ms
        jitter: 2️⃣25h
      """,
      "1️⃣ error: reload: at least 10ms and at most 1d, or off [bad-duration]",
      "2️⃣ error: jitter: the most is 1d [bad-duration]"),
    DiagnosticCase(
      "a time beyond all integers",
      """
      maxmind:
        database: \(Fixture.country)
        reload: 1️⃣99999999999999999999d
      """,
      "1️⃣ error: reload: expected a time such as 60s (units ms, s, m, h, d), or off [bad-duration]"),
    DiagnosticCase(
      "jitter without reload",
      """
      maxmind:
        database: \(Fixture.country)
        reload: off
        1️⃣jitter: 1s
      """,
      "1️⃣ warning: jitter: has no effect, because reload is off [unused-key]"),
  ]
}
