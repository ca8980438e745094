import Addresses
import MaxMindACL
import SeededRandom
import Testing

/// Checks walks against deciding, at every end of a range.
@Suite struct PolicyWalkTests {
  /// Databases with the fields of their records.
  struct Source: Sendable, CustomTestStringConvertible {
    var files: [String]
    var fields: [String]
    var flags: [String] = []

    var testDescription: String {
      files.map { $0.split(separator: "/").last.map(String.init) ?? $0 }.joined(separator: " ")
    }
  }

  static let plus = Fixture.path("vendors/ipinfo-plus.mmdb")
  static let sources = [
    Source(files: [Fixture.country], fields: ["country"]),
    Source(files: [Fixture.swapped, Fixture.networks], fields: ["country", "asn"]),
    Source(files: [Fixture.countryAnonymous], fields: ["country"], flags: ["vpn", "tor"]),
    Source(files: [Fixture.mistyped], fields: ["country"], flags: ["ip"]),
    Source(
      files: [Fixture.path("loopback-city.mmdb"), plus, Fixture.anonymous],
      fields: ["country", "subdivision", "continent", "asn"], flags: ["vpn", "tor", "hosting"]),
    Source(files: [plus], fields: ["country", "asn", "continent"], flags: ["vpn"]),
  ]

  /// All kinds of requests that the random configurations distinguish.
  static let requests: [Request] = ["", "x", "y", "x/y"].flatMap { path in
    ["GET", "POST"].flatMap { method in
      [[], [(name: "x-pass", value: "open")]].map { headers in
        var request = Request(client: nil, host: "a.example", path: path, headers: headers)
        request.method = method
        return request
      }
    }
  }

  private func verdicts(_ policy: Policy, _ client: Address) -> [Verdict] {
    Self.requests.map { request in
      var request = request
      request.client = client
      return policy.decide(request, at: 0).verdict
    }
  }

  @Test(arguments: sources, [1, 2, 3] as [UInt64])
  func `outcomes equal the decisions`(source: Source, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let directory = try TemporaryDirectory()
    var kinds: Set<String> = []
    for _ in 0..<8 {
      var policies: [Policy] = []
      while policies.count < 2 {
        // Some combinations are errors, such as unknown: without a rule for countries.
        let yaml = RandomPolicy.configuration(for: source, using: &random)
        if let policy = try? directory.load(yaml.utf8) { policies.append(policy) }
      }
      var walk = PolicyWalk(policies)
      var expected: Address? = Address(ipv4: 0)
      while let range = walk.next() {
        #expect(range.first == expected)
        expected = range.last.next ?? (range.isIPv4 ? Address(ipv6: 0) : nil)
        let inside = Address(
          ipv6: UInt128.random(in: range.first.bits...range.last.bits, using: &random))
        for client in [range.first, range.last, inside] where range.contains(client) {
          let found = policies.map { verdicts($0, client) }
          for (index, verdicts) in found.enumerated() {
            guard let outcome = walk.outcome(of: index) else {
              #expect(isAlias(client), "\(client)")
              continue
            }
            kinds.insert(outcome.description)
            if let certain = outcome.certain {
              #expect(Set(verdicts) == [certain], "\(client) \(outcome)")
            } else if outcome.isOfSingleConditions {
              #expect(Set(verdicts).count == 2, "\(client) \(outcome)")
            }
          }
          guard let old = walk.outcome(of: 0), let new = walk.outcome(of: 1) else { continue }
          if old == new { #expect(found[0] == found[1], "\(client)") }
          if found[0] != found[1] { #expect(old != new, "\(client)") }
        }
      }
      #expect(expected == nil)
      try expectExactExport(of: policies[0])
    }
    #expect(kinds.count >= 3, "\(kinds)")
  }

  private func isAlias(_ client: Address) -> Bool {
    let bits = client.bits
    return !client.isIPv4 && (bits >> 96 == 0x2001_0000 || bits >> 112 == 0x2002 || bits >> 32 == 0)
  }

  /// Checks that the exported prefixes are the clients that are always denied, at the ends of all prefixes.
  private func expectExactExport(of policy: Policy) throws {
    var prefixes: [AddressRange] = []
    policy.forEachPrefix(of: ExportedClients(verdict: .deny)) { prefixes.append($0) }
    let exported = AddressTable(prefixes.map { ($0, 0) })
    for prefix in prefixes {
      for client in [prefix.first.previous, prefix.first, prefix.last, prefix.last.next] {
        guard let client, !isAlias(client) else { continue }
        let isDenied = Set(verdicts(policy, client)) == [.deny]
        if exported.value(for: client) != nil {
          #expect(isDenied, "\(client)")
        } else if policy.requestRules.allSatisfy({ ![.denyRules, .allowRules].contains($0.step) }) {
          #expect(!isDenied, "\(client)")
        }
      }
    }
  }

  @Test(arguments: [
    ("ip: [127.1.0.0/16, 192.0.2.0/24, \"2001:db8:1::/48\"]", "country: [US]", "2002:7f01::1"),
    ("country: [US]", "country: [US], ip: [\"2002:7f03::/32\"]", "2002:7f03::1"),
    ("country: [US]", "country: [US], ip: [\"2001:0:1::/48\"]", "2001:0:1::1"),
    ("country: [US]", "country: [US], ip: [\"::5\"]", "::5"),
  ])
  func `an alias that changes otherwise than its IPv4 address counts`(
    _ old: String, _ new: String, _ client: String
  ) throws {
    let directory = try TemporaryDirectory()
    func load(_ rules: String) throws -> Policy {
      try directory.load("maxmind: {database: \(Fixture.country), deny: {\(rules)}}".utf8)
    }
    let change = PolicyChange(from: try load(old), to: try load(new), mostExamples: 10)
    let address = try #require(Address(client))
    #expect(change.groups.contains { $0.examples.contains { $0.contains(address) } }, "\(change)")
  }

  @Test func `conditions are in words, without the value of a header field`() throws {
    let directory = try TemporaryDirectory()
    let rule = """
      {name: a, method: [PUT], host: ["*.a.example"], not: {time: {daily: "22:00-06:00", weekdays: [mon, tue]}}}
      """
    let bypass = "bypass: {header: X-Key, value: secret}"
    func load(_ keys: String) throws -> Policy { try directory.load("maxmind: {\(keys)}".utf8) }
    let change = PolicyChange(
      from: try load("deny: {ip: [192.0.2.0/24]}"),
      to: try load("deny: {ip: [192.0.2.0/24], rules: [\(rule)]}, \(bypass)"))
    #expect(
      Set(change.groups.flatMap(\.newConditions)) == [
        "allow if header x-key",
        "deny if host *.a.example; method PUT; not time 22:00-06:00 mon,tue UTC",
      ])
  }

  @Test func `a change is counted by country with examples`() throws {
    let directory = try TemporaryDirectory()
    func load(_ database: String) throws -> Policy {
      try directory.load("maxmind: {database: \(database), deny: {country: [DE]}}".utf8)
    }
    let change = PolicyChange(from: try load(Fixture.country), to: try load(Fixture.swapped))
    #expect(change.ipv4Count == 1 << 17)
    #expect(change.ipv4Share == 1.0 / Double(1 << 15))
    #expect(change.ipv6Count == 0)
    #expect(change.knownIPv6Count == 4 << 80)
    #expect(change.groups.count == 2)
    let lines = change.groups.map {
      "\($0.oldCountry?.description ?? "") \($0.newCountry?.description ?? "") \($0.oldOutcome) "
        + "\($0.newOutcome) \($0.ipv4Count) \($0.blockCount) \($0.examples)"
    }
    #expect(
      lines.sorted() == [
        "DE US deny allow 65536 1 [127.2.0.0/16]", "US DE allow deny 65536 1 [127.1.0.0/16]",
      ])
  }

  @Test func `a policy does not differ from itself`() throws {
    let directory = try TemporaryDirectory()
    let yaml = """
      maxmind:
        database: \(Fixture.country)
        deny: {regex: [[DE, US, /x], ["*", /y]], rules: [{name: a, country: [US], method: [POST]}]}
      """
    let change = PolicyChange(
      from: try directory.load(yaml.utf8), to: try directory.load(yaml.utf8))
    #expect(change.groups.isEmpty)
    #expect(change.ipv4Count == 0)
  }

  @Test func `a pattern of a country counts as a change`() throws {
    let directory = try TemporaryDirectory()
    func load(_ database: String) throws -> Policy {
      try directory.load("maxmind: {database: \(database), deny: {regex: [[DE, /x]]}}".utf8)
    }
    let change = PolicyChange(from: try load(Fixture.country), to: try load(Fixture.swapped))
    #expect(
      Set(change.groups.map { "\($0.oldOutcome); \($0.newOutcome)" }) == [
        "allow; allow, or deny by request", "allow, or deny by request; allow",
      ])
  }
}

extension ClientOutcome {
  /// Whether no condition implies or excludes another one.
  fileprivate var isOfSingleConditions: Bool {
    clauses.allSatisfy { $0.conditions.allSatisfy { !$0.contains("not ") && !$0.contains(", ") } }
  }
}

/// Random configurations of rules of all kinds.
private enum RandomPolicy {
  static func configuration(
    for source: PolicyWalkTests.Source, using random: inout SeededGenerator
  ) -> String {
    func once(in count: Int) -> Bool { random.once(in: count) }
    func pick(_ values: [String]) -> String { values.randomElement(using: &random) ?? "" }
    func some(_ values: [String]) -> String {
      let count = Int.random(in: 1...2, using: &random)
      return "[\(values.shuffled(using: &random).prefix(count).joined(separator: ", "))]"
    }
    let values: [String: [String]] = [
      "country": ["US", "DE", "GB", "NO", "FR", "JP"], "asn": ["64500", "64501-64503", "AS64504"],
      "continent": ["EU", "NA", "AS"], "subdivision": ["US-CA", "US-NY", "FR-IDF", "JP-13"],
    ]
    let addresses = [
      "127.1.0.0/16", "127.1.3.0/24", "127.2.7.7", "127.0.0.0/8", "2001:db8:1::/48",
      "2001:db8::/32", "0.0.0.0/1", "127.2.200.0-127.3.0.4", "2002:7f01::/32",
    ].map { "\"\($0)\"" }
    func conditions(_ names: [String]) -> [String] {
      var parts: [String] = []
      for field in source.fields where names.contains(field) && once(in: 2) {
        parts.append("\(field): \(some(values[field] ?? []))")
      }
      if !source.flags.isEmpty, once(in: 3) { parts.append("anonymous: \(some(source.flags))") }
      if once(in: 3) { parts.append("ip: \(some(addresses))") }
      if once(in: 4) { parts.append("method: [POST]") }
      if once(in: 4) { parts.append("regex: [\"\(pick(["/x", "/y"]))\"]") }
      return parts
    }
    func section() -> [String] {
      var lines: [String] = []
      for field in source.fields where once(in: 2) {
        lines.append("    \(field): \(some(values[field] ?? []))")
      }
      if once(in: 2) { lines.append("    ip: \(some(addresses))") }
      if once(in: 3) {
        lines.append("    regex: [[\(pick(["US", "DE", "\"*\""])), \(pick(["/x", "/y"]))]]")
      }
      var rules: [String] = []
      for number in 0..<Int.random(in: 0...2, using: &random) {
        var parts = conditions(source.fields)
        let exceptions = once(in: 2) ? conditions(source.fields) : []
        if !exceptions.isEmpty { parts.append("not: {\(exceptions.joined(separator: ", "))}") }
        if parts.isEmpty { continue }
        rules.append("      - {name: \"rule \(number)\", \(parts.joined(separator: ", "))}")
      }
      return lines + (rules.isEmpty ? [] : ["    rules:"] + rules)
    }
    var lines = ["maxmind:", "  database: [\(source.files.joined(separator: ", "))]"]
    for name in ["deny", "allow"] {
      let section = section()
      if !section.isEmpty { lines += ["  \(name):"] + section }
    }
    if !source.flags.isEmpty, once(in: 2) {
      lines.append("  anonymous: {\(pick(source.flags)): true}")
    }
    if once(in: 4) {
      lines.append("  bypass: {header: X-Pass, value: open}")
    } else if once(in: 4) {
      lines.append("  bypass: {ip: \(some(addresses))}")
    } else if once(in: 4) {
      lines.append("  bypass: {regex: [/y]}")
    }
    if once(in: 3) { lines.append("  unknown: \(pick(["allow", "deny"]))") }
    if once(in: 3) { lines.append("  on_error: \(pick(["allow", "deny"]))") }
    return lines.joined(separator: "\n") + "\n"
  }
}
