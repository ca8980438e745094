extension DiagnosticTests {
  // MARK: - List files

  static let listCases = [
    DiagnosticCase(
      "missing list files, and files that are not lists",
      """
      maxmind:
        database: \(Fixture.country)
        deny: { ip_file: [1️⃣none.conf, bad.conf, 2️⃣/tmp] }
      """,
      "1️⃣ error: ip_file: DIR/none.conf cannot be read: cannot open the file: No such file or directory [file-unreadable]",
      "2️⃣ error: ip_file: /tmp cannot be read: is a directory, a regular file is needed [file-unreadable]",
      "1:1 error: \"nonsense\" is not an IPv4 or IPv6 address [bad-address]",
      "2:10 error: expected expires=TIME, or a ; after a value as in nginx's geo; a comment begins with # [bad-list-line]",
      "3:10 error: expires: expected one time such as 2026-12-31T00:00:00Z [bad-time]",
      files: [
        "bad.conf": Array("nonsense\n10.0.0.1 x\n10.0.0.1 expires=never\n".utf8)
      ]),
    DiagnosticCase(
      "empty lists",
      """
      maxmind:
        database: \(Fixture.country)
        deny: { ip_file: [1️⃣empty.conf] }
        allow: { ip_file: [2️⃣empty.conf, 3️⃣old.conf] }
      """,
      "1️⃣ warning: ip_file: empty.conf lists no address, because it has no entry; it denies no client [list-empty]",
      "2️⃣ warning: ip_file: empty.conf lists no address, because it has no entry; it allows no client, and the default stays deny [list-empty]",
      "3️⃣ warning: ip_file: old.conf lists no address, because all entries have expired; it allows no client, and the default stays deny [list-empty]",
      files: [
        "empty.conf": Array("# none\n".utf8),
        "old.conf": Array("10.0.0.1 expires=2020-01-01T00:00:00Z\n".utf8),
      ]),
    DiagnosticCase(
      "a repeated list file, and a value that is not a list of names",
      """
      maxmind:
        database: \(Fixture.country)
        deny: { ip_file: [one.conf, 1️⃣one.conf, 2️⃣[one.conf], 3️⃣""] }
        allow: { ip: [127.0.0.1], ip_file: 4️⃣one.conf }
      """,
      "1️⃣ warning: ip_file: one.conf is already on line 3 [duplicate-rule]",
      "2️⃣ error: ip_file: expected a file name, not a list [wrong-type]",
      "3️⃣ error: ip_file: expected a file name, but it is empty [empty-value]",
      "4️⃣ error: allow.ip_file: expected a list: ip_file: [one.conf] [expected-list]",
      files: ["one.conf": Array("10.0.0.1\n".utf8)]),
    DiagnosticCase(
      "list files with keys",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          ip_file:
            - {file: geo.conf, value: DE}
            - {file: 1️⃣geo.conf, value: FR}
            - {file: geo.conf, value: 2️⃣[US]}
            - {file: empty.conf, allow_empty: true}
            - {file: one.conf, allow_empty: 3️⃣maybe}
            - 4️⃣{allow_empty: true}
            - 7️⃣{5️⃣flie: geo.conf}
            - 6️⃣{file: geo.conf, value: DE}
      """,
      "1️⃣ warning: ip_file: geo.conf lists no address, because no entry has the value FR; it denies no client [list-empty]",
      "2️⃣ error: value: expected a value of the list, not a list [wrong-type]",
      "3️⃣ error: allow_empty: expected true or false [bad-boolean]",
      "4️⃣ error: ip_file has no file: that names a list file [missing-key]",
      "7️⃣ error: ip_file has no file: that names a list file [missing-key]",
      "5️⃣ error: ip_file: unknown key \"flie\"; did you mean file? [unknown-key]",
      "6️⃣ warning: ip_file: geo.conf is already on line 5 [duplicate-rule]",
      files: [
        "geo.conf": Array("10.0.0.0/8 DE;\n10.1.0.0/16 US;\n".utf8),
        "empty.conf": Array("# none\n".utf8), "one.conf": Array("10.0.0.1\n".utf8),
      ]),
    DiagnosticCase(
      "more public addresses than one owner can have",
      """
      maxmind:
        database: \(Fixture.country)
        deny: { ip_file: [short.conf] }
      """,
      "2:1 warning: 128.0.0.0/1 is larger than a /8 and holds public addresses; 2 more like this [short-prefix]",
      files: ["short.conf": Array("224.0.0.0/3\n128.0.0.0/1\n::/0\n0.0.0.0/0\nfc00::/7\n".utf8)]),
    DiagnosticCase(
      "a list for allow only, and a list for deny only",
      """
      maxmind:
        database: \(Fixture.country)
        deny: { ip_file: [deny.conf, allow.conf] }
        allow: { ip_file: [deny.conf, allow.conf] }
      """,
      "1:1 error: allow: this line has the verdict allow, but the list has deny; use separate files [bad-list-line]",
      "1:1 error: deny: this line has the verdict deny, but the list has allow; use separate files [bad-list-line]",
      files: [
        "deny.conf": Array("deny 10.0.0.0/8;\n".utf8),
        "allow.conf": Array("allow 10.0.0.0/8;\n".utf8),
      ]),
    DiagnosticCase(
      "an allow section without a list file",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣allow: { 2️⃣ip_file: [] }
      """,
      "1️⃣ error: allow has keys but no rules; remove allow: to allow by default, or add a rule [no-allow-rules]",
      "2️⃣ warning: allow.ip_file: the list is empty [empty-section]"),
    DiagnosticCase(
      "an address that a list denies",
      """
      maxmind:
        database: \(Fixture.country)
        allow: { ip: [1️⃣127.9.0.1, 127.8.0.0/16] }
        deny: { ip_file: [one.conf] }
      """,
      "1️⃣ warning: ip: 127.9.0.1 is denied by 127.9.0.0/16 on line 2 of one.conf, and deny rules always win [unreachable-rule]",
      files: ["one.conf": Array("# c\n127.9.0.0/16\n127.8.0.0/24\n".utf8)]),
  ]
}
