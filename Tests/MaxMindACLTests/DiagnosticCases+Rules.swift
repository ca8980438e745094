extension DiagnosticTests {
  // MARK: - Rules

  static let ruleCases = [
    DiagnosticCase(
      "a single value in place of a list",
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          country: 1️⃣US
          ip: 2️⃣127.0.0.1
          regex: 3️⃣x
      """,
      "1️⃣ error: allow.country: expected a list: country: [US] [expected-list]",
      "2️⃣ error: allow.ip: expected a list: ip: [127.0.0.1] [expected-list]",
      "3️⃣ error: allow.regex: expected a list of pairs: regex: [[US, \"pattern\"]] [expected-list]"),
    DiagnosticCase(
      "a single IPv6 address in place of a list",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          ip: 1️⃣::1
      """,
      "1️⃣ error: deny.ip: expected a list: ip: [\"::1\"] [expected-list]"),
    DiagnosticCase(
      "a flat pair",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          regex: 1️⃣[US, ".*\\\\.txt"]
      """,
      "1️⃣ error: deny.regex: expected a list of pairs: regex: [[US, '.*\\.txt']] [bad-regex-rule]"),
    DiagnosticCase(
      "mappings in place of lists",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country: 1️⃣{ US: true }
          ip: [2️⃣{ a: b }, 3️⃣[127.0.0.1]]
          regex: [4️⃣{ US: x }]
      """,
      "1️⃣ error: deny.country: expected a list, not a mapping [wrong-type]",
      "2️⃣ error: ip: expected an address, a CIDR prefix or a range, not a mapping [wrong-type]",
      "3️⃣ error: ip: expected an address, a CIDR prefix or a range, not a list [wrong-type]",
      "4️⃣ error: regex: expected a list of pairs: regex: [[US, \"pattern\"]], not a mapping [bad-regex-rule]"
    ),
    DiagnosticCase(
      "allow with keys and no rules",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣allow:
          2️⃣country: []
          3️⃣ip:
      """,
      "1️⃣ error: allow has keys but no rules; remove allow: to allow by default, or add a rule [no-allow-rules]",
      "2️⃣ warning: allow.country: the list is empty [empty-section]",
      "3️⃣ warning: allow.ip: has nothing under it [empty-section]"),
    DiagnosticCase(
      "deny with keys and no rules",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          1️⃣country: []
          2️⃣ip:
          3️⃣regex: ~
      """,
      "1️⃣ warning: deny.country: the list is empty [empty-section]",
      "2️⃣ warning: deny.ip: has nothing under it [empty-section]",
      "3️⃣ warning: deny.regex: has nothing under it [empty-section]"),
    DiagnosticCase(
      "null rules",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country:
            -1️⃣
          ip: [2️⃣~]
      """,
      "1️⃣ error: country: expected a country code such as US, but it is empty [empty-value]",
      "2️⃣ error: ip: expected an address, a CIDR prefix or a range, but it is empty [empty-value]"
    ),
    DiagnosticCase(
      "invalid countries",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country: [1️⃣"United States", 2️⃣U_S, 3️⃣"*"]
          regex: [[4️⃣"United States", 5️⃣x]]
      """,
      "1️⃣ error: country: \"United States\" is not a country code (ISO 3166-1, such as US), and no record of the database has it [bad-country]",
      "2️⃣ error: country: \"U_S\" is not a country code (ISO 3166-1, such as US), and no record of the database has it; did you mean US? [bad-country]",
      "3️⃣ error: country: \"*\" is not a country code (ISO 3166-1, such as US), and no record of the database has it [bad-country]",
      "4️⃣ error: country: \"United States\" is not a country code (ISO 3166-1, such as US), and no record of the database has it [bad-country]",
      "5️⃣ warning: regex: has no effect for United States, which is denied on line 4 [unreachable-rule]"
    ),
    DiagnosticCase(
      "invalid countries without a loaded database",
      """
      maxmind:
        database: 1️⃣none.mmdb
        deny:
          country: [2️⃣"United States", UK, 3️⃣"-", 4️⃣\(String(repeating: "x", count: 65))]
      """,
      "1️⃣ error: database: DIR/none.mmdb: cannot open the file: No such file or directory [file-unreadable]",
      "2️⃣ error: country: \"United States\" is not a country code (ISO 3166-1, such as US) [bad-country]",
      "3️⃣ error: country: \"-\" is not a country code (ISO 3166-1, such as US) [bad-country]",
      "4️⃣ error: country: \"\(String(repeating: "x", count: 65))\" is not a country code (ISO 3166-1, such as US) [bad-country]"
    ),
    DiagnosticCase(
      "texts that are countries of the database, and other texts",
      """
      maxmind:
        database: \(Fixture.texts)
        deny:
          country: [CLOUDFLARE, 1️⃣Cloudflare, 2️⃣EUROPE, Europe, 3️⃣Germany, 4️⃣DEU]
          regex: [[5️⃣CLOUDFARE, x], [CLOUDFLARE, 6️⃣y]]
      """,
      "1️⃣ error: country: \"Cloudflare\" is not a country code (ISO 3166-1, such as US), and no record of the database has it; did you mean CLOUDFLARE? [bad-country]",
      "2️⃣ warning: country: no record of the database has the code EUROPE; did you mean Europe? [unknown-country]",
      "3️⃣ warning: country: no record of the database has the code Germany [unknown-country]",
      "4️⃣ warning: country: no record of the database has the code DEU; did you mean DE? [unknown-country]",
      "5️⃣ error: country: \"CLOUDFARE\" is not a country code (ISO 3166-1, such as US), and no record of the database has it; did you mean CLOUDFLARE? [bad-country]",
      "6️⃣ warning: regex: has no effect for CLOUDFLARE, which is denied on line 4 [unreachable-rule]"
    ),
    DiagnosticCase(
      "invalid addresses",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          ip:
            - 1️⃣192.168.1
            - 2️⃣192.168.1.0/33
            - 3️⃣10.0.0.9-10.0.0.1
            - 4️⃣10.0.0.1-::1
            - 5️⃣010.0.0.1
            - 6️⃣10.0.0.0/x
            - 7️⃣10.0.0.0/8-10.1.0.0
            - 8️⃣localhost
            - 9️⃣2001:db8::/129
      """,
      "1️⃣ error: ip: \"192.168.1\": \"192.168.1\" is not an IPv4 or IPv6 address [bad-address]",
      "2️⃣ error: ip: \"192.168.1.0/33\": prefix length 33 is above 32 [bad-address]",
      "3️⃣ error: ip: \"10.0.0.9-10.0.0.1\": range ends before it begins [bad-address]",
      "4️⃣ error: ip: \"10.0.0.1-::1\": first and last address are of different families [bad-address]",
      "5️⃣ error: ip: \"010.0.0.1\": \"010.0.0.1\" has an octet with a leading zero, write it without [bad-address]",
      "6️⃣ error: ip: \"10.0.0.0/x\": \"x\" is not a prefix length, a number from 0 to 32 without leading zeros [bad-address]",
      "7️⃣ error: ip: \"10.0.0.0/8-10.1.0.0\": \"10.0.0.0/8-10.1.0.0\" is both a range and a prefix, write one of the two [bad-address]",
      "8️⃣ error: ip: \"localhost\": \"localhost\" is not an IPv4 or IPv6 address [bad-address]",
      "9️⃣ error: ip: \"2001:db8::/129\": prefix length 129 is above 128 [bad-address]"),
    DiagnosticCase(
      "invalid regex rules",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          regex:
            - 1️⃣[US]
            - 2️⃣[]
            - [US, 3️⃣[x]]
            - [4️⃣[US], x]
            - 5️⃣US
      """,
      "1️⃣ error: regex: a rule is a country (or \"*\") and a pattern: [US, \"pattern\"] [bad-regex-rule]",
      "2️⃣ error: regex: a rule is a country (or \"*\") and a pattern: [US, \"pattern\"] [bad-regex-rule]",
      "3️⃣ error: regex: expected a pattern, not a list [wrong-type]",
      "4️⃣ error: regex: expected a country code such as US, or \"*\", not a list [wrong-type]",
      "5️⃣ error: regex: expected a list of pairs: regex: [[US, \"pattern\"]], not a single value [bad-regex-rule]"
    ),
    DiagnosticCase(
      "patterns that PCRE2 does not compile, with a valid one between them",
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          regex:
            - [US, "fine"]
            - [US, 1️⃣"[a-"]
            - [US, "fine too"]
        deny:
          regex:
            - [US, DE, 2️⃣"(x"]
            - ["*", 3️⃣'*x']
      """,
      "1️⃣ error: regex: missing terminating ] for character class [regex-syntax]",
      "2️⃣ error: regex: missing closing parenthesis [regex-syntax]",
      "3️⃣ error: regex: quantifier does not follow a repeatable item [regex-syntax]"),
  ]

  // MARK: - Likely mistakes

  static let warningCases = [
    DiagnosticCase(
      "host bits",
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          ip:
            - 1️⃣192.168.10.0/20
            - 2️⃣2001:db8::1/64
            - 192.168.16.0/20
      """,
      "1️⃣ warning: ip: 192.168.10.0/20 has host bits set; it is read as 192.168.0.0/20 [host-bits]",
      "2️⃣ warning: ip: 2001:db8::1/64 has host bits set; it is read as 2001:db8::/64 [host-bits]"),
    DiagnosticCase(
      "covered ranges, in either order",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          ip:
            - 1️⃣10.1.0.0/16
            - 10.0.0.0/8
            - 2️⃣10.2.0.1-10.2.0.9
            - 3️⃣10.0.0.0/8
            - 4️⃣2001:db8:1::1
            - 2001:db8::/32
            - 0.0.0.0-9.255.255.255
      """,
      "1️⃣ warning: ip: 10.1.0.0/16 is covered by 10.0.0.0/8 on line 6 [range-covered]",
      "2️⃣ warning: ip: 10.2.0.1-10.2.0.9 is covered by 10.0.0.0/8 on line 6 [range-covered]",
      "3️⃣ warning: ip: 10.0.0.0/8 is already on line 6 [duplicate-rule]",
      "4️⃣ warning: ip: 2001:db8:1::1 is covered by 2001:db8::/32 on line 10 [range-covered]"),
    DiagnosticCase(
      "::/0 does not cover an IPv4 address",
      """
      maxmind:
        database: \(Fixture.country)
        deny: { ip: ["::/0", 127.0.0.1, "::ffff:10.0.0.1"] }
      """),
    DiagnosticCase(
      "a repeated country",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country:
            - US
            - DE
            - 1️⃣US
      """,
      "1️⃣ warning: country: US is already on line 5 [duplicate-rule]"),
    DiagnosticCase(
      "a country in lower case",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country: [1️⃣us]
          regex: [[2️⃣De, x]]
      """,
      "1️⃣ warning: country: codes are written in upper case: US [lower-case-country]",
      "2️⃣ warning: country: codes are written in upper case: DE [lower-case-country]"),
    DiagnosticCase(
      "rules that a deny rule always overrides",
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          country: [1️⃣DE, US]
          ip: [2️⃣10.1.2.3, 192.0.2.1, 3️⃣10.1.0.0-10.1.0.9, 9.0.0.0-10.0.0.9]
          regex: [[DE, 4️⃣x]]
        deny:
          country: [DE]
          ip: [10.0.0.0/8]
          regex: [[DE, 5️⃣y], ["*", z]]
      """,
      "1️⃣ warning: country: DE is denied on line 8, and deny rules always win [unreachable-rule]",
      "2️⃣ warning: ip: 10.1.2.3 is denied by 10.0.0.0/8 on line 9, and deny rules always win [unreachable-rule]",
      "3️⃣ warning: ip: 10.1.0.0-10.1.0.9 is denied by 10.0.0.0/8 on line 9, and deny rules always win [unreachable-rule]",
      "4️⃣ warning: regex: has no effect for DE, which is denied on line 8; to exempt its URLs, replace the country with a deny regex: [DE, '^(?!.*x).'] [unreachable-rule]",
      "5️⃣ warning: regex: has no effect for DE, which is denied on line 8 [unreachable-rule]"),
    DiagnosticCase(
      "addresses of a denied country, and a range with other countries",
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          ip:
            - 1️⃣127.2.3.0/24
            - 2️⃣127.2.9.9
            - 127.2.16.0/20
            - 127.1.0.1
            - 127.1.255.255-127.2.0.1
            - 10.0.0.1
        deny:
          country: [DE]
      """,
      "1️⃣ warning: ip: 127.2.3.0/24 is in DE, which is denied on line 12, and deny rules always win [unreachable-rule]",
      "2️⃣ warning: ip: 127.2.9.9 is in DE, which is denied on line 12, and deny rules always win [unreachable-rule]"
    ),
    DiagnosticCase(
      "an allow rule inside a wide deny rule, with a narrow deny rule at its start",
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          ip: [1️⃣10.1.0.0/16]
        deny:
          ip: [10.0.0.0/8, 2️⃣10.1.0.0]
      """,
      "1️⃣ warning: ip: 10.1.0.0/16 is denied by 10.0.0.0/8 on line 6, and deny rules always win [unreachable-rule]",
      "2️⃣ warning: ip: 10.1.0.0 is covered by 10.0.0.0/8 on line 6 [range-covered]"),
    DiagnosticCase(
      "patterns for the path alone, without a known host",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          regex:
            - [US, 1️⃣"^/music"]
            - [US, 2️⃣'^\\/music']
            - [US, "^music"]
            - [US, '^.*/music']
            - [US, '^/?music']
            - [US, "/music"]
      """,
      "1️⃣ warning: regex: cannot match, because the subject begins with the host: host/path [regex-anchor]",
      "2️⃣ warning: regex: cannot match, because the subject begins with the host: host/path [regex-anchor]"
    ),
    DiagnosticCase(
      "patterns that cannot match the host of the remap line",
      #"""
      maxmind:
        database: \#(Fixture.country)
        deny:
          regex:
            - [US, 1️⃣"^/music"]
            - [US, 2️⃣"^music"]
            - [US, '^a\.example/music']
            - [US, '^a\.']
            - [US, '^[a-z]+\.example/']
            - [US, 3️⃣'^A\.Example/']
            - [US, 4️⃣'^a\.example\.com/']
            - [US, '^(www\.)?a\.example']
            - [US, '^b|a']
      """#,
      "1️⃣ warning: regex: cannot match, because the subject begins with the host: host/path [regex-anchor]",
      "2️⃣ warning: regex: cannot match, because the subject begins with the host of the remap line: a.example/… [regex-anchor]",
      "3️⃣ warning: regex: cannot match, because the host is in lower case [regex-unmatchable]",
      "4️⃣ warning: regex: cannot match, because the subject begins with the host of the remap line: a.example/… [regex-anchor]",
      mapHost: "A.Example"),
    DiagnosticCase(
      "countries that are not in the database",
      """
      maxmind:
        database: \(Fixture.country)
        allow:
          country: [1️⃣UK, 2️⃣XX, "NO"]
        deny:
          regex: [[3️⃣USA, x], [4️⃣uk, "*", y]]
      """,
      "1️⃣ warning: country: no record of the database has the code UK; did you mean GB? [unknown-country]",
      "2️⃣ warning: country: no record of the database has the code XX [unknown-country]",
      "3️⃣ warning: country: no record of the database has the code USA; did you mean US? [unknown-country]",
      "4️⃣ warning: country: codes are written in upper case: UK [lower-case-country]",
      "4️⃣ warning: country: no record of the database has the code UK; did you mean GB? [unknown-country]"
    ),
  ]
}
