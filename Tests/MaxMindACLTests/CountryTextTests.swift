import MaxMindACL
import Testing

/// Databases with countries in other fields than MaxMind's, or as texts that are not codes.
@Suite struct CountryTextTests {
  @Test(
    "a code in place of the `country` map is read",
    arguments: [
      ("deny: {country: [CN, DE]}", "127.1.0.1", "allow default"),
      ("deny: {country: [DE]}", "127.2.0.1", "deny deny.country DE line 1"),
      ("allow: {country: [US]}", "127.1.0.1", "allow allow.country US line 1"),
      ("allow: {country: [US]}", "127.2.0.1", "deny default"),
      ("allow: {regex: [[GB, page]]}", "127.3.0.1", "allow allow.regex page line 1"),
    ])
  func flatCode(_ rules: String, client: String, expected: String) throws {
    let policy = try policy("maxmind: {database: \(Fixture.flatCode), unknown: allow, \(rules)}")
    #expect(try policy.outcome(client) == expected)
  }

  @Test(
    "a country may be any text, and only a rule with the same text matches it",
    arguments: [
      ("127.1.0.1", "deny deny.country CLOUDFLARE line 3"),
      ("127.13.0.1", "deny deny.country CLOUDFLARE line 3"),
      ("127.12.0.1", "deny deny.country Europe line 3"),
      ("127.2.0.1", "deny default"), ("127.3.0.1", "deny default"), ("127.14.0.1", "deny default"),
      ("127.4.0.1", "allow unknown"), ("127.5.0.1", "allow unknown"),
      ("127.6.0.1", "allow unknown"), ("127.11.0.1", "allow unknown"),
      ("127.7.0.1", "allow allow.country NO line 4"),
      ("127.8.0.1", "allow allow.country DE line 4"),
      ("127.9.0.1", "allow allow.country FR line 4"),
      ("127.10.0.1", "allow allow.country US line 4"),
    ])
  func texts(client: String, expected: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.texts)
        deny: {country: [CLOUDFLARE, Europe]}
        allow: {country: [NO, DE, FR, US]}
        unknown: allow
      """)
    #expect(try policy.outcome(client) == expected)
    #expect(policy.warnings.isEmpty)
  }

  @Test("a text can be the scope of a pattern")
  func scope() throws {
    let policy = try policy(
      "maxmind: {database: \(Fixture.texts), deny: {regex: [[CLOUDFLARE, page]]}}")
    #expect(try policy.outcome("127.1.0.1") == "deny deny.regex page line 1")
    #expect(try policy.outcome("127.12.0.1") == "allow default")
  }

  @Test(
    "a description has the whole text, escaped for a log",
    arguments: [
      ("127.1.0.1", "CLOUDFLARE"), ("127.12.0.1", "Europe"), ("127.8.0.1", "DE"),
      ("127.2.0.1", "Tor \"exit\"\u{FFFD}\u{FFFD}X-Evil: <b>,\u{FFFD}"),
      ("127.3.0.1", String(repeating: "L", count: 64) + "…"),
    ])
  func described(client: String, country: String) throws {
    let policy = try policy("maxmind: {database: \(Fixture.texts), deny: {country: [CLOUDFLARE]}}")
    let decision = policy.decide(try request(client))
    #expect(policy.describe(decision).hasSuffix(" country=\(country)"))
    #expect(policy.country(of: decision) == policy.country(of: try request(client).client))
    let explanation = policy.explain(try request(client)).rendered(client: client, by: policy)
    #expect(explanation.contains("\ncountry  \(country) by Test-Country-Texts"))
  }

  @Test("a text is encoded in a redirect")
  func redirect() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.texts)
        allow: {ip: [10.0.0.1]}
        response: {redirect: "https://b.example/?c={country}"}
      """)
    let request = try request("127.2.0.1")
    let answer = try #require(policy.explain(request).answer)
    #expect(answer.location?.contains("?c=Tor%20%22exit%22") == true)
    #expect(answer.location?.utf8.allSatisfy { (0x21...0x7E).contains($0) } == true)
  }

  @Test(
    "a database without readable codes that rules need is an error",
    arguments: [
      (
        "deny: {country: [US]}",
        "database: no record of this Test-Unreadable-Country database has a country that can be "
          + "read, but rules read one; looked for country.iso_code, country_code, country; "
          + "its records have country, is_anonymous, is_hosting_provider"
      ),
      (
        "allow: {regex: [[US, x]]}",
        "database: no record of this Test-Unreadable-Country database has a country that can be "
          + "read, but rules read one; looked for country.iso_code, country_code, country; "
          + "its records have country, is_anonymous, is_hosting_provider"
      ),
      (
        "anonymous: {ip: true, hosting: true}",
        "ip: no record of the database has this flag as a boolean"
      ),
    ])
  func unreadable(_ rules: String, message: String) throws {
    let found = try diagnostics("maxmind: {database: \(Fixture.unreadable), \(rules)}".utf8)
      .filter { $0.severity == .error }
    #expect(found.map(\.id) == [.databaseKind])
    #expect(found.map(\.message) == [message])
  }
}
