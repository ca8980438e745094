extension DiagnosticTests {
  // MARK: - response

  /// A configuration that denies by country, by address and by default, with a `response`.
  private static func response(_ name: String, _ text: String, _ expected: String...)
    -> DiagnosticCase
  {
    var example = DiagnosticCase(
      name,
      """
      maxmind:
        database: \(Fixture.country)
        deny: { country: [DE], ip: [10.0.0.1] }
        \(text)
      """, files: ["deny.html": Array("no".utf8), "empty.html": []])
    example.expected = expected
    return example
  }

  static let responseCases = [
    response(
      "every key of a response",
      """
      response:
          status: 451
          html: deny.html
          content_type: text/html; charset=utf-8
          headers: { Retry-After: 60, X-Why: "ä: \\"b\\"", Cache-Control: max-age=5 }
          country: { redirect: "https://{country}.b.example:8443/{path}?u={url}#{reason}", status: 303 }
          ip: { close: true }
          error: { close: no, html: deny.html }
      """),
    response(
      "a page outside response, which is the page of the plain response",
      "html: deny.html\n  response: { status: 404, content_type: text/plain }"),
    response(
      "a response with nothing under it", "1️⃣response:",
      "1️⃣ warning: response: has nothing under it and does nothing [empty-section]"),
    response(
      "a response that is a status", "response: 1️⃣451",
      "1️⃣ error: response: expected keys such as status:, not a single value [wrong-type]"),
    response(
      "misspelt keys",
      "response: { 1️⃣stauts: 404, 2️⃣header: { a: b }, 3️⃣countries: { status: 404 }, country: { 4️⃣ip: { status: 404 } } }",
      "1️⃣ error: response: unknown key \"stauts\"; did you mean status? [unknown-key]",
      "2️⃣ error: response: unknown key \"header\"; did you mean headers? [unknown-key]",
      "3️⃣ error: response: unknown key \"countries\"; did you mean country? [unknown-key]",
      "4️⃣ error: response.country: unknown key \"ip\"; it belongs under response: itself [unknown-key]"
    ),
    response(
      "a kind with nothing under it", "response: { status: 404, 1️⃣country: }",
      "1️⃣ error: response.country: has nothing under it; it would answer a plain 403, without the keys of response: [empty-value]"
    ),
    response(
      "statuses that are not for denials",
      """
      response:
          status: 1️⃣200
          ip: { status: 2️⃣forbidden }
          country: { status: 3️⃣600 }
          error: { status: 4️⃣444 }
      """,
      "1️⃣ error: status: \"200\" cannot be the status of a denial; expected 400 to 599, such as 403 or 451 [bad-status]",
      "2️⃣ error: status: \"forbidden\" cannot be the status of a denial; expected 400 to 599, such as 403 or 451 [bad-status]",
      "3️⃣ error: status: \"600\" cannot be the status of a denial; expected 400 to 599, such as 403 or 451 [bad-status]",
      "4️⃣ error: status: 444 is not an HTTP status; use close: true [bad-status]"
    ),
    response(
      "a redirect without a redirect status, and the reverse",
      """
      response:
          status: 1️⃣302
          ip: { status: 2️⃣403, redirect: "https://b.example/" }
          country: { status: 3️⃣304, redirect: "https://b.example/" }
          error: { status: 4️⃣"0403" }
      """,
      "1️⃣ error: status: 302 is a redirect, but no redirect: sets the URL [bad-status]",
      "2️⃣ error: status: the status of a redirect is 301, 302, 303, 307 or 308 [bad-status]",
      "3️⃣ error: status: the status of a redirect is 301, 302, 303, 307 or 308 [bad-status]",
      "4️⃣ error: status: \"0403\" cannot be the status of a denial; expected 400 to 599, such as 403 or 451 [bad-status]"
    ),
    response(
      "two pages for the plain response", "html: deny.html\n  response: { 1️⃣html: deny.html }",
      "1️⃣ error: html: is already on line 4, beside response:; keep only one [conflicting-keys]"
    ),
    response(
      "a closed connection with an answer",
      "response: { close: true, 1️⃣status: 403, 2️⃣headers: { A: b }, country: { 3️⃣html: deny.html, close: yes } }",
      "1️⃣ error: status: is never sent, because close: closes the connection without an answer [conflicting-keys]",
      "2️⃣ error: headers: is never sent, because close: closes the connection without an answer [conflicting-keys]",
      "3️⃣ error: html: is never sent, because close: closes the connection without an answer [conflicting-keys]"
    ),
    response(
      "a closed connection beside a page", "html: deny.html\n  response: { 1️⃣close: true }",
      "1️⃣ error: close: closes the connection without an answer, but html: on line 4 sets one [conflicting-keys]"
    ),
    response(
      "closed connections behind trusted proxies",
      "response: { 1️⃣close: true, country: { 2️⃣close: yes }, ip: { close: no } }\n"
        + "  client: { header: X-Forwarded-For, trusted: [10.0.0.0/8] }",
      "1️⃣ warning: close: closes the connection of the trusted proxy, and ends the requests of its other clients too; a status such as 403 ends only the denied request [close-behind-proxy]",
      "2️⃣ warning: close: closes the connection of the trusted proxy, and ends the requests of its other clients too; a status such as 403 ends only the denied request [close-behind-proxy]"
    ),
    response(
      "closed connections with verified clients",
      "client: { verified: true }\n  response: { 1️⃣close: true }",
      "1️⃣ warning: close: closes the connection of the trusted proxy, and ends the requests of its other clients too; a status such as 403 ends only the denied request [close-behind-proxy]"
    ),
    response("closed connections of clients themselves", "response: { close: true }"),
    response(
      "close that is no boolean", "response: { close: 1️⃣now }",
      "1️⃣ error: close: expected true or false [bad-boolean]"),
    response(
      "content types",
      """
      response:
          html: deny.html
          content_type: 1️⃣html
          ip: { html: deny.html, content_type: 2️⃣"text/html\\r\\nX: y" }
          country: { 3️⃣content_type: text/plain }
      """,
      "1️⃣ error: content_type: expected a type such as text/html or text/html; charset=utf-8 [bad-header-value]",
      "2️⃣ error: content_type: expected a type such as text/html or text/html; charset=utf-8 [bad-header-value]",
      "3️⃣ warning: content_type: has no effect without html: [unused-key]"),
    response(
      "empty pages",
      "response: { html: 1️⃣empty.html, country: { html: none.html }, ip: { html: 2️⃣none.html } }",
      "1️⃣ warning: html: DIR/empty.html is empty; denied clients get the proxy's own page [page-empty]",
      "2️⃣ error: html: DIR/none.html cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
    response(
      "reserved headers",
      """
      response:
          headers:
            1️⃣Content-Length: 5
            2️⃣transfer-encoding: chunked
            3️⃣Connection: close
            4️⃣Location: https://b.example/
            5️⃣Content-Type: text/plain
            6️⃣"@Internal": x
            7️⃣"X Y": x
      """,
      "1️⃣ error: headers: Content-Length: describes the body; only Traffic Server sets it [bad-header-name]",
      "2️⃣ error: headers: transfer-encoding: describes the body; only Traffic Server sets it [bad-header-name]",
      "3️⃣ error: headers: Connection: controls the connection; only Traffic Server sets it [bad-header-name]",
      "4️⃣ error: headers: Location: is set by redirect: [bad-header-name]",
      "5️⃣ error: headers: Content-Type: is set by content_type: [bad-header-name]",
      "6️⃣ error: headers: @Internal: Traffic Server reserves names with an @ [bad-header-name]",
      "7️⃣ error: headers: \"X Y\" cannot be the name of a header field [bad-header-name]"),
    response(
      "header values",
      """
      response:
          headers:
            X-A: 1️⃣"a\\r\\nSet-Cookie: b"
            X-B: 2️⃣" b"
            X-C: 3️⃣"c\\0"
            X-D: 4️⃣[d]
            X-E: 5️⃣~
            X-F: f
            6️⃣x-f: f
      """,
      "1️⃣ error: X-A: a value is one line without control characters and without blanks at its ends [bad-header-value]",
      "2️⃣ error: X-B: a value is one line without control characters and without blanks at its ends [bad-header-value]",
      "3️⃣ error: X-C: a value is one line without control characters and without blanks at its ends [bad-header-value]",
      "4️⃣ error: X-D: expected the value of a header field, not a list [wrong-type]",
      "5️⃣ error: X-E: expected the value of a header field, but it is empty [empty-value]",
      "6️⃣ error: headers: x-f: is already on line 11, in another case [duplicate-key]"),
    response(
      "headers with nothing under them", "response: { 1️⃣headers: }",
      "1️⃣ warning: headers: has nothing under it and does nothing [empty-section]"),
    response(
      "kinds that never deny",
      """
      response:
          1️⃣regex: { status: 404 }
          2️⃣anonymous: { status: 404 }
          3️⃣default: { status: 404 }
          4️⃣unknown: { status: 404 }
          country: { status: 404 }
      """,
      "1️⃣ warning: response.regex: is never sent, because deny: has no regex: rules [unused-key]",
      "2️⃣ warning: response.anonymous: is never sent, because no flag of anonymous: is true [unused-key]",
      "3️⃣ warning: response.default: is never sent, because the default is allow; for all denials, write its keys under response: itself [unused-key]",
      "4️⃣ warning: response.unknown: is never sent, because there is no unknown: deny [unused-key]"),
    response(
      "an error that is allowed", "on_error: allow\n  response: { 1️⃣error: { status: 503 } }",
      "1️⃣ warning: response.error: is never sent, because on_error: is allow [unused-key]"),
    redirect(
      "b.example/x",
      "expected a URL such as https://www.example.com/denied, or a path such as /denied"),
    redirect(
      "//b.example/x",
      "expected a URL such as https://www.example.com/denied, or a path such as /denied"),
    redirect(
      "javascript:alert(1)",
      "expected a URL such as https://www.example.com/denied, or a path such as /denied"),
    redirect("https:///x", "the URL has no host"),
    redirect("https://b.example/a b", "\" \" cannot stand in a URL; percent-encode it"),
    redirect("https://b.example/ä", "\"ä\" cannot stand in a URL; percent-encode it"),
    redirect("https://u@b.example/", "\"@\" cannot stand in the host; percent-encode it"),
    redirect(
      "https://b.example/x}", "\"}\" cannot stand in a URL; write %7D for a literal }"),
    redirect(
      "https://b.example/{country",
      "a { begins a placeholder and needs a }; write %7B for a literal {"),
    redirect(
      "https://b.example/{contry}", "unknown placeholder {contry}; did you mean {country}?"),
    redirect(
      "https://b.example/{asn_name}",
      "unknown placeholder {asn_name}; expected {country}, {client}, {reason}, {scheme}, {host}, {path}, {query}, {url}"
    ),
    redirect(
      "https://{client}.b.example/", "{client} cannot stand in the host; {host} and {country} can"),
    redirect(
      "https://b.example/100%",
      "% must be followed by two hexadecimal digits; write %25 for a literal %"),
    loop("{url}"), loop("{scheme}://{host}/{path}"), loop("https://{host}/{path}?again#{country}"),
    loop("/{path}"), loop("/{path}?{query}"),
  ]

  private static func redirect(_ url: String, _ message: String) -> DiagnosticCase {
    response(
      "a redirect to \(url)", "response: { redirect: 1️⃣'\(url)' }",
      "1️⃣ error: redirect: \(message) [bad-redirect]")
  }

  private static func loop(_ url: String) -> DiagnosticCase {
    response(
      "a redirect to \(url)", "response: { redirect: 1️⃣'\(url)' }",
      "1️⃣ error: redirect: leads to the denied URL; clients would request it in an endless loop [redirect-loop]"
    )
  }
}
