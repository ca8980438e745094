import GeoDatabase
import MaxMindACL
import Testing

/// A configuration with its places marked, and all that loading it says, in that order.
struct DiagnosticCase: Sendable, CustomTestStringConvertible {
  var name: String
  /// The file; what stands for the database is its name.
  var source: String
  var expected: [String]
  /// Files beside the configuration.
  var files: [String: [UInt8]] = [:]
  var mapHost: String?

  init(
    _ name: String, _ source: String, _ expected: String..., files: [String: [UInt8]] = [:],
    mapHost: String? = nil
  ) {
    self.name = name
    self.source = source
    self.expected = expected
    self.files = files
    self.mapHost = mapHost
  }

  var testDescription: String { name }

  /// What loading says; the directory of the configuration is `DIR`.
  func found() throws -> [String] {
    let marked = MarkedText(source)
    let directory = try TemporaryDirectory()
    for (name, content) in files { try directory.write(content, to: name) }
    let found: [Diagnostic]
    do {
      found = try directory.load(marked.text.utf8, mapHost: mapHost).warnings
    } catch let failure as LoadFailure {
      found = failure.diagnostics
    }
    return found.map { marked.describe($0).replacing(directory.path, with: "DIR") }
  }

  /// The ids that the expectations name.
  var ids: Set<String> {
    Set(
      expected.compactMap { text in
        text.split(separator: "[").last.map { String($0.dropLast()) }
      })
  }
}

/// What is said of a configuration, and where.
@Suite struct DiagnosticTests {
  static let cases =
    yamlCases + keyCases + valueCases + ruleCases + warningCases + fileCases + databaseCases

  @Test("a configuration is answered with all that is wrong in it, in its order", arguments: cases)
  func diagnostics(of example: DiagnosticCase) throws {
    let found = try example.found()
    #expect(found == example.expected)
  }

  @Test("every kind of diagnostic has a case")
  func everyDiagnosticHasACase() {
    // The tool alone reads a remap.config.
    let tested = Set(Self.cases.flatMap(\.ids)).union([DiagnosticID.remapPlugin.rawValue])
    #expect(Set(DiagnosticID.allCases.map(\.rawValue)).subtracting(tested) == [])
    #expect(tested.subtracting(DiagnosticID.allCases.map(\.rawValue)) == [])
  }

  @Test("the case that has nothing wrong is a policy without warnings")
  func soundConfiguration() throws {
    let found = try DiagnosticCase(
      "",
      #"""
      maxmind:
        database: \#(Fixture.countryAnonymous)
        html: deny.html
        allow:
          country: [US]
          ip: [127.0.0.1]
          regex: [["*", ".*\\.txt"]]
        deny:
          country: [DE]
          ip: [127.0.0.2]
          regex: [[US, secret]]
        anonymous:
          vpn: true
          hosting: false
        bypass:
          header: X-Pass
          value: open
        unknown: allow
        on_error: allow
      """#, files: ["deny.html": Array("no".utf8)]
    ).found()
    #expect(found == [])
  }

  // MARK: - The YAML itself

  static let yamlCases = [
    DiagnosticCase(
      "empty file", "",
      "error: the file is empty; it needs a top-level maxmind: with a database: in it [empty-document]"
    ),
    DiagnosticCase(
      "comments only", "# nothing\n\n# at all\n",
      "error: the file is empty; it needs a top-level maxmind: with a database: in it [empty-document]"
    ),
    DiagnosticCase(
      "an empty document", "---\n...\n",
      "2:1 error: the file is empty; it needs a top-level maxmind: with a database: in it [empty-document]"
    ),
    DiagnosticCase(
      "null", "1️⃣~\n",
      "1️⃣ error: the file is empty; it needs a top-level maxmind: with a database: in it [empty-document]"
    ),
    DiagnosticCase(
      "a list that does not end",
      """
      maxmind:
        allow:
          country: [US, DE
        database1️⃣: x
      """,
      "1️⃣ error: did not find expected ',' or ']', while parsing a flow sequence that begins on line 3 [yaml-syntax]"
    ),
    DiagnosticCase(
      "a text that does not end",
      """
      maxmind:
        database: "x
      1️⃣
      """,
      "1️⃣ error: found unexpected end of stream, while scanning a quoted scalar that begins on line 2 [yaml-syntax]"
    ),
    DiagnosticCase(
      "a tab for indentation",
      "maxmind:\n1️⃣\tdatabase: x\n",
      "1️⃣ error: found character that cannot start any token, while scanning for the next token that begins on line 2; lines are indented with blanks, not with tabs [yaml-syntax]"
    ),
    DiagnosticCase(
      "a backslash in double quotes",
      #"""
      maxmind:
        deny:
          regex: [[US, ".*1️⃣\.txt"]]
      """#,
      #"1️⃣ error: found unknown escape character, while parsing a quoted scalar that begins on line 3; in double quotes a backslash is written \\, in single quotes \ [yaml-syntax]"#
    ),
    DiagnosticCase(
      "a star without quotes",
      """
      maxmind:
        deny:
          regex: [[*1️⃣, x]]
      """,
      "1️⃣ error: did not find expected alphabetic or numeric character, while scanning an alias that begins on line 3; a * that is a text is written \"*\" [yaml-syntax]"
    ),
    DiagnosticCase(
      "an IPv6 address in brackets that begins with colons",
      """
      maxmind:
        deny:
          ip: [127.0.0.1, 1️⃣::1]
      """,
      "1️⃣ error: did not find expected node content, while parsing a flow node that begins on line 3; in brackets an IPv6 address is quoted: [\"::1\"] [yaml-syntax]"
    ),
    DiagnosticCase(
      "an IPv6 address in brackets that ends with colons",
      """
      maxmind:
        deny:
          ip: [2001:db8:1️⃣:]
      """,
      "1️⃣ error: found unexpected ':', while scanning a plain scalar that begins on line 3; in brackets an IPv6 address is quoted: [\"::1\"] [yaml-syntax]"
    ),
    DiagnosticCase(
      "an alias without its anchor",
      """
      maxmind:
        database: 1️⃣*nothing
      """,
      "1️⃣ error: no anchor &nothing stands before this alias [yaml-syntax]"),
    DiagnosticCase(
      "a list that holds itself", "1️⃣&x [2️⃣*x]",
      "2️⃣ error: the alias *x stands inside its own anchor [yaml-cycle]"),
    DiagnosticCase(
      "a mapping that holds itself",
      """
      maxmind: &all
        database: x
        allow:
          country: [1️⃣*all]
      """,
      "1️⃣ error: the alias *all stands inside its own anchor [yaml-cycle]"),
    DiagnosticCase(
      "a second document",
      """
      maxmind:
        database: \(Fixture.country)
      1️⃣---
      maxmind:
        database: x
      """,
      "1️⃣ error: a second document begins here; a configuration is one document [yaml-documents]"),
    DiagnosticCase(
      "a tag",
      """
      maxmind:
        database: 1️⃣!file x
      """,
      "1️⃣ error: the tag !file has no meaning here [yaml-tag]"),
    DiagnosticCase(
      "a tag of YAML's that means nothing here",
      """
      maxmind:
        allow: 1️⃣!!set { US, DE }
      """,
      "1️⃣ error: the tag tag:yaml.org,2002:set has no meaning here [yaml-tag]"),
    DiagnosticCase(
      "nesting that does not end",
      "1️⃣" + String(repeating: "[", count: 10_000),
      "1:33 error: lists and mappings nest more than 32 deep [yaml-limit]"),
    DiagnosticCase(
      "a billion laughs",
      """
      a: &a [x, x, x, x, x, x, x, x, x, x]
      b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
      c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
      d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
      e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
      f: &f [*e, *e, *e, *e, *e, *e, *e, 1️⃣*e, *e, *e]
      g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
      """,
      "1️⃣ error: aliases expand to more than 1000000 values [yaml-limit]"),
  ]

  // MARK: - Keys

  static let keyCases = [
    DiagnosticCase(
      "no maxmind",
      """
      1️⃣database: x
      """,
      "1️⃣ error: the file: nothing reads the key \"database\"; it stands under maxmind:, indented [unknown-key]",
      "1️⃣ error: no top-level maxmind: that holds the configuration [missing-key]"),
    DiagnosticCase(
      "keys beside maxmind instead of under it",
      """
      1️⃣maxmind:
      2️⃣database: x
      3️⃣deny: {}
      """,
      "1️⃣ error: maxmind: has nothing under it; it needs a database: [empty-value]",
      "2️⃣ error: the file: nothing reads the key \"database\"; it stands under maxmind:, indented [unknown-key]",
      "3️⃣ error: the file: nothing reads the key \"deny\"; it stands under maxmind:, indented [unknown-key]"
    ),
    DiagnosticCase(
      "a slip in maxmind",
      """
      1️⃣maxmnd:
        database: x
      """,
      "1️⃣ error: the file: nothing reads the key \"maxmnd\"; did you mean maxmind? [unknown-key]",
      "1️⃣ error: no top-level maxmind: that holds the configuration [missing-key]"),
    DiagnosticCase(
      "maxmind with nothing under it", "1️⃣maxmind:\n",
      "1️⃣ error: maxmind: has nothing under it; it needs a database: [empty-value]"),
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
      "no database", "1️⃣maxmind: {}",
      "1️⃣ error: maxmind has no database: that names a .mmdb file [missing-key]"),
    DiagnosticCase(
      "unknown keys, each with the key that was meant",
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
        bypass: { header: X-A, 7️⃣valeu: x, value: y }
        anonymous: { 8️⃣tro: true }
        9️⃣something_else: 1
      """,
      "1️⃣ error: maxmind: nothing reads the key \"Database\"; did you mean database? [unknown-key]",
      "2️⃣ error: maxmind: nothing reads the key \"databse\"; did you mean database? [unknown-key]",
      "3️⃣ error: maxmind: nothing reads the key \"allows\"; did you mean allow? [unknown-key]",
      "4️⃣ error: deny: nothing reads the key \"countries\"; did you mean country? [unknown-key]",
      "5️⃣ error: deny: nothing reads the key \"ips\"; did you mean ip? [unknown-key]",
      "6️⃣ error: deny: nothing reads the key \"regexp\"; did you mean regex? [unknown-key]",
      "7️⃣ error: bypass: nothing reads the key \"valeu\"; did you mean value? [unknown-key]",
      "8️⃣ error: anonymous: nothing reads the key \"tro\"; did you mean tor? [unknown-key]",
      "9️⃣ error: maxmind: nothing reads the key \"something_else\" [unknown-key]"),
    DiagnosticCase(
      "a merge key",
      """
      maxmind:
        database: \(Fixture.country)
        deny: &deny { ip: [127.0.0.1] }
        allow:
          1️⃣<<: *deny
      """,
      "1️⃣ error: allow: nothing reads the key \"<<\" [unknown-key]"),
    DiagnosticCase(
      "keys that stand twice",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣"database": other.mmdb
        deny:
          ip: [127.0.0.1]
          2️⃣ip: [127.0.0.2]
        anonymous: { vpn: false, 3️⃣vpn: true }
        bypass: { header: X-A, value: b, 4️⃣value: c }
        5️⃣deny:
      6️⃣maxmind: {}
      """,
      "1️⃣ error: maxmind: database: stands already on line 2 [duplicate-key]",
      "2️⃣ error: deny: ip: stands already on line 5 [duplicate-key]",
      "3️⃣ error: anonymous: vpn: stands already on line 7 [duplicate-key]",
      "4️⃣ error: bypass: value: stands already on line 8 [duplicate-key]",
      "5️⃣ error: maxmind: deny: stands already on line 4 [duplicate-key]",
      "6️⃣ error: the file: maxmind: stands already on line 1 [duplicate-key]"),
    DiagnosticCase(
      "a key that is no name",
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
      "1️⃣ error: database: expected a file name, but there is nothing [empty-value]",
      "2️⃣ error: html: expected a file name, but there is nothing [empty-value]",
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
      "4️⃣ error: bypass has no header:; it needs header: and value: [missing-key]",
      "4️⃣ error: bypass has no value:; it needs header: and value: [missing-key]"),
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
      "1️⃣ error: database: expected a file name, but there is nothing [empty-value]",
      "2️⃣ error: html: expected a file name, but there is nothing [empty-value]",
      "3️⃣ error: header: expected the name of a header field, but there is nothing [empty-value]",
      "4️⃣ error: value: expected the value of that field, but there is nothing [empty-value]",
      "5️⃣ error: unknown: expected allow or deny [bad-verdict]",
      "6️⃣ error: country: expected a country code such as US, but there is nothing [empty-value]",
      "7️⃣ error: ip: expected an address, a CIDR prefix or a range, but there is nothing [empty-value]",
      "8️⃣ error: regex: expected a country code such as US, or \"*\", but there is nothing [empty-value]",
      "9️⃣ error: regex: expected a pattern, but there is nothing [empty-value]"),
    DiagnosticCase(
      "a list for every key",
      """
      maxmind:
        database: 1️⃣[x.mmdb]
        html: 2️⃣[x.html]
        allow: 3️⃣[US]
        deny: 4️⃣[US]
        anonymous: 5️⃣[vpn]
        bypass: 6️⃣[X-A]
        unknown: 7️⃣[allow]
        on_error: 8️⃣[deny]
      """,
      "1️⃣ error: database: expected a file name, not a list [wrong-type]",
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
      "what is no boolean",
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
      "1️⃣ error: bypass has no value:; it needs header: and value: [missing-key]"),
    DiagnosticCase(
      "what cannot be the name of a header",
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
      "1️⃣ error: database: a file name cannot hold a NUL [wrong-type]"),
    DiagnosticCase(
      "unknown where no rule reads a country",
      """
      maxmind:
        database: \(Fixture.country)
        1️⃣unknown: allow
        deny: { ip: [127.0.0.1], regex: [["*", x]] }
      """,
      "1️⃣ error: unknown: has no meaning here, because no rule reads a country [unknown-without-country]"
    ),
  ]

  // MARK: - Rules

  static let ruleCases = [
    DiagnosticCase(
      "one value where a list is due",
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
      "one IPv6 address where a list is due",
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
      "mappings where lists are due",
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
      "1️⃣ error: allow has keys but no rule in any of them; remove allow: to allow by default, or add a rule [no-allow-rules]",
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
      "a rule that is null",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country:
            -1️⃣
          ip: [2️⃣~]
      """,
      "1️⃣ error: country: expected a country code such as US, but there is nothing [empty-value]",
      "2️⃣ error: ip: expected an address, a CIDR prefix or a range, but there is nothing [empty-value]"
    ),
    DiagnosticCase(
      "what is no country",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country: [1️⃣"United States", 2️⃣U_S, 3️⃣"*"]
          regex: [[4️⃣"United States", x]]
      """,
      "1️⃣ error: country: \"United States\" is not a country code (ISO 3166-1, such as US) [bad-country]",
      "2️⃣ error: country: \"U_S\" is not a country code (ISO 3166-1, such as US) [bad-country]",
      "3️⃣ error: country: \"*\" is not a country code (ISO 3166-1, such as US) [bad-country]",
      "4️⃣ error: country: \"United States\" is not a country code (ISO 3166-1, such as US) [bad-country]"
    ),
    DiagnosticCase(
      "what is no address",
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
      "what is no regex rule",
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
      "patterns that PCRE2 does not compile, one of them between sound ones",
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

  // MARK: - What works but is probably not meant

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
      "ranges that are covered, in either order",
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
      "3️⃣ warning: ip: 10.0.0.0/8 stands already on line 6 [duplicate-rule]",
      "4️⃣ warning: ip: 2001:db8:1::1 is covered by 2001:db8::/32 on line 10 [range-covered]"),
    DiagnosticCase(
      "::/0 does not cover an IPv4 address",
      """
      maxmind:
        database: \(Fixture.country)
        deny: { ip: ["::/0", 127.0.0.1, "::ffff:10.0.0.1"] }
      """),
    DiagnosticCase(
      "a country that stands twice",
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          country:
            - US
            - DE
            - 1️⃣US
      """,
      "1️⃣ warning: country: US stands already on line 5 [duplicate-rule]"),
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
      "rules that a deny rule always precedes",
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
      "4️⃣ warning: regex: never looked at for DE, which is denied on line 8 [unreachable-rule]",
      "5️⃣ warning: regex: never looked at for DE, which is denied on line 8 [unreachable-rule]"),
    DiagnosticCase(
      "an allow rule that a wide deny rule precedes, of which a narrow one denies the start",
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
      "3️⃣ warning: regex: cannot match, because the subject begins with the host of the remap line: a.example/… [regex-anchor]",
      "4️⃣ warning: regex: cannot match, because the subject begins with the host of the remap line: a.example/… [regex-anchor]",
      mapHost: "A.Example"),
    DiagnosticCase(
      "countries that the database does not have",
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

  // MARK: - Files

  static let fileCases = [
    DiagnosticCase(
      "files that are missing",
      """
      maxmind:
        database: 1️⃣none.mmdb
        html: 2️⃣none/deny.html
      """,
      "1️⃣ error: database: DIR/none.mmdb: cannot open the file: No such file or directory [file-unreadable]",
      "2️⃣ error: html: DIR/none/deny.html cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
    DiagnosticCase(
      "directories for files",
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
      "a page of one byte too many",
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
      "1️⃣ error: database: no record of this GeoLite2-ASN database has a country, but rules read one [database-kind]"
    ),
    DiagnosticCase(
      "a regex rule for a country on an anonymity database",
      """
      maxmind:
        database: 1️⃣\(Fixture.anonymous)
        deny: { regex: [[US, x]] }
        anonymous: { vpn: true }
      """,
      "1️⃣ error: database: no record of this GeoIP2-Anonymous-IP database has a country, but rules read one [database-kind]"
    ),
    DiagnosticCase(
      "anonymity flags on a database without any",
      """
      maxmind:
        database: 1️⃣\(Fixture.country)
        anonymous: { vpn: true, tor: true }
      """,
      "1️⃣ error: database: no record of this GeoLite2-Country database has an anonymity flag, but anonymous: reads some [database-kind]"
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
      "records that cannot be read",
      """
      maxmind:
        database: 1️⃣\(Fixture.mistyped)
        deny: { country: [GB] }
      """,
      "1️⃣ warning: database: 1 of its records cannot be read; for their addresses on_error decides [database-records]"
    ),
    DiagnosticCase(
      "a file that is no database",
      """
      maxmind:
        database: 1️⃣\(Fixture.path("broken/not-a-database.mmdb"))
      """,
      "1️⃣ error: database: \(Fixture.path("broken/not-a-database.mmdb")): has no MaxMind DB metadata: it is another kind of file or was cut off [database-invalid]"
    ),
  ]
}
