import Foundation
import MaxMindACL
import Testing

/// The warning for an old database. The test databases are from 2026-09-01 and 2026-09-08.
@Suite struct DatabaseAgeTests {
  private static let built: Int64 = 1_788_220_800
  private static let day: Int64 = 86_400

  @Test(
    "a database is old after 45 days, and a future build time is reported",
    arguments: [
      (0, nil), (1, nil), (45 * day, nil), (46 * day - 1, nil), (46 * day, "46 days ago; "),
      (365 * day, "365 days ago; "), (-1, "which is in the future; "),
      (-built, "which is in the future; "), (-built - 1, "which is in the future; "),
    ] as [(Int64, String?)])
  func age(_ seconds: Int64, _ message: String?) throws {
    let policy = try policy("maxmind:\n  database: \(Fixture.country)\n")
    let warning = policy.warningsOfAge(at: Self.built + seconds).first?.warning
    #expect((warning == nil) == (message == nil))
    guard let warning, let message else { return }
    #expect(
      warning.summary.hasPrefix(
        "maxmind.yaml:2:13: warning: database: built on 2026-09-01, \(message)"))
    #expect(warning.summary.hasSuffix(" [database-age]"))
    #expect(warning.sourceLine == "  database: \(Fixture.country)")
    #expect(!policy.warnings.contains(warning))
  }

  @Test("a watch reports the age once for each build, with the other warnings")
  func watch() throws {
    let directory = try TemporaryDirectory()
    let now = Self.built + 100 * Self.day
    func warnings(_ watch: inout PolicyWatch, database: String, at now: Int64) throws
      -> [DiagnosticID]
    {
      let yaml = "maxmind:\n  database: \(database)\n  allow_older: true\n  deny: {country: [de]}\n"
      try directory.write(yaml.utf8, to: "acl.yaml")
      let policy = try watch.load(replacing: nil)
      return watch.warnings(of: policy, onHost: nil, at: now).map(\.id)
    }
    var watch = PolicyWatch(path: "acl.yaml", directory: directory.path)
    // A database that becomes old after its load is reported then.
    #expect(
      try warnings(&watch, database: Fixture.country, at: Self.built) == [.lowerCaseCountry])
    #expect(
      try warnings(&watch, database: Fixture.country, at: now) == [.databaseAge, .lowerCaseCountry])
    #expect(try warnings(&watch, database: Fixture.country, at: now) == [.lowerCaseCountry])
    #expect(
      try warnings(&watch, database: Fixture.swapped, at: now) == [.databaseAge, .lowerCaseCountry])
    #expect(try warnings(&watch, database: Fixture.swapped, at: now) == [.lowerCaseCountry])
    #expect(
      try warnings(&watch, database: Fixture.country, at: now) == [.databaseAge, .lowerCaseCountry])
  }
}
