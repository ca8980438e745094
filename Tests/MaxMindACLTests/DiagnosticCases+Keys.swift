extension DiagnosticTests {
  private static let eightDatabases = [
    Fixture.country, Fixture.swapped, Fixture.city, Fixture.flatCode, Fixture.lowerCase,
    Fixture.countryAnonymous, Fixture.oneCountry, Fixture.rare,
  ].joined(separator: ", ")

  // MARK: - Keys

  static let keyCases = [
    DiagnosticCase(
      "no maxmind",
      """
      1️⃣database: x
      """,
      "1️⃣ error: the file: unknown key \"database\"; it belongs under maxmind:, indented [unknown-key]",
      "1️⃣ error: no top-level maxmind: that holds the configuration [missing-key]"),
    DiagnosticCase(
      "keys beside maxmind instead of under it",
      """
      1️⃣maxmind:
      2️⃣database: x
      3️⃣deny: {}
      """,
      "1️⃣ error: maxmind: has nothing under it; it needs keys such as database: and deny: [empty-value]",
      "2️⃣ error: the file: unknown key \"database\"; it belongs under maxmind:, indented [unknown-key]",
      "3️⃣ error: the file: unknown key \"deny\"; it belongs under maxmind:, indented [unknown-key]"
    ),
    DiagnosticCase(
      "a misspelt maxmind",
      """
      1️⃣maxmnd:
        database: x
      """,
      "1️⃣ error: the file: unknown key \"maxmnd\"; did you mean maxmind? [unknown-key]",
      "1️⃣ error: no top-level maxmind: that holds the configuration [missing-key]"),
    DiagnosticCase(
      "maxmind with nothing under it", "1️⃣maxmind:\n",
      "1️⃣ error: maxmind: has nothing under it; it needs keys such as database: and deny: [empty-value]"
    ),
    DiagnosticCase(
      "maxmind that is a list",
      """
      maxmind:
        1️⃣- database: x
      """,
      "1️⃣ error: maxmind: expected keys such as database:, not a list [wrong-type]"),
    DiagnosticCase(
      "a file that is a list", "1️⃣- maxmind",
      "1️⃣ error: the file: expected keys such as maxmind:, not a list [wrong-type]"),
    DiagnosticCase(
      "a file that is a text", "1️⃣maxmind",
      "1️⃣ error: the file: expected keys such as maxmind:, not a single value [wrong-type]"),
    DiagnosticCase(
      "no database, and no rule that reads one",
      """
      maxmind:
        deny:
          ip: [192.0.2.1]
          regex: [["*", /x]]
          rules: [{ name: uploads, method: [PUT], host: [a.example], not: { ip: [192.0.2.2] } }]
        annotate: { X-Client: "{client}" }
      """),
    DiagnosticCase(
      "no database, but a country rule",
      """
      1️⃣maxmind:
        deny: { regex: [[DE, /x]] }
      """,
      "1️⃣ error: maxmind has no database: that names a .mmdb file, but a rule for country under deny: reads one [missing-key]"
    ),
    DiagnosticCase(
      "no database, but a condition on networks",
      """
      1️⃣maxmind:
        allow: { rules: [{ name: own, host: [a.example], not: { asn: [1] } }] }
      """,
      "1️⃣ error: maxmind has no database: that names a .mmdb file, but a rule for asn under allow: reads one [missing-key]"
    ),
    DiagnosticCase(
      "no database, but a condition on flags",
      """
      1️⃣maxmind:
        deny: { rules: [{ name: vpn, anonymous: [vpn] }] }
      """,
      "1️⃣ error: maxmind has no database: that names a .mmdb file, but a rule for anonymous under deny: reads one [missing-key]"
    ),
    DiagnosticCase(
      "no database, but flags",
      """
      1️⃣maxmind:
        anonymous: { vpn: true }
      """,
      "1️⃣ error: maxmind has no database: that names a .mmdb file, but anonymous: reads one [missing-key]"
    ),
    DiagnosticCase(
      "no database, but a header field with the network",
      """
      1️⃣maxmind:
        annotate: { X-ASN: "{asn}" }
      """,
      "1️⃣ error: maxmind has no database: that names a .mmdb file, but annotate: reads one [missing-key]"
    ),
    DiagnosticCase(
      "more than eight databases",
      """
      maxmind:
        database: [\(eightDatabases), 1️⃣ninth.mmdb]
        deny: { country: [DE] }
      """,
      "1️⃣ error: database: there are more than 8 databases [bad-field]"),
    DiagnosticCase(
      "unknown keys with their likely spelling",
      """
      maxmind:
        1️⃣Database: x
        2️⃣databse: x
        database: \(Fixture.country)
        3️⃣allows: { ip: [127.0.0.1] }
        deny:
          4️⃣countries: [US]
          5️⃣ips: [127.0.0.1]
          6️⃣regexp: [[US, x]]
        bypass: { ip: [127.0.0.1], header: X-A, 7️⃣valeu: x, value: y }
        anonymous: { 8️⃣tro: true }
        9️⃣something_else: 1
      """,
      "1️⃣ error: maxmind: unknown key \"Database\"; did you mean database? [unknown-key]",
      "2️⃣ error: maxmind: unknown key \"databse\"; did you mean database? [unknown-key]",
      "3️⃣ error: maxmind: unknown key \"allows\"; did you mean allow? [unknown-key]",
      "4️⃣ error: deny: unknown key \"countries\"; did you mean country? [unknown-key]",
      "5️⃣ error: deny: unknown key \"ips\"; did you mean ip? [unknown-key]",
      "6️⃣ error: deny: unknown key \"regexp\"; did you mean regex? [unknown-key]",
      "7️⃣ error: bypass: unknown key \"valeu\"; did you mean value? [unknown-key]",
      "8️⃣ error: anonymous: unknown key \"tro\"; did you mean tor? [unknown-key]",
      "9️⃣ error: maxmind: unknown key \"something_else\" [unknown-key]"),
    DiagnosticCase(
      "a merge key",
      """
      maxmind:
        database: \(Fixture.country)
        deny: &deny { ip: [127.0.0.1] }
        allow:
          1️⃣<<: *deny
      """,
      "1️⃣ error: allow: unknown key \"<<\" [unknown-key]"),
    DiagnosticCase(
      "duplicate keys",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣"database": other.mmdb
        deny:
          ip: [127.0.0.1]
          2️⃣ip: [127.0.0.2]
        anonymous: { vpn: false, 3️⃣vpn: true }
        bypass: { ip: [127.0.0.1], header: X-A, value: b, 4️⃣value: c }
        5️⃣deny:
      6️⃣maxmind: {}
      """,
      "1️⃣ error: maxmind: database: is already on line 2 [duplicate-key]",
      "2️⃣ error: deny: ip: is already on line 5 [duplicate-key]",
      "3️⃣ error: anonymous: vpn: is already on line 7 [duplicate-key]",
      "4️⃣ error: bypass: value: is already on line 8 [duplicate-key]",
      "5️⃣ error: maxmind: deny: is already on line 4 [duplicate-key]",
      "6️⃣ error: the file: maxmind: is already on line 1 [duplicate-key]"),
    DiagnosticCase(
      "a key that is not a name",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣[deny]: x
        ? 2️⃣{ a: b }
        : y
      """,
      "1️⃣ error: maxmind: a key is a name, not a list [wrong-type]",
      "2️⃣ error: maxmind: a key is a name, not a mapping [wrong-type]"),
  ]

  // MARK: - Values

  static let valueCases = [
    DiagnosticCase(
      "null for every key",
      """
      maxmind:
        database:1️⃣
        html: 2️⃣~
        3️⃣allow:
        4️⃣deny: null
        5️⃣anonymous:
        bypass:6️⃣
        unknown:7️⃣
        on_error: 8️⃣NULL
      """,
      "1️⃣ error: database: expected a file name, but it is empty [empty-value]",
      "2️⃣ error: html: expected a file name, but it is empty [empty-value]",
      "3️⃣ warning: allow: has nothing under it and counts as no allow rules: the default is allow [empty-section]",
      "4️⃣ warning: deny: has nothing under it and does nothing [empty-section]",
      "5️⃣ warning: anonymous: has nothing under it and does nothing [empty-section]",
      "6️⃣ error: bypass: expected keys such as header:, not null [wrong-type]",
      "7️⃣ error: unknown: expected allow or deny [bad-verdict]",
      "8️⃣ error: on_error: expected allow or deny [bad-verdict]"),
    DiagnosticCase(
      "an empty mapping for every section",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣allow: {}
        2️⃣deny: {}
        3️⃣anonymous: {}
        4️⃣bypass: {}
      """,
      "1️⃣ warning: allow: has nothing under it and counts as no allow rules: the default is allow [empty-section]",
      "2️⃣ warning: deny: has nothing under it and does nothing [empty-section]",
      "3️⃣ warning: anonymous: has nothing under it and does nothing [empty-section]",
      "4️⃣ error: bypass has nothing under it; it needs header: and value:, or ip:, ip_file: or regex: [missing-key]"
    ),
    DiagnosticCase(
      "empty texts",
      """
      maxmind:
        database: 1️⃣""
        html: 2️⃣''
        bypass: { header: 3️⃣"", value: 4️⃣"" }
        unknown: 5️⃣""
        deny:
          country: [6️⃣""]
          ip: [7️⃣""]
          regex: [[8️⃣"", x], [US, 9️⃣""]]
      """,
      "1️⃣ error: database: expected a file name, but it is empty [empty-value]",
      "2️⃣ error: html: expected a file name, but it is empty [empty-value]",
      "3️⃣ error: header: expected the name of a header field, but it is empty [empty-value]",
      "4️⃣ error: value: expected the value of that field, but it is empty [empty-value]",
      "5️⃣ error: unknown: expected allow or deny [bad-verdict]",
      "6️⃣ error: country: expected a country code such as US, but it is empty [empty-value]",
      "7️⃣ error: ip: expected an address, a CIDR prefix or a range, but it is empty [empty-value]",
      "8️⃣ error: regex: expected a country code such as US, or \"*\", but it is empty [empty-value]",
      "9️⃣ error: regex: expected a pattern, but it is empty [empty-value]"),
    DiagnosticCase(
      "a list for every key",
      """
      maxmind:
        database: [1️⃣x.mmdb]
        html: 2️⃣[x.html]
        allow: 3️⃣[US]
        deny: 4️⃣[US]
        anonymous: 5️⃣[vpn]
        bypass: 6️⃣[X-A]
        unknown: 7️⃣[allow]
        on_error: 8️⃣[deny]
      """,
      "1️⃣ error: database: DIR/x.mmdb: cannot open the file: No such file or directory [file-unreadable]",
      "2️⃣ error: html: expected a file name, not a list [wrong-type]",
      "3️⃣ error: allow: expected keys such as country:, not a list [wrong-type]",
      "4️⃣ error: deny: expected keys such as country:, not a list [wrong-type]",
      "5️⃣ error: anonymous: expected keys such as ip:, not a list [wrong-type]",
      "6️⃣ error: bypass: expected keys such as header:, not a list [wrong-type]",
      "7️⃣ error: unknown: expected allow or deny [bad-verdict]",
      "8️⃣ error: on_error: expected allow or deny [bad-verdict]"),
    DiagnosticCase(
      "a text for every section",
      """
      maxmind:
        database: \(Fixture.country)
        allow: 1️⃣US
        deny: 2️⃣US
        anonymous: 3️⃣true
        bypass: 4️⃣X-A
        unknown: 5️⃣Allow
        on_error: 6️⃣"yes"
      """,
      "1️⃣ error: allow: expected keys such as country:, not a single value [wrong-type]",
      "2️⃣ error: deny: expected keys such as country:, not a single value [wrong-type]",
      "3️⃣ error: anonymous: expected keys such as ip:, not a single value [wrong-type]",
      "4️⃣ error: bypass: expected keys such as header:, not a single value [wrong-type]",
      "5️⃣ error: unknown: expected allow or deny [bad-verdict]",
      "6️⃣ error: on_error: expected allow or deny [bad-verdict]"),
    DiagnosticCase(
      "invalid booleans",
      """
      maxmind:
        database: \(Fixture.anonymous)
        anonymous:
          ip: 1️⃣1
          vpn: 2️⃣"true"
          tor: 3️⃣maybe
          hosting:4️⃣
          public: 5️⃣[true]
          residential: 6️⃣!!str yes
      """,
      "1️⃣ error: ip: expected true or false [bad-boolean]",
      "2️⃣ error: vpn: expected true or false [bad-boolean]",
      "3️⃣ error: tor: expected true or false [bad-boolean]",
      "4️⃣ error: hosting: expected true or false [bad-boolean]",
      "5️⃣ error: public: expected true or false [bad-boolean]",
      "6️⃣ error: residential: expected true or false [bad-boolean]"),
    DiagnosticCase(
      "half a bypass",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣bypass:
          header: X-A
      """,
      "1️⃣ error: bypass has no value:; it needs header: and value:, or only ip:, ip_file: or regex: [missing-key]"
    ),
    DiagnosticCase(
      "invalid header names",
      """
      maxmind:
        database: \(Fixture.country)
        bypass: { header: 1️⃣"X-A:", value: y }
      """,
      "1️⃣ error: header: \"X-A:\" cannot be the name of a header field [bad-header-name]"),
    DiagnosticCase(
      "a file name with a NUL",
      """
      maxmind:
        database: 1️⃣"a\\0b"
      """,
      "1️⃣ error: database: a file name cannot contain a NUL [wrong-type]"),
    DiagnosticCase(
      "unknown without a rule that reads a country",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣unknown: allow
        deny: { ip: [127.0.0.1], regex: [["*", x]] }
      """,
      "1️⃣ error: unknown: has no meaning here, because no rule reads a country [unknown-without-country]"
    ),
  ]
}
