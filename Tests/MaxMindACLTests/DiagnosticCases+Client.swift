extension DiagnosticTests {
  // MARK: - The client

  static let clientCases: [DiagnosticCase] = [
    DiagnosticCase(
      "a client with nothing under it",
      """
      maxmind:
        database: \(Fixture.country)
        client:1️⃣
      """,
      "1️⃣ error: client: expected keys such as trusted:, not null [wrong-type]"),
    DiagnosticCase(
      "an empty client",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣client: {}
      """,
      "1️⃣ error: client has no header:; it needs header: and trusted: or trusted_file: [missing-key]",
      "1️⃣ error: client has no trusted:; it needs header: and trusted: or trusted_file: [missing-key]"
    ),
    DiagnosticCase(
      "a header without trusted proxies",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣client: { header: X-Forwarded-For, verified: true }
      """,
      "1️⃣ error: client has no trusted:; it needs header: and trusted: or trusted_file: [missing-key]"
    ),
    DiagnosticCase(
      "mistakes in a client",
      """
      maxmind:
        database: \(Fixture.country)
        client:
          1️⃣trused: [10.0.0.0/8]
          trusted: [2️⃣10.0.0.0/33, 3️⃣10.0.0.1/8, 10.0.0.0/8, 4️⃣""]
          header: 5️⃣X Forwarded
          verified: 6️⃣maybe
      """,
      "1️⃣ error: client: unknown key \"trused\"; did you mean trusted? [unknown-key]",
      "2️⃣ error: trusted: \"10.0.0.0/33\": prefix length 33 is above 32 [bad-address]",
      "3️⃣ warning: trusted: 10.0.0.1/8 has host bits set; it is read as 10.0.0.0/8 [host-bits]",
      "5:40 warning: trusted: 10.0.0.0/8 is already on line 5 [duplicate-rule]",
      "4️⃣ error: trusted: expected an address, a CIDR prefix or a range, but it is empty [empty-value]",
      "5️⃣ error: header: \"X Forwarded\" cannot be the name of a header field [bad-header-name]",
      "6️⃣ error: verified: expected true or false [bad-boolean]"),
    DiagnosticCase(
      "one trusted proxy that is not in a list, and no proxy",
      """
      maxmind:
        database: \(Fixture.country)
        client: { header: Forwarded, trusted: 1️⃣10.0.0.0/8 }
      """,
      "1️⃣ error: client.trusted: expected a list: trusted: [10.0.0.0/8] [expected-list]"),
    DiagnosticCase(
      "trust in everyone",
      """
      maxmind:
        database: \(Fixture.country)
        client: { header: Forwarded, trusted: [1️⃣0.0.0.0/0, 2️⃣"::/0", 3️⃣0.0.0.0/1] }
      """,
      "1️⃣ warning: trusted: 0.0.0.0/0 covers every address, so any client can claim another address [trusted-everyone]",
      "2️⃣ warning: trusted: ::/0 covers every address, so any client can claim another address [trusted-everyone]",
      "3️⃣ warning: trusted: 0.0.0.0/1 is covered by 0.0.0.0/0 on line 3 [range-covered]"),
    DiagnosticCase(
      "a verified address in a proxy without them",
      """
      maxmind:
        database: \(Fixture.country)
        client: { verified: 1️⃣true }
      """,
      "1️⃣ error: verified: this Traffic Server has no verified addresses; versions 10.2 and later have them [verified-unavailable]",
      proxy: .trafficServer9),
    DiagnosticCase(
      "verified: false in a proxy without verified addresses",
      """
      maxmind:
        database: \(Fixture.country)
        client: { verified: false }
      """, proxy: .trafficServer9),
    DiagnosticCase(
      "a bypass header that every client can send",
      """
      maxmind:
        database: \(Fixture.country)
        bypass: { header: 1️⃣X-Pass, value: open }
        client: { verified: true }
      """,
      "1️⃣ warning: bypass: any client that knows the value can send X-Pass; list the clients that may send it under ip: [bypass-forgeable]"
    ),
    DiagnosticCase(
      "a bypass header of trusted proxies",
      """
      maxmind:
        database: \(Fixture.country)
        bypass: { header: X-Pass, value: open }
        client: { header: Forwarded, trusted: [10.0.0.0/8] }
      """),
    DiagnosticCase(
      "a bypass header that counts from a list without entries",
      """
      maxmind:
        database: \(Fixture.country)
        bypass: { header: X-Pass, value: open, ip_file: [1️⃣empty.conf] }
      """,
      "1️⃣ warning: ip_file: empty.conf lists no address, because it has no entry; it adds no client to bypass [list-empty]",
      files: ["empty.conf": []]),
    DiagnosticCase(
      "mistakes in the list files of a bypass",
      """
      maxmind:
        database: \(Fixture.country)
        bypass:
          ip_file: [1️⃣none.conf, one.conf, 2️⃣one.conf, deny.conf, 3️⃣{allow_empty: true}]
      """,
      "1️⃣ error: ip_file: DIR/none.conf cannot be read: cannot open the file: No such file or directory [file-unreadable]",
      "2️⃣ warning: ip_file: one.conf is already on line 4 [duplicate-rule]",
      "3️⃣ error: ip_file has no file: that names a list file [missing-key]",
      "1:1 error: deny: this line has the verdict deny, but the list has allow; use separate files [bad-list-line]",
      files: ["one.conf": Array("10.0.0.1\n".utf8), "deny.conf": Array("deny 10.0.0.0/8;\n".utf8)]),
    DiagnosticCase(
      "mistakes in the list files of trusted proxies",
      """
      maxmind:
        database: \(Fixture.country)
        client:
          header: Forwarded
          trusted_file: [1️⃣none.conf, one.conf, 2️⃣one.conf, 3️⃣empty.conf, 4️⃣all.conf, 5️⃣{allow_empty: true}]
      """,
      "1️⃣ error: trusted_file: DIR/none.conf cannot be read: cannot open the file: No such file or directory [file-unreadable]",
      "2️⃣ warning: trusted_file: one.conf is already on line 5 [duplicate-rule]",
      "3️⃣ warning: trusted_file: empty.conf lists no address, because it has no entry; it trusts no proxy [list-empty]",
      "4️⃣ warning: trusted_file: ::/0 on line 2 of all.conf covers every address, so any client can claim another address [trusted-everyone]",
      "5️⃣ error: trusted_file has no file: that names a list file [missing-key]",
      "2:1 warning: ::/0 is larger than a /16 and holds public addresses [short-prefix]",
      files: [
        "one.conf": Array("10.0.0.1\n".utf8), "empty.conf": [],
        "all.conf": Array("10.0.0.0/8\n::/0\n".utf8),
      ]),
    DiagnosticCase(
      "a list of trusted proxies without a header",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣client: { trusted_file: 2️⃣one.conf }
      """,
      "1️⃣ error: client has no header:; it needs header: and trusted: or trusted_file: [missing-key]",
      "2️⃣ error: client.trusted_file: expected a list: trusted_file: [one.conf] [expected-list]"),
    DiagnosticCase(
      "a bypass with nothing under it",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣bypass: {}
      """,
      "1️⃣ error: bypass has nothing under it; it needs header: and value:, or ip:, ip_file: or regex: [missing-key]"
    ),
    DiagnosticCase(
      "mistakes in the patterns of a bypass",
      """
      maxmind:
        database: \(Fixture.country)
        bypass:
          regex: [1️⃣"^/.well-known/", 2️⃣"[", 3️⃣["*", "x"], 4️⃣"", 5️⃣"^[^/]+/a;b$", 6️⃣"^[^/]+/", "^[^/]+/ok", 7️⃣DE, 8️⃣$eu, 9️⃣"*"]
      """,
      "1️⃣ warning: regex: cannot match, because the subject begins with the host: host/path [regex-anchor]",
      "2️⃣ error: regex: missing terminating ] for character class [regex-syntax]",
      "3️⃣ error: regex: a pattern of bypass is alone, for clients of all countries: [\"pattern\"] [bad-regex-rule]",
      "4️⃣ error: regex: expected a pattern, but it is empty [empty-value]",
      "5️⃣ warning: regex: cannot match, because all forms of the URL must match, and one has no ;parameters [regex-unmatchable]",
      "6️⃣ warning: regex: matches every URL, so every request passes before the rules; match only the paths to exempt [bypass-everything]",
      "7️⃣ error: regex: \"DE\" is a country, not a pattern; a pattern of bypass is alone, for clients of all countries: [\"pattern\"] [bad-regex-rule]",
      "8️⃣ error: regex: \"$eu\" is a country, not a pattern; a pattern of bypass is alone, for clients of all countries: [\"pattern\"] [bad-regex-rule]",
      "9️⃣ error: regex: \"*\" is a country, not a pattern; a pattern of bypass is alone, for clients of all countries: [\"pattern\"] [bad-regex-rule]"
    ),
    DiagnosticCase(
      "one pattern of a bypass that is not in a list",
      """
      maxmind:
        database: \(Fixture.country)
        bypass: { regex: 1️⃣health }
      """,
      "1️⃣ error: bypass.regex: expected a list: regex: [health] [expected-list]"),
    DiagnosticCase(
      "a bypass pattern for another host than the remap line's",
      """
      maxmind:
        database: \(Fixture.country)
        bypass: { regex: [1️⃣"^b\\\\.example/x", "^a\\\\.example/x"], ip: [192.0.2.1] }
      """,
      "1️⃣ warning: regex: cannot match, because the subject begins with the host of the remap line: a.example/… [regex-anchor]",
      mapHost: "a.example"),
    DiagnosticCase(
      "a misspelt key in a bypass is not reported as missing too",
      """
      maxmind:
        database: \(Fixture.country)
        bypass: { header: X-Pass, 1️⃣valeu: open }
      """,
      "1️⃣ error: bypass: unknown key \"valeu\"; did you mean value? [unknown-key]"),
    DiagnosticCase(
      "mistakes in a bypass with addresses",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣bypass: { value: open, ip: [2️⃣x, 10.0.0.0/8, 3️⃣10.1.0.0/16] }
      """,
      "1️⃣ error: bypass has no header:; it needs header: and value:, or only ip:, ip_file: or regex: [missing-key]",
      "2️⃣ error: ip: \"x\": \"x\" is not an IPv4 or IPv6 address [bad-address]"),
    DiagnosticCase(
      "a bypass of addresses that cover each other",
      """
      maxmind:
        database: \(Fixture.country)
        bypass: { ip: [10.0.0.0/8, 1️⃣10.1.0.0/16] }
      """,
      "1️⃣ warning: ip: 10.1.0.0/16 is covered by 10.0.0.0/8 on line 3 [range-covered]"),
  ]

  // MARK: - The denials that are enforced

  static let enforcementCases: [DiagnosticCase] =
    [
      DiagnosticCase(
        "invalid modes, shares and times",
        """
        maxmind:
          database: \(Fixture.country)
          mode: 1️⃣Monitor
          enforce_percent: 2️⃣100.01
          enforce_from: 3️⃣2026-12-01
          enforce_until: 4️⃣2026-12-01T06:00:00
        """,
        "1️⃣ error: mode: expected enforce or monitor [bad-mode]",
        "2️⃣ error: enforce_percent: expected a number from 0 to 100, such as 10 or 0.5 [bad-percentage]",
        "3️⃣ error: enforce_from: expected a time with its offset, such as 2026-12-01T06:00:00Z [bad-time]",
        "4️⃣ error: enforce_until: expected a time with its offset, such as 2026-12-01T06:00:00Z [bad-time]"
      ),
      DiagnosticCase(
        "null for the keys of enforcement",
        """
        maxmind:
          database: \(Fixture.country)
          mode:1️⃣
          enforce_percent:2️⃣
          enforce_from:3️⃣
          enforce_until: 4️⃣[2026-12-01T06:00:00Z]
        """,
        "1️⃣ error: mode: expected enforce or monitor [bad-mode]",
        "2️⃣ error: enforce_percent: expected a number from 0 to 100, such as 10 or 0.5 [bad-percentage]",
        "3️⃣ error: enforce_from: expected a time with its offset, such as 2026-12-01T06:00:00Z [bad-time]",
        "4️⃣ error: enforce_until: expected a time with its offset, such as 2026-12-01T06:00:00Z [bad-time]"
      ),
      DiagnosticCase(
        "an end that is not after the start",
        """
        maxmind:
          database: \(Fixture.country)
          enforce_from: 2026-12-01T06:00:00Z
          enforce_until: 1️⃣2026-12-01T07:00:00+01:00
        """,
        "1️⃣ error: enforce_until: is not after enforce_from on line 3 [bad-time]"),
    ]
    + ["-1", "+1", "10%", "1e1", ".5", "5.", "1.234", "1 0", "ten", "1000", "''"].map { text in
      DiagnosticCase(
        "a share of \(text)",
        """
        maxmind:
          database: \(Fixture.country)
          enforce_percent: 1️⃣\(text)
        """,
        "1️⃣ error: enforce_percent: expected a number from 0 to 100, such as 10 or 0.5 [bad-percentage]"
      )
    }
}
