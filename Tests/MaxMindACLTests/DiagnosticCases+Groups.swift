extension DiagnosticTests {
  // MARK: - Groups

  static let groupCases = [
    DiagnosticCase(
      "unknown groups",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          office: [192.0.2.0/24, 1️⃣$offise]
          nordics: [NO]
        allow:
          country: [2️⃣$nordic, 3️⃣$Nordics, 4️⃣$elsewhere, 5️⃣$, 6️⃣$$nordics]
          ip: [7️⃣$privat]
          regex: [[8️⃣$ea, x]]
        unknown: allow
      """,
      "1️⃣ error: define.office: unknown group $offise; did you mean $office? [unknown-group]",
      "2️⃣ error: country: unknown group $nordic; did you mean $nordics? [unknown-group]",
      "3️⃣ error: country: unknown group $Nordics; did you mean $nordics? [unknown-group]",
      "4️⃣ error: country: unknown group $elsewhere; the groups are $eu, $eea, $private and those under define: [unknown-group]",
      "5️⃣ error: country: unknown group $; a group is a $ and its name, such as $eu [unknown-group]",
      "6️⃣ error: country: unknown group $$nordics; did you mean $nordics? [unknown-group]",
      "7️⃣ error: ip: unknown group $privat; did you mean $private? [unknown-group]",
      "8️⃣ error: regex: unknown group $ea; did you mean $eea? [unknown-group]"),
    DiagnosticCase(
      "names that cannot be groups",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          1️⃣Nordics: [NO]
          2️⃣1st: [NO]
          3️⃣"a b": [NO]
          4️⃣$x: [NO]
          5️⃣eu: [NO]
          regex: [NO, US]
        deny:
          country: [$Nordics, $regex]
      """,
      #"1️⃣ error: define: "Nordics" cannot be the name of a group; use at most 64 of a-z, 0-9, _ and -, and begin with a letter [bad-group]"#,
      #"2️⃣ error: define: "1st" cannot be the name of a group; use at most 64 of a-z, 0-9, _ and -, and begin with a letter [bad-group]"#,
      #"3️⃣ error: define: "a b" cannot be the name of a group; use at most 64 of a-z, 0-9, _ and -, and begin with a letter [bad-group]"#,
      #"4️⃣ error: define: "$x" cannot be the name of a group; use at most 64 of a-z, 0-9, _ and -, and begin with a letter [bad-group]"#,
      "5️⃣ error: define: $eu is built in; choose another name [bad-group]"),
    DiagnosticCase(
      "names of groups at the limit and above",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          \(String(repeating: "a", count: 64)): [US]
          1️⃣\(String(repeating: "b", count: 65)): [US]
        deny:
          country: [$\(String(repeating: "a", count: 64)), $\(String(repeating: "b", count: 65))]
      """,
      "1️⃣ error: define: \"\(String(repeating: "b", count: 65))\" cannot be the name of a group; use at most 64 of a-z, 0-9, _ and -, and begin with a letter [bad-group]"
    ),
    DiagnosticCase(
      "groups of the wrong shape",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          1️⃣a: []
          2️⃣b:
          c: 3️⃣US
          d: 4️⃣{ US: true }
          e: [5️⃣[US], 6️⃣"", 7️⃣~]
      """,
      "1️⃣ error: define.a: expected a list of countries or of addresses, but it is empty [empty-value]",
      "2️⃣ error: define.b: expected a list of countries or of addresses, but it is empty [empty-value]",
      "3️⃣ error: define.c: expected a list: c: [US] [expected-list]",
      "4️⃣ error: define.d: expected a list, not a mapping [wrong-type]",
      "5️⃣ error: define.e: expected a country, an address or a group, not a list [wrong-type]",
      "6️⃣ error: define.e: expected a country, an address or a group, but it is empty [empty-value]",
      "7️⃣ error: define.e: expected a country, an address or a group, but it is empty [empty-value]"
    ),
    DiagnosticCase(
      "nothing under define, or a list",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣define:
      """,
      "1️⃣ warning: define: has nothing under it and does nothing [empty-section]"),
    DiagnosticCase(
      "a list under define",
      """
      maxmind:
        database: \(Fixture.country)
        define: 1️⃣[US]
      """,
      "1️⃣ error: define: expected keys such as name:, not a list [wrong-type]"),
    DiagnosticCase(
      "a name in place of a list",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country: 1️⃣$eu
      """,
      "1️⃣ error: deny.country: expected a list: country: [$eu] [expected-list]"),
    DiagnosticCase(
      "groups that contain themselves",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          a: [US, 1️⃣$a]
          b: [$c]
          c: [$d, $eu]
          d: [2️⃣$b]
        deny:
          country: [$a, $b]
      """,
      "1️⃣ error: define.a: the group contains itself: $a, $a [group-cycle]",
      "2️⃣ error: define.d: the group contains itself: $b, $c, $d, $b [group-cycle]"),
    DiagnosticCase(
      "groups of countries as addresses, and of addresses as countries",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          nordics: [NO, SE]
          office: [192.0.2.1, 2001:db8::/32]
          both: [NO, $office]
        deny:
          country: [1️⃣$office, 2️⃣$both, 3️⃣$private]
          ip: [4️⃣$nordics, 5️⃣$eu]
          regex: [[6️⃣$office, x]]
      """,
      #"1️⃣ error: country: "192.0.2.1" in $office on line 5 is not a country code (ISO 3166-1, such as US) [bad-country]"#,
      #"2️⃣ error: country: "192.0.2.1" in $both on line 5 is not a country code (ISO 3166-1, such as US) [bad-country]"#,
      #"3️⃣ error: country: "10.0.0.0/8" in $private is not a country code (ISO 3166-1, such as US) [bad-country]"#,
      #"4️⃣ error: ip: "NO" in $nordics on line 4: "NO" is not an IPv4 or IPv6 address [bad-address]"#,
      #"5️⃣ error: ip: "AT" in $eu: "AT" is not an IPv4 or IPv6 address [bad-address]"#,
      #"6️⃣ error: country: "192.0.2.1" in $office on line 5 is not a country code (ISO 3166-1, such as US) [bad-country]"#
    ),
    DiagnosticCase(
      "members of groups with mistakes",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          office: [10.0.0.1/8]
          countries: [us, UK, Norge-og-Sverige]
        client: { header: X-Forwarded-For, trusted: [1️⃣$office, 2️⃣$everyone] }
        deny:
          country: [3️⃣$countries]
      """,
      "1️⃣ warning: trusted: 10.0.0.1/8 in $office on line 4 has host bits set; it is read as 10.0.0.0/8 [host-bits]",
      "2️⃣ error: trusted: unknown group $everyone; the groups are $eu, $eea, $private and those under define: [unknown-group]",
      "3️⃣ warning: country: codes are written in upper case: US in $countries on line 5 [lower-case-country]",
      "3️⃣ warning: country: no record of the database has the code UK in $countries on line 5; did you mean GB? [unknown-country]",
      #"3️⃣ error: country: "Norge-og-Sverige" in $countries on line 5 is not a country code (ISO 3166-1, such as US), and no record of the database has it [bad-country]"#
    ),
    DiagnosticCase(
      "a billion laughs",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          a: [US, US, US, US, US, US, US, US, US, US]
          b: [$a, $a, $a, $a, $a, $a, $a, $a, $a, $a]
          c: [$b, $b, $b, $b, $b, $b, $b, $b, $b, $b]
          d: [$c, $c, $c, $c, $c, $c, $c, $c, $c, $c]
          e: [$d, $d, $d, $d, $d, $d, $d, $d, $d, $d]
          f: [$e, $e, $e, $e, $e, $e, $e, $e, $e, $e]
          g: [$f, 1️⃣$f, $f, $f, $f, $f, $f, $f, $f, $f]
          h: [$g, $g, $g, $g, $g, $g, $g, $g, $g, $g]
        deny:
          country: [$a, 2️⃣$f, $h]
          ip: [3️⃣$f]
      """,
      "1️⃣ error: define.g: the group expands to more than 1000000 values [group-limit]",
      "2️⃣ error: country: groups expand to more than 1000000 values [group-limit]",
      "3️⃣ error: ip: groups expand to more than 1000000 values [group-limit]"),
    DiagnosticCase(
      "deep groups",
      "maxmind:\n  database: \(Fixture.country)\n  define:\n    g0: [US]\n"
        + (1...40).map { "    g\($0): [$g\($0 - 1)]\n" }.joined(),
      "36:11 error: define.g32: groups nest more than 32 deep [group-limit]"),
    DiagnosticCase(
      "deep groups, the outermost first",
      "maxmind:\n  database: \(Fixture.country)\n  define:\n"
        + (1...40).map { "    g\($0): [$g\($0 + 1)]\n" }.joined() + "    g41: [US]\n",
      "35:11 error: define.g32: groups nest more than 32 deep [group-limit]"),
    DiagnosticCase(
      "groups without a use",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          1️⃣a: [$b]
          b: [US]
          2️⃣c: [192.0.2.1]
      """,
      "1️⃣ warning: define: nothing uses $a [unused-group]",
      "2️⃣ warning: define: nothing uses $c [unused-group]"),
    DiagnosticCase(
      "repetitions of groups and single values",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          some: [NO, US, NO]
          net: [10.1.0.0/16, 10.0.0.1]
        deny:
          country: [$some, 1️⃣US, $eea, 2️⃣DE, 3️⃣DE]
          ip:
            - $private
            - $net
            - 4️⃣10.2.0.0/16
            - 5️⃣::1
      """,
      "1️⃣ warning: country: US is already in $some on line 7 [duplicate-rule]",
      "2️⃣ warning: country: DE is already in $eea on line 7 [duplicate-rule]",
      "3️⃣ warning: country: DE is already in $eea on line 7 [duplicate-rule]",
      "4️⃣ warning: ip: 10.2.0.0/16 is covered by 10.0.0.0/8 in $private on line 9 [range-covered]",
      "5️⃣ warning: ip: ::1 is already in $private on line 9 [duplicate-rule]"),
    DiagnosticCase(
      "groups with members that stand before them",
      """
      maxmind:
        database: \(Fixture.country)
        define: { some: [US, DE], net: [10.1.0.0/16, 192.0.2.1] }
        deny:
          country: [DE, 1️⃣$some]
          ip: [10.0.0.0/8, 192.0.2.1, 2️⃣$net]
      """,
      "1️⃣ warning: country: DE in $some on line 3 is already on line 5 [duplicate-rule]",
      "2️⃣ warning: ip: 10.1.0.0/16 in $net on line 3 is covered by 10.0.0.0/8 on line 6 [range-covered]",
      "2️⃣ warning: ip: 192.0.2.1 in $net on line 3 is already on line 6 [duplicate-rule]"),
    DiagnosticCase(
      "deny rules are exceptions from a group, but not from all of it",
      """
      maxmind:
        database: \(Fixture.country)
        define:
          pair: [DE, NO]
          nets: [10.0.1.0/24, 10.0.2.0/24]
        deny:
          country: [DE, NO]
          ip: [10.0.0.0/16]
          regex: [[$eea, x], [$pair, 1️⃣y]]
        allow:
          country: [$eu, 2️⃣$pair]
          ip: [$private, 3️⃣$nets]
      """,
      "1️⃣ warning: regex: has no effect for DE, which is denied on line 7 [unreachable-rule]",
      "1️⃣ warning: regex: has no effect for NO, which is denied on line 7 [unreachable-rule]",
      "2️⃣ warning: country: NO in $pair on line 4 is denied on line 7, and deny rules always win [unreachable-rule]",
      "3️⃣ warning: ip: 10.0.1.0/24 in $nets on line 5 is denied by 10.0.0.0/16 on line 8, and deny rules always win [unreachable-rule]",
      "3️⃣ warning: ip: 10.0.2.0/24 in $nets on line 5 is denied by 10.0.0.0/16 on line 8, and deny rules always win [unreachable-rule]"
    ),
  ]
}
