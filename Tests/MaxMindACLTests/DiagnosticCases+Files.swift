extension DiagnosticTests {
  // MARK: - Files

  static let fileCases = [
    DiagnosticCase(
      "missing files",
      """
      maxmind:
        database: 1️⃣none.mmdb
        html: 2️⃣none/deny.html
      """,
      "1️⃣ error: database: DIR/none.mmdb: cannot open the file: No such file or directory [file-unreadable]",
      "2️⃣ error: html: DIR/none/deny.html cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
    DiagnosticCase(
      "directories in place of files",
      """
      maxmind:
        database: 1️⃣.
        html: 2️⃣/tmp
      """,
      "1️⃣ error: database: DIR/.: is a directory, a regular file is needed [file-unreadable]",
      "2️⃣ error: html: /tmp cannot be read: is a directory, a regular file is needed [file-unreadable]"
    ),
    DiagnosticCase(
      "an empty page",
      """
      maxmind:
        database: \(Fixture.country)
        html: 1️⃣deny.html
      """,
      "1️⃣ warning: html: DIR/deny.html is empty; denied clients get the proxy's own page [page-empty]",
      files: ["deny.html": []]),
    DiagnosticCase(
      "a page that is one byte too large",
      """
      maxmind:
        database: \(Fixture.country)
        html: 1️⃣deny.html
      """,
      "1️⃣ error: html: DIR/deny.html cannot be read: the file has 4194305 bytes, the limit is 4194304 bytes [page-too-large]",
      files: ["deny.html": Array(repeating: 0x61, count: (4 << 20) + 1)]),
  ]

  // MARK: - The database

  static let databaseCases = [
    DiagnosticCase(
      "country rules on a database without countries",
      """
      maxmind:
        database: 1️⃣\(Fixture.networks)
        allow: { country: [US] }
      """,
      "1️⃣ error: database: no record of this GeoLite2-ASN database has a country, but rules read one; looked for country.iso_code, country_code, country; its records have autonomous_system_number, autonomous_system_organization [database-kind]"
    ),
    DiagnosticCase(
      "a regex rule for a country on an anonymity database",
      """
      maxmind:
        database: 1️⃣\(Fixture.anonymous)
        deny: { regex: [[US, x]] }
        anonymous: { vpn: true }
      """,
      "1️⃣ error: database: no record of this GeoIP2-Anonymous-IP database has a country, but rules read one; looked for country.iso_code, country_code, country; its records have is_anonymous, is_anonymous_vpn, is_hosting_provider, is_public_proxy, is_residential_proxy, is_tor_exit_node [database-kind]"
    ),
    DiagnosticCase(
      "anonymity flags on a database without any",
      """
      maxmind:
        database: 1️⃣\(Fixture.country)
        anonymous: { vpn: true, tor: true }
      """,
      "1️⃣ error: database: no record of this GeoLite2-Country database has an anonymity flag, but anonymous: reads some; looked for is_anonymous_vpn, is_tor, is_tor_exit_node, is_vpn, tor, vpn; its records have continent, country, registered_country, traits [database-kind]"
    ),
    DiagnosticCase(
      "flags that are false on a database without any",
      """
      maxmind:
        database: \(Fixture.country)
        anonymous: { vpn: false }
      """),
    DiagnosticCase(
      "one flag that the database does not have",
      """
      maxmind:
        database: \(Fixture.anonymous)
        anonymous: { vpn: true, 1️⃣relay_proxy: true, smart_dns_proxy: false }
      """,
      "1️⃣ warning: relay_proxy: no record of the database carries this flag [database-flag]"),
    DiagnosticCase(
      "rules without a country or a flag on any database",
      """
      maxmind:
        database: \(Fixture.path("empty.mmdb"))
        deny: { ip: [192.0.2.1], regex: [["*", x]] }
      """),
    DiagnosticCase(
      "unreadable records",
      """
      maxmind:
        database: 1️⃣\(Fixture.mistyped)
        deny: { country: [GB] }
      """,
      "1️⃣ warning: database: some records cannot be read completely; on_error decides for their addresses [database-records]"
    ),
    DiagnosticCase(
      "a file that is not a database",
      """
      maxmind:
        database: 1️⃣\(Fixture.path("broken/not-a-database.mmdb"))
      """,
      "1️⃣ error: database: \(Fixture.path("broken/not-a-database.mmdb")): has no MaxMind DB metadata: it is another kind of file or was cut off [database-invalid]"
    ),
  ]
}
