extension DiagnosticTests {
  static let stockCases: [DiagnosticCase] = [
    DiagnosticCase(
      "a version that does not exist",
      """
      maxmind:
        database: \(Fixture.country)
        semantics: 1️⃣trafficserver-8
      """,
      "1️⃣ error: semantics: expected documented, trafficserver-9 or trafficserver-10 [bad-semantics]"
    ),
    DiagnosticCase(
      "the documented semantics",
      """
      maxmind:
        database: \(Fixture.country)
        semantics: documented
        deny: {country: [DE]}
      """),
    DiagnosticCase(
      "keys that decide beside semantics",
      """
      maxmind:
        database: \(Fixture.oneCountry)
        semantics: trafficserver-10
        1️⃣unknown: allow
        2️⃣client: {header: X-Forwarded-For, trusted: [10.0.0.0/8]}
        deny:
          3️⃣ip_file: [list.txt]
        bypass:
          header: 4️⃣X-Pass
          value: open
          5️⃣ip: [10.0.0.1]
      """,
      "1️⃣ error: maxmind: unknown: cannot stand beside semantics: trafficserver-10, because the stock plugin has no such rule [conflicting-keys]",
      "2️⃣ error: maxmind: client: cannot stand beside semantics: trafficserver-10, because the stock plugin has no such rule [conflicting-keys]",
      "3️⃣ error: deny: ip_file: cannot stand beside semantics: trafficserver-10, because the stock plugin has no such rule [conflicting-keys]",
      "4️⃣ warning: bypass: any client that knows the value can send X-Pass [bypass-forgeable]",
      "5️⃣ error: bypass: ip: cannot stand beside semantics: trafficserver-10, because the stock plugin has no such rule [conflicting-keys]"
    ),
    DiagnosticCase(
      "mistakes that the stock plugin ignores",
      """
      maxmind:
        database: \(Fixture.countryAnonymous)
        semantics: trafficserver-9
        1️⃣colour: red
        2️⃣anonymous: {vpn: true}
        deny:
          ip: [3️⃣10.0.0.0/33, 4️⃣10.0.0.0/8x]
          regex: [5️⃣["x"], [US, 6️⃣"["], [DE, "x"]]
        allow:
          country: [US, 7️⃣[DE], GB]
      """,
      "1️⃣ warning: maxmind: unknown key \"colour\" [unknown-key]",
      "2️⃣ warning: anonymous: is ignored: semantics: trafficserver-9 has no such section [unused-key]",
      "3️⃣ warning: ip: \"10.0.0.0/33\": prefix length 33 is above 32; it is ignored [bad-address]",
      "4️⃣ warning: ip: \"10.0.0.0/8x\": \"8x\" is not a prefix length, a number from 0 to 32 without leading zeros; it is read as 10.0.0.0/8 [bad-address]",
      "5️⃣ warning: regex: the rule has no country, so it is ignored: [US, \"pattern\"] [bad-regex-rule]",
      "6️⃣ warning: regex: missing terminating ] for character class; this rule and the ones after it are ignored [regex-syntax]",
      "7️⃣ warning: allow: a list in place of a text ends the section: the rules after it are ignored, and the default is allow [wrong-type]"
    ),
    DiagnosticCase(
      "a page that cannot be read",
      """
      maxmind:
        database: \(Fixture.country)
        semantics: trafficserver-9
        html: 1️⃣/absent/page.html
        deny: {ip: [10.0.0.1]}
      """,
      "1️⃣ warning: html: /absent/page.html cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
    DiagnosticCase(
      "no database",
      """
      1️⃣maxmind:
        semantics: trafficserver-9
        deny: {ip: [10.0.0.1]}
      """,
      "1️⃣ error: maxmind has no database: that names a .mmdb file [missing-key]"),
  ]
}
