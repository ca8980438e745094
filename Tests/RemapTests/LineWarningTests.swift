import MaxMindACL
import Testing

@testable import Remap

/// Probable mistakes in the lines of a remap.config together.
@Suite struct LineWarningTests {
  /// Denies a country and redirects it.
  private static func redirecting(_ country: String, to url: String, more: String = "") -> String {
    "maxmind: {database: country.mmdb, deny: {country: [\(country)]}, "
      + "response: {redirect: '\(url)'}\(more)}\n"
  }

  /// Denies a country.
  private static func denying(_ country: String) -> String {
    "maxmind: {database: country.mmdb, deny: {country: [\(country)]}}\n"
  }

  private func warnings(_ remap: String, _ files: [String: String]) throws -> [String] {
    let text = remap.replacing("RULES", with: "@plugin=maxmind_acl.so @pparam")
    let workspace = try Workspace(files.merging(["remap.config": text]) { $1 })
    let rules = try RuleSet.load(
      remap: workspace.file("remap.config"), now: 1_790_000_000, for: .v9_2)
    return rules.warningsOfLines().map { workspace.bare($0.summary) }
  }

  // MARK: - Spellings

  private static let files = ["a.yaml": denying("DE"), "b.yaml": denying("NO")]

  static let mapped: [(String, String, String, [String])] = [
    (
      "a catch-all without rules", "map http://a.example/ http://o/ RULES=a.yaml",
      "map / http://o/",
      ["http://a.example:8080/, http://a.example./ and https://a.example/"]
    ),
    (
      "a catch-all with other rules", "map http://a.example/ http://o/ RULES=a.yaml",
      "map / http://o/ RULES=b.yaml",
      ["http://a.example:8080/, http://a.example./ and https://a.example/"]
    ),
    (
      "a catch-all with rules before them", "map http://a.example/ http://o/ RULES=a.yaml",
      "map / http://o/ RULES=b.yaml RULES=a.yaml",
      ["http://a.example:8080/, http://a.example./ and https://a.example/"]
    ),
    (
      "the same rules", "map http://a.example/ http://o/ RULES=a.yaml",
      "map / http://o/ RULES=a.yaml", []
    ),
    ("a host without rules", "map http://a.example/ http://o/", "map / http://o/ RULES=a.yaml", []),
    (
      "an https line", "map https://a.example/x/ http://o/ RULES=a.yaml", "map / http://o/",
      ["https://a.example:8080/x/, https://a.example./x/ and http://a.example/x/"]
    ),
    (
      "a port", "map http://a.example:8080/ http://o/ RULES=a.yaml", "map / http://o/",
      ["http://a.example:8081/, http://a.example.:8080/ and https://a.example/"]
    ),
    (
      "another path", "map http://a.example/x/ http://o/ RULES=a.yaml", "map /y/ http://o/", []
    ),
    (
      "a path of it", "map http://a.example/x/ http://o/ RULES=a.yaml", "map /x http://o/",
      ["http://a.example:8080/x/, http://a.example./x/ and https://a.example/x/"]
    ),
    (
      "an expression for all hosts of a scheme and port",
      "map http://a.example/ http://o/ RULES=a.yaml",
      "regex_map http://.*/ http://o/", ["http://a.example./"]
    ),
    (
      "an expression for other hosts", "map http://a.example/ http://o/ RULES=a.yaml",
      "regex_map http://^b\\.example$/ http://o/", []
    ),
    (
      "another host", "map http://a.example/ http://o/ RULES=a.yaml",
      "map http://b.example/ http://o/", []
    ),
    (
      "a redirect", "map http://a.example/ http://o/ RULES=a.yaml",
      "redirect https://a.example/ http://a.example/", []
    ),
    (
      "a catch-all with a filter", "map http://a.example/ http://o/ RULES=a.yaml",
      "map / http://o/ @action=deny @src_ip=0.0.0.0-255.255.255.255", []
    ),
    (
      "an address", "map http://[::1]/ http://o/ RULES=a.yaml", "map / http://o/",
      ["http://[::1]:8080/ and https://[::1]/"]
    ),
  ]

  @Test("a line that maps other spellings of a host is a warning", arguments: mapped)
  func spellings(_ name: String, _ host: String, _ other: String, _ urls: [String]) throws {
    let expected = urls.map {
      "remap.config:2:1: warning: maps \($0) without the rules of remap.config:1, the line for that host; "
        + "give this line the same @pparam, or remove it [remap-spelling]"
    }
    #expect(try warnings("\(host)\n\(other)\n", Self.files) == expected, "\(name)")
  }

  @Test("spellings with lines of their own do not go to the catch-all")
  func linesOfTheirOwn() throws {
    let remap = """
      map http://a.example/ http://o/ RULES=a.yaml
      map https://a.example/ http://o/
      map http://a.example:8080/ http://o/
      map http://a.example./ http://o/ RULES=a.yaml
      regex_map http://^a\\.example\\.$:8080/ http://o/ RULES=a.yaml
      map https://a.example./ http://o/ RULES=a.yaml
      map https://a.example.:8080/ http://o/ RULES=a.yaml
      map / http://o/ RULES=b.yaml
      """
    let found = try warnings(remap, Self.files)
    #expect(found.count == 1)
    // Dots after dots, and further ports, are spellings of those lines.
    #expect(found.first?.contains("maps http://a.example..") == true)
    #expect(found.first?.contains("a.example/") == false)
  }

  @Test("many hosts give one warning for the catch-all")
  func manyHosts() throws {
    let hosts = (1...3).map { "map http://\($0).example/ http://o/ RULES=a.yaml" }
    let found = try warnings((hosts + ["map / http://o/"]).joined(separator: "\n"), Self.files)
    #expect(
      found == [
        "remap.config:4:1: warning: maps http://1.example:8080/, http://1.example./ and https://1.example/ "
          + "without the rules of remap.config:1, the line for that host; give this line the same @pparam, "
          + "or remove it (the same for 2 other lines) [remap-spelling]"
      ])
  }

  // MARK: - Circles

  private static let twoHosts = """
    map http://a.example/ http://o/ RULES=a.yaml
    map http://b.example/ http://o/ RULES=b.yaml
    """

  private func circle(_ urls: String, _ lines: String, at line: Int = 1, again: String = "deny")
    -> String
  {
    "remap.config:\(line):1: warning: redirects a denied client such as 127.2.0.0 (DE) in a circle: "
      + "\(urls); \(lines) \(again) it again; redirect to a URL where it is not denied [redirect-circle]"
  }

  @Test("two lines that redirect to each other")
  func twoLines() throws {
    let found = try warnings(
      Self.twoHosts,
      [
        "a.yaml": Self.redirecting("DE", to: "http://b.example/denied?from={url}"),
        "b.yaml": Self.redirecting("DE", to: "{scheme}://a.example/"),
      ])
    #expect(found.count == 1)
    let start =
      "remap.config:1:1: warning: redirects a denied client such as 127.2.0.0 (DE) in a circle: "
    #expect(
      found.first?.hasPrefix(start + "http://a.example/ → http://b.example/denied?from=") == true)
    #expect(found.first?.contains("; remap.config:1 and remap.config:2 deny it again; ") == true)
  }

  @Test("three lines, one of them in the circle only at its target")
  func targets() throws {
    let inFolder = { (url: String) in
      "maxmind: {database: country.mmdb, deny: {regex: [[DE, /private/]]}, response: {redirect: '\(url)'}}"
    }
    let found = try warnings(
      Self.twoHosts + "\nmap http://c.example/ http://o/ RULES=c.yaml\n",
      [
        "a.yaml": inFolder("http://b.example/private/"),
        "b.yaml": inFolder("http://c.example/private/"),
        "c.yaml": inFolder("http://a.example/private/"),
      ])
    #expect(
      found == [
        circle(
          "http://b.example/private/ → http://c.example/private/ → http://a.example/private/ → "
            + "http://b.example/private/",
          "remap.config:2, remap.config:3 and remap.config:1", at: 2)
      ])
  }

  @Test("a line with a growing redirect")
  func growing() throws {
    let found = try warnings(
      "map http://a.example/ http://o/ RULES=a.yaml\n",
      ["a.yaml": Self.redirecting("DE", to: "/denied/{path}")])
    #expect(
      found == [
        circle(
          "http://a.example/ → http://a.example/denied/ → http://a.example/denied/denied/ → "
            + "http://a.example/denied/denied/denied/ → …", "remap.config:1", again: "denies")
      ])
  }

  static let ends: [(String, String, String)] = [
    (
      "the other line denies others", redirecting("DE", to: "http://b.example/"),
      redirecting("NO", to: "http://a.example/")
    ),
    ("the other line has a page", redirecting("DE", to: "http://b.example/"), denying("DE")),
    (
      "the redirect leads elsewhere", redirecting("DE", to: "http://c.example/"),
      redirecting("DE", to: "http://c.example/")
    ),
    // The plugin answers its own target with a page.
    (
      "one target on both", redirecting("DE", to: "http://b.example/x"),
      redirecting("DE", to: "http://b.example/x")
    ),
    (
      "one does not enforce", redirecting("DE", to: "http://b.example/"),
      redirecting("DE", to: "http://a.example/", more: ", mode: monitor")
    ),
    (
      "the target is allowed", redirecting("DE", to: "http://b.example/why"),
      "maxmind: {database: country.mmdb, deny: {regex: [[DE, '^b.example/(?!why).']]}, response: {redirect: 'http://a.example/'}}"
    ),
  ]

  @Test("redirects that end", arguments: ends)
  func noCircle(_ name: String, _ a: String, _ b: String) throws {
    #expect(try warnings(Self.twoHosts, ["a.yaml": a, "b.yaml": b]) == [], "\(name)")
  }

  @Test("clients denied by other steps are followed too")
  func otherSteps() throws {
    let byDefault = { (url: String) in
      "maxmind: {database: country.mmdb, allow: {country: [US]}, response: {redirect: '\(url)'}}"
    }
    let byAddress = { (url: String) in
      "maxmind: {database: country.mmdb, deny: {ip: [192.0.2.77]}, response: {ip: {redirect: '\(url)'}}}"
    }
    for rules in [byDefault, byAddress] {
      let found = try warnings(
        Self.twoHosts, ["a.yaml": rules("http://b.example/"), "b.yaml": rules("http://a.example/")])
      #expect(found.count == 1)
      #expect(found.first?.contains("remap.config:1 and remap.config:2 deny it again") == true)
    }
  }
}
