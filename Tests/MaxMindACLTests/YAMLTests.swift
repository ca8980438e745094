import Foundation
import MaxMindACL
import Testing

/// The supported parts of YAML, and the handling of bytes.
@Suite struct YAMLTests {
  /// A valid configuration with some rules of each kind.
  static let sound = #"""
    maxmind:
      database: \#(Fixture.countryAnonymous)
      allow:
        country: [US, "DE"]
        ip:
          - 127.0.0.1
          - 10.0.0.0/8
        regex:
          - ["*", ".*\\.html$"]
      deny:
        regex: [[US, '\.txt$']]
        ip: ["2001:db8::/32", 10.0.0.1-10.0.0.9]
      anonymous: { vpn: true, tor: no }
      bypass:
        header: X-Pass
        value: open
        ip: [127.0.0.1]
      unknown: deny
      on_error: deny
    """#

  private func ids(_ yaml: some Sequence<UInt8>) throws -> [DiagnosticID] {
    try diagnostics(yaml).map(\.id)
  }

  @Test(
    "booleans are true, false, yes, no, on and off in any case",
    arguments: [
      ("true", true), ("True", true), ("TRUE", true), ("yes", true), ("Yes", true), ("YES", true),
      ("on", true), ("On", true), ("ON", true), ("!!bool yes", true),
      ("false", false), ("False", false), ("FALSE", false), ("no", false), ("No", false),
      ("NO", false), ("off", false), ("Off", false), ("OFF", false), ("oFf", false),
    ])
  func booleans(text: String, isTrue: Bool) throws {
    let policy = try policy(
      "maxmind: { database: \(Fixture.anonymous), anonymous: { vpn: \(text) } }")
    #expect(policy.configuration.anonymous.map(\.blocked) == [isTrue])
    #expect(try policy.outcome("127.11.0.1").hasPrefix("deny") == isTrue)
  }

  @Test("an alias refers to the last anchor of its name before it")
  func anchorDefinedTwice() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        name: &x a
        bypass: { header: &x X-Pass, value: *x }
      """)
    #expect(policy.configuration.bypass?.value?.value == "X-Pass")
  }

  @Test(
    "the number of values in a file is limited",
    arguments: [(1_999, false), (2_000, true)])
  func nodes(count: Int, isRefused: Bool) throws {
    // The list itself is a value, too.
    let text = "[" + String(repeating: "a,", count: count - 1) + "]"
    do throws(LoadFailure) {
      _ = try YAMLDocument.parse(Array(text.utf8), file: "x.yaml", nodeLimit: 2_000)
      #expect(!isRefused)
    } catch {
      #expect(isRefused)
      #expect(error.diagnostics.map(\.id) == [.yamlLimit])
    }
  }

  @Test("texts that look like other types are texts, except booleans")
  func scalarsAreText() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        bypass: { header: 123, value: yes }
        deny: { regex: [[NO, 1.5], ["*", true], ["*", 0x1F]] }
      """)
    #expect(policy.configuration.bypass?.header?.value == "123")
    #expect(policy.configuration.bypass?.value?.value == "yes")
    #expect(
      policy.configuration.deny.regexes.map(\.pattern.value) == ["1.5", "true", "0x1F"])
  }

  @Test("an alias has the value of its anchor")
  func aliases() throws {
    let policy = try policy(
      """
      maxmind:
        database: &file \(Fixture.country)
        deny:
          country: &countries [US, &germany DE]
          regex: [[*germany, secret]]
        allow:
          country: *countries
      """)
    #expect(policy.configuration.allow.countries.map(\.text) == ["US", "DE"])
    #expect(policy.configuration.deny.regexes.map { $0.scopes.map(\.text) } == [["DE"]])
  }

  @Test("an alias is reported at the position of its value")
  func placeOfAliasedValue() throws {
    let found = try diagnostics(
      """
      maxmind:
        database: \(Fixture.country)
        deny:
          ip: &addresses [nonsense]
        allow:
          ip: *addresses
      """.utf8)
    #expect(found.map { $0.range?.start } == Array(repeating: .init(line: 4, column: 21), count: 2))
  }

  @Test("an anchor may be redefined")
  func anchorGivenAnew() throws {
    let policy = try policy(
      """
      maxmind:
        database: \(Fixture.country)
        allow: { country: [&c US, *c] }
        deny: { country: [&c DE, *c] }
      """)
    #expect(policy.configuration.deny.countries.map(\.text) == ["DE", "DE"])
  }

  @Test("aliases that expand to a few hundred thousand values are read")
  func manyAliases() throws {
    let lines =
      ["a: &a [\(Array(repeating: "x", count: 500).joined(separator: ", "))]"]
      + ["b: [\(Array(repeating: "*a", count: 500).joined(separator: ", "))]"]
    #expect(Set(try ids(lines.joined(separator: "\n").utf8)) == [.unknownKey, .missingKey])
  }

  @Test("the YAML tags for text, list and mapping are accepted")
  func tags() throws {
    let policy = try policy(
      """
      !!map
      maxmind:
        database: !!str \(Fixture.country)
        deny: !!map { country: !!seq [!!str "NO", ! DE] }
      """)
    #expect(policy.configuration.deny.countries.map(\.value.description) == ["NO", "DE"])
  }

  @Test("texts may be quoted, folded or literal")
  func styles() throws {
    let policy = try policy(
      #"""
      maxmind:
        database: '\#(Fixture.country)'
        bypass:
          header: >-
            X-Pass
          value: |-
            a value
        deny:
          regex:
            - - "*"
              - "a\u0062c"
      """#)
    #expect(policy.configuration.bypass?.header?.value == "X-Pass")
    #expect(policy.configuration.bypass?.value?.value == "a value")
    #expect(policy.configuration.deny.regexes.map(\.pattern.value) == ["abc"])
  }

  @Test("JSON is YAML")
  func json() throws {
    let policy = try policy(
      #"{"maxmind": {"database": "\#(Fixture.country)", "deny": {"country": ["US"]}}}"#)
    #expect(try policy.outcome("127.1.0.1") == "deny deny.country US line 1")
  }

  @Test("nesting up to the limit is read")
  func depth() throws {
    let deep = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
    #expect(try ids(deep.utf8) == [.wrongType])
    #expect(try ids("[\(deep)]".utf8) == [.yamlLimit])
  }

  // MARK: - Bytes

  @Test(
    "a file may use any line break of YAML",
    arguments: ["\r\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"])
  func lineBreaks(lineBreak: String) throws {
    let policy = try policy(Self.sound.replacing("\n", with: lineBreak))
    #expect(try policy.outcome("127.0.0.1") == "allow allow.ip 127.0.0.1 line 6")
    #expect(policy.rules.allSatisfy { $0.sourceLine?.contains(where: \.isNewline) == false })

    let broken = Self.sound.replacing("10.0.0.0/8", with: "10.0.0.0/80")
    let found = try diagnostics(broken.replacing("\n", with: lineBreak).utf8)
    #expect(
      found.map(\.rendered) == [
        """
        maxmind.yaml:7:9: error: ip: "10.0.0.0/80": prefix length 80 is above 32 [bad-address]
         7 |       - 10.0.0.0/80
           |         ^~~~~~~~~~~
        """
      ])
  }

  @Test("a byte order mark takes no column")
  func byteOrderMark() throws {
    let mark = "\u{FEFF}"
    #expect(try policy(mark + Self.sound).outcome("127.0.0.1") == "allow allow.ip 127.0.0.1 line 6")
    // The byte order mark must not count as indentation of the first line.
    let oneBlank = "\(mark)maxmind:\n database: \(Fixture.country)\n deny:\n  country: [US]\n"
    #expect(try policy(oneBlank).outcome("127.1.0.1") == "deny deny.country US line 4")
    let found = try diagnostics("\(mark)mxmind: {}".utf8)
    #expect(
      found.first?.rendered == """
        maxmind.yaml:1:1: error: the file: unknown key "mxmind"; did you mean maxmind? [unknown-key]
         1 | mxmind: {}
           | ^~~~~~
        """)
  }

  @Test("bytes that are not UTF-8 are an error with a position")
  func invalidUTF8() throws {
    let yaml = Array("maxmind:\n  database: x\n  html: ab".utf8) + [0xFF, 0x0A]
    let found = try diagnostics(yaml)
    #expect(
      found.map(\.rendered) == [
        """
        maxmind.yaml:3:11: error: invalid leading UTF-8 octet [yaml-syntax]
         3 |   html: ab\u{FFFD}
           |           ^
        """
      ])
  }

  @Test(
    "bytes that YAML does not allow are an error with a position",
    arguments: [[0x00], [0x07], [0x1B], [0x7F], [0xC2, 0x9B]] as [[UInt8]])
  func controlCharacters(bytes: [UInt8]) throws {
    let yaml = Array("maxmind:\n  database: x\n  # é".utf8) + bytes + Array("\n  html: y".utf8)
    let found = try diagnostics(yaml)
    #expect(
      found.map(\.rendered) == [
        """
        maxmind.yaml:3:6: error: control characters are not allowed [yaml-syntax]
         3 |   # é\u{FFFD}
           |      ^
        """
      ])
  }

  @Test(
    "UTF-16 is an error, not another text",
    arguments: [String.Encoding.utf16LittleEndian, .utf16BigEndian, .utf16])
  func utf16(encoding: String.Encoding) throws {
    let data = try #require(Self.sound.data(using: encoding))
    #expect(try ids(data) == [.yamlSyntax])
  }

  @Test(
    "a position is correct after other line breaks of YAML",
    arguments: ["\u{85}", "\u{2028}", "\u{2029}"])
  func otherLineBreaks(lineBreak: String) throws {
    let yaml = """
      maxmind: # a comment\(lineBreak)  # and another
        database: \(Fixture.country)
        deny: { ip: [nonsense] }
      """
    let found = try diagnostics(yaml.utf8)
    #expect(found.map(\.id) == [.badAddress])
    #expect(found.first?.sourceLine == "  deny: { ip: [nonsense] }")
    #expect(found.first?.rendered.hasSuffix("|                ^~~~~~~~") == true)
  }

  // MARK: - Files

  @Test("an empty file is an error that names the file")
  func emptyFile() throws {
    #expect(
      try diagnostics([]).map(\.rendered) == [
        "maxmind.yaml: error: the file is empty; it needs a top-level maxmind: with the configuration in it [empty-document]"
      ])
  }

  @Test("a missing file is an error with the operator's spelling of its name")
  func missingFile() throws {
    let directory = try TemporaryDirectory()
    let failure = #expect(throws: LoadFailure.self) {
      try Policy.load(path: "none.yaml", directory: directory.path)
    }
    #expect(
      failure?.description
        == "none.yaml: error: cannot be read: cannot open the file: No such file or directory (at \(directory.path)/none.yaml) [file-unreadable]"
    )
  }

  @Test("a directory is not a configuration")
  func directoryForFile() throws {
    let directory = try TemporaryDirectory()
    let failure = #expect(throws: LoadFailure.self) { try Policy.load(path: directory.path) }
    #expect(
      failure?.description
        == "\(directory.path): error: cannot be read: is a directory, a regular file is needed [file-unreadable]"
    )
  }

  @Test("a configuration above 32 MB is refused before parsing")
  func hugeFile() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write([], to: "huge.yaml")
    let handle = try #require(FileHandle(forWritingAtPath: file))
    try handle.truncate(atOffset: (32 << 20) + 1)
    try handle.close()
    let failure = #expect(throws: LoadFailure.self) { try Policy.load(path: file) }
    #expect(
      failure?.description
        == "\(file): error: cannot be read: the file has 33554433 bytes, the limit is 33554432 bytes [file-unreadable]"
    )
  }
}
