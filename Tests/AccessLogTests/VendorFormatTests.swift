import Foundation
import Testing

@testable import AccessLog

/// Lines in the shape of vendors' documentation, with documentation addresses.
@Suite struct VendorFormatTests {
  static let cases: [(format: String, lines: [String], requests: [String])] = [
    (
      "main",
      [
        #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 1 "-" "x" "198.51.100.7, 192.0.2.9""#,
        #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /b HTTP/1.1" 200 1 "-" "x" "-""#,
      ],
      [
        "0 192.0.2.1 971211336 |||a /a [198.51.100.7, 192.0.2.9]",
        "1 192.0.2.1 971211336 |||b /b []",
      ]
    ),
    (
      "combined",
      [
        #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 1 "-" "x" "1.25""#,
        #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 404 19 "-" "x" 2 "-" "-" 0ms"#,
      ],
      ["0 192.0.2.1 971211336 |||a /a", "1 192.0.2.1 971211336 |||a /a"]
    ),
    (
      "trafficserver-common",
      [
        #"192.0.2.1 - - [21/Nov/2026:11:58:51 -0000] "GET http://a.example/x"y\x41 HTTP/1.1" 200 5"#
      ],
      [#"0 192.0.2.1 1795262331 http|a.example||x"y\x41 http://a.example/x"y\x41"#]
    ),
    (
      "alb",
      [
        #"https 2026-07-02T22:23:00.186641Z app/lb/50dc 2001:db8:2:0:1:2:3:4:50718 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/x?y HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-5" "www.example.com" "arn:aws:y" 1 2026-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1"#,
        #"h2 2026-07-02T22:23:00.186641Z app/lb/50dc 192.0.2.1:2817 - -1 -1 -1 400 - 0 0 "- http://www.example.com:80- -" "-" - - - "-" "-" "-" - 2026-07-02T22:22:48.364000Z "-" "-" "-" "-" "-" "-" "-""#,
        #"http 2026-07-02T22:23:00Z app/lb/50dc 2001:db8::1:50718 10.0.0.1:80 0 0 0 200 200 0 57 "GET http://a.example:80/ HTTP/1.1" "-" - -"#,
      ],
      [
        "0 2001:db8:2:0:1:2:3:4 1783030980 https|www.example.com|443|x https://www.example.com:443/x?y",
        "2 2001:db8::1 1783030980 http|a.example|80| http://a.example:80/", "1 no URL",
      ]
    ),
    (
      "elb",
      [
        #"2026-05-13T23:39:43.945958Z lb 192.0.2.1:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://example.com:80/ HTTP/1.1" "curl/7.38.0" - -"#
      ],
      ["0 192.0.2.1 1778715583 http|example.com|80| http://example.com:80/"]
    ),
    (
      "s3",
      [
        #"79a5 amzn-s3-demo-bucket1 [06/Feb/2026:00:00:38 +0000] 192.0.2.3 79a5 3E57 REST.GET.OBJECT a.png "GET /a.png?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - s9lz= SigV4 ECDHE AuthHeader bucket1.s3.example TLSV1.2 arn:aws:s3:x Yes"#,
        #"79a5 amzn-s3-demo-bucket1 [06/Feb/2026:00:00:38 +0000] - AmazonS3 3E57 S3.EXPIRE.OBJECT a.png "-" - - - 5 - - "-" "-" - s9lz= - - - - -"#,
      ],
      ["0 192.0.2.3 1770336038 http|bucket1.s3.example||a.png /a.png?versioning", "1 no URL"]
    ),
    (
      "haproxy",
      [
        #"2001:db8::1:33317 [06/Feb/2026:12:14:14.655] https~ static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu|x y} {} "GET https://a.example/i HTTP/2.0""#,
        #"192.0.2.2:33317 [06/Feb/2026:12:14:14.655] http static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /j HTTP/1.1""#,
        #"192.0.2.2:33317 [06/Feb/2026:12:14:14.655] http http/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>""#,
      ],
      [
        "0 2001:db8::1 1770380054 https|a.example||i https://a.example/i",
        "1 192.0.2.2 1770380054 |||j /j", "2 no URL",
      ]
    ),
    (
      "haproxy in syslog",
      [
        #"Feb  6 12:14:14 localhost haproxy[14389]: 192.0.2.2:33317 [06/Feb/2026:12:14:14.655] http static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /j HTTP/1.1""#,
        "Feb  6 12:14:14 localhost haproxy[14389]: Server static/srv1 is UP",
        #"<134>1 2026-02-06T12:14:14.655Z lb haproxy 14389 - - 192.0.2.2:33317 [06/Feb/2026:12:14:14.655] http static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /j HTTP/1.1""#,
      ],
      [
        "0 192.0.2.2 1770380054 |||j /j", "2 192.0.2.2 1770380054 |||j /j",
        "1 not of the format",
      ]
    ),
    (
      "envoy",
      [
        #"[2026-04-15T20:17:00.310Z] "POST /api/v1 HTTP/2" 204 - 154 0 226 100 "192.0.2.28" "nsq2http" "cc21d9b0" "a.example" "tcp://10.0.2.1:80""#,
        #"[2026-04-15T20:17:00.310Z] "GET /x HTTP/2" 204 - 154 0 226 100 "192.0.2.28" "x" "y" "evil.example" "cc21d9b0" "a.example" "tcp://10.0.2.1:80""#,
      ],
      [
        "0 192.0.2.28 1776284220 http|a.example||api/v1 /api/v1 [192.0.2.28]",
        "1 not of the format",
      ]
    ),
    (
      "istio",
      [
        #"[2026-11-25T21:26:18.409Z] "GET /s HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" "curl" "8496" "a.example:8000" "10.44.1.27:80" outbound|8000||a 10.44.1.23:37652 10.0.45.184:8000 [2001:db8::7]:46520 - default"#
      ],
      ["0 2001:db8::7 1795641978 http|a.example|8000|s /s []"]
    ),
    (
      "json",
      [
        #"{"start_time":"2026-11-25T21:26:18.409Z","method":"GET","path":"/x","x_forwarded_for":"198.51.100.7","authority":"a.example","downstream_remote_address":"192.0.2.1:46520"}"#,
        #"{"ClientAddr":"192.0.2.1:52136","ClientHost":"192.0.2.1","RequestHost":"a.example","RequestMethod":"GET","RequestPath":"/x?y=1","RequestScheme":"https","StartUTC":"2026-05-05T10:00:00.123456789Z","request_X-Forwarded-For":"198.51.100.7"}"#,
        #"{"httpRequest":{"remoteIp":"192.0.2.1","requestMethod":"GET","requestUrl":"https://a.example/x"},"jsonPayload":{"remoteIp":"192.0.2.9"},"timestamp":"2026-05-05T10:00:00.123456Z"}"#,
        #"{"ClientIP":"192.0.2.1","ClientRequestHost":"a.example","ClientRequestMethod":"GET","ClientRequestURI":"/x?y","ClientRequestScheme":"https","EdgeStartTimestamp":1545155129696000000,"RequestHeaders":{"x-forwarded-for":"198.51.100.7"}}"#,
        #"{"ts":1646861401.52,"request":{"remote_ip":"192.0.2.1","host":"a.example","uri":"/x","headers":{"X-Forwarded-For":["198.51.100.7","192.0.2.9"],"Host":["b.example"]},"tls":{"version":772}}}"#,
        #"{"ts":1646861401.52,"request":{"remote_ip":"192.0.2.1","host":"a.example","uri":"/x","scheme":"http","tls":{}}}"#,
      ],
      [
        "0 192.0.2.1 1795641978 http|a.example||x /x [198.51.100.7]",
        "1 192.0.2.1 1777975200 https|a.example||x /x?y=1 [198.51.100.7]",
        "2 192.0.2.1 1777975200 https|a.example||x https://a.example/x []",
        "3 192.0.2.1 1545155129 https|a.example||x /x?y [198.51.100.7]",
        "4 192.0.2.1 1646861401 https|a.example||x /x [198.51.100.7,192.0.2.9]",
        "5 192.0.2.1 1646861401 http|a.example||x /x []",
      ]
    ),
    (
      "main in docker",
      [
        #"{"log":"/docker-entrypoint.sh: \"ready\"\n","stream":"stderr","time":"2026-11-21T11:51:37.1Z"}"#,
        #"{"log":"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /\\x41 HTTP/1.1\" 200 1 \"-\" \"x\" \"198.51.100.7\"\r\n","stream":"stdout","time":"2026-11-21T11:51:37.1Z"}"#,
        #"{"log":"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /b HTTP/1.1\" 200 1 \"-\" \"x\" \"-\"\n","stream":"stdout","time":"2026-11-21T11:51:37.1Z"}"#,
        #"{"log":"\n","stream":"stdout","time":"2026-11-21T11:51:37.1Z"}"#,
      ],
      [
        "1 192.0.2.1 971211336 |||A /A [198.51.100.7]", "2 192.0.2.1 971211336 |||b /b []",
        "0 not of the format",
      ]
    ),
    (
      "json in kubernetes",
      [
        #"2026-10-06T00:17:09.669794202Z stdout F {"client":"192.0.2.1","url":"http://a.example/"}"#,
        "2026-10-06T00:17:09.669794202+02:00 stderr P some message",
        #"2026-10-06T00:17:09.669794202Z stdout F {"client":"192.0.2.2","url":"http://a.example/"}"#,
      ],
      [
        "0 192.0.2.1 - http|a.example|| http://a.example/ []",
        "2 192.0.2.2 - http|a.example|| http://a.example/ []", "1 not of the format",
      ]
    ),
    (
      "combined in syslog",
      [
        #"<190>Oct  3 12:00:00 nginx: 192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 1 "-" "x""#,
        #"2026-10-03T12:00:00.123456+02:00 web nginx: 192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /b HTTP/1.1" 200 1 "-" "x""#,
        #"<165>1 2026-10-11T22:14:15.003Z web nginx 1 ID47 [ex@32473 iut="3" t="A\"]p"][b@1 c="d"] 192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /c HTTP/1.1" 200 1 "-" "x""#,
      ],
      [
        "0 192.0.2.1 971211336 |||a /a", "1 192.0.2.1 971211336 |||b /b",
        "2 192.0.2.1 971211336 |||c /c",
      ]
    ),
    (
      "w3c",
      [
        "#Version: 1.0",
        "#Fields: date time x-edge-location c-ip cs-method cs(Host) cs-uri-stem sc-status cs(User-Agent) cs-uri-query x-host-header cs-protocol x-forwarded-for",
        "2026-12-04\t21:02:31\tLAX1\t192.0.2.1\tGET\td1.cloudfront.example\t/i.html\t200\tMozilla/5.0%20(X)\t-\tA.example\thttps\t198.51.100.7,%20192.0.2.9",
        "#Fields: date time cs-method cs-uri-stem cs-uri-query s-port c-ip cs(User-Agent) X-Forwarded-For cs-host",
        "2026-12-04 21:02:32 GET /j.htm a=b 443 192.0.2.1 Mozilla/4.0+(x) 198.51.100.7,+192.0.2.9 a.example",
        "2026-12-04 21:02:33 GET /k.htm - 80 192.0.2.1 - - a.example:8080",
        "2026-12-04 GET",
      ],
      [
        "2 192.0.2.1 1796418151 https|A.example||i.html /i.html [198.51.100.7, 192.0.2.9]",
        "4 192.0.2.1 1796418152 https|a.example||j.htm /j.htm [198.51.100.7, 192.0.2.9]",
        "5 192.0.2.1 1796418153 http|a.example|8080|k.htm /k.htm []", "6 not of the format",
      ]
    ),
    (
      "squid",
      [
        "1286536308.779    180 192.0.2.1 TCP_TUNNEL/200 411 CONNECT www.example.com:443 - HIER_DIRECT/192.0.2.9 -",
        "1286536308.779     18 192.0.2.1 TCP_MISS/200 411 GET http://a.example/ - HIER_DIRECT/192.0.2.9 text/html",
      ],
      [
        "0 192.0.2.1 1286536308 |www.example.com|443| www.example.com:443",
        "1 192.0.2.1 1286536308 http|a.example|| http://a.example/",
      ]
    ),
    (
      "denials",
      [
        "2026-11-21T15:45:09Z 192.0.2.1 deny deny.country GB maxmind.yaml:7 db=2026-09-01 GET http://a.example/a%22b",
        "2026-11-21T15:45:10Z # maxmind: 734 denials more than the rate allows",
        "2026-11-21T15:45:11Z 192.0.2.2 deny allow.ip - a%20b.yaml db=2026-09-01 client=192.0.2.2 not-enforced POST https://a.example/http",
        "2026-11-21T15:45:12Z - deny error - maxmind.yaml db=2026-09-01 error=no-address - -",
      ],
      [
        "0 192.0.2.1 1795275909 http|a.example||a%22b http://a.example/a%22b",
        "2 192.0.2.2 1795275911 https|a.example||http https://a.example/http", "3 no URL",
      ]
    ),
  ]

  private static let forwarded = LogHeader("X-Forwarded-For", isList: true)

  /// The requests with the header field in brackets, if the log has it; then the other lines.
  private static func requests(_ block: LogBlock) -> [String] {
    let hasField = block.headerLines.first ?? 0 > 0 || block.headers.contains { $0 != .empty }
    return zip(block.entries, block.requestLines).map { entry, line in
      let values = block.headers[entry.headerIndices(count: block.headerCount)].map(block.text)
      return hasField ? "\(line) [\(values.joined())]" : line
    } + block.malformedLines
  }

  @Test(arguments: cases)
  func `a vendor's lines are detected and read`(
    format: String, lines: [String], requests: [String]
  ) throws {
    try withFile((lines.joined(separator: "\n") + "\n").utf8) { file in
      let input = LogInput(files: [file], headers: [Self.forwarded])
      let blocks = blocks(of: input)
      #expect(input.failures == [])
      #expect(input.formats == [format])
      // The field of Kubernetes' example is in no line.
      let expected = requests.map { $0.replacing(" []", with: "") }
      #expect(
        blocks.flatMap(Self.requests).map { $0.replacing(" []", with: "") } == expected)
    }
  }

  @Test(arguments: ["haproxy in syslog", "main in docker", "json in kubernetes"])
  func `an envelope is found around lines of a given format`(name: String) throws {
    let known = try #require(Self.cases.first { $0.format == name })
    let format = try #require(LogFormat.named(String(name.prefix { $0 != " " })))
    try withFile((known.lines.joined(separator: "\n") + "\n").utf8) { file in
      let input = LogInput(files: [file], format: format)
      let count = blocks(of: input).reduce(0) { $0 + $1.entries.count }
      #expect(input.formats == [name])
      #expect(count == known.requests.count { !$0.hasSuffix("of the format") })
    }
  }

  @Test func `a directive in the middle of a large log changes the fields from there on`() throws {
    let first = "#Fields: date time c-ip cs-uri-stem\n"
    let second = "#Fields: c-ip date time cs-uri-stem\n"
    let text =
      first + String(repeating: "2026-12-04 21:02:31 192.0.2.1 /a\n", count: 50_000) + second
      + String(repeating: "192.0.2.2 2026-12-04 21:02:31 /b\n", count: 50_000)
    try withFile(text.utf8) { file in
      let input = LogInput(files: [file])
      let all = blocks(of: input)
      #expect(all.count > 3)
      #expect(all.flatMap(\.malformed).isEmpty)
      let clients = all.flatMap(\.entries).map { "\($0.client?.description ?? "-")" }
      #expect(clients.count { $0 == "192.0.2.1" } == 50_000)
      #expect(clients.count { $0 == "192.0.2.2" } == 50_000)
      #expect(all.reduce(0) { $0 + $1.lineCount } == 100_002)
      #expect(all.reduce(0) { $0 + $1.skippedCount } == 2)
    }
  }

  @Test(arguments: [
    #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "\x16\x03\x01" 400 150 "-" "-""#,
    #"a.example:443 192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 0 "-" "-""#,
    #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "\x16\x03" 400 150"#,
    "1286536308.779 0 192.0.2.1 NONE/400 411 NONE error:invalid-request - NONE/- -",
    #"192.0.2.2:33317 [06/Feb/2026:12:14:14.655] h h/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>""#,
  ])
  func `a log of bad requests alone has its format`(line: String) throws {
    try withFile((line + "\n").utf8) { file in
      let input = LogInput(files: [file])
      #expect(input.failures == [])
      #expect(blocks(of: input).flatMap(\.malformedLines) == ["0 no URL"])
    }
  }

  @Test(arguments: [
    (
      "combined", #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "-""#
    ),
    ("json", #"{"client":"192.0.2.1","url":"http://a.example/"}"#),
    (
      "json in kubernetes",
      #"2026-10-06T00:17:09.669794202Z stdout F {"client":"192.0.2.1","url":"http://a.example/"}"#
    ),
  ])
  func `other messages before the requests do not hide the format`(
    format: String, request: String
  ) throws {
    let prefix = format.hasSuffix("kubernetes") ? "2026-10-06T00:17:09.669Z stderr F " : ""
    let messages = (0..<500).map { "\(prefix){\"message\":\($0)}\n\(prefix)part \($0)\n" }.joined()
    try withFile((messages + request).utf8) { file in
      let input = LogInput(files: [file])
      #expect(blocks(of: input).flatMap(\.entries).count == 1)
      #expect(input.formats == [format])
    }
  }

  @Test func `some lines of two formats among messages are no format`() throws {
    let messages = String(repeating: "a message of the server\n", count: 20)
    let lines =
      #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "-""# + "\n"
      + "1286536308.779 18 192.0.2.1 TCP_MISS/200 411 GET http://a.example/ - NONE/- -\n"
    try withFile((messages + lines).utf8) { #expect(LogInput(files: [$0]).failures.count == 1) }
  }

  static let restCases: [(pattern: String, line: String, url: String)] = [
    ("$client|$url|$rest", "192.0.2.1|http://a.example/ok|a|b c", "http://a.example/ok"),
    ("$client $url $rest", "192.0.2.1 http://a.example/ok a b c", "http://a.example/ok"),
    ("$client;$request_uri;$rest", "192.0.2.1;/ok;a;b", "/ok"),
    (#"$client "$request" $rest"#, #"192.0.2.1 "GET /ok HTTP/1.1" a "b" c"#, "/ok"),
    ("$client\t$host\t$path\t$rest", "192.0.2.1\ta.example\t/ok\t1\t2", "/ok"),
  ]

  @Test(arguments: restCases)
  func `the rest of a line may hold any separator`(
    pattern: String, line: String, url: String
  ) throws {
    let block = try block(line + "\n", format: LogFormat(pattern))
    #expect(block.entries.map { block.text($0.target) } == [url])
  }

  static let headerCases: [(pattern: String, line: String, value: String)] = [
    ("$remote_addr $url $http_x_pass", "192.0.2.1 http://a/ sesame", "sesame"),
    (#"%a "%r" %{X-Pass}i"#, #"192.0.2.1 "GET /x HTTP/1.1" sesame"#, "sesame"),
    (#"%a "%r" "%{x-PASS}i""#, #"192.0.2.1 "GET /x HTTP/1.1" "a \"b\"""#, #"a "b""#),
    ("%<chi> %<cquuc> %<{X-Pass}cqh>", "192.0.2.1 http://a/ sesame", "sesame"),
    (
      "%DOWNSTREAM_REMOTE_ADDRESS% %REQ(:PATH)% %REQ(X-Pass)% %START_TIME(%s)%",
      "[2001:db8::1]:4711 /x sesame 1000000000", "sesame"
    ),
    (
      #"{"c":"$client","u":"$url","p":"$http_x_pass"}"#, #"{"c":"::1","u":"/","p":"sesame"}"#,
      "sesame"
    ),
    (
      #"{"c":"%a","u":"%U","in":{"p":"%{X-Pass}i"}}"#,
      #"{"c":"::1","u":"/","in":{"p":"s\u0065same"}}"#, "sesame"
    ),
    ("$remote_addr $url $http_x_pass", "192.0.2.1 http://a/ -", ""),
    ("$remote_addr $url $http_x_other", "192.0.2.1 http://a/ sesame", "no field"),
  ]

  @Test(arguments: headerCases)
  func `a pattern names header fields`(pattern: String, line: String, value: String) throws {
    try withFile((line + "\n").utf8) { file in
      let input = LogInput(
        files: [file], format: try LogFormat(pattern),
        headers: [LogHeader("X-Pass", isList: false)])
      let block = try #require(blocks(of: input).first)
      #expect(block.malformedLines == [])
      let found = block.headerLines == [0] ? "no field" : block.headers.map(block.text).joined()
      #expect(found == value)
    }
  }

  @Test func `of several JSON values of one field that is no list, the first counts`() throws {
    let line = #"{"client":"::1","url":"/","headers":{"X-Pass":["a","b"]}}"#
    for (isList, value) in [(false, "a"), (true, "a,b")] {
      try withFile(line.utf8) { file in
        let input = LogInput(files: [file], headers: [LogHeader("X-Pass", isList: isList)])
        let block = try #require(blocks(of: input).first)
        #expect(block.headers.map(block.text) == [value])
      }
    }
  }

  @Test func `Traffic Server's path without a slash is shown with one`() throws {
    let block = try block(
      "192.0.2.1 a.example dir/x\n", format: LogFormat("%<chi> %<{Host}cqh> %<cqup>"))
    let text = block.entries.map {
      String(decoding: $0.urlText(in: block.bytes.span), as: UTF8.self)
    }
    #expect(text == ["http://a.example/dir/x"])
  }
}

@Suite struct FieldHelpTests {
  @Test func `the documentation names every format and every field`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appendingPathComponent("docs/log-formats.md"), encoding: .utf8)
    for name in LogFormat.known.map(\.name) + [LogFormat.w3cName] {
      #expect(page.contains("`\(name)`"))
    }
    for field in LogFormat.patternFields + LogFormat.jsonMembers + LogFormat.w3cFields {
      for name in field.names { #expect(page.contains("`\(name)`"), "\(field.meaning)") }
    }
  }
}
