import Addresses
import Testing

@testable import MaxMindACL

/// Requests that pass before all rules.
@Suite struct BypassAddressTests {
  /// Denies every client that `bypass` does not let through.
  private func policy(_ bypass: String, client: String = "") throws -> Policy {
    try MaxMindACLTests.policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny: { ip: [0.0.0.0/0, "::/0"] }
        bypass: { \(bypass) }
      \(client.isEmpty ? "" : "  client: { \(client) }")
      """)
  }

  private static let passes = [(name: "X-Pass", value: "open")]

  @Test(
    "with ip and no header, every client in ip passes",
    arguments: [
      ("192.0.2.1", "allow bypass 192.0.2.0/24 line 4"),
      ("::ffff:192.0.2.7", "allow bypass 192.0.2.7 line 4"),
      ("2001:db8::1", "allow bypass 2001:db8::/32 line 4"),
      ("192.0.3.1", "deny deny.ip 0.0.0.0/0 line 3"),
    ])
  func addresses(client: String, expected: String) throws {
    let policy = try policy("ip: [192.0.2.0/24, 192.0.2.7, \"2001:db8::/32\"]")
    #expect(try policy.outcome(client) == expected)
    #expect(policy.bypassHeader == nil)
  }

  @Test("with ip and no header, an unknown client does not pass")
  func noClient() throws {
    #expect(try policy("ip: [0.0.0.0/0, \"::/0\"]").outcome(nil) == "deny error noAddress")
  }

  @Test(
    "an address that passes does so whatever its record holds, and before a pattern is looked at")
  func beforeAll() throws {
    let policy = try MaxMindACLTests.policy(
      """
      maxmind:
        database: \(Fixture.mistyped)
        deny: { country: [GB], regex: [["*", "."]] }
        bypass: { ip: [127.0.0.0/8] }
      """)
    for second in 1...6 {
      #expect(try policy.outcome("127.\(second).0.1") == "allow bypass 127.0.0.0/8 line 4")
    }
  }

  @Test("the client's address counts, not the proxy's")
  func behindProxy() throws {
    let policy = try policy(
      "ip: [192.0.2.1]", client: "trusted: [10.0.0.1], header: X-Forwarded-For")
    func outcome(_ peer: String, _ value: String) throws -> String {
      try policy.outcome(peer, headers: [(name: "X-Forwarded-For", value: value)])
    }
    #expect(try outcome("10.0.0.1", "192.0.2.1") == "allow bypass 192.0.2.1 line 4")
    #expect(try outcome("10.0.0.1", "192.0.2.2") == "deny deny.ip 0.0.0.0/0 line 3")
    #expect(try outcome("192.0.2.2", "192.0.2.1") == "deny deny.ip 0.0.0.0/0 line 3")
  }

  @Test("a header without limits counts from everyone")
  func open() throws {
    let policy = try policy("header: X-Pass, value: open")
    for client in ["192.0.2.1", "2001:db8::1", nil] {
      #expect(try policy.outcome(client, headers: Self.passes) == "allow bypass X-Pass line 4")
    }
  }

  @Test(
    "a header with ip counts only from clients in ip",
    arguments: [("192.0.2.1", true), ("192.0.3.1", false), ("2001:db8::1", false), (nil, false)])
  func narrowed(client: String?, passes: Bool) throws {
    let policy = try policy("header: X-Pass, value: open, ip: [192.0.2.0/24]")
    let outcome = try policy.outcome(client, headers: Self.passes)
    #expect((outcome == "allow bypass X-Pass line 4") == passes)
    #expect(try policy.outcome(client).hasPrefix("deny"))
    #expect(policy.rules.count { $0.step == .bypass } == 1)
  }

  @Test(
    "with a verified client, a header counts by the client's address and by the peer's",
    arguments: [
      ("192.0.2.1", "10.0.0.1", true), ("192.0.2.9", "172.16.0.1", true),
      ("192.0.2.9", "10.0.0.1", false),
    ])
  func verified(client: String, peer: String, passes: Bool) throws {
    let policy = try policy(
      "header: X-Pass, value: open, ip: [192.0.2.1, 172.16.0.0/12]", client: "verified: true")
    let value = Array("open".utf8)
    let decision = policy.decide(
      client: ResolvedClient(Address(client), .verified), peer: Address(peer),
      bypassValue: value.span, circumstances: { get }
    ) { _ in false }
    #expect((decision.reason.step == .bypass) == passes)
  }

  @Test(
    "a header counts from trusted proxies, and from clients and proxies in ip",
    arguments: [
      ("10.0.0.1", "192.0.2.9", true, true),  // trusted proxy
      ("10.0.0.1", "?", true, true),  // trusted proxy without a client
      ("192.0.2.9", nil, false, false),
      ("192.0.2.1", nil, false, true),  // client in ip
      ("172.16.0.1", nil, false, true),  // proxy in ip
      ("192.0.2.9", "192.0.2.1", false, false),  // client that claims an address in ip
      (nil, nil, false, false),
    ] as [(String?, String?, Bool, Bool)])
  func trusted(peer: String?, value: String?, alone: Bool, withIP: Bool) throws {
    let client = "trusted: [10.0.0.0/8], header: X-Forwarded-For"
    let headers = Self.passes + (value.map { [(name: "X-Forwarded-For", value: $0)] } ?? [])
    for (bypass, passes) in [("", alone), (", ip: [192.0.2.1, 172.16.0.0/12]", withIP)] {
      let policy = try policy("header: X-Pass, value: open\(bypass)", client: client)
      let outcome = try policy.outcome(peer, headers: headers)
      #expect((outcome == "allow bypass X-Pass line 4") == passes, "\(bypass)")
    }
  }
}
