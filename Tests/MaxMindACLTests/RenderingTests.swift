import MaxMindACL
import Testing

/// The text of diagnostics.
@Suite struct RenderingTests {
  private func rendered(_ yaml: String) throws -> String {
    try diagnostics(yaml.utf8).map(\.rendered).joined(separator: "\n")
  }

  /// Characters that must not reach a terminal: controls except line feed and tab, and line separators.
  private func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    (scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t")
      || scalar == "\u{2028}" || scalar == "\u{2029}"
  }

  @Test("a diagnostic shows its line and marks the problem")
  func wholeMessage() throws {
    let yaml = #"""
      maxmind:
        database: \#(Fixture.country)

        deny:
          country: [DE]
          regex:
            - [US, "[a-"]
      """#
    #expect(
      try rendered(yaml).hasSuffix(
        #"""
        maxmind.yaml:7:14: error: regex: missing terminating ] for character class [regex-syntax]
         7 |       - [US, "[a-"]
           |              ^~~~~
        """#))
  }

  @Test("the margin is as wide as the line number")
  func margin() throws {
    let yaml = "maxmind:\n  database: \(Fixture.country)\n" + String(repeating: "\n", count: 98)
    #expect(
      try rendered(yaml + "  deny: { ip: [x] }") == """
        maxmind.yaml:101:16: error: ip: "x": "x" is not an IPv4 or IPv6 address [bad-address]
         101 |   deny: { ip: [x] }
             |                ^
        """)
  }

  @Test("a value of several lines is marked to the end of its first line")
  func severalLines() throws {
    let yaml = """
      maxmind:
        database: \(Fixture.country)
        deny: [ US,
          DE ]
      """
    #expect(
      try rendered(yaml) == """
        maxmind.yaml:3:9: error: deny: expected keys such as country:, not a list [wrong-type]
         3 |   deny: [ US,
           |         ^~~~~
        """)
  }

  @Test("columns count characters, not bytes")
  func columnsOfCharacters() throws {
    let yaml =
      "maxmind: { database: \(Fixture.country), bypass: { value: \"äöü\", header: \"ß ß\" } }"
    let found = try diagnostics(yaml.utf8)
    let diagnostic = try #require(found.first)
    let line = Array(yaml.unicodeScalars)
    let range = try #require(diagnostic.range)
    let marked = line[(range.start.column - 1)..<(range.end.column - 1)]
    #expect(String(String.UnicodeScalarView(marked)) == "\"ß ß\"")
  }

  @Test("a tab stays a tab in the line of the caret")
  func tabs() throws {
    let yaml = """
      maxmind:
        database: \(Fixture.country)
        deny: { ip:\t[\tx,\t127.0.0.1\t] }
      """
    #expect(
      try rendered(yaml) == """
        maxmind.yaml:3:17: error: ip: "x": "x" is not an IPv4 or IPv6 address [bad-address]
         3 |   deny: { ip:\t[\tx,\t127.0.0.1\t] }
           |              \t \t^
        """)
  }

  @Test(
    "a very long line is shortened around the caret",
    arguments: [0, 1, 10, 100, 139, 140, 141, 142, 159, 160, 161, 200, 1000, 100_000])
  func longLine(padding: Int) throws {
    let before = String(repeating: " ", count: padding)
    let after = String(repeating: "x", count: 5000)
    let yaml = """
      maxmind:
        database: \(Fixture.country)
        deny: { ip: [\(before)bad-one, 10.0.0.1] } # \(after)
      """
    let lines = try rendered(yaml).split(separator: "\n").map(Array.init)
    try #require(lines.count == 3)
    #expect(String(lines[0]).hasPrefix("maxmind.yaml:3:\(16 + padding): error: "))
    #expect(lines.dropFirst().allSatisfy { $0.count <= 200 })
    let caret = try #require(lines[2].firstIndex(of: "^"))
    let end = lines[2].lastIndex(of: "~") ?? caret
    try #require(end < lines[1].count)
    #expect("bad-one".hasPrefix(String(lines[1][caret...end])))
    #expect(end - caret >= 1)
  }

  @Test("a very long value does not make a very long diagnostic", arguments: [500, 100_000])
  func longValue(length: Int) throws {
    let value = String(repeating: "y", count: length)
    let yaml = """
      maxmind:
        database: \(Fixture.country)
        \(value): 1
        deny: { ip: [\(value)], country: ["\(value) \(value)"] }
        bypass: { header: "\(value) \(value)", value: x }
      """
    for diagnostic in try diagnostics(yaml.utf8) {
      #expect(diagnostic.rendered.count < 1000, "\(diagnostic.id.rawValue)")
    }
  }

  /// YAML escapes for terminal control characters.
  static let escapes = [
    #"\e[31m"#, #"\a"#, #"\b"#, #"\x7f"#, #"\x9b31m"#, #"\r"#, #"\n"#, #"\L"#, #"\P"#, #"\N"#,
    #"\v"#,
  ]

  @Test("control characters of a value do not reach a message", arguments: escapes)
  func controlsInMessages(escape: String) throws {
    let yaml = #"""
      maxmind:
        "da\#(escape)ta": 1
        database: "\#(escape).mmdb"
        html: "\#(escape).html"
        bypass: { header: "X\#(escape)", value: "\#(escape)" }
        anonymous: { "v\#(escape)": true }
        deny:
          country: ["U\#(escape)"]
          ip: ["1\#(escape)"]
          regex: [["\#(escape)", x], [US, "(\#(escape)"]]
        allow: { ip: "\#(escape)", regex: [US, "\#(escape)"] }
      """#
    let found = try diagnostics(yaml.utf8)
    #expect(found.count >= 8)
    for diagnostic in found {
      #expect(!diagnostic.rendered.unicodeScalars.contains(where: isHarmful))
      #expect(diagnostic.rendered.split(separator: "\n").count <= 3)
      #expect(diagnostic.summary.split(separator: "\n").count == 1)
    }
  }

  @Test(
    "characters that change the direction of text do not reach a message",
    arguments: ["\u{202E}", "\u{202A}", "\u{2066}", "\u{2069}"])
  func directionOfWriting(character: String) throws {
    let yaml = "maxmind: { database: \(Fixture.country), deny: { ip: [\(character)1.0.0.721] } }"
    #expect(!(try rendered(yaml).contains(character)))
  }

  @Test("control characters of an anchor, a tag or a comment do not reach a message")
  func controlsElsewhere() throws {
    for yaml in ["maxmind: *a\u{9b}31m", "maxmind: !a%1B%0Ab x", "maxmind: [ # \u{85}x\u{2028}y"] {
      let text = try rendered(yaml)
      #expect(!text.unicodeScalars.contains(where: isHarmful), "\(yaml.debugDescription)")
    }
  }

  @Test("control characters of a rule do not reach a description or an excerpt")
  func controlsInDescriptions() throws {
    let yaml = #"""
      maxmind:
        database: \#(Fixture.country)
        deny: { regex: [["*", "\e\\[31m|page"]] } # é
      """#
    let policy = try policy(yaml)
    let decision = policy.decide(try request("127.1.0.1"))
    #expect(
      policy.describe(decision)
        == "deny deny.regex \u{FFFD}\\[31m|page maxmind.yaml:3 country=US")
    let excerpt = try #require(policy.rule(of: decision)?.excerpt)
    #expect(!excerpt.unicodeScalars.contains(where: isHarmful))
  }

  @Test("control characters of a file name do not reach a message")
  func controlsInFileName() throws {
    let directory = try TemporaryDirectory()
    let failure = #expect(throws: LoadFailure.self) {
      try Policy.load(path: "a\u{1b}[31m\nb.yaml", directory: directory.path)
    }
    let text = try #require(failure?.description)
    #expect(!text.unicodeScalars.contains(where: isHarmful))
    #expect(text.split(separator: "\n").count == 1)
  }

  @Test("control characters of a database do not reach a message")
  func controlsInDatabase() throws {
    let file = Fixture.path("broken/control-bytes-in-country.mmdb")
    let text = try rendered("maxmind: { database: \(file), deny: { country: [US] } }")
    #expect(!text.unicodeScalars.contains(where: isHarmful))
  }

  @Test("a decision is described in one line with the rule's position and the country")
  func description() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        deny: { country: [US] }
        allow: { country: [DE] }
      """)
    func describe(_ client: String?) throws -> String {
      policy.describe(policy.decide(try request(client)))
    }
    #expect(try describe("127.1.0.1") == "deny deny.country US maxmind.yaml:3 country=US")
    #expect(try describe("127.2.0.1") == "allow allow.country DE maxmind.yaml:4 country=DE")
    #expect(try describe("127.3.0.1") == "deny default maxmind.yaml country=GB")
    #expect(try describe("198.18.0.1") == "deny default maxmind.yaml")
    #expect(
      try describe(nil)
        == "deny error (the request has no IPv4 or IPv6 client address) maxmind.yaml")
  }
}
