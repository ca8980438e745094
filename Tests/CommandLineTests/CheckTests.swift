import Foundation
import Testing

@Suite("check")
struct CheckTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "maxmind.yaml": manualExample, "deny.yaml": denyGermany,
      "warned.yml": "maxmind:\n  database: country.mmdb\n  deny:\n    country: [de]\n",
      "broken.yaml": "maxmind:\n  database: country.mmdb\n  deny:\n    ip: [nonsense]\n  x: y\n",
    ])
    tool = Tool(workspace: workspace)
  }

  @Test func `a valid configuration gets a summary`() throws {
    let result = try tool.run("check", "deny.yaml")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(
      result.output == """
        deny.yaml: 1 deny.country; default allow; database country.mmdb \
        (GeoLite2-Country, built 2026-09-01)
        \(note)
        1 configuration checked: 0 errors, 0 warnings

        """)
  }

  /// The line about `deny.yaml`: the stock plugin denies addresses that its database does not know.
  private let note =
    "deny.yaml: some requests are decided otherwise than by the stock plugin of 9.2; see: "
    + "maxmind-acl migrate deny.yaml"

  static let notes: [(rules: String, isNoted: Bool)] = [
    ("database: country.mmdb\n  deny: {country: [DE]}", true),
    ("database: country.mmdb\n  html: deny.html\n  allow: {country: [US], ip: [127.1.0.1]}", false),
    ("database: country.mmdb\n  allow: {country: [us]}", true),
    ("database: country.mmdb\n  allow: {country: [US], regex: [[US, '^a/']]}", true),
    ("database: country.mmdb\n  allow: {ip: [127.1.0.5]}\n  deny: {ip: [127.1.0.0/24]}", true),
    (
      "database: country.mmdb\n  allow: {country: [US]}\n  bypass: {header: X-Pass, value: y}", true
    ),
    ("database: country.mmdb\n  deny: {country: [DE]}\n  bypass: {ip: [127.1.0.1]}", false),
    ("database: country.mmdb\n  deny: {country: [DE]}\n  unknown: allow", false),
    ("database: country.mmdb\n  deny: {country: [DE], asn: [1]}", false),
    ("database: [country.mmdb]\n  deny: {country: [DE]}", false),
    ("database: country.mmdb\n  mode: monitor\n  deny: {country: [DE]}", false),
    ("semantics: documented\n  database: country.mmdb\n  deny: {country: [DE]}", false),
    ("semantics: trafficserver-9\n  database: country.mmdb\n  deny: {country: [DE]}", false),
  ]

  @Test(arguments: notes) func `a line names migrate if only the stock plugin's keys decide`(
    _ rules: String, _ isNoted: Bool
  ) throws {
    try workspace.write("deny.yaml", "maxmind:\n  \(rules)\n")
    let result = try tool.run("check", "deny.yaml")
    #expect(result.lines.contains(note) == isNoted, "\(result)")
    let migrated = try tool.run("migrate", "deny.yaml", "--from", "trafficserver-9")
    if isNoted { #expect(migrated.status == 1) }
  }

  @Test func `the line names the command, the version and the options`() throws {
    try workspace.write(
      "shop.config",
      "map http://a/ http://o/ @plugin=maxmind_acl.so @pparam=deny.yaml\n"
        + "map http://b/ http://o/ @plugin=maxmind_acl.so @pparam=deny.yaml\n")
    let result = try tool.run(
      "check", "--traffic-server", "10.2", "--directory", ".", "shop.config")
    #expect(
      result.lines.filter { $0.contains("migrate") } == [
        "deny.yaml: some requests are decided otherwise than by the stock plugin of 10.2; see: "
          + "maxmind-acl migrate shop.config --directory . --traffic-server 10.2"
      ])
    try workspace.write("it's.yaml", denyGermany)
    let quoted = try tool.run("check", "--strict", "it's.yaml")
    #expect(quoted.status == 0)
    #expect(quoted.output.contains("see: maxmind-acl migrate 'it'\\''s.yaml'\n"))
  }

  @Test func `the manual's example loads, with two warnings`() throws {
    let result = try tool.run("check", "maxmind.yaml")
    #expect(result.status == 0)
    #expect(
      result.errors == """
        maxmind.yaml:8:9: warning: ip: 127.0.0.1 is denied by 127.0.0.1 on line 14, and deny rules \
        always win [unreachable-rule]
         8 |       - 127.0.0.1
           |         ^~~~~~~~~
        maxmind.yaml:9:9: warning: ip: 192.168.10.0/20 has host bits set; it is read as \
        192.168.0.0/20 [host-bits]
         9 |       - 192.168.10.0/20
           |         ^~~~~~~~~~~~~~~

        """)
    #expect(result.lines.last == "1 configuration checked: 0 errors, 2 warnings")
  }

  static let statuses: [(String, Int32)] = [
    ("deny.yaml", 0), ("--strict deny.yaml", 0), ("warned.yml", 0), ("--strict warned.yml", 3),
    ("broken.yaml", 1), ("--strict broken.yaml", 1), ("deny.yaml warned.yml", 0),
    ("deny.yaml warned.yml --strict", 3), ("broken.yaml deny.yaml", 1),
    ("--strict warned.yml broken.yaml", 1), ("none.yaml", 1), ("none.config", 1), (".", 1),
    (".yaml", 1), ("", 64), ("--directory", 64),
  ]

  @Test(arguments: statuses) func `the exit status distinguishes errors from warnings`(
    _ arguments: String, _ status: Int32
  ) throws {
    let words = arguments.split(separator: " ").map(String.init)
    #expect(try tool.run(["check"] + words, input: []).status == status)
  }

  static let ages: [(String, String?, Int32)] = [
    ("--now 2026-09-02T00:00:00Z deny.yaml", nil, 0),
    ("--now 2026-10-16T23:59:59Z deny.yaml", nil, 0),
    ("--now 2026-10-17T00:00:00Z deny.yaml", "built on 2026-09-01, 46 days ago; ", 0),
    ("--strict --now 2026-10-17T00:00:00Z deny.yaml", "built on 2026-09-01, 46 days ago; ", 0),
    ("--strict --now 2036-01-01T00:00:00Z deny.yaml", "built on 2026-09-01, 3409 days ago; ", 0),
    ("--strict --now 2026-08-31T23:59:59Z deny.yaml", "which is in the future; ", 0),
    ("--strict --now 2036-01-01T00:00:00Z warned.yml", "3409 days ago; ", 3),
    ("--strict --now 2036-01-01T00:00:00Z age.config", "3409 days ago; ", 0),
    ("--now 2036-01-01T00:00:00Z broken.yaml", nil, 1),
  ]

  @Test(arguments: ages) func `an old database is a warning that --strict accepts`(
    _ arguments: String, _ message: String?, _ status: Int32
  ) throws {
    try workspace.write(
      "age.config",
      "map http://a/ http://o/ @plugin=maxmind_acl.so @pparam=deny.yaml\n"
        + "map http://b/ http://o/ @plugin=maxmind_acl.so @pparam=deny.yaml\n")
    let words = arguments.split(separator: " ").map(String.init)
    let result = try tool.run(["check"] + words, input: [])
    #expect(result.status == status)
    #expect(result.errors.contains("[database-age]") == (message != nil))
    // Two remap lines with one configuration report it once.
    #expect(result.errorLines.count { $0.contains(message ?? "\0") } == (message == nil ? 0 : 1))
    if message != nil {
      #expect(
        result.lines.last?.hasSuffix(" 0 errors, \(status == 3 ? "2 warnings" : "1 warning")")
          == true)
      #expect(result.errors.contains(":2:13: warning: database: "))
    }
  }

  @Test func `without --now the age is of today`() throws {
    #expect(try tool.shell("\"$tool\" check --strict deny.yaml").errors.contains("days ago; "))
  }

  static let exceptions: [(String, String, String)] = [
    ("deny: {country: [DE]}", "allow: {regex: [['*', '/help/']]}", ""),
    (
      "deny: {country: [DE, FR]}",
      #"allow: {regex: [['*', '^a\.example/help/'], ['*', "it's|(?i)/X/"], [DE, '/help/$']]}"#, ""
    ),
    (
      "deny: {country: [DE]}", "allow: {country: [US], regex: [[DE, '/help/']]}",
      "allow: {country: [US, DE]}"
    ),
  ]

  @Test(arguments: exceptions) func `the rule in a message denies all but its URLs`(
    _ deny: String, _ allow: String, _ then: String
  ) throws {
    try workspace.write("meant.yaml", "maxmind:\n  database: country.mmdb\n  \(deny)\n  \(allow)\n")
    let found = try tool.run("check", "meant.yaml")
    let message = try #require(found.errorLines.first { $0.contains("with a deny regex: ") })
    let rule = try #require(message.firstMatch(of: /with a deny regex: (\[.*\]) \[[a-z-]+\]$/)).1
    try workspace.write(
      "rule.yaml", "maxmind:\n  database: country.mmdb\n  deny: {regex: [\(rule)]}\n  \(then)\n")
    let checked = try tool.run("check", "--strict", "rule.yaml")
    #expect(checked.status == 0, "\(checked.errors)")
    func verdict(_ client: String, _ path: String) throws -> String {
      try tool.run(
        "explain", "--config", "rule.yaml", "--client", client, "http://a.example\(path)"
      ).lines[0]
    }
    // 127.1 is in the US, 127.2 in DE.
    for path in ["/", "/x", "/%68elp", "/help"] {
      #expect(try verdict("127.2.0.1", path) == "deny: deny.regex")
      #expect(try verdict("127.1.0.1", path).hasPrefix("allow: "))
    }
    #expect(try verdict("127.2.0.1", "/help/").hasPrefix("allow: "))
  }

  @Test func `all mistakes of all files are printed and counted`() throws {
    let result = try tool.run("check", "broken.yaml", "none.yaml", "warned.yml", "deny.yaml")
    #expect(result.status == 1)
    let starts = result.errorLines.filter { $0.contains("error: ") || $0.contains("warning: ") }
      .map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
    #expect(
      starts == [
        "broken.yaml:4:10: error:", "broken.yaml:5:3: error:", "none.yaml: error:",
        "warned.yml:4:15: warning:",
      ])
    #expect(result.lines.last == "4 configurations checked: 3 errors, 1 warning")
  }

  @Test func `a file given twice is reported once`() throws {
    let result = try tool.run("check", "broken.yaml", "deny.yaml", "broken.yaml", "deny.yaml")
    #expect(result.errorLines.count { $0.contains("error: ") } == 2)
    #expect(result.lines.count == 3)
    #expect(result.lines.last == "2 configurations checked: 2 errors, 0 warnings")
  }

  @Test func `names are relative to the configuration, or to --directory`() throws {
    try workspace.write("other/acl.yaml", denyGermany)
    let beside = try tool.run("check", "other/acl.yaml")
    #expect(beside.status == 1)
    #expect(beside.errors.hasPrefix("other/acl.yaml:2:13: error: database: other/country.mmdb: "))
    #expect(try tool.run("check", "--directory", ".", "other/acl.yaml").status == 0)
    // The configuration itself is relative to the current directory.
    try workspace.write("away/.keep", "")
    let away = try tool.run("check", "--directory", "away", "deny.yaml")
    #expect(away.errors.hasPrefix("deny.yaml:2:13: error: database: away/country.mmdb: "))
    let explained = try tool.run(
      "explain", "--config", "other/acl.yaml", "--directory", ".", "--client", "127.2.0.1",
      "http://a/")
    #expect(explained.status == 0)
    let compared = try tool.run(
      "diff", "other/acl.yaml", "other/acl.yaml", "--directory", ".", "--traffic", "-",
      input: "127.2.0.1 http://a/\n")
    #expect(compared.status == 0)
    #expect(
      try tool.run("check", "--directory", workspace.url.path, "other/acl.yaml").status == 0)
    #expect(try tool.run("check", "--directory", "none", "other/acl.yaml").status == 1)
    #expect(try tool.run("check", workspace.path("deny.yaml")).status == 0)
  }

  @Test func `names and texts cannot steer the terminal`() throws {
    try workspace.write(
      "escape.yaml", bytes: Array("maxmind:\n  data\u{9b}base: x\n  html: \"a\\eb\\nc\"\n".utf8))
    let result = try tool.run("check", "escape.yaml")
    #expect(result.status == 1)
    #expect(!result.errors.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{9b}" })
  }

  @Test func `a configuration with several names is counted once`() throws {
    let workspace = try Workspace(["deny.yaml": denyGermany])
    let result = try Tool(workspace: workspace)
      .run("check", "deny.yaml", "./deny.yaml", workspace.path("deny.yaml"))
    #expect(result.lines.last == "1 configuration checked: 0 errors, 0 warnings")
    let other = try Tool(workspace: workspace).run("check", "deny.yaml", "/deny.yaml")
    #expect(other.lines.last == "2 configurations checked: 1 error, 0 warnings")
  }

  static let wrongKinds: [(String, String)] = [
    (
      "replay --config remap.config",
      "remap.config: error: this is a remap.config, not a configuration: use --remap, or "
        + "remap: in tests [wrong-type]"
    ),
    (
      "replay --remap deny.yaml",
      "deny.yaml: error: this is a configuration by its name, not a remap.config: use --config "
        + "[wrong-type]"
    ),
    (
      "check prod.conf",
      "prod.conf: error: this is a configuration, not a remap.config; rename it to .yaml or .yml, "
        + "or give it with --config [wrong-type]"
    ),
    (
      "replay --config deny.yaml --database anonymous.mmdb",
      "--database anonymous.mmdb: error: no record of this GeoIP2-Anonymous-IP database has a "
        + "country, but rules read one; looked for country.iso_code, country_code, country; "
        + "its records have is_anonymous, is_anonymous_vpn, is_hosting_provider, is_public_proxy, "
        + "is_residential_proxy, is_tor_exit_node [database-kind]"
    ),
    (
      "diff deny.yaml deny.yaml --new-database none.mmdb --traffic -",
      "--new-database none.mmdb: error: cannot open the file: No such file or directory "
        + "[file-unreadable]"
    ),
  ]

  @Test(arguments: wrongKinds) func `a file of another kind is reported with its kind`(
    _ arguments: String, _ message: String
  ) throws {
    try workspace.write("prod.conf", "# rules\n---\n" + denyGermany)
    try workspace.write(
      "remap.config", "map http://a/ http://o/ @plugin=maxmind_acl.so @pparam=x\n")
    let words = arguments.split(separator: " ").map(String.init)
    #expect(try tool.run(words, input: []).errorLines == [message])
  }
}
