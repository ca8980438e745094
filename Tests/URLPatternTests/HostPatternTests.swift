import Testing

@testable import URLPattern

/// Expressions for hosts, as in `regex_map`.
@Suite struct HostPatternTests {
  static let cases: [(String, String, Bool)] = [
    ("a", "bab", true), ("^a", "ba", false), ("a$", "ab", false), ("", "x", true), ("", "", true),
    ("x*", "b", true), ("^$", "", true), ("^$", "a", false), ("A", "a", false),
    ("(?i)A", "a", true),
    ("[0-9]+\\.example", "x12.example", true), ("^.$", "\u{e9}", false),
  ]

  @Test("an expression is searched for, and an empty match counts", arguments: cases)
  func matches(_ pattern: String, _ host: String, _ expected: Bool) throws {
    let pattern = try HostPattern(Array(pattern.utf8))
    let isMatch = pattern.matches(host.utf8.span)
    #expect(isMatch == expected)
  }

  @Test("groups are counted")
  func groups() throws {
    #expect(try HostPattern(Array("(a)(?:b)(c(d))".utf8)).groupCount == 3)
    #expect(throws: PatternError.self) { try HostPattern(Array("[".utf8)) }
  }

  @Test("a runaway expression ends without a match")
  func runaway() throws {
    let pattern = try HostPattern(Array("^(a+)+$".utf8))
    let host = [UInt8](repeating: UInt8(ascii: "a"), count: 200) + [UInt8(ascii: "b")]
    let isMatch = pattern.matches(host.span)
    #expect(!isMatch)
  }
}
