import Foundation
import MaxMindACL
import Testing

/// Reading a configuration: file names, positions, pages.
@Suite struct ConfigurationTests {
  @Test("every value keeps its line and column")
  func places() throws {
    let marked = MarkedText(
      #"""
      maxmind:
        database: 1️⃣\#(Fixture.countryAnonymous)
        allow:
          country: [2️⃣US]
          ip: [3️⃣127.0.0.1]
          regex: [[4️⃣"*", 5️⃣"\\.txt"]]
        anonymous: { 6️⃣vpn: true }
        bypass: { header: 7️⃣X-Pass, value: 8️⃣open }
        on_error: 9️⃣allow
      """#)
    let configuration = try policy(marked.text).configuration
    let starts = [
      configuration.databases.first?.range.start, configuration.allow.countries.first?.range.start,
      configuration.allow.addresses.first?.range.start,
      configuration.allow.regexes.first?.scopes.first?.range.start,
      configuration.allow.regexes.first?.pattern.range.start,
      configuration.anonymous.first?.flag.range.start, configuration.bypass?.header?.range.start,
      configuration.bypass?.value?.range.start, configuration.onError?.range.start,
    ]
    #expect(starts.map { $0.flatMap { marked.marks[$0] } } == Array("1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣9️⃣"))
  }

  @Test("a rule ends where its text ends, quotes included")
  func extentOfRule() throws {
    let policy = try policy(
      #"""
      maxmind:
        database: \#(Fixture.country)
        deny:
          regex: [[US, "\\.txt"]]
      """#)
    let rule = try #require(policy.rules.first)
    #expect(
      rule.excerpt == #"""
         4 |     regex: [[US, "\\.txt"]]
           |                  ^~~~~~~~
        """#)
    #expect(rule.text == #"\.txt"#)
  }

  @Test("rules are numbered in report order: by kind, then in the order of the file")
  func orderOfRules() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.countryAnonymous)
        allow: { regex: [["*", e]], country: [US], ip: [10.0.0.1] }
        anonymous: { tor: true, ip: false, vpn: true }
        deny: { regex: [["*", b], ["*", a]], country: [DE], ip: [10.0.0.3, 10.0.0.2] }
        bypass: { value: x, header: y }
      """)
    #expect(
      policy.rules.map { "\($0.step.name) \($0.text)" } == [
        "bypass y", "deny.ip 10.0.0.3", "deny.ip 10.0.0.2", "deny.country DE", "deny.regex b",
        "deny.regex a", "allow.ip 10.0.0.1", "anonymous tor", "anonymous vpn", "allow.country US",
        "allow.regex e",
      ])
  }

  @Test("names are relative to the given directory, or to the directory of the file")
  func relativeNames() throws {
    let directory = try TemporaryDirectory()
    for folder in ["etc", "etc/sites"] {
      try FileManager.default.createDirectory(
        atPath: "\(directory.path)/\(folder)", withIntermediateDirectories: true)
    }
    let database = try Data(contentsOf: URL(fileURLWithPath: Fixture.country))
    try directory.write(database, to: "etc/geo.mmdb")
    try directory.write("outer".utf8, to: "etc/deny.html")
    try directory.write(database, to: "etc/sites/geo.mmdb")
    try directory.write("inner".utf8, to: "etc/sites/deny.html")
    let yaml = "maxmind: { database: geo.mmdb, html: deny.html }"
    try directory.write(yaml.utf8, to: "etc/sites/a.yaml")

    let given = try Policy.load(path: "sites/a.yaml", directory: "\(directory.path)/etc")
    #expect(given.answers.plain.page?.bytes == Array("outer".utf8))
    #expect(given.databases[0].path == "\(directory.path)/etc/geo.mmdb")
    let own = try Policy.load(path: "\(directory.path)/etc/sites/a.yaml")
    #expect(own.answers.plain.page?.bytes == Array("inner".utf8))
  }

  @Test("every file is announced before it is read, even if the load fails")
  func announcedFiles() throws {
    let directory = try TemporaryDirectory()
    func announced(_ yaml: String) throws -> [String] {
      try directory.write(yaml.utf8, to: "maxmind.yaml")
      var names: [String] = []
      _ = try? Policy.load(path: "maxmind.yaml", directory: directory.path) {
        names.append($0.replacing(directory.path, with: "DIR"))
      }
      return names
    }
    let all = ["DIR/maxmind.yaml", "DIR/deny.html", "DIR/none.mmdb"]
    #expect(try announced("maxmind: { database: none.mmdb, html: deny.html }") == all)
    #expect(try announced("maxmind: { database: none.mmdb, html: deny.html, x: [ }") == [all[0]])
    #expect(try announced("maxmind: { databse: none.mmdb, html: deny.html }") == Array(all[...1]))
    var names: [String] = []
    _ = try? Policy.load(path: "none.yaml", directory: directory.path) { names.append($0) }
    #expect(names == ["\(directory.path)/none.yaml"])
  }

  @Test("a page of 4 MB is kept byte by byte")
  func largestPage() throws {
    let directory = try TemporaryDirectory()
    let page = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0) }
    try directory.write(page, to: "deny.html")
    let yaml = "maxmind: { database: \(Fixture.country), html: deny.html }"
    let policy = try directory.load(yaml.utf8)
    #expect(policy.answers.plain.page?.bytes == page)
    #expect(policy.warnings == [])
  }

  @Test("without a page, or with an empty one, the proxy's own page is used")
  func noPage() throws {
    let directory = try TemporaryDirectory()
    let yaml = "maxmind: { database: \(Fixture.country) }"
    #expect(try directory.load(yaml.utf8).answers.plain.page == nil)
    try directory.write([], to: "deny.html")
    let withPage = "maxmind: { database: \(Fixture.country), html: deny.html }"
    #expect(try directory.load(withPage.utf8).answers.plain.page == nil)
  }

  @Test(
    "a broken database is refused at the position of its name",
    arguments: [
      "truncated", "truncated-data", "not-a-database", "zero-bytes", "metadata-only-marker",
      "bad-metadata-record-size", "bad-metadata-ip-version", "bad-metadata-format",
      "bad-metadata-types", "cyclic-tree", "exponential-tree", "amplifying-metadata",
    ])
  func brokenDatabase(name: String) throws {
    let file = Fixture.path("broken/\(name).mmdb")
    let found = try diagnostics("maxmind:\n  database: \(file)\n  deny: { country: [GB] }".utf8)
    #expect(found.map(\.id) == [.databaseInvalid])
    #expect(found.first?.message.hasPrefix("database: \(file): ") == true)
    #expect(found.first?.range?.start == SourcePosition(line: 2, column: 13))
  }

  @Test(
    "a database with damaged records is refused, or its sound records work",
    arguments: [
      "pointer-out-of-range", "pointer-into-separator", "deep-record", "pointer-cycle",
      "huge-claim",
    ])
  func damagedRecords(name: String) throws {
    let file = Fixture.path("broken/\(name).mmdb")
    let yaml = "maxmind:\n  database: \(file)\n  deny: { country: [GB] }"
    let directory = try TemporaryDirectory()
    do {
      let policy = try directory.load(yaml.utf8)
      #expect(try policy.outcome("127.3.0.1") == "deny deny.country GB line 3")
      #expect(try policy.outcome("127.1.0.1") == "deny error unreadableCountry")
    } catch let failure as LoadFailure {
      #expect(failure.diagnostics.map(\.id) == [.databaseInvalid])
    }
  }

  @Test("a policy keeps the warnings of its load")
  func warnings() throws {
    let policy = try policy("maxmind: { database: \(Fixture.country), deny: { country: [us] } }")
    #expect(policy.warnings.map(\.id) == [.lowerCaseCountry])
    #expect(policy.warnings.allSatisfy { $0.severity == .warning })
  }

  @Test("a failed load has all warnings and errors in the order of the file")
  func allDiagnosticsAtOnce() throws {
    let marked = MarkedText(
      #"""
      maxmind:
        html: 1️⃣none.html
        allow:
          regex: [[US, 2️⃣"[a-"]]
          country: [3️⃣UK, 4️⃣u k]
          ip: [5️⃣10.0.0.1/8, 6️⃣10.0.0.0/99]
        7️⃣nonsense: x
        database: \#(Fixture.country)
      """#)
    let found = try diagnostics(marked.text.utf8)
    #expect(
      found.map { marked.describe($0).prefix(while: { $0 != ":" }) } == [
        "1️⃣ error", "2️⃣ error", "3️⃣ warning", "4️⃣ error", "5️⃣ warning", "6️⃣ error", "7️⃣ error",
      ])
    #expect(
      found.map(\.id) == [
        .fileUnreadable, .regexSyntax, .unknownCountry, .badCountry, .hostBits, .badAddress,
        .unknownKey,
      ])
  }

  @Test("the first error of a failed load is found after warnings")
  func firstError() throws {
    let directory = try TemporaryDirectory()
    let yaml = """
      maxmind:
        database: \(Fixture.country)
        deny: { country: [us], ip: [x] }
      """
    let failure = #expect(throws: LoadFailure.self) { try directory.load(yaml.utf8) }
    #expect(failure?.diagnostics.map(\.severity) == [.warning, .error])
    #expect(failure?.firstError?.id == .badAddress)
  }

  @Test("a policy summarises its load in one line")
  func summary() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny: { country: [US, DE], ip: [127.0.0.1] }
        allow: { regex: [["*", x]] }
      """)
    #expect(
      policy.summary
        == "maxmind.yaml: 1 deny.ip, 2 deny.country, 1 allow.regex; default deny; "
        + "database \(Fixture.country) (GeoLite2-Country, built 2026-09-01)")
    let empty = try Self.summary(of: "maxmind: { database: \(Fixture.country) }")
    #expect(empty.hasPrefix("maxmind.yaml: no rules; default allow; database "))
  }

  private static func summary(of yaml: String) throws -> String {
    try TemporaryDirectory().load(yaml.utf8).summary
  }
}
