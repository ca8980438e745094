import MaxMindACL
import Testing

/// The effect of `name`, `annotate` and `log`.
@Suite struct ReportingTests {
  private func reporting(_ line: String) throws -> Policy {
    try policy("maxmind:\n  database: \(Fixture.country)\n  \(line)\n")
  }

  @Test(
    "a configuration without a name has the name of its file",
    arguments: [
      ("maxmind.yaml", "maxmind"), ("/etc/trafficserver/shop.yaml", "shop"), ("a.b.yaml", "a_b"),
      (".yaml", "_yaml"), ("plain", "plain"), ("ü x.yaml", "___x"), ("", "_"),
      (String(repeating: "y", count: 70) + ".yaml", String(repeating: "y", count: 64)),
    ])
  func nameOfFile(_ file: String, _ name: String) throws {
    var configuration = try reporting("decision_header: on").configuration
    configuration.file = file
    #expect(configuration.name == name)
  }

  @Test("a name takes precedence over the file's name")
  func writtenName() throws {
    #expect(try reporting("name: shop").configuration.name == "shop")
  }

  @Test(
    "decision_header is denials, unless it is on or off",
    arguments: [
      ("name: shop", Configuration.DecisionHeader.denials), ("decision_header: denials", .denials),
      ("decision_header: 'denials'", .denials), ("decision_header: on", .on),
      ("decision_header: true", .on), ("decision_header: off", .off),
      ("decision_header: false", .off),
    ])
  func decisionHeader(_ line: String, _ expected: Configuration.DecisionHeader) throws {
    #expect(try reporting(line).configuration.reporting.decisionHeader == expected)
  }

  @Test(
    "samples are hundredths of a percent",
    arguments: [("100%", 10000), ("10%", 1000), ("0.5%", 50), ("0.01%", 1), ("33.25%", 3325)])
  func samples(_ text: String, _ sample: UInt32) throws {
    let log = try reporting("log: {file: a.log, sample: \(text)}").configuration.reporting.log
    #expect(log?.sample == sample)
  }

  @Test("a log with only a file name has every denial, at most a hundred a second")
  func plainLog() throws {
    let log = try reporting("log: a.log").configuration.reporting.log
    #expect(log?.file == "a.log")
    #expect(log?.sample == 10000)
    #expect(log?.linesPerSecond == 100)
  }
}
