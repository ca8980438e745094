import Testing

/// The rules of `regex`, in `allow` and `deny`.
@Suite struct RegexRuleTests {
  private func denying(_ rules: String) throws -> String {
    "maxmind:\n  database: \(Fixture.country)\n  deny:\n    regex:\n      - \(rules)"
  }

  private func allowing(_ rules: String) throws -> String {
    "maxmind:\n  database: \(Fixture.country)\n  allow:\n    regex:\n      - \(rules)"
  }

  /// Whether a deny rule with this pattern matches a URL.
  private func denies(_ pattern: String, _ url: String) throws -> Bool {
    try policy(denying("[\"*\", '\(pattern)']")).outcome("127.1.0.1", url)
      == "deny deny.regex \(pattern) line 5"
  }

  /// Whether an allow rule with this pattern matches a URL.
  private func allows(_ pattern: String, _ url: String) throws -> Bool {
    try policy(allowing("[\"*\", '\(pattern)']")).outcome("127.1.0.1", url)
      == "allow allow.regex \(pattern) line 5"
  }

  // MARK: - The subject

  @Test(
    "the subject is host, slash and path",
    arguments: [
      ("http://a.example/music/x.mp3", "a.example/music/x.mp3"),
      // No scheme, port, user, query or fragment.
      ("https://a.example:8443/x?q=1", "a.example/x"),
      ("http://user:secret@a.example/x#part", "a.example/x"),
      ("http://a.example?q=/x", "a.example/"),
      // The host is in lower case without one trailing dot. The path is unchanged.
      ("http://A.EXAMPLE/Music", "a.example/Music"),
      ("http://a.example./x", "a.example/x"),
      ("http://a.example../x", "a.example./x"),
      // An empty path.
      ("http://a.example", "a.example/"),
      ("http://a.example/", "a.example/"),
      // Traffic Server drops all slashes before the path.
      ("http://a.example//x", "a.example/x"),
      // Parameters are part of the path.
      ("http://a.example/a;b/x.txt", "a.example/a;b/x.txt"),
      ("http://a.example/a;b;c=d", "a.example/a;b;c=d"),
      ("http://a.example/;", "a.example/;"), ("http://a.example/x;", "a.example/x;"),
      ("http://a.example/x;;", "a.example/x;;"),
      // An IPv6 host has no brackets.
      ("http://[2001:DB8::1]:80/x", "2001:db8::1/x"),
    ])
  func subject(url: String, subject: String) throws {
    let pattern = "\\A\\Q\(subject)\\E\\z"
    #expect(try denies(pattern, url))
    // Allow rules also need a match without parameters.
    #expect(try allows(pattern, url) == !subject.contains(";"))
  }

  @Test("the query is not part of the subject")
  func query() throws {
    #expect(try denies("secret", "http://a.example/x?secret") == false)
    #expect(try denies("secret", "http://a.example/x#secret") == false)
    #expect(try denies("http", "http://a.example/x") == false)
    #expect(try denies("8080", "http://a.example:8080/x") == false)
  }

  @Test("parameters cannot evade a rule for the end of the path")
  func parameters() throws {
    #expect(try denies(#".*\.txt"#, "http://a.example/a;b/x.txt"))
    #expect(try denies(#"\.txt$"#, "http://a.example/a;b/x.txt"))
    #expect(try denies(#"\.txt$"#, "http://a.example/x.txt;b"))
  }

  // MARK: - Matching

  @Test(
    "a pattern is searched for in the subject, without implicit anchors",
    arguments: [
      ("music", "http://a.example/the/music/x", true),
      ("^a\\.example/music", "http://a.example/music/x", true),
      ("^music", "http://a.example/music", false),
      ("example/x$", "http://a.example/x", true),
      ("example/x$", "http://a.example/xy", false),
      ("Music", "http://a.example/music", false),
      ("(?i)Music", "http://a.example/music", true),
    ])
  func search(pattern: String, url: String, matches: Bool) throws {
    #expect(try denies(pattern, url) == matches)
    #expect(try allows(pattern, url) == matches)
  }

  @Test(
    "an empty match does not count",
    arguments: ["z*", "^", "$", "(?=a)", "\\b", "(?:)"])
  func emptyMatch(pattern: String) throws {
    #expect(try denies(pattern, "http://a.example/page") == false)
    #expect(try allows(pattern, "http://a.example/page") == false)
  }

  @Test("a pattern that can match an empty text counts if it matches a longer one")
  func possiblyEmptyMatch() throws {
    #expect(try denies("z*", "http://a.example/zz"))
    #expect(try denies(".*", "http://a.example/"))
  }

  @Test("patterns match bytes, not characters")
  func bytes() throws {
    #expect(try denies("/..$", "http://a.example/\u{e9}"))
    #expect(try denies("/.$", "http://a.example/\u{e9}") == false)
    #expect(try denies("\u{e9}", "http://a.example/\u{e9}"))
    #expect(try denies(#"\xc3\xa9"#, "http://a.example/\u{e9}"))
  }

  // MARK: - Spellings

  /// Other spellings of the same path.
  static let dodges: [(pattern: String, path: String)] = [
    // Percent-escapes of unreserved characters.
    (#"\.txt$"#, "x%2etxt"), (#"\.txt$"#, "x.%74xt"), (#"\.txt$"#, "%78%2E%74%78%74"),
    ("secret", "s%65cret"), ("/admin/", "%61dmin/x"), ("a-b_c~d", "a%2Db%5Fc%7Ed"),
    // Slashes.
    ("/private/area", "private//area"), ("/private/area", "private////area"),
    // Dot segments.
    ("/private/area", "private/./area"), ("/private/area", "private/x/../area"),
    ("example/private", "x/../private"), ("example/private", "../private"),
    ("example/private", "./private"), ("/private/area", "private/%2e/area"),
    ("/private/area", "private/x/%2E%2e/area"), ("/private/area", "private//.//./area"),
    ("/private/$", "private/x/.."), ("/private/$", "private/."),
  ]

  @Test("another spelling cannot evade a deny rule", arguments: dodges)
  func denyDespiteSpelling(pattern: String, path: String) throws {
    #expect(try denies(pattern, "http://a.example/\(path)"))
  }

  @Test("an allow rule that matches only the normalised form does not match", arguments: dodges)
  func allowNeedsAllForms(pattern: String, path: String) throws {
    #expect(try allows(pattern, "http://a.example/\(path)") == false)
  }

  @Test(
    "an allow rule that matches only the form as sent does not match",
    arguments: [
      ("^a.example/public/", "public/../private"), ("^a.example/public/", "public/%2e%2e/private"),
      ("//", "public//x"), ("%61", "%61"), (#"\./"#, "a/./b"),
      ("^a.example/public/", "public//..//private"),
    ])
  func allowAsSentOnly(pattern: String, path: String) throws {
    #expect(try allows(pattern, "http://a.example/\(path)") == false)
    #expect(try denies(pattern, "http://a.example/\(path)"), "a deny rule matches in any form")
  }

  @Test(
    "an allow rule that matches all forms matches",
    arguments: [
      ("^a.example/public/", "public/x/../y"), ("^a.example/public/", "public//y"),
      ("^a.example/public/", "public/%78"), ("^a.example/public/", "public/a%20b"),
      ("^a.example/public/", "public/%zz"), ("^a.example/public/", "public/caf%C3%A9"),
      ("^a.example/public/", "public/x;jsessionid=1"), ("^a.example/public/", "public/a%2Fb"),
      ("^a.example/public/", "public/a%2fb;x/%2e/c"), ("^a.example/public/", "public/x;/"),
      ("^a.example/public/", "public/a\\b"), ("^a.example/public/", "public/x/..;/y"),
      ("caf%C3%A9$", "public/caf%C3%A9"), ("%20", "a%20b;x"),
      ("^a.example/projects/.+/issues$", "projects/group%2Fproject/issues"),
    ])
  func allowInAllForms(pattern: String, path: String) throws {
    #expect(try allows(pattern, "http://a.example/\(path)"))
  }

  @Test(
    "deny rules also see the path with all escapes but NUL decoded once",
    arguments: [
      ("a b", "a%20b", true), ("a=b", "a%3Db", true), ("\\(x\\)", "%28x%29", true),
      ("\u{e9}", "%C3%A9", true), ("a;b", "a%3bb", true), ("/%/", "x/%25/y", true),
      ("a/b", "a%2fb", true), ("a/b", "a%2Fb", true), ("a%2Fb", "a%2Fb", true),
      ("a\\x00b", "a%00b", false), ("a%00b", "a%00b", true),
      // Decoded once: %2574 is %74, not t.
      (#"\.txt"#, "x.%2574xt", false), (#"\.%74xt"#, "x.%2574xt", true),
      // In the structural forms an escaped slash makes dot segments.
      ("example/private", "x%2F..%2Fprivate", true),
      // Not an escape.
      ("%zz", "%zz", true), ("%4", "x%4", true),
      ("(?i)/\\.\\.", "x/%2e%2e%2fprivate", true),
    ])
  func denyDecoded(pattern: String, path: String, matches: Bool) throws {
    #expect(try denies(pattern, "http://a.example/\(path)") == matches)
  }

  @Test(
    "allow rules do not see the path with decoded reserved characters",
    arguments: [("a b", "a%20b"), ("a=b", "a%3Db"), ("\u{e9}", "%C3%A9")])
  func allowNotDecoded(pattern: String, path: String) throws {
    #expect(try allows(pattern, "http://a.example/\(path)") == false)
  }

  /// Spellings that some origin resolves to this path: nginx, Tomcat, Jetty, Node, … (docs/semantics.md).
  static let structural: [(pattern: String, path: String)] = [
    // Escaped slashes in either case.
    (#"^a\.example/admin"#, "x/..%2fadmin/"), (#"^a\.example/admin"#, "%2fadmin/"),
    (#"^a\.example/admin"#, "x/..%2Fadmin"), (#"^a\.example/admin"#, "x%2f..%2f%61dmin/"),
    (#"^a\.example/admin"#, "x%2f%2e%2e%2fadmin/"), (#"^a\.example/admin/"#, "admin%2Fx"),
    (#"/x\.txt$"#, "a%2fx.txt"), (#"^a\.example/admin"#, ".%2fadmin"),
    // Parameters.
    (#"^a\.example/admin"#, ";x/admin/"), (#"^a\.example/admin"#, "x;y/..;z/admin/"),
    (#"^a\.example/admin"#, "x/..;/admin/"), (#"^a\.example/admin"#, ".;/admin"),
    (#"^a\.example/admin/$"#, "admin;x/"), (#"^a\.example/admin/$"#, "admin/x/..;x"),
    (#"^a\.example/admin"#, "x/%2e%2e;/admin"), (#"^a\.example/admin"#, "x/..%3b/admin"),
    (#"^a\.example/admin$"#, "admin%3Bx"), (#"\.mp3$"#, "song.mp3;x"),
    (#"\.mp3$"#, "song.mp3;x=1;y"), (#"\.mp3$"#, "song.mp3;.txt"), (#"\.mp3$"#, "song.mp3;%2fx"),
    (#"\.mp3$"#, "song.mp3;%2Fx"), (#"\.mp3$"#, "song.mp3;;"), (#"\.mp3$"#, "song.mp3;x\\y"),
    (#"\.mp3$"#, "song%2emp3;x"), (#"\.mp3$"#, "song.mp3%3b"),
    // Backslashes.
    (#"^a\.example/admin"#, "x\\..\\admin/"), (#"^a\.example/admin"#, "x/..%5cadmin"),
    (#"^a\.example/admin"#, "x%5C..%5Cadmin"), (#"^a\.example/admin"#, "\\admin"),
    (#"^a\.example/admin"#, "x/..\\admin"), (#"^a\.example/admin"#, "x/..;\\admin"),
    // Origins that keep repeated slashes.
    (#"^a\.example/admin/secret"#, "admin//../secret"),
    (#"^a\.example/admin/secret"#, "admin//x/../../secret"),
    (#"^a\.example/admin/secret"#, "admin/%2f../secret"),
    (#"^a\.example/admin/secret"#, "admin/;x/../secret"),
    (#"^a\.example/admin/secret"#, "admin/\\../secret"),
    (#"^a\.example/admin secret"#, "admin%20secret//x/../.."),
  ]

  @Test(
    "a client cannot dodge a deny rule by what origins read as separators", arguments: structural)
  func denyStructural(pattern: String, path: String) throws {
    #expect(try denies(pattern, "http://a.example/\(path)"))
    #expect(try allows(pattern, "http://a.example/\(path)") == false)
  }

  @Test(
    "an allow rule that does not match a structural form does not match",
    arguments: [
      "public/..%2fsecret/x.txt", "public/%2f../secret/x.txt", "public/..;/secret/x.txt",
      "public/.;/../secret/x.txt", "public/..;%2fpublic/secret/x.txt", "public/..\\secret/x.txt",
      "public/..%2Fsecret/x.txt", "public%2f..%2fsecret", "public/%2e%2e%2fsecret",
      "public/.%2e;x/secret", "public/..%5csecret", "public/..%5Csecret", "public/..%3b/secret",
      "public/..%3B%2fsecret", "public/x/../..;/secret", "public/..;", "public/..%2f",
      "public/x\\..\\..\\secret", "public/..;\\secret", "public/..%2f..%2fsecret",
      "public;%2f../secret",
    ])
  func allowStructural(path: String) throws {
    #expect(try allows(#"^a\.example/public/"#, "http://a.example/\(path)") == false)
  }

  @Test(
    "an allow rule does not match past the end of a segment in any form",
    arguments: [
      ("^a\\.example/report;v=2$", "report;v=2"), ("/report;", "report;v=2"),
      ("^a\\.example/projects/[^/]+/issues$", "projects/group%2Fproject/issues"),
      ("%2F", "a%2Fb"), ("%3B", "a%3Bb"), ("%5C", "a%5Cb"), ("\\\\", "a\\b"),
      ("^a\\.example/(?:x/)?a//", "x/a//../y"), ("^a\\.example/(?:a/b|a//..)", "a//../b/"),
    ])
  func allowNotStructural(pattern: String, path: String) throws {
    #expect(try allows(pattern, "http://a.example/\(path)") == false)
  }

  @Test(
    "no escape is decoded twice, and NUL never",
    arguments: [
      ("^a\\.example/admin", "x/..%252fadmin"), ("^a\\.example/admin", "x/%252e%252e/admin"),
      ("^a\\.example/admin", "x/..%255cadmin"), ("\\.mp3$", "song.mp3%253bx"),
      ("\\x00", "a;x/%00"), ("^a\\.example/admin", "%25%32%66admin"),
    ])
  func decodedOnce(pattern: String, path: String) throws {
    #expect(try denies(pattern, "http://a.example/\(path)") == false)
  }

  @Test(
    "another spelling of the host cannot evade a rule",
    arguments: ["http://A.Example/x", "http://a.example./x", "http://a.example:80/x"])
  func hostSpelling(url: String) throws {
    #expect(try denies(#"^a\.example/x"#, url))
    #expect(try allows(#"^a\.example/x"#, url))
  }

  // MARK: - Countries

  @Test(
    "a rule applies to clients of its countries, and * to every client",
    arguments: [
      ("US", "127.1.0.1", true), ("US", "127.2.0.1", false), ("US", "198.18.0.1", false),
      ("US", "127.7.0.1", false), ("US", "2001:db8:1::1", true),
      ("US, DE", "127.1.0.1", true), ("US, DE", "127.2.0.1", true), ("US, DE", "127.3.0.1", false),
      ("US, DE, GB", "127.3.0.1", true),
      ("\"*\"", "127.1.0.1", true), ("\"*\"", "198.18.0.1", true), ("\"*\"", "127.7.0.1", true),
      ("\"*\"", "2001:db8:ffff::1", true),
      ("US, \"*\"", "127.2.0.1", true), ("\"*\", US", "127.1.0.1", true),
      ("NO", "127.4.0.1", true),
    ])
  func scope(countries: String, client: String, matches: Bool) throws {
    let url = "http://a.example/secret"
    let denying = try policy(denying("[\(countries), secret]"))
    #expect(
      try denying.outcome(client, url)
        == (matches ? "deny deny.regex secret line 5" : "allow default"))
    let allowing = try policy(allowing("[\(countries), secret]"))
    #expect(
      try allowing.outcome(client, url)
        == (matches ? "allow allow.regex secret line 5" : "deny default"))
  }

  @Test("of several matching patterns, the first in the file is reported, including *")
  func firstInFile() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          regex:
            - [DE, "a"]
            - [US, "nothing"]
            - ["*", "page"]
            - [US, "page"]
            - ["*", "a"]
      """)
    #expect(try policy.outcome("127.1.0.1") == "deny deny.regex page line 7")
    #expect(try policy.outcome("127.2.0.1") == "deny deny.regex a line 5")
    #expect(try policy.outcome("127.3.0.1") == "deny deny.regex page line 7")
    #expect(
      try policy.outcome("127.3.0.1", "http://a.example/x") == "deny deny.regex a line 9")
  }

  @Test("an allowed country with a deny regex allows all but the matching URLs")
  func allowedCountryWithDeniedURLs() throws {
    let policy = try policy(
      #"""
      maxmind:
        database: \#(Fixture.country)
        allow:
          country: [US]
        deny:
          regex:
            - [US, ".*\\.txt"]
      """#)
    #expect(try policy.outcome("127.1.0.1") == "allow allow.country US line 4")
    #expect(
      try policy.outcome("127.1.0.1", "http://a.example/x.txt")
        == #"deny deny.regex .*\.txt line 7"#)
  }

  @Test("a denied country with an allow regex stays denied")
  func deniedCountryWithAllowedURLs() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        allow: { regex: [["*", "open"]] }
        deny: { country: [US] }
      """)
    #expect(
      try policy.outcome("127.1.0.1", "http://a.example/open") == "deny deny.country US line 4")
    #expect(
      try policy.outcome("127.2.0.1", "http://a.example/open") == "allow allow.regex open line 3")
  }
}
