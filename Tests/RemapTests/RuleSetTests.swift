import Addresses
import MaxMindACL
import Remap
import Testing

/// Loading the rules of a remap.config, and deciding by the URL's line.
@Suite struct RuleSetTests {
  static func denying(_ country: String) -> String {
    "maxmind:\n  database: country.mmdb\n  deny:\n    country: [\(country)]\n"
  }

  static let plugin = "@plugin=maxmind_acl.so"

  static let files = [
    "de.yaml": denying("DE"), "us.yaml": denying("US"),
    "canary.yaml": denying("DE") + "  mode: monitor\n",
    "forwarded.yaml": denying("DE")
      + "  enforce_percent: 50\n  client: {trusted: [127.9.0.0/16], header: X-Forwarded-For}\n",
    "later.yaml": denying("DE") + "  enforce_from: 2026-12-01T06:00:00Z\n",
    "share.yaml": denying("DE") + "  enforce_percent: 50\n",
    "remap.config": """
    map http://de.example/ http://o/ \(plugin) @pparam=de.yaml
    map http://both.example/ http://o/ \(plugin) @pparam=us.yaml \(plugin) @pparam=./de.yaml
    map http://first.example/ http://o/ \(plugin) @pparam=canary.yaml \(plugin) @pparam=de.yaml
    map http://other.example/ http://o/ \(plugin) @pparam=canary.yaml \(plugin) @pparam=us.yaml
    map http://last.example/ http://o/ \(plugin) @pparam=us.yaml \(plugin) @pparam=canary.yaml
    map http://later.example/ http://o/ \(plugin) @pparam=later.yaml \(plugin) @pparam=us.yaml
    map http://share.example/ http://o/ \(plugin) @pparam=share.yaml \(plugin) @pparam=de.yaml
    map http://forwarded.example/ http://o/ \(plugin) @pparam=forwarded.yaml \(plugin) @pparam=us.yaml
    map http://none.example/ http://o/ @plugin=generator.so
    redirect http://old.example/ http://new.example/
    """,
  ]

  private func outcome(_ rules: RuleSet, _ client: String, _ url: String) throws -> RuleSet.Outcome
  {
    let bytes = Array(url.utf8)
    guard let parts = URLParts(absolute: bytes.indices, in: bytes.span) else {
      throw NoURL(text: url)
    }
    return rules.decide(client: Address(client), url: parts, in: bytes.span, circumstances: { get })
  }

  struct NoURL: Error {
    var text: String
  }

  static let outcomes: [(String, String, String)] = [
    ("http://de.example/", "127.2.0.9", "deny by de.yaml"),
    ("http://de.example/", "127.1.0.9", "allow by de.yaml"),
    ("http://both.example/", "127.1.0.9", "deny by us.yaml"),
    ("http://both.example/", "127.2.0.9", "deny by de.yaml"),
    ("http://both.example/", "127.3.0.9", "allow by de.yaml"),
    ("http://none.example/", "127.1.0.9", "without rules"),
    ("http://old.example/", "127.1.0.9", "without rules"),
    ("http://unmapped.example/", "127.1.0.9", "unmapped"),
    ("http://first.example/", "127.2.0.9", "deny by de.yaml"),
    ("http://other.example/", "127.2.0.9", "allow by us.yaml"),
    ("http://other.example/", "127.1.0.9", "deny by us.yaml"),
    ("http://last.example/", "127.1.0.9", "deny by us.yaml"),
    ("http://last.example/", "127.2.0.9", "deny by canary.yaml"),
    ("http://share.example/", "127.2.0.9", "deny by share.yaml"),
    ("http://share.example/", "127.2.1.9", "deny by de.yaml"),
  ]

  @Test(
    "a share of denials is a share of the clients that a proxy names, not of the proxies",
    arguments: [
      ("127.2.0.9", "deny by forwarded.yaml"), ("127.2.1.9", "allow by us.yaml"),
    ], ["127.9.0.1", "127.9.1.1", "127.9.2.1", "127.9.3.1"])
  func forwarded(_ client: (address: String, expected: String), _ proxy: String) throws {
    let workspace = try Workspace(Self.files)
    let rules = try RuleSet.load(path: workspace.file("remap.config"))
    let url = Array("http://forwarded.example/".utf8)
    guard let parts = URLParts(absolute: url.indices, in: url.span) else {
      throw NoURL(text: "http://forwarded.example/")
    }
    let fields = HeaderFields([(name: "X-Forwarded-For", value: client.address)])
    let outcome = rules.decide(
      client: Address(proxy), url: parts, in: url.span, headers: rules.headers(of: fields),
      circumstances: { get })
    guard case .decided(let policy, let decision) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    let file = workspace.bare(rules.policies[policy].configuration.file)
    #expect("\(decision.verdict) by \(file)" == client.expected)
  }

  @Test("a request is decided by the configurations of its line in turn", arguments: outcomes)
  func decide(_ url: String, _ client: String, _ expected: String) throws {
    let workspace = try Workspace(Self.files)
    let rules = try RuleSet.load(path: workspace.file("remap.config"))
    let text =
      switch try outcome(rules, client, url) {
      case .unmapped: "unmapped"
      case .withoutRules: "without rules"
      case .decided(let policy, let decision):
        "\(decision.verdict.rawValue) by \(rules.policies[policy].configuration.file)"
      }
    #expect(text == expected)
  }

  @Test(
    "whether a denial is enforced, and ends it, depends on the time",
    arguments: [(1_796_104_799, "us.yaml"), (1_796_104_800, "later.yaml")])
  func decideAt(_ now: Int64, _ file: String) throws {
    let workspace = try Workspace(Self.files)
    let rules = try RuleSet.load(path: workspace.file("remap.config"), now: now)
    guard
      case .decided(let policy, let decision) = try outcome(
        rules, "127.2.0.9", "http://later.example/")
    else {
      Issue.record("not decided")
      return
    }
    #expect(rules.policies[policy].configuration.file == file)
    #expect(decision.verdict == (file == "later.yaml" ? .deny : .allow))
  }

  @Test("a configuration that lines share is loaded once, however they name it")
  func sharing() throws {
    let workspace = try Workspace(Self.files)
    let rules = try RuleSet.load(remap: workspace.file("remap.config"))
    #expect(rules.policies.map(\.configuration.file).prefix(2) == ["de.yaml", "us.yaml"])
    #expect(rules.policies.count == 6)
    #expect(rules.remap?.lines.count == 10)
    #expect(rules.warnings == [])
  }

  @Test("a single configuration decides all requests")
  func configuration() throws {
    let workspace = try Workspace(Self.files)
    let rules = try RuleSet.load(path: workspace.file("de.yaml"))
    #expect(rules.remap == nil)
    guard case .decided(0, let decision) = try outcome(rules, "127.2.0.9", "http://any.example/")
    else {
      Issue.record("not decided")
      return
    }
    #expect(decision.verdict == .deny)
  }

  @Test(
    "another database replaces the databases of the configurations",
    arguments: ["de.yaml", "remap.config"])
  func otherDatabase(_ file: String) throws {
    let workspace = try Workspace(Self.files)
    func verdict(_ databases: [String]) throws -> Verdict? {
      let rules = try RuleSet.load(path: workspace.file(file), databases: databases)
      let outcome = try outcome(rules, "127.2.0.9", "http://de.example/")
      guard case .decided(_, let decision) = outcome else { return nil }
      return decision.verdict
    }
    #expect(try verdict([]) == .deny)
    #expect(try verdict([workspace.file("country.mmdb")]) == .deny)
    #expect(try verdict([workspace.file("swapped.mmdb")]) == .allow)
    #expect(throws: LoadFailure.self) { try verdict([workspace.file("none.mmdb")]) }
  }

  @Test("all errors of all files are reported, each once")
  func errors() throws {
    let workspace = try Workspace([
      "remap.config": """
      map http://a.example/ http://o/ \(Self.plugin) @pparam=bad.yaml
      map http://b.example/ http://o/ \(Self.plugin) @pparam=bad.yaml @action=deny
      map http://c.example/ ftp://o/
      map http://d.example/ http://o/ \(Self.plugin) @pparam=none.yaml
      """,
      "bad.yaml": "maxmind: {database: country.mmdb, x: y}",
    ])
    #expect {
      try RuleSet.load(remap: workspace.file("remap.config"))
    } throws: { error in
      let ids = (error as? LoadFailure)?.diagnostics.map(\.id)
      return ids == [.remapLine, .unknownKey, .fileUnreadable]
    }
  }

  @Test("names are relative to a given directory")
  func directory() throws {
    let workspace = try Workspace(Self.files)
    let away = try Workspace(["remap.config": Self.files["remap.config"] ?? ""])
    #expect(throws: LoadFailure.self) { try RuleSet.load(path: away.file("remap.config")) }
    let rules = try RuleSet.load(path: away.file("remap.config"), directory: workspace.path)
    #expect(rules.policies.count == 6)
  }

  @Test("a warning about the host of a map is reported only if all its lines have that host")
  func hostWarnings() throws {
    let anchored = "maxmind: {database: country.mmdb, deny: {regex: [[US, ^b.example/]]}}"
    let workspace = try Workspace([
      "x.yaml": anchored,
      "one.config": "map http://a.example/ http://o/ \(Self.plugin) @pparam=x.yaml",
      "two.config": """
      map http://a.example/ http://o/ \(Self.plugin) @pparam=x.yaml
      map http://b.example/ http://o/ \(Self.plugin) @pparam=x.yaml
      """,
    ])
    #expect(
      try RuleSet.load(path: workspace.file("one.config")).warnings.map(\.id) == [.regexAnchor])
    #expect(try RuleSet.load(path: workspace.file("two.config")).warnings == [])
  }

  static let conditionsOfURLs: [(String, Set<Int>)] = [
    ("http://open.example/", []),
    ("http://post.example/only/x", [1]),
    ("http://post.example/", []),
    ("http://post.example/free/x", []),
    ("http://named.example/", [5]),
    ("http://port.example/", [9]),
    ("http://port.example:8080/x", [9]),
    ("http://p1.example:81/", [10]),
    ("https://port.example/", []),
    ("http://none.example/", []),
    ("http://referer.example/", [11]),
  ]

  @Test("conditions are reported for the URLs that the line may map", arguments: conditionsOfURLs)
  func conditions(_ url: String, _ lines: Set<Int>) throws {
    let workspace = try Workspace([
      "remap.config": """
      map http://post.example/only http://o/ @action=deny @method=POST
      map http://open.example/ http://o/
      map http://post.example/free http://o/
      .definefilter x @action=deny @src_ip=10.0.0.1
      .activatefilter x
      map http://named.example/ http://o/
      .deactivatefilter x
      map http://port.example/ http://o/
      map_with_recv_port http://port.example:81/ http://o/
      regex_map_with_recv_port http://p[0-9]/ http://o/
      map_with_referer http://referer.example/ http://o/ http://away/ .*
      """
    ])
    let rules = try RuleSet.load(remap: workspace.file("remap.config"))
    #expect(rules.hasConditions)
    let found = rules.conditions(on: [url, url])
    #expect(Set(found.compactMap { $0.range?.start.line }) == lines)
    #expect(found.count == lines.count)
  }
}

/// A request at any time.
private let get = Circumstances(method: nil, now: 0)
