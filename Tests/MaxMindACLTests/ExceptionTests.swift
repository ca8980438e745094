import Addresses
import Testing

@testable import MaxMindACL

/// The URLs of `bypass.regex`, and the lists of `bypass` and `client`.
@Suite struct ExceptionTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  /// A policy that denies every client with an address, from line 5 on.
  private func load(
    _ rules: String, _ files: [String: String] = [:], replacing running: Policy? = nil,
    now: Int64? = nil, willRead: (String) -> Void = { _ in }
  ) throws -> Policy {
    for (name, text) in files { try directory.write(text.utf8, to: name) }
    let yaml = "maxmind:\n  database: \(Fixture.country)\n  deny: { ip: [0.0.0.0/0, \"::/0\"] }\n"
    try directory.write("\(yaml)\(rules)\n".utf8, to: "m.yaml")
    return try Policy.load(
      path: "m.yaml", directory: directory.path, replacing: running, now: now, willRead: willRead)
  }

  private static let passes = [(name: "X-Pass", value: "open")]

  // MARK: - Patterns

  static let token = "http://a.example/.well-known/acme-challenge"

  @Test(
    "a pattern passes before every deny rule, but only if it matches all forms of the URL",
    arguments: [
      ("\(token)/x-1_Y", true), ("\(token)/x?q=../admin", true), ("\(token)/../../admin", false),
      ("\(token)/%2e%2e/%2e%2e/admin", false), ("\(token)/%2e%2e%2f%2e%2e%2fadmin", false),
      ("\(token)/..;/..;/admin", false), ("\(token)/..%5c..%5cadmin", false),
      ("\(token)//../../../admin", false),
      ("http://a.example/x//.well-known/acme-challenge/y", false),
      ("http://a.example/.WELL-KNOWN/acme-challenge/x", false), ("\(token)", false),
      ("http://a.example/admin/.well-known/acme-challenge/x", false), (anyURL, false),
    ])
  func spellings(url: String, passes: Bool) throws {
    let policy = try load(#"  bypass: { regex: [none, "^[^/]+/\\.well-known/acme-challenge/"] }"#)
    for client in ["127.1.0.1", "2001:db8::1"] {
      let outcome = try policy.outcome(client, url)
      #expect((outcome == #"allow bypass ^[^/]+/\.well-known/acme-challenge/ line 4"#) == passes)
      #expect(outcome.hasPrefix("deny deny.ip") == !passes)
    }
  }

  @Test("a pattern passes a client without an address, and an unreadable record")
  func beforeErrors() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.mistyped)
        deny: { country: [GB], regex: [["*", "."]] }
        bypass: { regex: [/page$] }
      """)
    for client in [nil, "127.1.0.1", "127.2.0.1", "127.3.0.1"] {
      #expect(try policy.outcome(client) == "allow bypass /page$ line 4")
      #expect(try policy.outcome(client, "http://a.example/x").hasPrefix("deny deny."))
    }
  }

  @Test("a pattern that fails has not matched, and later patterns count")
  func failing() throws {
    for (more, expected) in [("", "deny default"), (", a", "allow bypass a line 3")] {
      let policy = try policy(
        """
        maxmind:
          database: \(Fixture.country)
          bypass: { regex: ["\(ErrorVerdictTests.hostilePattern)"\(more)] }
          allow: { country: [DE] }
          on_error: allow
        """)
      #expect(try policy.outcome("127.1.0.1", ErrorVerdictTests.hostileURL) == expected)
    }
  }

  @Test("a pattern passes by itself beside a header, and addresses do not")
  func besideHeader() throws {
    let policy = try load(
      "  bypass: { header: X-Pass, value: open, ip: [192.0.2.1], regex: [/page$] }")
    let other = "http://a.example/x"
    #expect(try policy.outcome("192.0.2.9") == "allow bypass /page$ line 4")
    for url in [other, anyURL] {
      #expect(
        try policy.outcome("192.0.2.1", url, headers: Self.passes) == "allow bypass X-Pass line 4")
    }
    #expect(try policy.outcome("192.0.2.1", other).hasPrefix("deny"))
    #expect(try policy.outcome("192.0.2.9", other, headers: Self.passes).hasPrefix("deny"))
    #expect(policy.rules.count(of: .bypass) == 2)
    #expect(policy.configuration.ruleCount(of: .bypass) == 2)
  }

  @Test(
    "the URL is fetched once for the patterns of bypass, deny and allow", arguments: [true, false])
  func fetches(hasURL: Bool) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        bypass: { regex: [none] }
        deny: { regex: [["*", "nothing"]] }
        allow: { regex: [["*", "page"]] }
      """)
    var count = 0
    let host = Array("a.example".utf8)
    let path = Array("page".utf8)
    let decision = policy.decide(
      client: ResolvedClient(Address("127.1.0.1")), peer: nil, bypassValue: nil,
      circumstances: { get }
    ) { subject in
      count += 1
      return hasURL && policy.assign(host: host.span, path: path.span, to: subject)
    }
    #expect(count == 1)
    #expect(
      policy.outcome(of: decision)
        == (hasURL ? "allow allow.regex page line 5" : "deny error noURL"))
  }

  @Test(
    "records settle decisions only without addresses and patterns in bypass",
    arguments: [
      ("", true), ("bypass: { header: X-Pass, value: open, ip: [192.0.2.1] }", true),
      ("bypass: { ip: [192.0.2.1] }", false), ("bypass: { regex: [page] }", false),
    ])
  func settled(rules: String, isSettled: Bool) throws {
    let policy = try policy(
      "maxmind:\n  database: \(Fixture.country)\n  deny: { country: [US] }\n  \(rules)")
    for client in ["127.1.0.1", "127.2.0.1", "127.99.0.1"] {
      let address = try #require(Address(client))
      let plan = unsafe policy.plan(for: address).pointee
      #expect(plan.isSettled == isSettled)
    }
  }

  @Test("an explanation shows the pattern, and one that misses a form")
  func explanation() throws {
    let policy = try load(#"  bypass: { regex: ["^[^/]+/hooks/"] }"#)
    func explained(_ url: String) throws -> String {
      policy.explain(try request("127.1.0.1", url)).rendered(client: "127.1.0.1", by: policy)
    }
    #expect(
      try explained("http://a.example/hooks/1").contains(
        """
        > 1. bypass         allow: ^[^/]+/hooks/
             m.yaml:4:21
             4 |   bypass: { regex: ["^[^/]+/hooks/"] }
               |                     ^~~~~~~~~~~~~~~
          2. deny.ip        not reached
        """))
    #expect(
      try explained("http://a.example/hooks/..;/admin").contains(
        """
          1. bypass         1 rule, no match
             m.yaml:4: ^[^/]+/hooks/ matches the URL as sent,
             but not the form "structural, cut first": a.example/admin
        > 2. deny.ip        deny: 0.0.0.0/0
        """))
    // A pattern that is not tried misses nothing.
    #expect(policy.explain(try request("127.1.0.1", "http://a.example/hooks/")).misses.isEmpty)
  }

  // MARK: - Lists

  @Test("clients in a list pass, and reports name the list's line")
  func list() throws {
    let policy = try load(
      "  bypass: { ip: [192.0.2.1], ip_file: [one.conf, two.conf], regex: [/page$] }",
      ["one.conf": "# crawlers\n198.51.100.0/24\n", "two.conf": "2001:db8::/32\n192.0.2.0/24\n"])
    func described(_ client: String) throws -> String {
      let decision = policy.decide(try request(client, "http://a.example/"))
      return policy.describe(decision.withoutCountry)
    }
    #expect(try described("192.0.2.1") == "allow bypass 192.0.2.1 m.yaml:4")
    #expect(try described("192.0.2.7") == "allow bypass 192.0.2.0/24 two.conf:2")
    #expect(try described("198.51.100.9") == "allow bypass 198.51.100.0/24 one.conf:2")
    #expect(try described("2001:db8::9") == "allow bypass 2001:db8::/32 two.conf:1")
    #expect(try described("203.0.113.9") == "deny deny.ip 0.0.0.0/0 m.yaml:3")
    #expect(try policy.outcome("203.0.113.9") == "allow bypass /page$ line 4")
    #expect(try policy.outcome("192.0.2.1") == "allow bypass 192.0.2.1 line 4")
    #expect(policy.summary.contains("5 bypass, 2 deny.ip; "))
    #expect(policy.summary.contains("; list one.conf (1 entry); list two.conf (2 entries); "))
    // A list is one rule for the coverage of rule tests.
    #expect(policy.rules.sources.count { $0.step == .bypass } == 4)
    let explanation = policy.explain(try request("198.51.100.9", "http://a.example/"))
    #expect(
      explanation.rendered(client: "198.51.100.9", by: policy).contains(
        """
        > 1. bypass         allow: 198.51.100.0/24
             one.conf:2:1
             2 | 198.51.100.0/24
               | ^~~~~~~~~~~~~~~
        """))
  }

  @Test(
    "with a header, lists and ip say from whom it counts; an empty list lets nobody send it",
    arguments: [
      ("192.0.2.1\n", "", "192.0.2.1", true), ("192.0.2.1\n", "", "192.0.2.2", false),
      ("192.0.2.1\n", ", ip: [192.0.2.2]", "192.0.2.2", true),
      ("", "", "192.0.2.1", false),
      ("192.0.2.1 expires=2020-01-01T00:00:00Z\n", "", "192.0.2.1", false),
    ])
  func listOfSenders(list: String, more: String, client: String, passes: Bool) throws {
    let policy = try load(
      "  bypass: { header: X-Pass, value: open, ip_file: [one.conf]\(more) }", ["one.conf": list])
    let outcome = try policy.outcome(client, headers: Self.passes)
    #expect((outcome == "allow bypass X-Pass line 4") == passes)
    #expect(try policy.outcome(client).hasPrefix("deny"))
    #expect(policy.rules.count(of: .bypass) == 1)
    #expect(!policy.warnings.contains { $0.id == .bypassForgeable })
  }

  @Test(
    "proxies in trusted and in trusted_file are trusted",
    arguments: [
      ("10.0.0.1", true), ("10.1.0.1", true), ("2001:db8:f::1", true), ("10.2.0.1", false),
    ])
  func trustedFiles(peer: String, isTrusted: Bool) throws {
    let policy = try load(
      """
        client: { header: X-Forwarded-For, trusted: [10.0.0.0/16], trusted_file: [cdn.conf, v6.conf] }
        bypass: { ip: [192.0.2.1] }
      """, ["cdn.conf": "10.1.0.0/16\n", "v6.conf": "2001:db8:f::/48\n"])
    let headers = [(name: "X-Forwarded-For", value: "192.0.2.1, 10.1.7.7")]
    #expect(try policy.outcome(peer, headers: headers).hasPrefix("allow bypass") == isTrusted)
    #expect(policy.believes(Address(peer)) == isTrusted)
    #expect(policy.warnings.isEmpty)
  }

  @Test("a list of trusted proxies alone is enough, and limits the bypass header even if empty")
  func trustedFileAlone() throws {
    for (list, passes) in [("10.0.0.0/8\n", true), ("", false)] {
      let policy = try load(
        """
          client: { header: X-Forwarded-For, trusted_file: [cdn.conf] }
          bypass: { header: X-Pass, value: open }
        """, ["cdn.conf": list])
      #expect(try policy.outcome("10.0.0.1", headers: Self.passes).hasPrefix("allow") == passes)
      #expect(try policy.outcome("192.0.2.1", headers: Self.passes).hasPrefix("deny"))
      #expect(policy.warnings.map(\.id) == (passes ? [] : [.listEmpty]))
    }
  }

  /// Configurations in which a list with 192.0.2.1 lets a request of `peer` pass.
  static let uses: [(rules: String, key: String)] = [
    ("  bypass: { ip_file: [one.conf] }", "ip_file"),
    ("  bypass: { header: X-Pass, value: open, ip_file: [one.conf] }", "ip_file"),
    (
      "  client: { header: X-Forwarded-For, trusted_file: [one.conf] }\n"
        + "  bypass: { header: X-Pass, value: open }", "trusted_file"
    ),
  ]

  private func passes(_ policy: Policy, _ client: String = "192.0.2.1") throws -> Bool {
    try policy.outcome(client, headers: Self.passes).hasPrefix("allow bypass")
  }

  @Test("entries expire, and the policy has the time of the next expiry", arguments: uses)
  func expiry(rules: String, key: String) throws {
    let newYear: Int64 = 1_767_225_600
    let policy = try load(
      rules, ["one.conf": "192.0.2.1 expires=2026-01-01T00:00:00Z\n192.0.2.2\n"], now: newYear - 1)
    #expect(policy.nextExpiry == newYear)
    #expect(try passes(policy) && passes(policy, "192.0.2.2"))
    let next = try #require(policy.expiry(at: newYear))
    #expect(next.endedCount == 1)
    #expect(try !passes(next.policy) && passes(next.policy, "192.0.2.2"))
    let back = try #require(next.policy.expiry(at: newYear - 1))
    #expect(try back.returnedCount == 1 && passes(back.policy))
  }

  @Test("a file that is refused keeps its running list", arguments: uses)
  func refused(rules: String, key: String) throws {
    let first = try load(rules, ["one.conf": "192.0.2.1\n"])
    var running = first
    for (text, reason) in [
      ("x\n", "has errors"), ("198.51.100.0/2", "has errors"),
      ("# none\n", "has lost all its entries; allow_empty: true accepts that"),
    ] {
      running = try load(rules, ["one.conf": text], replacing: running)
      #expect(
        running.warnings.first { $0.id == .listRefused }?.message
          == "\(key): one.conf \(reason); the running list stays in use (1 entry)")
      #expect(try running.refusesFile && passes(running))
    }
    #expect(try !passes(load(rules, ["one.conf": "192.0.2.2\n"], replacing: running)))
    #expect(throws: LoadFailure.self) { try load(rules, ["one.conf": "x\n"]) }
    // The list of one key does not stand for another key's.
    #expect(throws: LoadFailure.self) {
      try load("  allow: { ip_file: [one.conf] }", ["one.conf": "x\n"], replacing: first)
    }
    let emptied = try load(
      rules.replacing("[one.conf]", with: "[{file: one.conf, allow_empty: true}]"),
      ["one.conf": ""], replacing: first)
    #expect(try emptied.warnings.map(\.id) == [] && !passes(emptied))
  }

  @Test("the list files are announced before they are read, and watched", arguments: uses)
  func watched(rules: String, key: String) throws {
    var seen: [String] = []
    _ = try load(rules, ["one.conf": "192.0.2.1\n"]) { seen.append($0) }
    #expect(seen.count { $0 == "\(directory.path)/one.conf" } == 1)
    var watch = PolicyWatch(path: "m.yaml", directory: directory.path)
    _ = try watch.load(replacing: nil)
    #expect(watch.look() == .none)
    try directory.write("192.0.2.1\n192.0.2.2\n".utf8, to: "one.conf")
    #expect(watch.look() == .unsettled)
    #expect(watch.look() == .settled)
  }

  @Test("groups are members of bypass.ip and client.trusted beside lists")
  func groups() throws {
    let policy = try load(
      """
        define: { office: [192.0.2.0/24], cdn: [10.0.0.0/8] }
        bypass: { ip: [$office], ip_file: [one.conf] }
        client: { header: X-Forwarded-For, trusted: [$cdn], trusted_file: [two.conf] }
      """, ["one.conf": "198.51.100.1\n", "two.conf": "172.16.0.0/12\n"])
    #expect(try policy.outcome("192.0.2.9") == "allow bypass 192.0.2.0/24 ($office) line 5")
    #expect(try policy.outcome("198.51.100.1") == "allow bypass 198.51.100.1 line 1")
    for proxy in ["10.0.0.1", "172.16.0.1"] {
      let headers = [(name: "X-Forwarded-For", value: "198.51.100.1")]
      #expect(
        try policy.outcome(proxy, headers: headers) == "allow bypass 198.51.100.1 line 1")
    }
  }
}
