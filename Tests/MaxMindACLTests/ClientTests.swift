import Addresses
import Testing

@testable import MaxMindACL

/// The client's address in requests from proxies.
@Suite struct ClientTests {
  /// The lines of the field and the resulting client, in the words of `said`.
  struct Case: Sendable, CustomTestStringConvertible {
    var lines: [String]
    var expected: String
    var peer = "10.0.0.1"

    init(_ lines: String..., says expected: String, peer: String = "10.0.0.1") {
      self.lines = lines
      self.expected = expected
      self.peer = peer
    }

    var testDescription: String { "\(lines) from \(peer)" }
  }

  /// A policy that trusts 10.0.0.0/8 and 2001:db8:f::/48.
  static func policy(_ header: String, _ rest: String = "") throws -> Policy {
    try MaxMindACLTests.policy(
      """
      maxmind:
        database: \(Fixture.country)
        client: { trusted: [10.0.0.0/8, "2001:db8:f::/48"], header: \(header) }
        allow: { country: [US] }
      \(rest)
      """)
  }

  static func said(_ lines: [String], peer: String, by policy: Policy) throws -> String {
    let name = try #require(policy.clientHeader)
    let headers = HeaderFields([("Host", "a")] + lines.map { (name.uppercased(), $0) })
    let client = policy.client(peer: Address(peer), headers: headers)
    return "\(client.address.map { "\($0)" } ?? "none") \(client.source)"
  }

  // MARK: - Lists of addresses

  static let lists: [Case] = [
    // Who may send the field.
    Case(says: "10.0.0.1 connection"),
    Case("192.0.2.1", says: "192.0.2.1 header"),
    Case("192.0.2.1", says: "198.51.100.1 connection", peer: "198.51.100.1"),
    Case("192.0.2.1", says: "192.0.2.1 header", peer: "::ffff:10.0.0.1"),
    Case("192.0.2.1", says: "192.0.2.1 header", peer: "2001:db8:f::1"),
    Case("192.0.2.1", says: "2001:db8:e::1 connection", peer: "2001:db8:e::1"),
    // The right-most address that is not trusted.
    Case("192.0.2.1, 192.0.2.2", says: "192.0.2.2 header"),
    Case("192.0.2.1, 192.0.2.2, 10.0.0.3, 10.0.0.2", says: "192.0.2.2 header"),
    Case("192.0.2.1", "192.0.2.2", says: "192.0.2.2 header"),
    Case("192.0.2.1, 192.0.2.2", "10.0.0.3", "10.0.0.2", says: "192.0.2.2 header"),
    Case("192.0.2.1", "", says: "192.0.2.1 header"),
    // All are trusted: the left-most.
    Case("10.0.0.3", says: "10.0.0.3 header"),
    Case("10.0.0.4, 10.0.0.3", "10.0.0.2", says: "10.0.0.4 header"),
    Case(" ", "10.0.0.4, 10.0.0.3", says: "10.0.0.4 header"),
    Case("10.0.0.3", says: "10.0.0.3 header", peer: "2001:db8:f::1"),
    // Empty elements.
    Case("", says: "10.0.0.1 connection"),
    Case(" ,\t,, ", says: "10.0.0.1 connection"),
    Case("192.0.2.1,, 10.0.0.2, ,", says: "192.0.2.1 header"),
    Case("\t192.0.2.1 \t", says: "192.0.2.1 header"),
    // Ports, brackets, mapped addresses.
    Case("192.0.2.1:80", says: "192.0.2.1 header"),
    Case("192.0.2.1:65535", says: "192.0.2.1 header"),
    Case("192.0.2.1:0", says: "192.0.2.1 header"),
    Case("192.0.2.1:00080", says: "192.0.2.1 header"),
    Case("192.0.2.1:_p-1", says: "192.0.2.1 header"),
    Case("2001:db8::1", says: "2001:db8::1 header"),
    Case("2001:db8::1:80", says: "2001:db8::1:80 header"),
    Case("[2001:db8::1]", says: "2001:db8::1 header"),
    Case("[2001:db8::1]:65535", says: "2001:db8::1 header"),
    Case("::ffff:192.0.2.1", says: "192.0.2.1 header"),
    Case("[::ffff:192.0.2.1]:80, ::ffff:10.0.0.2", says: "192.0.2.1 header"),
    // Hidden clients.
    Case("192.0.2.1, unknown", says: "none hidden"),
    Case("UnKnown:80, 10.0.0.2", says: "none hidden"),
    Case("192.0.2.1, _a.B-3_", says: "none hidden"),
    Case("unknown, 192.0.2.1", says: "192.0.2.1 header"),
    // Garbage. To the left of the result it does not matter.
    Case("192.0.2.1, garbage", says: "none unreadable"),
    Case("garbage", "192.0.2.1, 10.0.0.2", says: "192.0.2.1 header"),
    Case("192.0.2.1", "garbage, 10.0.0.2", says: "none unreadable"),
    Case("192.0.2.1 192.0.2.2", says: "none unreadable"),
    Case("192.0.2.1;192.0.2.2", says: "none unreadable"),
    Case("192.0.2.1:", says: "none unreadable"),
    Case("192.0.2.1:123456", says: "none unreadable"),
    Case("192.0.2.1:99999", says: "none unreadable"),
    Case("192.0.2.1:65536", says: "none unreadable"),
    Case("192.0.2.1:70000", says: "none unreadable"),
    Case("[2001:db8::1]:65536", says: "none unreadable"),
    Case("[2001:db8::1]:99999", says: "none unreadable"),
    Case("192.0.2.1:000080", says: "none unreadable"),
    Case("192.0.2.1:-1", says: "none unreadable"),
    Case("192.0.2.1:+80", says: "none unreadable"),
    Case("192.0.2.1:8 0", says: "none unreadable"),
    Case("unknown:99999", says: "none unreadable"),
    Case("192.0.2.1:http", says: "none unreadable"),
    Case(":80", says: "none unreadable"),
    Case(":", says: "none unreadable"),
    Case("[192.0.2.1]", says: "none unreadable"),
    Case("[2001:db8::1", says: "none unreadable"),
    Case("[2001:db8::1]80", says: "none unreadable"),
    Case("[2001:db8::1]:", says: "none unreadable"),
    Case("[]", says: "none unreadable"),
    Case("[", says: "none unreadable"),
    Case("[:]", says: "none unreadable"),
    Case("2001:db8::1]", says: "none unreadable"),
    Case("fe80::1%eth0", says: "none unreadable"),
    Case("010.0.0.1", says: "none unreadable"),
    Case("192.0.2.256", says: "none unreadable"),
    Case("192.0.2", says: "none unreadable"),
    Case("192.0.2.0/24", says: "none unreadable"),
    Case("\"192.0.2.1\"", says: "none unreadable"),
    Case("for=192.0.2.1", says: "none unreadable"),
    Case("-", says: "none unreadable"),
    Case("_", says: "none unreadable"),
    Case("_a b", says: "none unreadable"),
    Case("_a/b", says: "none unreadable"),
    Case("192.0.2.1\0", says: "none unreadable"),
    Case("\u{661}92.0.2.1", says: "none unreadable"),
  ]

  @Test("a list of addresses", arguments: lists)
  func list(example: Case) throws {
    let policy = try Self.policy("X-Forwarded-For")
    #expect(try Self.said(example.lines, peer: example.peer, by: policy) == example.expected)
  }

  // MARK: - Forwarded

  static let forwarded: [Case] = [
    Case(says: "10.0.0.1 connection"),
    Case("for=192.0.2.1", says: "198.51.100.1 connection", peer: "198.51.100.1"),
    Case("for=192.0.2.1", says: "192.0.2.1 header"),
    Case("For=192.0.2.1;proto=http;by=203.0.113.43", says: "192.0.2.1 header"),
    Case("by=10.0.0.1;FOR=\"192.0.2.1:8080\"", says: "192.0.2.1 header"),
    Case("for=\"[2001:db8:cafe::17]:4711\"", says: "2001:db8:cafe::17 header"),
    Case("for=\"[2001:db8:cafe::17]\"", says: "2001:db8:cafe::17 header"),
    Case("for=[2001:db8::1]:80", says: "2001:db8::1 header"),
    Case("for=2001:db8::1", says: "2001:db8::1 header"),
    Case("for=\"[::ffff:192.0.2.1]\"", says: "192.0.2.1 header"),
    Case("for=192.0.2.43, for=198.51.100.17", says: "198.51.100.17 header"),
    Case("for=192.0.2.43,for=198.51.100.17;by=10.0.0.1,for=10.0.0.2", says: "198.51.100.17 header"),
    Case("for=192.0.2.43", "for=198.51.100.17", "for=10.0.0.2", says: "198.51.100.17 header"),
    Case("for=10.0.0.4, for=10.0.0.3", "for=10.0.0.2", says: "10.0.0.4 header"),
    Case(" , for=192.0.2.1 ,,", says: "192.0.2.1 header"),
    Case("for=192.0.2.1 ; proto=http;", says: "192.0.2.1 header"),
    Case(";;for=192.0.2.1", says: "192.0.2.1 header"),
    // A quoted text is one value.
    Case("host=\"a, for=203.0.113.1\";for=192.0.2.1", says: "192.0.2.1 header"),
    Case("for=192.0.2.1;host=\"a,b;c=d\"", says: "192.0.2.1 header"),
    Case("for=192.0.2.1;x=\"\\\\\";y=\"\\\", for=203.0.113.1\"", says: "192.0.2.1 header"),
    Case("for=192.0.2.1;x=\"\"", says: "192.0.2.1 header"),
    // In quotes, a backslash escapes the next character.
    Case("for=\"192.0.2.\\1\"", says: "192.0.2.1 header"),
    Case("for=\"\\1\\9\\2.0.2.1\\:80\"", says: "192.0.2.1 header"),
    Case("for=\"\\[2001:db8::1\\]\"", says: "2001:db8::1 header"),
    Case("for=\"\\[2001\\:db8::1\\]:\\65535\", for=\"10.0.0\\.2\"", says: "2001:db8::1 header"),
    Case("for=\"\\unknown\"", says: "none hidden"),
    Case("for=\"\\_hidden\"", says: "none hidden"),
    Case("for=\"\\_\(String(repeating: "h", count: 254))\"", says: "none hidden"),
    Case("for=\"\\_\(String(repeating: "h", count: 255))\"", says: "none unreadable"),
    // Text of a client cannot swallow the element that a proxy appends.
    Case("for=\"203.0.113.1, for=192.0.2.1", says: "192.0.2.1 header"),
    Case("for=203.0.113.1;x=\"\\, for=192.0.2.1;y=\"z\"", says: "192.0.2.1 header"),
    Case("for=203.0.113.1;x=\", for=\"192.0.2.1\", for=10.0.0.2", says: "192.0.2.1 header"),
    Case("\"\\, for=192.0.2.1", says: "192.0.2.1 header"),
    Case("for=\"203.0.113.1", "for=192.0.2.1", says: "192.0.2.1 header"),
    // Hidden clients.
    Case("for=192.0.2.1, for=unknown", says: "none hidden"),
    Case("for=\"unknown:80\"", says: "none hidden"),
    Case("for=_hidden, for=10.0.0.2", says: "none hidden"),
    Case("for=\"_SEVKISEK:_p\"", says: "none hidden"),
    Case("for=_hidden, for=192.0.2.1", says: "192.0.2.1 header"),
    // Garbage.
    Case("192.0.2.1", says: "none unreadable"),
    Case("for=192.0.2.1, proto=http", says: "none unreadable"),
    Case("for=192.0.2.1, by=10.0.0.1", says: "none unreadable"),
    Case("for=", says: "none unreadable"),
    Case("for=\"\"", says: "none unreadable"),
    Case("for", says: "none unreadable"),
    Case("=192.0.2.1", says: "none unreadable"),
    Case("for =192.0.2.1", says: "none unreadable"),
    Case("for= 192.0.2.1", says: "none unreadable"),
    Case("for=192.0.2.1 x", says: "none unreadable"),
    Case("for=192.0.2.1;for=192.0.2.2", says: "none unreadable"),
    Case("for=192.0.2.1;FOR=192.0.2.1", says: "none unreadable"),
    Case("for=192.0.2.1;x", says: "none unreadable"),
    Case("for=\"192.0.2.1\"x", says: "none unreadable"),
    Case("for=\"192.0.2.1", says: "none unreadable"),
    Case("for=192.0.2.1\"", says: "none unreadable"),
    Case("for=\"192.0.2.1\\", says: "none unreadable"),
    Case("for=\"192.0.2.1\\\"", says: "none unreadable"),
    Case("for=\"192.0.2.1:99999\"", says: "none unreadable"),
    Case("for=\"[2001:db8::1]:65536\"", says: "none unreadable"),
    Case("for=192.0.2.\\1", says: "none unreadable"),
    Case("for=\"192.0.2\\,1\"", says: "none unreadable"),
    Case("for=\"\\\"192.0.2.1\\\"\"", says: "none unreadable"),
    Case("for=\"192.0.2.1\\\\\"", says: "none unreadable"),
    Case("for=\"192.0.2.\\1:99999\"", says: "none unreadable"),
    Case("fob=192.0.2.1", says: "none unreadable"),
    Case("fork=192.0.2.1", says: "none unreadable"),
    Case("for=[192.0.2.1]", says: "none unreadable"),
    Case("for=192.0.2.1:port", says: "none unreadable"),
    Case("for=192.0.2.1, \"", says: "none unreadable"),
  ]

  @Test("Forwarded", arguments: forwarded, ["Forwarded", "forwarded"])
  func forwardedHeader(example: Case, header: String) throws {
    let policy = try Self.policy(header)
    #expect(try Self.said(example.lines, peer: example.peer, by: policy) == example.expected)
  }

  // MARK: - Decisions

  @Test(
    "rules use only the resulting client",
    arguments: [
      ("127.1.0.1", "allow allow.country US line 4"),
      ("127.2.0.1", "deny default"),
      ("10.0.0.2", "deny default"),
      ("unknown", "deny error hiddenClient"),
      ("garbage", "deny error unreadableClient"),
    ])
  func decisions(value: String, expected: String) throws {
    let policy = try Self.policy("X-Forwarded-For")
    let headers = [(name: "x-forwarded-for", value: value)]
    #expect(try policy.outcome("10.0.0.1", headers: headers) == expected)
    #expect(try policy.outcome("127.1.0.9", headers: headers) == "allow allow.country US line 4")
  }

  @Test("on_error decides on an unknown client, after the rules for everyone")
  func errors() throws {
    let policy = try Self.policy(
      "X-Forwarded-For", "  on_error: allow\n  deny: { ip: [0.0.0.0/0], regex: [[\"*\", secret]] }")
    let headers = [(name: "X-Forwarded-For", value: "?")]
    #expect(
      try policy.outcome("10.0.0.1", headers: headers) == "allow error unreadableClient")
    #expect(
      try policy.outcome("10.0.0.1", "http://a/secret", headers: headers)
        == "deny deny.regex secret line 6")
  }

  @Test("a description names the proxy's mistake")
  func descriptions() throws {
    let policy = try Self.policy("X-Forwarded-For")
    func text(_ value: String) throws -> String {
      policy.describe(
        policy.decide(try request("10.0.0.1", headers: [(name: "X-Forwarded-For", value: value)])))
    }
    #expect(
      try text("?")
        == "deny error (the trusted proxy sends an unreadable client address) maxmind.yaml")
    #expect(
      try text("unknown")
        == "deny error (the trusted proxy hides its client's address) maxmind.yaml")
  }
}
