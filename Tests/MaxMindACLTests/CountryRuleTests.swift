import MaxMindACL
import Testing

/// The rules of `country`, in `allow` and `deny`.
@Suite struct CountryRuleTests {
  @Test(
    "a rule matches the clients whose record has its country",
    arguments: [
      ("127.1.0.1", "deny deny.country US line 5"),
      ("::ffff:127.1.0.1", "deny deny.country US line 5"),
      ("2001:db8:1::1", "deny deny.country US line 5"),
      ("127.4.0.1", "deny deny.country NO line 6"),
      ("2001:db8:4::1", "deny deny.country NO line 6"),
      ("127.2.0.1", "allow default"),
      // Registered in the US, located in Canada.
      ("127.5.0.1", "allow default"),
      // Registered in the US, without a location.
      ("127.8.0.1", "allow default"),
      // Only a continent; only traits; no record.
      ("127.7.0.1", "allow default"),
      ("127.9.0.1", "allow default"),
      ("198.18.0.1", "allow default"),
    ])
  func denyCountry(client: String, expected: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country:
            - US
            - NO
      """)
    #expect(try policy.outcome(client) == expected)
  }

  @Test(
    "with allow rules all other clients are denied, even without a record or a country",
    arguments: [
      ("127.4.0.1", "allow allow.country NO line 5"),
      ("127.1.0.1", "deny default"),
      ("127.7.0.1", "deny default"),
      ("127.8.0.1", "deny default"),
      ("127.9.0.1", "deny default"),
      ("198.18.0.1", "deny default"),
      ("198.18.0.2", "allow allow.ip 198.18.0.2 line 6"),
      ("127.7.0.2", "allow allow.ip 127.7.0.2 line 6"),
    ])
  func allowCountry(client: String, expected: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          country:
            - NO
          ip: [198.18.0.2, 127.7.0.2]
      """)
    #expect(try policy.outcome(client) == expected)
  }

  @Test("NO is Norway in every YAML style", arguments: ["NO", "\"NO\"", "'NO'"])
  func norway(spelling: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country: [\(spelling)]
          regex: [[\(spelling), "x"]]
      """)
    #expect(policy.configuration.deny.countries.map(\.value) == [try code("NO")])
    #expect(try policy.outcome("127.4.0.1").hasPrefix("deny deny.country"))
  }

  @Test("codes of the configuration are compared in upper case", arguments: ["us", "Us", "uS"])
  func lowerCaseRule(spelling: String) throws {
    let yaml = "maxmind: { database: \(Fixture.country), deny: { country: [\(spelling)] } }"
    let policy = try policy(yaml)
    #expect(try policy.outcome("127.1.0.1") == "deny deny.country \(spelling) line 1")
    #expect(policy.warnings.map(\.id) == [.lowerCaseCountry])
  }

  @Test("codes of the database are compared in upper case")
  func lowerCaseRecord() throws {
    let policy = try policy(
      #"""
      maxmind:
        database: \#(Fixture.lowerCase)
        deny:
          country: [DE]
          regex:
            - [US, "secret"]
      """#)
    #expect(try policy.outcome("127.2.0.1") == "deny deny.country DE line 4")
    #expect(
      try policy.outcome("127.1.0.1", "http://a.example/secret")
        == "deny deny.regex secret line 6")
    #expect(policy.warnings == [])
  }

  @Test(
    "the country is read from nested and from flat records",
    arguments: ["loopback-city.mmdb", "flat-country.mmdb", "ipinfo-lite.mmdb"])
  func schemas(database: String) throws {
    let policy = try policy(
      "maxmind: { database: \(Fixture.path(database)), deny: { country: [CA, \"NO\"] } }")
    let clients = ["127.5.0.1", "127.5.64.1", "127.5.255.1", "127.4.0.1", "2001:db8:4::1"]
    for client in clients {
      #expect(try policy.outcome(client).hasPrefix("deny deny.country"), "\(client)")
    }
    // Los Angeles is in the subdivision CA.
    for client in ["127.1.64.1", "127.2.0.1", "127.0.0.1"] {
      #expect(try policy.outcome(client) == "allow default", "\(client)")
    }
  }

  @Test("a repeated country is reported by its first line")
  func firstOfEqualRules() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country:
            - DE
            - US
            - US
      """)
    #expect(try policy.outcome("127.1.0.1") == "deny deny.country US line 6")
  }

  @Test("the decision carries the country of the record, or none")
  func countryOfDecision() throws {
    let policy = try policy(
      "maxmind: { database: \(Fixture.country), allow: { country: [US] } }")
    #expect(try policy.country(of: policy.decide(request("127.2.0.1"))) == code("DE"))
    #expect(try policy.country(of: policy.decide(request("127.7.0.1"))) == nil)
    #expect(try policy.country(of: policy.decide(request("198.18.0.1"))) == nil)
  }

  @Test(
    "6to4 and Teredo addresses have their record in the database",
    arguments: ["2002:7f02:1::1", "2001:0:7f02:1::1"])
  func tunnelledClient(client: String) throws {
    let policy = try policy(
      "maxmind: { database: \(Fixture.country), deny: { country: [DE] } }")
    #expect(try policy.outcome(client) == "deny deny.country DE line 1")
  }

  @Test("an IPv6 client of an IPv4 database is unknown, not an error")
  func ipv6ClientOfIPv4Database() throws {
    let yaml = "maxmind: { database: \(Fixture.ipv4Only), allow: { country: [US] } }"
    #expect(try policy(yaml).outcome("2001:db8:1::1") == "deny default")
    #expect(try policy(yaml).outcome("::1") == "deny default")
    #expect(try policy(yaml).outcome("::ffff:127.1.0.1") == "allow allow.country US line 1")
    let unknown = """
      maxmind: { database: \(Fixture.ipv4Only), allow: { country: [US] }, unknown: allow }
      """
    #expect(try policy(unknown).outcome("2001:db8:1::1") == "allow unknown")
  }
}

/// The key `unknown`.
@Suite struct UnknownTests {
  @Test(
    "unknown overrides line 6 for an address without a record or a country",
    arguments: ["198.18.0.1", "127.7.0.1", "127.8.0.1", "127.9.0.1", "2001:db8:7::1"])
  func unknownOverridesDefault(client: String) throws {
    let allowed = "maxmind: { database: \(Fixture.country), allow: { country: [US] }"
    let denied = "maxmind: { database: \(Fixture.country), deny: { country: [US] }"
    #expect(try policy("\(allowed) }").outcome(client) == "deny default")
    #expect(try policy("\(allowed), unknown: allow }").outcome(client) == "allow unknown")
    #expect(try policy("\(allowed), unknown: deny }").outcome(client) == "deny unknown")
    #expect(try policy("\(denied) }").outcome(client) == "allow default")
    #expect(try policy("\(denied), unknown: deny }").outcome(client) == "deny unknown")
    #expect(try policy("\(denied), unknown: allow }").outcome(client) == "allow unknown")
  }

  @Test(
    "the reason is unknown only if that key decided",
    arguments: [
      // With a country, line 6 is unchanged.
      ("127.2.0.1", anyURL, "deny default"),
      ("127.1.0.1", anyURL, "allow allow.country US line 5"),
      // Without a country, an earlier line decides.
      ("198.18.0.9", anyURL, "deny deny.ip 198.18.0.9 line 9"),
      ("198.18.0.2", anyURL, "allow allow.ip 198.18.0.2 line 6"),
      ("198.18.0.1", "http://a.example/open", "allow allow.regex open line 7"),
      ("198.18.0.1", "http://a.example/closed", "deny deny.regex closed line 10"),
      ("198.18.0.1", anyURL, "allow unknown"),
    ])
  func reasonUnknown(client: String, url: String, expected: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        unknown: allow
        allow:
          country: [US]
          ip: [198.18.0.2]
          regex: [["*", "open"]]
        deny:
          ip: [198.18.0.9]
          regex: [["*", "closed"]]
      """)
    #expect(try policy.outcome(client, url) == expected)
  }

  @Test(
    "unknown is an error without a rule that reads a country",
    arguments: [
      "", ", allow: { ip: [192.0.2.1] }", ", deny: { ip: [192.0.2.1] }",
      #", deny: { regex: [["*", "x"]] }"#, ", bypass: { ip: [192.0.2.1] }",
    ])
  func unknownWithoutCountryRules(rest: String) throws {
    let found = try diagnostics(
      "maxmind: { database: \(Fixture.country), unknown: allow\(rest) }".utf8)
    #expect(found.map(\.id) == [.unknownWithoutCountry])
  }

  @Test(
    "unknown is valid with a rule that reads a country",
    arguments: [
      "allow: { country: [US] }", "deny: { country: [US] }", #"allow: { regex: [[US, "x"]] }"#,
      #"deny: { regex: [["*", "x"], ["*", US, "y"]] }"#,
    ])
  func unknownWithCountryRules(rules: String) throws {
    let found = try diagnostics(
      "maxmind: { database: \(Fixture.country), unknown: allow, \(rules) }".utf8)
    #expect(found == [])
  }
}
