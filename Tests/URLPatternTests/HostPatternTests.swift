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
    let pattern = try HostPattern(Array(pattern.utf8), matchesWhole: false)
    let isMatch = pattern.matches(host.utf8.span)
    #expect(isMatch == expected)
  }

  static let wholeCases: [(String, String, Bool)] = [
    ("a", "a", true), ("a", "ab", false), ("a", "ba", false), ("", "", true), ("", "x", false),
    ("a|ab", "ab", true), ("ab|a", "abc", false), ("a?", "ab", false), ("a.*?", "abc", true),
    ("^a$", "a", true), ("a|b", "ab", false), ("(a|ab)(c|bcd)", "abcd", true),
    ("(?>a|ab)c", "abc", false), ("b|", "a", false), ("a\\n?", "a\n", true), ("a$", "a\n", false),
  ]

  @Test("an expression matches the whole host, by any of its alternatives", arguments: wholeCases)
  func matchesWhole(_ pattern: String, _ host: String, _ expected: Bool) throws {
    let pattern = try HostPattern(Array(pattern.utf8), matchesWhole: true)
    let isMatch = pattern.matches(host.utf8.span)
    #expect(isMatch == expected)
  }

  @Test("groups are counted")
  func groups() throws {
    let pattern = try HostPattern(Array("(a)(?:b)(c(d))".utf8), matchesWhole: false)
    #expect(pattern.groupCount == 3)
    #expect(throws: PatternError.self) { try HostPattern(Array("[".utf8), matchesWhole: false) }
  }

  @Test("a runaway expression ends without a match", arguments: [false, true])
  func runaway(_ matchesWhole: Bool) throws {
    let pattern = try HostPattern(Array("^(a+)+$".utf8), matchesWhole: matchesWhole)
    let host = [UInt8](repeating: UInt8(ascii: "a"), count: 200) + [UInt8(ascii: "b")]
    let isMatch = pattern.matches(host.span)
    #expect(!isMatch)
  }
}
