import MaxMindACL
import Testing

/// The diagnostics of configurations, with their positions.
@Suite struct DiagnosticTests {
  static let cases =
    yamlCases + keyCases + valueCases + ruleCases + warningCases + patternCases + sectionCases
    + reloadCases + responseCases
    + fileCases + databaseCases + reportingCases + clientCases + enforcementCases
    + listCases + groupCases + fieldCases + namedRuleCases + stockCases

  @Test("a configuration reports all its problems in order", arguments: cases)
  func diagnostics(of example: DiagnosticCase) throws {
    let found = try example.found()
    #expect(found == example.expected)
  }

  @Test("every kind of diagnostic has a case")
  func everyDiagnosticHasACase() {
    // Only the tool reads a remap.config and rule tests.
    let ofTheTool: [DiagnosticID] = [
      .remapPlugin, .remapLine, .remapCondition, .remapYAML, .remapSpelling, .redirectCircle,
      .duplicateTest, .tooManyCases, .badClient, .badURL, .badExpectation,
    ]
    // PolicyWatchTests covers problems at a reload, DatabaseAgeTests problems at a given time.
    let ofTheMoment: [DiagnosticID] = [
      .databaseOlder, .databaseLostCountry, .databaseAge, .listRefused,
    ]
    // MemoryLimitTests covers problems in a process with limited memory.
    let ofLimits: [DiagnosticID] = [.noMemory]
    let tested = Set(Self.cases.flatMap(\.ids))
      .union((ofTheTool + ofTheMoment + ofLimits).map(\.rawValue))
    #expect(Set(DiagnosticID.allCases.map(\.rawValue)).subtracting(tested) == [])
    #expect(tested.subtracting(DiagnosticID.allCases.map(\.rawValue)) == [])
  }

  @Test("the case without mistakes is a policy without warnings")
  func soundConfiguration() throws {
    let found = try DiagnosticCase(
      "",
      #"""
      maxmind:
        database: \#(Fixture.countryAnonymous)
        html: deny.html
        allow:
          country: [US]
          ip: [127.0.0.1]
          regex: [["*", ".*\\.txt"]]
        deny:
          country: [DE]
          ip: [127.0.0.2]
          regex: [[US, secret]]
        anonymous:
          vpn: true
          hosting: false
        bypass:
          header: X-Pass
          value: open
          ip: [127.0.0.3]
        client:
          trusted: [127.0.0.4]
          header: X-Forwarded-For
          verified: true
        mode: monitor
        enforce_percent: 0.5
        enforce_from: 2026-12-01T06:00:00Z
        enforce_until: 2026-12-01T07:00:01+01:00
        unknown: allow
        on_error: allow
      """#, files: ["deny.html": Array("no".utf8)]
    ).found()
    #expect(found == [])
  }
}
