import MaxMindACL
import Testing

/// The rules in list files.
@Suite struct ListRuleTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func load(
    _ rules: String, _ files: [String: String], now: Int64? = nil,
    willRead: (String) -> Void = { _ in }
  ) throws -> Policy {
    for (name, text) in files { try directory.write(text.utf8, to: name) }
    try directory.write("maxmind:\n  database: \(Fixture.country)\n\(rules)".utf8, to: "m.yaml")
    return try Policy.load(path: "m.yaml", directory: directory.path, now: now, willRead: willRead)
  }

  private func described(_ policy: Policy, _ client: String) throws -> String {
    policy.describe(policy.decide(try request(client)))
  }

  @Test("a list entry decides like a rule of ip, and reports its file and line")
  func reasons() throws {
    let policy = try load(
      """
        deny: { ip: [10.0.0.0/8], ip_file: [one.conf, two.conf], country: [DE] }
        allow: { ip_file: [three.conf], country: [US] }
      """,
      [
        "one.conf": "# first\n127.9.0.0/16\n2001:db8::/32\n", "two.conf": "127.8.0.1\n",
        "three.conf": "127.7.0.0/16\n127.9.0.1\n",
      ])
    let expected = [
      ("10.0.0.1", "deny deny.ip 10.0.0.0/8 m.yaml:3"),
      ("127.9.0.1", "deny deny.ip 127.9.0.0/16 one.conf:2"),
      ("2001:db8::1", "deny deny.ip 2001:db8::/32 one.conf:3"),
      ("127.8.0.1", "deny deny.ip 127.8.0.1 two.conf:1"),
      ("127.7.0.1", "allow allow.ip 127.7.0.0/16 three.conf:1"),
      ("127.2.0.1", "deny deny.country DE m.yaml:3 country=DE"),
      ("127.1.0.1", "allow allow.country US m.yaml:4 country=US"),
      ("127.99.0.1", "deny default m.yaml"),
    ]
    for (client, line) in expected { #expect(try described(policy, client) == line) }
    #expect(
      policy.rules.map { "\($0.step.name) \($0.text) \($0.file ?? "") \($0.line)" } == [
        "deny.ip 10.0.0.0/8  3", "deny.ip 127.9.0.0/16 one.conf 2",
        "deny.ip 2001:db8::/32 one.conf 3", "deny.ip 127.8.0.1 two.conf 1", "deny.country DE  3",
        "allow.ip 127.7.0.0/16 three.conf 1", "allow.ip 127.9.0.1 three.conf 2",
        "allow.country US  4",
      ])
    #expect(policy.rules.count(of: .denyIP) == 4)
    #expect(
      policy.summary.hasPrefix("m.yaml: 4 deny.ip, 1 deny.country, 2 allow.ip, 1 allow.country; "))
    #expect(
      policy.summary.contains(
        "; list one.conf (2 entries); list two.conf (1 entry); list three.conf (2 entries); "))
  }

  @Test("a decision has the size of the C interface")
  func size() {
    #expect(MemoryLayout<Decision>.size == 20)
  }

  @Test(
    "the most specific rule wins across configuration and lists, then the first")
  func precedence() throws {
    let policy = try load(
      "  deny: { ip_file: [one.conf], ip: [127.1.0.0/16, 127.2.0.0/24] }\n",
      ["one.conf": "127.1.0.0/16\n127.2.0.0/16\n127.2.0.7\n"])
    #expect(try described(policy, "127.1.0.1") == "deny deny.ip 127.1.0.0/16 m.yaml:3 country=US")
    #expect(try described(policy, "127.2.0.1") == "deny deny.ip 127.2.0.0/24 m.yaml:3 country=DE")
    #expect(try described(policy, "127.2.0.7") == "deny deny.ip 127.2.0.7 one.conf:3 country=DE")
    #expect(try described(policy, "127.2.9.7") == "deny deny.ip 127.2.0.0/16 one.conf:2 country=DE")
  }

  @Test("an entry counts until it expires, and the policy has the time of the next expiry")
  func expiry() throws {
    let files = [
      "one.conf": "127.9.0.1 expires=2026-02-01T00:00:00Z\n",
      "two.conf": "127.9.0.2 expires=2026-01-01T00:00:00Z\n",
    ]
    let rules = "  deny: { ip_file: [one.conf] }\n  allow: { ip_file: [two.conf] }\n"
    let newYear: Int64 = 1_767_225_600
    let before = try load(rules, files, now: newYear - 1)
    #expect(before.nextExpiry == newYear)
    #expect(try described(before, "127.9.0.1") == "deny deny.ip 127.9.0.1 one.conf:1")
    #expect(try described(before, "127.9.0.2") == "allow allow.ip 127.9.0.2 two.conf:1")
    let between = try load(rules, files, now: newYear)
    #expect(between.nextExpiry == 1_769_904_000)
    #expect(try described(between, "127.9.0.2") == "deny default m.yaml")
    let after = try load(rules, files, now: 1_769_904_000)
    #expect(after.nextExpiry == nil)
    #expect(try described(after, "127.9.0.1") == "deny default m.yaml")
  }

  @Test("entries expire as in a policy loaded at that time, without file access")
  func expiryWithoutFiles() throws {
    let files = [
      "one.conf": "127.8.0.0/16\n127.9.0.1 expires=2026-02-01T00:00:00Z\n127.9.0.2\n",
      "two.conf": """
      127.9.0.3 1 expires=2026-01-01T00:00:00Z;
      127.1.0.0/16 1;
      127.1.7.0/24 0 expires=2026-01-01T00:00:00Z;
      """,
    ]
    let rules = """
        deny: { ip: [10.0.0.1], ip_file: [one.conf], regex: [["*", "x$"]] }
        allow: { ip_file: [two.conf], country: [GB] }
        response: { status: 451 }

      """
    let clients = ["10.0.0.1", "127.8.0.1", "127.9.0.1", "127.9.0.2", "127.9.0.3", "127.1.7.1"]
    let newYear: Int64 = 1_767_225_600
    let february: Int64 = 1_769_904_000
    var policy = try load(rules, files, now: newYear - 1)
    let later = try [newYear, february].map { try load(rules, files, now: $0) }
    let database = policy.databases[0]
    for name in ["m.yaml", "one.conf", "two.conf"] { try directory.write([], to: name) }
    #expect(policy.expiry(at: newYear - 1) == nil)
    for (moment, expected) in zip([newYear, february], later) {
      let expired = try #require(policy.expiry(at: moment))
      #expect(expired.endedCount == (moment == newYear ? 2 : 1))
      #expect(expired.returnedCount == 0)
      policy = expired.policy
      #expect(policy.rules.map(\.self) == expected.rules.map(\.self))
      #expect(policy.nextExpiry == expected.nextExpiry)
      #expect(policy.summary == expected.summary)
      for client in clients {
        #expect(try described(policy, client) == described(expected, client))
      }
      #expect(policy.databases[0] === database)
      #expect(policy.answers.plain.status == 451)
    }
    #expect(policy.expiry(at: .max) == nil)
  }

  @Test("without lists nothing expires")
  func noExpiry() throws {
    let policy = try load("  deny: { ip: [10.0.0.1] }\n", [:])
    #expect(policy.nextExpiry == nil && !policy.hasExpiringEntries)
    #expect(policy.expiry(at: .max) == nil)
  }

  @Test(
    "with any content of an allow list, the default is deny",
    arguments: ["", "# none\n", "127.9.0.1 expires=2020-01-01T00:00:00Z\n", "127.9.0.1 0;\n"])
  func defaultOfAllowList(_ text: String) throws {
    let policy = try load("  allow: { ip_file: [one.conf] }\n", ["one.conf": text])
    #expect(try described(policy, "127.1.0.1") == "deny default m.yaml country=US")
    #expect(policy.warnings.map(\.id) == [.listEmpty])
  }

  @Test("a deny list without entries denies no client")
  func emptyDenyList() throws {
    let policy = try load("  deny: { ip_file: [one.conf] }\n", ["one.conf": ""])
    #expect(try described(policy, "127.1.0.1") == "allow default m.yaml country=US")
  }

  @Test("each list file is announced before it is read, even if others are broken")
  func announcements() throws {
    var seen: [String] = []
    _ = try? load(
      "  deny: { ip_file: [none.conf, one.conf] }\n  allow: { ip_file: [two.conf] }\n",
      ["one.conf": "nonsense\n", "two.conf": ""], willRead: { seen.append($0) })
    for name in ["none.conf", "one.conf", "two.conf"] {
      #expect(seen.count { $0 == "\(directory.path)/\(name)" } == 1)
    }
  }

  @Test("an explanation quotes the line of the list if the file still has it")
  func explanation() throws {
    let policy = try load(
      "  deny: { ip_file: [one.conf] }\n", ["one.conf": "\n  127.9.0.0/16  # as asked for\n"])
    func explained() throws -> [String] {
      let explanation = policy.explain(try request("127.9.0.1"))
      return explanation.rendered(client: "127.9.0.1", by: policy).split(separator: "\n")
        .map(String.init).drop { !$0.hasPrefix(">") }.prefix { !$0.contains("not reached") }
        .map { $0 }
    }
    #expect(
      try explained() == [
        "> 2. deny.ip        deny: 127.9.0.0/16", "     one.conf:2:3",
        "     2 |   127.9.0.0/16  # as asked for", "       |   ^~~~~~~~~~~~",
      ])
    try directory.write("# gone\n".utf8, to: "one.conf")
    #expect(try explained() == ["> 2. deny.ip        deny: 127.9.0.0/16", "     one.conf:2"])
  }
}
