extension DiagnosticTests {
  // MARK: - The YAML itself

  static let yamlCases = [
    DiagnosticCase(
      "empty file", "",
      "error: the file is empty; it needs a top-level maxmind: with the configuration in it [empty-document]"
    ),
    DiagnosticCase(
      "comments only", "# nothing\n\n# at all\n",
      "error: the file is empty; it needs a top-level maxmind: with the configuration in it [empty-document]"
    ),
    DiagnosticCase(
      "an empty document", "---\n...\n",
      "2:1 error: the file is empty; it needs a top-level maxmind: with the configuration in it [empty-document]"
    ),
    DiagnosticCase(
      "null", "1️⃣~\n",
      "1️⃣ error: the file is empty; it needs a top-level maxmind: with the configuration in it [empty-document]"
    ),
    DiagnosticCase(
      "an unclosed list",
      """
      maxmind:
        allow:
          country: [US, DE
        database1️⃣: x
      """,
      "1️⃣ error: did not find expected ',' or ']', while parsing a flow sequence that begins on line 3 [yaml-syntax]"
    ),
    DiagnosticCase(
      "an unclosed text",
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
      "1️⃣ error: found character that cannot start any token, while scanning for the next token that begins on line 2; indent lines with spaces, not with tabs [yaml-syntax]"
    ),
    DiagnosticCase(
      "a backslash in double quotes",
      #"""
      maxmind:
        deny:
          regex: [[US, ".*1️⃣\.txt"]]
      """#,
      #"1️⃣ error: found unknown escape character, while parsing a quoted scalar that begins on line 3; write a backslash as \\ in double quotes, or as \ in single quotes [yaml-syntax]"#
    ),
    DiagnosticCase(
      "a star without quotes",
      """
      maxmind:
        deny:
          regex: [[*1️⃣, x]]
      """,
      "1️⃣ error: did not find expected alphabetic or numeric character, while scanning an alias that begins on line 3; quote a * that is a text: \"*\" [yaml-syntax]"
    ),
    DiagnosticCase(
      "an IPv6 address in brackets that begins with colons",
      """
      maxmind:
        deny:
          ip: [127.0.0.1, 1️⃣::1]
      """,
      "1️⃣ error: did not find expected node content, while parsing a flow node that begins on line 3; quote an IPv6 address in brackets: [\"::1\"] [yaml-syntax]"
    ),
    DiagnosticCase(
      "an IPv6 address in brackets that ends with colons",
      """
      maxmind:
        deny:
          ip: [2001:db8:1️⃣:]
      """,
      "1️⃣ error: found unexpected ':', while scanning a plain scalar that begins on line 3; quote an IPv6 address in brackets: [\"::1\"] [yaml-syntax]"
    ),
    DiagnosticCase(
      "an alias without its anchor",
      """
      maxmind:
        database: 1️⃣*nothing
      """,
      "1️⃣ error: there is no anchor &nothing before this alias [yaml-syntax]"),
    DiagnosticCase(
      "a list that holds itself", "1️⃣&x [2️⃣*x]",
      "2️⃣ error: the alias *x is inside its own anchor [yaml-cycle]"),
    DiagnosticCase(
      "a mapping that contains itself",
      """
      maxmind: &all
        database: x
        allow:
          country: [1️⃣*all]
      """,
      "1️⃣ error: the alias *all is inside its own anchor [yaml-cycle]"),
    DiagnosticCase(
      "a second document",
      """
      maxmind:
        database: \(Fixture.country)
      1️⃣---
      maxmind:
        database: x
      """,
      "1️⃣ error: a second document begins here; a file is one document [yaml-documents]"),
    DiagnosticCase(
      "a tag",
      """
      maxmind:
        database: 1️⃣!file x
      """,
      "1️⃣ error: the tag !file has no meaning here [yaml-tag]"),
    DiagnosticCase(
      "a YAML tag without a meaning here",
      """
      maxmind:
        allow: 1️⃣!!set { US, DE }
      """,
      "1️⃣ error: the tag tag:yaml.org,2002:set has no meaning here [yaml-tag]"),
    DiagnosticCase(
      "endless nesting",
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
}
