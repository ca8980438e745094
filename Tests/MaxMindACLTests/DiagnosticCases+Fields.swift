extension DiagnosticTests {
  private static let other = Fixture.path("vendors/other-vendor.mmdb")

  // MARK: - Fields of records

  static let fieldCases = [
    DiagnosticCase(
      "invalid networks",
      """
      maxmind:
        database: \(Fixture.networks)
        deny:
          asn:
            - 1️⃣Example
            - 2️⃣AS
            - 3️⃣4294967296
            - 4️⃣64501-64500
            - 5️⃣AS1-AS2-AS3
            - 6️⃣-1
            - 7️⃣" 64500"
            - 8️⃣[64500]
            -9️⃣
      """,
      "1️⃣ error: asn: \"Example\" is not an AS number such as 64496 or AS64496, nor a range such as 64512-65534 [bad-asn]",
      "2️⃣ error: asn: \"AS\" is not an AS number such as 64496 or AS64496, nor a range such as 64512-65534 [bad-asn]",
      "3️⃣ error: asn: \"4294967296\" is not an AS number: the largest is 4294967295 [bad-asn]",
      "4️⃣ error: asn: \"64501-64500\": the range ends before it begins [bad-asn]",
      "5️⃣ error: asn: \"AS1-AS2-AS3\" is not an AS number such as 64496 or AS64496, nor a range such as 64512-65534 [bad-asn]",
      "6️⃣ error: asn: \"-1\" is not an AS number such as 64496 or AS64496, nor a range such as 64512-65534 [bad-asn]",
      "7️⃣ error: asn: \" 64500\" is not an AS number such as 64496 or AS64496, nor a range such as 64512-65534 [bad-asn]",
      "8️⃣ error: asn: expected an AS number such as AS64496, not a list [wrong-type]",
      "9️⃣ error: asn: expected an AS number such as AS64496, but it is empty [empty-value]"
    ),
    DiagnosticCase(
      "repeated and covered networks, and one that no record has",
      """
      maxmind:
        database: \(Fixture.networks)
        deny:
          asn:
            - 64500
            - 1️⃣AS64500
            - 64501-64505
            - 2️⃣64502-64503
            - 3️⃣64504
            - 4️⃣65551
            - 65552-65555
      """,
      "1️⃣ warning: asn: AS64500 is already on line 5 [duplicate-rule]",
      "2️⃣ warning: asn: 64502-64503 is covered by 64501-64505 on line 7 [range-covered]",
      "3️⃣ warning: asn: 64504 is covered by 64501-64505 on line 7 [range-covered]",
      "4️⃣ warning: asn: no record of the databases has AS65551 [unknown-value]"),
    DiagnosticCase(
      "invalid subdivisions and continents",
      """
      maxmind:
        database: \(Fixture.city)
        deny:
          subdivision: [1️⃣California, 2️⃣CA, 3️⃣US_CA, 4️⃣US-ABCD]
          continent: [5️⃣Europe, 6️⃣XX]
      """,
      "1️⃣ error: subdivision: \"California\" is not a subdivision code (ISO 3166-2, such as US-CA) [bad-subdivision]",
      "2️⃣ error: subdivision: \"CA\" is not a subdivision code (ISO 3166-2, such as US-CA) [bad-subdivision]",
      "3️⃣ error: subdivision: \"US_CA\" is not a subdivision code (ISO 3166-2, such as US-CA) [bad-subdivision]",
      "4️⃣ error: subdivision: \"US-ABCD\" is not a subdivision code (ISO 3166-2, such as US-CA) [bad-subdivision]",
      "5️⃣ error: continent: \"Europe\" is not a continent code (AF, AN, AS, EU, NA, OC, SA) [bad-continent]",
      "6️⃣ error: continent: \"XX\" is not a continent code (AF, AN, AS, EU, NA, OC, SA) [bad-continent]"
    ),
    DiagnosticCase(
      "codes in lower case, and codes that no record has",
      """
      maxmind:
        database: \(Fixture.city)
        deny:
          subdivision: [1️⃣us-ca, 2️⃣DE-XX, 3️⃣US-CA]
          continent: [4️⃣eu, 5️⃣AF]
      """,
      "1️⃣ warning: subdivision: codes are written in upper case: US-CA [lower-case-code]",
      "2️⃣ warning: subdivision: no record of the databases has DE-XX [unknown-value]",
      "3️⃣ warning: subdivision: US-CA is already on line 4 [duplicate-rule]",
      "4️⃣ warning: continent: codes are written in upper case: EU [lower-case-code]",
      "5️⃣ warning: continent: no record of the databases has AF [unknown-value]"),
    DiagnosticCase(
      "kinds that no database has",
      """
      maxmind:
        database: [1️⃣\(Fixture.path("flat-country.mmdb")), \(Fixture.anonymous)]
        deny: { asn: [64500], subdivision: [US-CA], continent: [EU], country: [DE] }
        anonymous: { vpn: true }
      """,
      "1️⃣ error: database: no record of the databases has an autonomous system number, but rules read one; looked for autonomous_system_number, traits.autonomous_system_number, asn; ip-location-db country has country_code; GeoIP2-Anonymous-IP has is_anonymous, is_anonymous_vpn, is_hosting_provider, is_public_proxy, is_residential_proxy, is_tor_exit_node [database-kind]",
      "1️⃣ error: database: no record of the databases has a subdivision code, but rules read one; looked for subdivisions, region_code; ip-location-db country has country_code; GeoIP2-Anonymous-IP has is_anonymous, is_anonymous_vpn, is_hosting_provider, is_public_proxy, is_residential_proxy, is_tor_exit_node [database-kind]",
      "1️⃣ error: database: no record of the databases has a continent code, but rules read one; looked for continent.code, continent_code, continent; ip-location-db country has country_code; GeoIP2-Anonymous-IP has is_anonymous, is_anonymous_vpn, is_hosting_provider, is_public_proxy, is_residential_proxy, is_tor_exit_node [database-kind]"
    ),
    DiagnosticCase(
      "subdivisions with names only",
      """
      maxmind:
        database: 1️⃣\(Fixture.path("vendors/dbip-city-lite.mmdb"))
        deny: { subdivision: [US-CA] }
      """,
      "1️⃣ error: database: no record of this DBIP-City-Lite database has a subdivision code, but rules read one; looked for subdivisions, region_code; its records have continent, country, registered_country, subdivisions [database-kind]"
    ),
    DiagnosticCase(
      "a database that nothing reads, and one of two that does not exist",
      """
      maxmind:
        database: [\(Fixture.country), 1️⃣\(Fixture.networks)]
        deny: { country: [DE] }
      """,
      "1️⃣ warning: database: no rule and no header field reads \(Fixture.networks) [unused-database]"
    ),
    DiagnosticCase(
      "a database that only a header field reads",
      """
      maxmind:
        database: [\(Fixture.country), \(Fixture.networks)]
        deny: { country: [DE] }
        annotate: { X-ASN: "{asn}" }
      """),
    DiagnosticCase(
      "a header field with a field that no database has",
      """
      maxmind:
        database: 1️⃣\(Fixture.country)
        deny: { country: [DE] }
        annotate: { X-ASN: "{asn}", X-Country: "{country}" }
      """,
      "1️⃣ warning: database: no record of this GeoLite2-Country database has an autonomous system number, but annotate: names it; looked for autonomous_system_number, traits.autonomous_system_number, asn; its records have continent, country, registered_country, traits [database-field]"
    ),
    DiagnosticCase(
      "databases that cannot be loaded beside one that can",
      """
      maxmind:
        database: [1️⃣none.mmdb, \(Fixture.country), 2️⃣\(Fixture.path("broken/not-a-database.mmdb"))]
        deny: { country: [DE] }
      """,
      "1️⃣ error: database: DIR/none.mmdb: cannot open the file: No such file or directory [file-unreadable]",
      "2️⃣ error: database: \(Fixture.path("broken/not-a-database.mmdb")): has no MaxMind DB metadata: it is another kind of file or was cut off [database-invalid]"
    ),
    DiagnosticCase(
      "a database twice, and an empty list of databases",
      """
      maxmind:
        database: [\(Fixture.country), 1️⃣\(Fixture.country)]
        deny: { country: [DE] }
      """,
      "1️⃣ warning: database: \(Fixture.country) is already on line 2 [duplicate-rule]"),
    DiagnosticCase(
      "an empty list of databases",
      """
      1️⃣maxmind:
        2️⃣database: []
        deny: { country: [DE] }
      """,
      "1️⃣ error: maxmind has no database: that names a .mmdb file, but a rule for country under deny: reads one [missing-key]",
      "2️⃣ warning: database: the list is empty [empty-section]"),
    DiagnosticCase(
      "invalid fields",
      """
      maxmind:
        database: \(other)
        fields:
          country: 1️⃣geo/cc
          asn: 2️⃣/net~2number
          continent: 3️⃣""
          4️⃣Bot: /risk/bot
          5️⃣contry: /geo/cc
          subdivision: 6️⃣[/geo/parts]
          bot: /risk/bot
          7️⃣bot: /risk/bot
        deny: { ip: [192.0.2.1] }
      """,
      "1️⃣ error: fields.country: a JSON pointer begins with /, such as /country/iso_code [bad-field]",
      "2️⃣ error: fields.asn: in a JSON pointer 0 or 1 follows ~: ~0 is the character ~, and ~1 is / [bad-field]",
      "3️⃣ error: fields.continent: expected a JSON pointer such as /geo/country, but it is empty [empty-value]",
      "4️⃣ error: fields: \"Bot\" cannot be the name of a flag; use at most 64 of a-z, 0-9, _ and -, and begin with a letter [bad-field]",
      "5️⃣ error: fields: unknown field \"contry\"; did you mean country? [bad-field]",
      "6️⃣ error: fields.subdivision: expected a JSON pointer such as /geo/country, not a list [wrong-type]",
      "7️⃣ error: fields: bot: is already on line 10 [duplicate-key]"),
    DiagnosticCase(
      "more flags than fit",
      """
      maxmind:
        database: 2️⃣\(other)
        fields: { \((0..<16).map { "f\($0): /risk/bot" }.joined(separator: ", ")), 1️⃣more: /risk/bot }
        anonymous: { f15: true }
      """,
      "2️⃣ warning: database: some records cannot be read completely; on_error decides for their addresses [database-records]",
      "1️⃣ error: fields: there are too many flags; at most 16 can be added [bad-field]"),
    DiagnosticCase(
      "a field that is not at its pointer",
      """
      maxmind:
        database: 1️⃣\(other)
        fields: { country: /geo/country }
        deny: { country: [DE] }
      """,
      "1️⃣ error: database: no record of this Test-Other-Vendor database has a country, but rules read one; looked for /geo/country; its records have geo, net, risk [database-kind]"
    ),
    DiagnosticCase(
      "invalid sources of the country",
      """
      maxmind:
        database: \(Fixture.country)
        country_from: [country, 1️⃣represented_country, 2️⃣country]
        deny: { country: [DE] }
      """,
      "1️⃣ error: country_from: unknown field \"represented_country\"; expected one or both of country and registered_country [bad-field]",
      "2️⃣ error: country_from: country is already in the list [duplicate-key]"),
    DiagnosticCase(
      "one source of the country that is not a list",
      """
      maxmind:
        database: \(Fixture.country)
        country_from: 1️⃣registered_country
        deny: { country: [DE] }
      """,
      "1️⃣ error: country_from: expected a list: country_from: [registered_country] [expected-list]"),
  ]

  // MARK: - Named rules

  static let namedRuleCases = [
    DiagnosticCase(
      "invalid named rules",
      """
      maxmind:
        deny:
          rules:
            - 1️⃣method: [PUT]
            - { name: 2️⃣"two\\nlines", method: [PUT] }
            - { name: 3️⃣"", method: [PUT] }
            - 4️⃣name: nothing
            - 5️⃣name
            - { name: list, method: 6️⃣PUT }
            - { name: empty, 7️⃣method: [] }
            - { name: key, 8️⃣hosts: [a.example] }
            - { name: not, method: [PUT], not: { 9️⃣not: { method: [PUT] } } }
      """,
      "1️⃣ error: rules: a rule has no name:, which reports show [missing-key]",
      "2️⃣ error: name: a rule's name is one line of at most 64 bytes [bad-name]",
      "3️⃣ error: name: expected a name for reports, but it is empty [empty-value]",
      "4️⃣ error: rules \"nothing\": has no conditions, so it would deny every request [bad-rule]",
      "5️⃣ error: rules: expected keys such as name:, not a single value [wrong-type]",
      "6️⃣ error: rules \"list\": method: expected a list: method: [PUT] [expected-list]",
      "7️⃣ error: rules \"empty\": method: the list is empty [bad-rule]",
      "8️⃣ error: rules: unknown key \"hosts\"; did you mean host? [unknown-key]",
      "9️⃣ error: rules \"not\": not: unknown key \"not\"; not: cannot stand inside not: [unknown-key]"
    ),
    DiagnosticCase(
      "hosts with empty labels",
      """
      maxmind:
        deny:
          rules:
            - name: hosts
              host: [1️⃣".a.example", 2️⃣"a..example", 3️⃣"a.example..", 4️⃣"*..example", 5️⃣"", "a.example."]
      """,
      "1️⃣ error: host: \".a.example\" is not a host name such as www.example.com or *.example.com; it has no scheme, port and path; did you mean *.a.example? [bad-host]",
      "2️⃣ error: host: \"a..example\" is not a host name such as www.example.com or *.example.com; it has no scheme, port and path [bad-host]",
      "3️⃣ error: host: \"a.example..\" is not a host name such as www.example.com or *.example.com; it has no scheme, port and path [bad-host]",
      "4️⃣ error: host: \"*..example\" is not a host name such as www.example.com or *.example.com; it has no scheme, port and path [bad-host]",
      "5️⃣ error: host: expected a host name such as www.example.com, but it is empty [empty-value]"
    ),
    DiagnosticCase(
      "countries where a named rule has patterns",
      """
      maxmind:
        deny:
          rules: [{name: a, regex: [1️⃣US, "/video/"]}]
      """,
      "1️⃣ error: regex: \"US\" is a country, not a pattern; a pattern of a named rule is alone, for clients of all countries: [\"pattern\"] [bad-regex-rule]"
    ),
    DiagnosticCase(
      "invalid conditions",
      """
      maxmind:
        deny:
          rules:
            - name: hosts
              host: [1️⃣"http://a.example/", 2️⃣"*", 3️⃣a.*.example, 4️⃣"a.example:80", "*.a.example", "[::1]"]
            - name: methods
              method: [5️⃣"PUT POST", 6️⃣put, 7️⃣\(String(repeating: "A", count: 25)), \(String(repeating: "A", count: 24))]
            - name: flags
              anonymous: [8️⃣vnp, 9️⃣VPN]
      """,
      "1️⃣ error: host: \"http://a.example/\" is not a host name such as www.example.com or *.example.com; it has no scheme, port and path [bad-host]",
      "2️⃣ error: host: \"*\" is not a host name such as www.example.com or *.example.com; it has no scheme, port and path [bad-host]",
      "3️⃣ error: host: \"a.*.example\" is not a host name such as www.example.com or *.example.com; it has no scheme, port and path [bad-host]",
      "4️⃣ error: host: \"a.example:80\" is not a host name such as www.example.com or *.example.com; it has no scheme, port and path [bad-host]",
      "5️⃣ error: method: \"PUT POST\" is not a method such as GET [bad-method]",
      "6️⃣ warning: method: \"put\": methods differ in case; did you mean PUT? [bad-method]",
      "7️⃣ error: method: \"\(String(repeating: "A", count: 25))\" is not a method such as GET [bad-method]",
      "8️⃣ error: anonymous: unknown flag \"vnp\"; did you mean vpn? [unknown-key]",
      "9️⃣ error: anonymous: unknown flag \"VPN\"; did you mean vpn? [unknown-key]"),
    DiagnosticCase(
      "invalid times",
      """
      maxmind:
        deny:
          rules:
            - { name: hours, time: { daily: 1️⃣"22-6" } }
            - { name: none, time: { daily: 2️⃣"08:00-08:00" } }
            - { name: days, time: { weekdays: [3️⃣monday] } }
            - { name: zone, time: { daily: "22:00-06:00", zone: 4️⃣Europe/Berlinn } }
            - { name: empty, 5️⃣time: { zone: UTC } }
            - { name: no days, time: { 6️⃣weekdays: [] } }
            - { name: text, time: 7️⃣"22:00-06:00" }
      """,
      "1️⃣ error: daily: \"22-6\": not a daily window, write two times from 00:00 to 24:00, such as 22:00-06:00 [bad-time]",
      "2️⃣ error: daily: \"08:00-08:00\": the window ends when it begins, write 00:00-24:00 for the whole day [bad-time]",
      "3️⃣ error: weekdays: \"monday\": not a weekday, write mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri [bad-time]",
      "4️⃣ error: zone: \"Europe/Berlinn\": unknown time zone, write UTC, an offset such as +01:00, or an IANA name such as Europe/Berlin [bad-time]",
      "5️⃣ error: time: expected daily: or weekdays:, or both [bad-rule]",
      "6️⃣ error: weekdays: the list is empty [bad-rule]",
      "7️⃣ error: time: expected keys such as daily:, not a single value [wrong-type]"),
    DiagnosticCase(
      "a name twice in a list, and in the other list",
      """
      maxmind:
        deny:
          rules:
            - { name: uploads, method: [PUT] }
            - { name: 1️⃣uploads, method: [POST] }
        allow:
          rules: [{ name: uploads, host: [a.example] }]
      """,
      "1️⃣ error: rules: the name \"uploads\" is already on line 4 [duplicate-rule]"),
    DiagnosticCase(
      "empty parts of a named rule",
      """
      maxmind:
        deny:
          rules:
            - { name: exception, method: [PUT], 1️⃣not: {} }
            - { name: answer, method: [POST], 2️⃣response: }
        allow:
          rules:
            - { name: answer, method: [GET], 3️⃣response: { status: 451 } }
      """,
      "1️⃣ warning: not: has nothing under it and does nothing [empty-section]",
      "2️⃣ error: response: has nothing under it; it would answer a plain 403, without the keys of response: [empty-value]",
      "3️⃣ error: response: an allow rule denies nobody [conflicting-keys]"),
    DiagnosticCase(
      "mistakes inside the values and the response of a named rule",
      """
      maxmind:
        database: \(Fixture.city)
        deny:
          rules:
            - name: all
              country: [1️⃣us, 2️⃣UK]
              subdivision: [3️⃣California]
              ip: [4️⃣10.0.0.0/33]
              ip_file: [5️⃣none.conf]
              regex: [6️⃣"[a-"]
              response: { status: 7️⃣200, html: 8️⃣none.html }
      """,
      "1️⃣ warning: country: codes are written in upper case: US [lower-case-country]",
      "2️⃣ warning: country: no record of the database has the code UK; did you mean GB? [unknown-country]",
      "3️⃣ error: subdivision: \"California\" is not a subdivision code (ISO 3166-2, such as US-CA) [bad-subdivision]",
      "4️⃣ error: ip: \"10.0.0.0/33\": prefix length 33 is above 32 [bad-address]",
      "5️⃣ error: ip_file: DIR/none.conf cannot be read: cannot open the file: No such file or directory [file-unreadable]",
      "6️⃣ error: regex: missing terminating ] for character class [regex-syntax]",
      "7️⃣ error: status: \"200\" cannot be the status of a denial; expected 400 to 599, such as 403 or 451 [bad-status]",
      "8️⃣ error: html: DIR/none.html cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
    DiagnosticCase(
      "rules that are no list",
      """
      maxmind:
        deny:
          rules: 1️⃣{ name: uploads, method: [PUT] }
      """,
      "1️⃣ error: deny.rules: expected a list, not a mapping; begin each rule with \"- name:\" [wrong-type]"
    ),
    DiagnosticCase(
      "patterns that cannot match, and a bad one",
      """
      maxmind:
        deny:
          rules:
            - { name: anchor, regex: [1️⃣"^/x"] }
            - { name: syntax, regex: [2️⃣"[a-"] }
            - { name: pair, regex: [3️⃣["*", x]] }
      """,
      "1️⃣ warning: regex: cannot match, because the subject begins with the host: host/path [regex-anchor]",
      "2️⃣ error: regex: missing terminating ] for character class [regex-syntax]",
      "3️⃣ error: regex: a pattern of a named rule is alone, for clients of all countries: [\"pattern\"] [bad-regex-rule]"
    ),
  ]
}
