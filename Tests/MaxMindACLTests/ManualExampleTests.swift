import Foundation
import Testing

/// The two configurations of the stock plugin's manual page, with other databases and, where a database needs them,
/// other addresses.
@Suite struct ManualExampleTests {
  static let geography = #"""
    maxmind:
     database: \#(Fixture.country)
     allow:
      country:
       - US
      ip:
       - 127.0.0.1
       - 192.168.10.0/20
     deny:
      country:
       - DE
      ip:
       - 127.0.0.1
      regex:
       - [US, ".*\\.txt"] # Because these get parsed you must escape the escape of the ``.``
       - [US, ".*\\.mp3"]
    """#

  static let anonymity = """
    maxmind:
     database: \(Fixture.anonymous)
     anonymous:
      hosting: false
      ip: true
      vpn: true
      tor: false
     allow:
      ip:
       - 127.11.0.1 # Can insert known anonymous IP you wish to allow here
    """

  @Test(
    "the geography example decides as the manual describes",
    arguments: [
      // "deny rules will always take precedence so in the above case 127.0.0.1 would be denied"
      ("127.0.0.1", "/", "deny deny.ip 127.0.0.1 line 13"),
      // "all requests from the US would be allowed except for those on txt and mp3 files"
      ("127.1.0.1", "/", "allow allow.country US line 5"),
      ("127.1.0.1", "/music/a.ogg", "allow allow.country US line 5"),
      ("127.1.0.1", "/notes/a.txt", #"deny deny.regex .*\.txt line 15"#),
      ("127.1.0.1", "/music/a.mp3", #"deny deny.regex .*\.mp3 line 16"#),
      ("2001:db8:1::1", "/music/a.mp3", #"deny deny.regex .*\.mp3 line 16"#),
      // The patterns are for the US; other clients are denied anyway.
      ("127.3.0.1", "/music/a.mp3", "deny default"),
      // "denying DE would be a noop": the verdict is the same as for other countries, but the reason differs.
      ("127.2.0.1", "/", "deny deny.country DE line 11"),
      ("127.3.0.1", "/", "deny default"),
      // 192.168.10.0/20 has host bits: it covers 192.168.0.0 to 192.168.15.255.
      ("192.168.0.0", "/", "allow allow.ip 192.168.10.0/20 line 8"),
      ("192.168.15.255", "/", "allow allow.ip 192.168.10.0/20 line 8"),
      ("192.168.16.0", "/", "deny default"),
      // Not in the database.
      ("198.18.0.1", "/", "deny default"),
    ])
  func geographyExample(client: String, path: String, expected: String) throws {
    let policy = try policy(Self.geography)
    #expect(try policy.outcome(client, "http://example.com\(path)") == expected)
  }

  @Test("DE in deny has no effect on verdicts if other countries are allowed")
  func denyOfCountryBesideAllowChangesNoVerdict() throws {
    let with = try policy(Self.geography)
    let withoutDE = Self.geography.replacingOccurrences(
      of: "  country:\n   - DE\n", with: "")
    #expect(withoutDE != Self.geography)
    let without = try policy(withoutDE)
    for client in ["127.0.0.1", "127.1.0.1", "127.2.0.1", "127.3.0.1", "192.168.1.1", "::1"] {
      let request = try request(client)
      #expect(with.decide(request).verdict == without.decide(request).verdict, "\(client)")
    }
  }

  @Test(
    "the anonymity example decides as the manual describes",
    arguments: [
      // "This would block anonymous IPs and VPNs while allowing hosting and tor IPs", but the allow.ip
      // entry "will reverse the logic and default to blocking all IPs".
      ("127.12.0.1", "deny anonymous.ip ip line 5"),
      ("127.17.0.1", "deny default"),
      ("127.18.0.1", "deny default"),
      // "if an IP had both vpn and hosting true in the database then it would still be blocked"
      ("127.16.0.1", "deny anonymous.ip ip line 5"),
      // "known anonymous IP you wish to allow"
      ("127.11.0.1", "allow allow.ip 127.11.0.1 line 10"),
      ("127.11.0.2", "deny anonymous.ip ip line 5"),
      ("127.1.0.1", "deny default"),
    ])
  func anonymityExample(client: String, expected: String) throws {
    #expect(try policy(Self.anonymity).outcome(client) == expected)
  }

  @Test(
    "the anonymity example without its allow section blocks only anonymous addresses",
    arguments: [
      ("127.11.0.1", "deny anonymous.ip ip line 5"),
      ("127.17.0.1", "allow default"),
      ("127.18.0.1", "allow default"),
      ("127.1.0.1", "allow default"),
    ])
  func anonymityExampleWithoutAllow(client: String, expected: String) throws {
    let lines = Self.anonymity.split(separator: "\n", omittingEmptySubsequences: false)
    let policy = try policy(lines.prefix(7).joined(separator: "\n"))
    #expect(try policy.outcome(client) == expected)
  }
}
