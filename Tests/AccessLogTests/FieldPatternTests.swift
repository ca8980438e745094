import Testing

@testable import AccessLog

@Suite struct FieldPatternTests {
  @Test(arguments: [
    (
      #"$remote_addr - $remote_user [$time_local] "$request" $status"#,
      #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200"#,
      "192.0.2.1 971211336 |||a /a"
    ),
    (
      "${remote_addr}|${msec}|$host|$scheme|$request_uri|$status",
      "192.0.2.1|1.5|a.example|https|/x|200", "192.0.2.1 1 https|a.example||x /x"
    ),
    (
      "$http_x_forwarded_for $remote_addr $url",
      "198.51.100.1, 192.0.2.9 192.0.2.1 http://a.example/",
      "192.0.2.1 - http|a.example|| http://a.example/"
    ),
    (
      "$client $remote_addr $url", "198.51.100.1 192.0.2.1 http://a.example/",
      "198.51.100.1 - http|a.example|| http://a.example/"
    ),
    (
      "$remote_addr http://$host$request_uri?", "192.0.2.1 http://a.example/x?",
      "192.0.2.1 - http|a.example||x http://a.example/x"
    ),
    (
      "log_format main '$remote_addr '\n  '\"$request\" $status';",
      #"192.0.2.1 "GET /a HTTP/1.0" 200"#, "192.0.2.1 - |||a /a"
    ),
    (
      #"LogFormat "%h %l %u %t \"%r\" %>s %b" common"#,
      #"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 1"#,
      "192.0.2.1 971211336 |||a /a"
    ),
    (
      #"%V:%{canonical}p %a "%m %U%q %H" %400,501{User-agent}i %%"#,
      #"a.example:443 192.0.2.1 "GET /x?q HTTP/1.0" - %"#, "192.0.2.1 - https|a.example||x /x?q"
    ),
    (
      "%<cqtq> %<chi> %<cquuc> %<cquc>",
      "1795262331.578 192.0.2.1 http://a.example/x http://origin/x",
      "192.0.2.1 1795262331 http|a.example||x http://a.example/x"
    ),
    (
      "%<chi> %<{Host}cqh> %<cqup> %<pssc>", "192.0.2.1 a.example dir/x 200",
      "192.0.2.1 - http|a.example||dir/x dir/x"
    ),
    (
      #"{"who": "$client", "at": $msec, "in": {"what": "$url"}}"#,
      #"{"in":{"what":"http://a.example/"},"who":"192.0.2.1","at":1.25}"#,
      "192.0.2.1 1 http|a.example|| http://a.example/"
    ),
    (
      #"{"c":"%<chi>","u":"%<cquuc>","client":"%<caun>"}"#,
      #"{"client":"x","u":"http://a.example/","c":"192.0.2.1"}"#,
      "192.0.2.1 - http|a.example|| http://a.example/"
    ),
  ])
  func `a pattern is copied from a server's configuration`(
    pattern: String, line: String, expected: String
  ) throws {
    let block = try block(line + "\n", format: LogFormat(pattern))
    #expect(block.requestLines + block.malformedLines == ["0 " + expected])
  }

  static let listCases: [(pattern: String, line: String, expected: String)] = [
    (
      "$remote_addr $http_referer $url $status", "192.0.2.1 x, http://a.example/ 200",
      "0 192.0.2.1 - http|a.example|| http://a.example/"
    ),
    (
      "$client $url $http_user_agent", "192.0.2.1, http://a.example/ http://b.example/",
      "0 192.0.2.1 - http|a.example|| http://a.example/"
    ),
    (
      "$http_x_forwarded_for $remote_addr $url",
      "192.0.2.9,  10.0.0.1:80, [::1] 192.0.2.1 http://a/",
      "0 192.0.2.1 - http|a|| http://a/"
    ),
    (
      "$client $time $url", "192.0.2.1, 1000000000.123 http://a.example/",
      "0 192.0.2.1 1000000000 http|a.example|| http://a.example/"
    ),
    ("$client $url $status", "192.0.2.1, http://a.example/", "0 not of the format"),
    (
      "$remote_addr $url $status", "192.0.2.1 http://a.example/, 200",
      "0 192.0.2.1 - http|a.example||, http://a.example/,"
    ),
  ]

  @Test(arguments: listCases)
  func `only a list of addresses continues after a comma`(
    pattern: String, line: String, expected: String
  ) throws {
    let block = try block(line + "\n", format: LogFormat(pattern))
    #expect(block.requestLines + block.malformedLines == [expected])
  }

  static let separatorCases: [(pattern: String, line: String, expected: String)] = [
    (
      "$client|$request|$status", "192.0.2.1|GET /ok|/../evil HTTP/1.1|403",
      "0 192.0.2.1 - |||ok|/../evil /ok|/../evil"
    ),
    ("$client|$request|$status", "192.0.2.1|GET /ok HTTP/2|403", "0 192.0.2.1 - |||ok /ok"),
    ("$client|$request|$status", "192.0.2.1|GET /ok|403", "0 not of the format"),
    ("$client|$request|$status", "192.0.2.1|-|403", "0 no URL"),
    ("$client $request $status", "192.0.2.1 GET /ok HTTP/1.1 403", "0 192.0.2.1 - |||ok /ok"),
    ("$client|$request_uri|$status", "192.0.2.1|/ok|403", "0 192.0.2.1 - |||ok /ok"),
    ("$client|$request_uri|$status", "192.0.2.1|/ok|/../evil|403", "0 not of the format"),
    (
      "$client|$host|$request_uri|$status", "192.0.2.1|a.example|/ok|403",
      "0 192.0.2.1 - http|a.example||ok /ok"
    ),
    (
      "$client|$host|$request_uri|$status", "192.0.2.1|a.example|x|/ok|403",
      "0 not of the format"
    ),
    (
      "%<chi> \"%<cqtx>\" %<pssc>", #"192.0.2.1 "GET /ok" b HTTP/1.1" 403"#,
      "0 no URL"
    ),
    (
      "%<chi> \"%<cqtx>\" %<pssc>", #"192.0.2.1 "GET http://a/ok"b HTTP/1.1" 403"#,
      #"0 192.0.2.1 - http|a||ok"b http://a/ok"b"#
    ),
  ]

  @Test(arguments: separatorCases)
  func `a separator in a URL does not end the URL`(
    pattern: String, line: String, expected: String
  ) throws {
    let block = try block(line + "\n", format: LogFormat(pattern))
    #expect(block.requestLines + block.malformedLines == [expected])
  }

  @Test(arguments: [
    (
      "combind",
      """
      'combind' is neither a known format (vhost_combined, main, combined, trafficserver-common, \
      common, extended, extended2, squid, alb, elb, s3, haproxy, envoy, istio, denials, requests, \
      json) nor a pattern of fields such as '$client [$time] "$url"'
      """
    ),
    ("%h [%u]", "no field of the pattern is a URL, request line or path; known fields: %r, %U"),
    (
      "%<cqtq> %<cquuc>",
      """
      no field of the pattern is the client's address; known fields: %<chi>, %<{x-real-ip}cqh>, \
      %<{x-forwarded-for}cqh>
      """
    ),
    (
      "$client$url",
      "nothing separates the fields client and url, so the first has no end"
    ),
    (
      #"{"a": "$client""#,
      """
      '{"a": "$client"' begins like a JSON object but is not one; expected \
      {"member": "$client", "other member": "$url"}
      """
    ),
  ])
  func `a pattern that cannot read a log is an error`(pattern: String, message: String) {
    #expect(throws: FieldPatternError(description: message)) { try LogFormat(pattern) }
  }

  @Test func `every known name is a format`() throws {
    for format in LogFormat.known { #expect(try LogFormat(format.name).name == format.name) }
  }
}
