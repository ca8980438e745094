import RuleTests
import Testing

/// The addresses for a client of a test.
@Suite struct ClientTests {
  static let clients: [(String, [String])] = [
    ("192.0.2.1", ["192.0.2.1"]),
    ("192.0.2.1/32", ["192.0.2.1"]),
    ("\"::1\"", ["::1"]),
    ("\"::ffff:10.0.0.1\"", ["10.0.0.1"]),
    ("\"-\"", ["-"]),
    ("198.51.100.0/24 edges", ["198.51.100.0", "198.51.100.255"]),
    ("198.51.100.0/24   edges", ["198.51.100.0", "198.51.100.255"]),
    ("198.51.100.0/24 neighbours", ["198.51.99.255", "198.51.101.0"]),
    ("10.0.0.3-10.0.0.9 edges", ["10.0.0.3", "10.0.0.9"]),
    ("10.0.0.3 - 10.0.0.9 neighbours", ["10.0.0.2", "10.0.0.10"]),
    ("10.0.0.1 edges", ["10.0.0.1"]),
    ("10.0.0.1 neighbours", ["10.0.0.0", "10.0.0.2"]),
    ("0.0.0.0/8 neighbours", ["1.0.0.0"]),
    ("255.0.0.0/8 neighbours", ["254.255.255.255"]),
    ("2001:db8::/32 edges", ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"]),
    ("\"::/128 neighbours\"", ["::1"]),
    ("ffff::/16 neighbours", ["fffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]),
    (
      "[198.51.100.0/24 edges, 198.51.100.77]",
      ["198.51.100.0", "198.51.100.255", "198.51.100.77"]
    ),
  ]

  @Test(arguments: clients) func `a client has the addresses that it names`(
    _ text: String, _ addresses: [String]
  ) throws {
    let tests = try RuleTestFile.read(Array(file(client: text, expect: "deny").utf8), file: "t")
    #expect(tests.tests.first?.clients.map(\.text) == addresses)
  }
}
