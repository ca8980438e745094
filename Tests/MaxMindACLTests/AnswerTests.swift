import Addresses
import SeededRandom
import Testing
import Text

@testable import MaxMindACL

/// The answers to denied clients.
@Suite struct AnswerTests {
  /// Denies by each kind. 127.1 is US, 127.2 is DE, 127.1.200 has the VPN flag.
  private static func yaml(_ response: String) -> String {
    """
    maxmind:
      database: \(Fixture.countryAnonymous)
      deny: { country: [DE], ip: [127.1.66.0/24], regex: [["*", /secret]] }
      allow: { country: [FR], ip: [127.1.9.9] }
      anonymous: { vpn: true }
      unknown: deny
      response: \(response)
    """
  }

  /// The answer in one line.
  private func answer(
    _ policy: Policy, _ client: String?, _ url: String = anyURL
  ) throws -> String {
    let request = try request(client, url)
    guard let given = policy.answer(to: request, policy.decide(request)) else { return "none" }
    let location = given.location.map { " to \($0)" } ?? ""
    let page = given.configured.page.map { " \($0.file) \(given.configured.contentType)" } ?? ""
    let fields = given.configured.fields.map { " \($0.name): \($0.value)" }.joined()
    return (given.status.map(String.init) ?? "closed") + location + page + fields
  }

  private static let denials: [(client: String?, url: String, kind: String)] = [
    ("127.1.66.1", anyURL, "ip"), ("127.2.0.1", anyURL, "country"),
    ("127.1.0.1", "http://a.example/secret", "regex"), ("127.1.200.1", anyURL, "anonymous"),
    ("127.1.0.1", anyURL, "default"), ("198.18.0.1", anyURL, "unknown"), (nil, anyURL, "error"),
  ]

  @Test("a kind of denial has its own answer, or the plain answer")
  func kinds() throws {
    for own in Step.allCases.compactMap(\.responseKey) {
      let policy = try policy(
        Self.yaml("{status: 410, headers: {X: y}, \(own): {status: 451}}"))
      for (client, url, kind) in Self.denials {
        let expected = kind == own ? "451" : "410 X: y"
        #expect(try answer(policy, client, url) == expected, "\(kind), with one for \(own)")
      }
      #expect(try answer(policy, "127.1.9.9") == "none")
    }
  }

  @Test(
    "a response has its own values, or the defaults 403 and 302",
    arguments: [
      ("{}", "403"), ("{status: 404}", "404"), ("{close: true}", "closed"),
      ("{close: off}", "403"), ("{html: deny.html}", "403 deny.html text/html"),
      ("{html: deny.html, content_type: a/b}", "403 deny.html a/b"),
      ("{redirect: 'http://b.example/'}", "302 to http://b.example/"),
      ("{redirect: /x, status: 308, html: deny.html}", "308 to /x deny.html text/html"),
      ("{headers: {B: '1', a: '2'}}", "403 B: 1 a: 2"), ("{redirect: /page}", "403"),
    ])
  func defaults(response: String, expected: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write("no".utf8, to: "deny.html")
    #expect(try answer(directory.load(Self.yaml(response).utf8), "127.2.0.1") == expected)
  }

  @Test(
    "a redirect contains the client behind a trusted proxy, not the proxy",
    arguments: [
      ("10.0.0.1", "127.2.0.1", "DE/127.2.0.1"), ("127.2.0.9", "127.1.0.1", "DE/127.2.0.9"),
      ("10.0.0.1", "garbage", "XX/-"),
    ])
  func redirectedClient(peer: String, value: String, expected: String) throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        client: { trusted: [10.0.0.1], header: X-Forwarded-For }
        deny: { country: [DE] }
        response: { redirect: "https://b.example/{country}/{client}" }
      """)
    let request = try request(peer, headers: [(name: "X-Forwarded-For", value: value)])
    let answer = policy.answer(to: request, policy.decide(request))
    #expect(answer?.location == "https://b.example/\(expected)")
  }

  @Test("a page of several answers is read once")
  func sharedPage() throws {
    let directory = try TemporaryDirectory()
    try directory.write("no".utf8, to: "deny.html")
    let yaml = Self.yaml("{country: {html: deny.html}, ip: {html: deny.html}}")
    try directory.write(yaml.utf8, to: "maxmind.yaml")
    var names: [String] = []
    let policy = try Policy.load(path: "maxmind.yaml", directory: directory.path) {
      names.append($0.replacing(directory.path, with: "DIR"))
    }
    #expect(names.filter { $0 == "DIR/deny.html" }.count == 1)
    #expect(policy.answers.answer(to: .denyIP).page?.bytes == Array("no".utf8))
    #expect(policy.answers.answer(to: .denyCountry).page?.bytes == Array("no".utf8))
    #expect(policy.answers.answer(to: .denyRegex).page == nil)
  }
}

/// The locations of redirects.
@Suite struct RedirectTests {
  private static let denied = "https://A.Example:8443/p/a%20b;c?x=1&y=%26#top"

  /// The location for a client in the UK; nil: none.
  private func location(
    _ template: String, _ url: String = Self.denied, client: String? = "2001:db8::1",
    country: String? = "GB"
  ) throws -> String? {
    let parsed = try RedirectTemplate.parse(template)
    let request = try request(client, url)
    let denied = DeniedRequest(
      request, Decision(.deny, .anonymous(.vpn)), client: request.client,
      country: try country.map(code))
    return parsed.location(for: denied).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(
    "a placeholder is encoded for its part of the URL",
    arguments: [
      ("http://b.example", "http://b.example"),
      ("https://b.example:81/x?y#z", "https://b.example:81/x?y#z"),
      ("https://b.example/{country}/{reason}", "https://b.example/GB/anonymous.vpn"),
      ("https://{country}.b.example/", "https://GB.b.example/"),
      ("https://b.example/{client}", "https://b.example/2001%3Adb8%3A%3A1"),
      ("https://b.example/{path}", "https://b.example/p/a%20b;c"),
      ("https://b.example/?p={path}", "https://b.example/?p=p%2Fa%2520b%3Bc"),
      ("https://b.example/?{query}", "https://b.example/?x=1&y=%26"),
      ("https://b.example/?{query}#{query}", "https://b.example/?x=1&y=%26#x%3D1%26y%3D%2526"),
      ("https://b.example/?q={query}", "https://b.example/?q=x%3D1%26y%3D%2526"),
      ("https://b.example/?{query}&z", "https://b.example/?x%3D1%26y%3D%2526&z"),
      ("https://b.example/{query}", "https://b.example/x%3D1%26y%3D%2526"),
      (
        "https://b.example/?u={url}",
        "https://b.example/?u=https%3A%2F%2FA.Example%3A8443%2Fp%2Fa%2520b%3Bc%3Fx%3D1%26y%3D%2526"
      ),
      (
        "https://b.example/{url}",
        "https://b.example/https%3A%2F%2FA.Example%3A8443%2Fp%2Fa%2520b%3Bc%3Fx%3D1%26y%3D%2526"
      ),
      ("{scheme}://b.example/{scheme}/{host}", "https://b.example/https/A.Example"),
      ("https://{host}/denied", "https://A.Example/denied"),
      ("https://x.{host}:1/", "https://x.A.Example:1/"),
      ("/denied/{path}", "/denied/p/a%20b;c"), ("/{country}", "/GB"),
    ])
  func places(template: String, expected: String) throws {
    #expect(try location(template) == expected)
  }

  @Test(
    "a missing value is XX, - or empty",
    arguments: [
      ("/x/{country}", "/x/XX"), ("/x/{client}", "/x/-"), ("/x?{query}", "/x?"),
      ("/x/{path}", "/x/"),
      ("/x?{url}", "/x?http%3A%2F%2Fa%2F"),
    ])
  func absences(template: String, expected: String) throws {
    #expect(try location(template, "http://a", client: nil, country: nil) == expected)
  }

  @Test(
    "a client cannot leave the part of the URL that a placeholder is in",
    arguments: [
      ("http://a/?a\r\nX:y", "/x?a%0D%0AX:y"),
      ("http://a/?<\">{}|\\^`", "/x?%3C%22%3E%7B%7D%7C%5C%5E%60"),
      ("http://a/?%zz%4", "/x?%25zz%254"), ("http://a/?ä", "/x?%C3%A4"), ("http://a/?#/?", "/x?"),
    ])
  func hostileQuery(url: String, expected: String) throws {
    var denied = DeniedRequest(
      try request("10.0.0.1", "http://a/"), Decision(.deny, Reason(.byDefault)),
      client: Address("10.0.0.1"), country: nil)
    denied.query = Array(url.utf8).dropFirst("http://a/?".utf8.count).prefix {
      $0 != UInt8(ascii: "#")
    }
    let location = try RedirectTemplate.parse("/x?{query}").location(for: denied)
    #expect(location.map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  @Test("leading slashes of the path do not turn its first segment into a host")
  func slashes() throws {
    var denied = DeniedRequest(
      try request("10.0.0.1", "http://a/"), Decision(.deny, Reason(.byDefault)),
      client: Address("10.0.0.1"), country: nil)
    denied.path = Array("//evil.example/x".utf8)
    for (template, expected) in [
      ("/{path}?", nil), ("/{path}/y", "/evil.example/x/y"),
      ("https://b/{path}", "https://b/evil.example/x"),
    ] {
      let location = try RedirectTemplate.parse(template).location(for: denied)
      #expect(location.map { String(decoding: $0, as: UTF8.self) } == expected)
    }
  }

  @Test(
    "a redirect to the denied URL has no location, with any scheme, port, case and query",
    arguments: [
      ("/denied", "http://a.example/denied", true), ("/denied", "http://a.example/denied?x", true),
      ("/denied", "http://a.example/denied/", false), ("/denied", "http://a.example/", false),
      ("https://a.example/denied", "http://A.Example.:81/denied?x", true),
      ("https://a.example:8443/denied?{url}", "http://a.example/denied", true),
      ("https://b.example/denied", "http://a.example/denied", false),
      ("https://a.example", "http://a.example/", true),
      ("https://a.example/", "http://a.example/x", false),
      ("https://{host}:8443/{path}", "http://a.example/x", true),
      ("https://www.{host}/{path}", "http://a.example/x", false),
      ("https://[2001:db8::1]/x", "http://[2001:DB8::1]:80/x", true),
      ("https://[2001:db8::1]/x", "http://[2001:db8::2]/x", false),
      ("/a%20b", "http://a.example/a%20b", true), ("/{country}", "http://a.example/GB", true),
      ("/a%22b", "http://a.example/a\"b", true), ("/a%22b", "http://a.example/a'b", false),
    ])
  func loops(template: String, url: String, isLoop: Bool) throws {
    #expect(try (location(template, url) == nil) == isLoop)
  }

  @Test(
    "a redirect of a WebSocket leads to HTTP",
    arguments: [
      ("ws", "http"), ("wss", "http"), ("http", "http"), ("https", "https"), ("ftp", "http"),
    ])
  func schemes(scheme: String, expected: String) throws {
    let location = try location("{scheme}://b.example/x", "\(scheme)://a.example/")
    #expect(location == "\(expected)://b.example/x")
  }

  @Test("the length of a location is limited", arguments: [(0, true), (1, false)])
  func longest(excess: Int, isSent: Bool) throws {
    let template = "https://b.example/{path}"
    let count = RedirectTemplate.longestLocation - template.utf8.count + "{path}".utf8.count
    let path = String(repeating: "x", count: count + excess)
    #expect(try (location(template, "http://a.example/\(path)") != nil) == isSent)
  }

  @Test(
    "whatever a client sends, a location is one URL with the host of its template", arguments: 1...4
  )
  func randomRequests(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let templates = [
      "https://b.example/{path}", "https://b.example/x?{query}", "https://b.example/{host}/{url}",
      "https://b.example/?h={host}&q={query}&p={path}&u={url}&s={scheme}#{path}",
    ]
    let allowed = Set("%-._~!$&'()*+,;=:@/?".utf8)
    for template in templates {
      let parsed = try RedirectTemplate.parse(template)
      for _ in 0..<500 {
        var bytes: [UInt8] {
          (0..<Int.random(in: 0...12, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
          }
        }
        let denied = DeniedRequest(
          scheme: bytes, host: bytes, port: [], path: bytes, query: bytes, client: nil,
          country: nil, reason: Reason(.byDefault))
        let location = try #require(parsed.location(for: denied))
        let rest = location.dropFirst("https://b.example/".utf8.count)
        #expect(location.starts(with: "https://b.example/".utf8))
        #expect(
          rest.count { $0 == UInt8(ascii: "#") } == template.utf8.count { $0 == UInt8(ascii: "#") })
        for (index, byte) in zip(rest.indices, rest) where byte != UInt8(ascii: "#") {
          let isLetterOrDigit = isUnreserved(byte)
          #expect(isLetterOrDigit || allowed.contains(byte))
          if byte == UInt8(ascii: "%") {
            #expect(rest[index...].dropFirst().prefix(2).allSatisfy { $0.hexadecimalValue != nil })
          }
        }
      }
    }
  }
}
