import Testing

@testable import AccessLog

@Suite struct LogFormatTests {
  @Test(arguments: [
    (
      "requests", "192.0.2.1 http://a.example/x?y#z",
      "0 192.0.2.1 - http|a.example||x http://a.example/x?y#z"
    ),
    (
      "requests", " \t- \t https://a.example:8443 ",
      "0 - - https|a.example|8443| https://a.example:8443"
    ),
    (
      "requests", "192.0.2.1 HTTP://A.example/", "0 192.0.2.1 - HTTP|A.example|| HTTP://A.example/"
    ),
    ("requests", "192.0.2.1 wSs://a.example/", "0 192.0.2.1 - wSs|a.example|| wSs://a.example/"),
    (
      "requests", "192.0.2.1 http://u@v@a.example/x@y",
      "0 192.0.2.1 - http|a.example||x@y http://u@v@a.example/x@y"
    ),
    ("requests", "192.0.2.1 ftp://a.example/", "0 no URL"),
    ("requests", "192.0.2.1 httpx://a.example/", "0 no URL"),
    ("requests", "192.0.2.1 http://a.example/ more", "0 not of the format"),
    ("requests", "192.0.2.1", "0 not of the format"),
    ("requests", "localhost http://a.example/", "0 no client address"),
    ("requests", "fe80::1%eth0 http://a.example/", "0 no client address"),
    ("requests", "192.0.2.1 /path", "0 no URL"),
    (
      "common", #"::1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326"#,
      "0 ::1 971211336 http|base.example|81|a /a"
    ),
    (
      "common", #"- - - [10/Oct/2000:13:55:36 -0700] "GET /a" 200 2326"#,
      "0 - 971211336 http|base.example|81|a /a"
    ),
    (
      "common", #"192.0.2.1 - - [10/Okt/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326"#,
      "0 no time"
    ),
    (
      "common", #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0 200 2326"#,
      "0 not of the format"
    ),
    (
      "common", #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a\x41" 200 0"#,
      "0 192.0.2.1 971211336 http|base.example|81|aA /aA"
    ),
    (
      "common", #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a\x4" 200 0"#,
      #"0 192.0.2.1 971211336 http|base.example|81|a\x4 /a\x4"#
    ),
    ("common", #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 0"#, "0 no URL"),
    (
      "common", #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a b HTTP/1.0" 400 0"#, "0 no URL"
    ),
    (
      "common", #"192.0.2.1 - x [y [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/2.0" 200 0"#,
      "0 192.0.2.1 971211336 http|base.example|81|a /a"
    ),
    (
      "common",
      #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /\x2\q\x41\"\\\t HTTP/1.0" 400 0"#,
      "0 no URL"
    ),
    (
      "common", #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /\x2\q\x41\"\\ HTTP/1.0" 400 0"#,
      ##"0 192.0.2.1 971211336 http|base.example|81|\x2\qA"\ /\x2\qA"\"##
    ),
    (
      "common",
      #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "CONNECT [2001:db8::1]:443 HTTP/1.0" 400 0"#,
      "0 192.0.2.1 971211336 |2001:db8::1|443| [2001:db8::1]:443"
    ),
    (
      "vhost_combined",
      #"a.example:443 192.0.2.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "-""#,
      "0 192.0.2.1 971186136 https|a.example|| /"
    ),
    (
      "vhost_combined",
      #"a.example:8080 192.0.2.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "-""#,
      "0 192.0.2.1 971186136 http|a.example|8080| /"
    ),
    (
      "squid",
      "1286536308.779    180 192.0.2.1 TCP_MISS/200 411 GET http://a.example/ - DIRECT/192.0.2.9 text/html",
      "0 192.0.2.1 1286536308 http|a.example|| http://a.example/"
    ),
    (
      "squid",
      "1286536308.779 0 192.0.2.1 NONE/400 411 NONE error:invalid-request - NONE/- text/html",
      "0 no URL"
    ),
    (
      "squid",
      "1286536308.779 0 192.0.2.1 TCP_HIT/200 411 GET cache_object://localhost/info - NONE/- -",
      "0 no URL"
    ),
    (
      "json",
      #"{"client":"192.0.2.1","url":"http:\/\/a.example\/\u00e9\ud83d\ude00\"","x":[{"client":"1"}]}"#,
      "0 192.0.2.1 - http|a.example||é😀\" http://a.example/é😀\""
    ),
    (
      "json",
      #"{"ts":1646861401.52,"request":{"remote_ip":"192.0.2.1","client_ip":"198.51.100.1","host":"a.example:8080","uri":"/x?y"},"status":200}"#,
      "0 198.51.100.1 1646861401 http|a.example|8080|x /x?y"
    ),
    (
      "json",
      #"{"time":"2026-11-21T12:00:00+01:00","c_ip":"::1","scheme":"https","host":"a.example","path":"/x"}"#,
      "0 ::1 1795258800 https|a.example||x /x"
    ),
    (
      "json", #"{"ts":1795258800123,"client":"192.0.2.1","url":"/x"}"#,
      "0 192.0.2.1 1795258800 http|base.example|81|x /x"
    ),
    (
      "json", #"{"client":"192.0.2.1","scheme":"HTTPS","host":"a.example:443","path":"/x"}"#,
      "0 192.0.2.1 - HTTPS|a.example||x /x"
    ),
    (
      "json", #"{"x":2026-11-21T12:00:00Z,"upstream":10.0.0.1:80,"client":"192.0.2.1","url":"/x"}"#,
      "0 192.0.2.1 - http|base.example|81|x /x"
    ),
    ("json", #"{"client":"192.0.2.1","url":"http://a.example/""#, "0 not of the format"),
    ("json", #"{"client":"192.0.2.1","url":"http://a.example/\q"}"#, "0 no URL"),
    (
      "json",
      #"{"client":"\u0031\u0039\u0032.0.2.1","time":"10\/Oct\/2000:13:55:36 -0700","scheme":"http\u0073","host":"\u0077ww.a.example","path":"\/x"}"#,
      "0 192.0.2.1 971211336 https|www.a.example||x /x"
    ),
    ("json", #"{"url":"http://a.example/"}"#, "0 not of the format"),
  ])
  func `a line of a known format`(format: String, line: String, expected: String) throws {
    let block = try block(
      line + "\n", format: LogFormat.named(format), baseURL: "http://base.example:81")
    #expect(block.requestLines + block.malformedLines == [expected])
  }

  @Test(
    arguments: [
      ("192.0.2.7, 198.51.100.2", "192.0.2.7"), ("192.0.2.7,198.51.100.2", "192.0.2.7"),
      ("192.0.2.7:4711", "192.0.2.7"), ("[2001:db8::1]:4711", "2001:db8::1"),
      ("[2001:db8::1]", "2001:db8::1"), ("2001:db8::1:443", "2001:db8::1:443"), ("-", "-"),
      ("unknown", nil), ("unknown, 192.0.2.7", nil), ("", nil), ("unix:", nil),
      ("a.example:80", nil),
      ("[::1", nil), ("192.0.2.7:x", nil),
    ] as [(String, String?)])
  func `a client field with more than an address`(field: String, client: String?) throws {
    let format = try LogFormat("<$client> $url")
    let block = try block("<\(field)> http://a.example/\n", format: format)
    let expected = client.map { "0 \($0) - http|a.example|| http://a.example/" }
    #expect(block.requestLines + block.malformedLines == [expected ?? "0 no client address"])
  }

  @Test(
    arguments: [
      ("0", 0), ("1000000000", 1_000_000_000), ("1000000000.999", 1_000_000_000),
      ("1795258800123", 1_795_258_800), ("1795258800123456", 1_795_258_800),
      ("1795258800123456789", 1_795_258_800), ("10/Oct/2000:13:55:36 -0700", 971_211_336),
      ("29/Feb/2024:23:59:60 +0000", 1_709_251_200), ("2000-10-10T13:55:36Z", 971_186_136),
      ("2000-10-10T13:55:36.123456+02:00", 971_178_936), ("2000-10-10 13:55:36 -0730", 971_213_136),
      ("1969-12-31T23:59:59Z", -1), ("29/Feb/2023:00:00:00 +0000", nil),
      ("31/Apr/2024:00:00:00 +0000", nil), ("10/Oct/2000:24:00:00 +0000", nil),
      ("10/Oct/2000:13:55:36", nil), ("2000-10-10T13:55:36", nil), ("2000-13-10T13:55:36Z", nil),
      ("99999999999999999999", nil), ("12.", nil), ("1e9", nil), ("yesterday", nil), ("", nil),
      ("2000-10-10T13:55:36Zx", nil),
    ] as [(String, Int64?)])
  func `a time`(text: String, seconds: Int64?) throws {
    let block = try block(
      "192.0.2.1 <\(text)> http://a.example/\n", format: LogFormat("$client <$time> $url"))
    #expect(block.entries.map(\.time) == (seconds.map { [$0] } ?? []))
    #expect(block.malformedLines == (seconds == nil ? ["0 no time"] : []))
  }

  @Test func `neighbouring lines with the same and other times keep their own`() throws {
    let block = try block(
      "- <10/Oct/2000:13:55:36 -0700> http://a/\n- <10/Oct/2000:13:55:36 -0700> http://a/\n"
        + "- <10/Oct/2000:13:55:36 +0700> http://a/\n- <10/Oct/2000:13:55:37 -0700> http://a/\n",
      format: LogFormat("$client <$time> $url"))
    #expect(block.entries.map(\.time) == [971_211_336, 971_211_336, 971_160_936, 971_211_337])
  }

  @Test func `comment, empty and malformed lines do not hide a format`() throws {
    let noise = "# 192.0.2.1 http://a.example/\n\n\r\nnonsense here\n"
    let text = noise + String(repeating: "192.0.2.1 http://a.example/\r\n", count: 2)
    let block = try block(text, format: nil)
    #expect(block.requestLines.count == 2)
    #expect(block.skippedCount == 3)
    #expect(block.malformedLines == ["3 no client address"])
  }

  static let commentCases: [(format: String, line: String, isSkipped: Bool)] = [
    ("requests", "# anything", true), ("combined", "#Fields: date time", true),
    ("squid", "#Version: 1.0", true), ("json", "#Software: x", true),
    ("combined", "# anything", false), ("combined", "#Fields", false), ("json", "#1", false),
    ("vhost_combined", "#Fields: x", false), ("$client $url", "#Fields: x", false),
    ("$host $client $request_uri", "#a.example 192.0.2.1 /x", false),
    ("$host $client $request_uri", "#Fields: 192.0.2.1 /x", false),
    ("$time $client $url", "#Fields: x", true), ("<$client> $url", "#Fields: x", true),
  ]

  @Test(arguments: commentCases)
  func `a line with a hash is a comment only if no client can send it`(
    format: String, line: String, isSkipped: Bool
  ) throws {
    let block = try block(line + "\n", format: LogFormat(format))
    #expect(block.lineCount == 1)
    #expect(block.skippedCount == (isSkipped ? 1 : 0))
  }

  private static func combined(_ client: String, agent: String = "-") -> String {
    #"\#(client) - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 1 "-" "\#(agent)""# + "\n"
  }

  private static let longObject =
    #"{"client":"192.0.2.1","url":"http://a.example/"# + String(repeating: "x", count: 100_000)
    + "\"}\n"

  /// Logs, and the format of each. Nil: there is none.
  static let logs: [(name: String, text: String, format: String?)] = [
    (
      "combined and one client without address",
      combined("localhost") + String(repeating: combined("192.0.2.1"), count: 9), "combined"
    ),
    (
      "combined and one client without address, after others",
      String(repeating: combined("192.0.2.1"), count: 9) + combined("localhost", agent: "x [y"),
      "combined"
    ),
    ("combined of names alone", String(repeating: combined("a.example"), count: 9), nil),
    (
      "vhost_combined with addresses as hosts",
      String(repeating: combined("192.0.2.9:80 198.51.100.1"), count: 9), "vhost_combined"
    ),
    (
      "vhost_combined", String(repeating: combined("a.example:443 192.0.2.1"), count: 9),
      "vhost_combined"
    ),
    ("requests without a client", String(repeating: "- http://a.example/\n", count: 9), "requests"),
    ("JSON in long lines", String(repeating: longObject, count: 3), "json"),
  ]

  @Test(arguments: logs)
  func `the format with the most client addresses wins`(
    name: String, text: String, format: String?
  ) throws {
    let bytes = Array(text.utf8)
    let sample = try #require(LogSample(bytes.indices, of: bytes))
    #expect((try? LogFormat.detected(by: sample))?.name == format)
  }

  @Test(arguments: [
    #"{"client":"192.0.2.1","time":"10\/Oct\/2000:13:55:36 -0700","url":"http:\/\/a b.example\/"}"#,
    #"{"client":"192.0.2.1","time":"10\/Okt","url":"http:\/\/a.example\/"}"#,
    #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "\x16\x03 \"quoted\"" 400 0 "-" "-""#,
    #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /\x20 HTTP/1.0" 400 0 "-" "-""#,
  ])
  func `a malformed line is shown as in the log`(line: String) throws {
    let format = line.hasPrefix("{") ? LogFormat.json : .combined
    let block = try block(line + "\n", format: format)
    #expect(block.malformed.map { block.text($0.text) } == [line])
  }

  @Test func `a host is not a client without address`() throws {
    let block = try block(Self.combined("localhost"), format: .virtualHostCombined)
    #expect(block.malformedLines == ["0 not of the format"])
  }

  @Test func `lines in two formats are an error that names both`() throws {
    let squid = "1286536308.779 180 192.0.2.1 TCP_MISS/200 411 GET http://a.example/ - NONE/- -\n"
    let lines = String(repeating: Self.combined("192.0.2.1") + squid, count: 50)
    try withFile(lines.utf8) {
      let input = LogInput(files: [$0])
      #expect(
        input.failures == [
          """
          \($0): the lines have two formats (of the first 100, 50 are combined and 50 squid); \
          split the file, or choose one with --format
          """
        ])
    }
  }

  @Test func `lines in an unknown format are an error that names the formats`() throws {
    try withFile(
      "id=firewall time=\u{1B}1 and what else there may be in such a long line as this\n".utf8
    ) {
      let input = LogInput(files: [$0])
      #expect(blocks(of: input).isEmpty)
      #expect(
        input.failures == [
          """
          \($0): the format of the lines is unknown (the first is 'id=firewall \
          time=\u{FFFD}1 and what else there may be in such a lon…'); name it with --format: \
          vhost_combined, main, combined, trafficserver-common, common, extended, extended2, \
          squid, alb, elb, s3, haproxy, envoy, istio, denials, requests, json, or a pattern of \
          fields
          """
        ])
    }
  }

  @Test(
    "times at the edges",
    arguments: [
      ("31/Dec/1999:23:59:60 +0000", 946_684_800), ("31/Dec/1999:23:59:61 +0000", nil),
      ("31/Dec/1999:24:00:00 +0000", nil), ("31/Dec/1999:23:60:00 +0000", nil),
      ("01/Jan/1970:23:58:59 +2359", -1), ("01/Jan/1970:00:00:00 +2400", nil),
      ("01/Jan/1970:00:00:00 +0060", nil), ("01/Jan/1970:00:00:00 -0059", 3_540),
      ("1970-01-01T23:59:60Z", 86_400), ("1970-01-01T23:59:61Z", nil),
      ("1970-01-01T00:00:00+23:59", -86_340), ("1970-01-01T00:00:00+24:00", nil),
      ("99999999999", 99_999_999_999), ("100000000000", 100_000_000),
      ("99999999999999", 99_999_999_999), ("100000000000000", 100_000_000),
      ("99999999999999999", 99_999_999_999), ("100000000000000000", 100_000_000),
      ("9223372036854775807", 9_223_372_036), ("9223372036854775808", nil),
      ("0000000000000000001", 1), ("00000000000000000001", nil), ("1.", nil), ("1.5", 1),
    ] as [(String, Int64?)])
  func times(_ text: String, _ expected: Int64?) throws {
    let format = try #require(LogFormat.named("json"))
    let line = #"{"client": "192.0.2.1", "time": "\#(text)", "url": "http://a.example/"}\#n"#
    let block = try block(line, format: format)
    #expect(block.entries.map(\.time) == (expected.map { [$0] } ?? []))
    #expect(block.malformedLines == (expected == nil ? ["0 no time"] : []))
  }

  @Test(
    "half a surrogate pair is a replacement character",
    arguments: [
      (#"\ud83d\ude00"#, "😀"), (#"\ude00"#, "\u{FFFD}"), (#"\ud83d"#, "\u{FFFD}"),
      (#"\udfff"#, "\u{FFFD}"), (#"\udc00x"#, "\u{FFFD}x"), (#"\ud83dx"#, "\u{FFFD}x"),
      (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"),
      (#"\ude00\ude01"#, "\u{FFFD}\u{FFFD}"),
      (#"\ud83d\ud83d\ude00"#, "\u{FFFD}😀"),
    ])
  func surrogates(_ escape: String, _ expected: String) throws {
    let format = try #require(LogFormat.named("json"))
    let line = #"{"client": "192.0.2.1", "url": "http://a.example/\#(escape)"}"#
    #expect(
      try block(line, format: format).requestLines
        == ["0 192.0.2.1 - http|a.example||\(expected) http://a.example/\(expected)"])
  }

  @Test(
    "of formats that match equally, the first known one is detected",
    arguments: [
      (
        "vhost_combined",
        #"192.0.2.9:80 192.0.2.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "-""#
      ),
      (
        "combined", #"192.0.2.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "-""#
      ),
      ("common", #"192.0.2.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1"#),
    ])
  func equalScores(_ name: String, _ line: String) throws {
    let bytes = Array(line.utf8)
    let sample = try #require(LogSample(bytes.indices, of: bytes))
    #expect(try LogFormat.detected(by: sample).name == name)
  }
}
