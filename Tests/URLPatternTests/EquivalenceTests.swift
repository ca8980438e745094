import SeededRandom
import Testing

@testable import URLPattern

/// A set must give the same result as its patterns, each on its own and as written.
@Suite("A set of patterns, against each pattern on its own")
struct EquivalenceTests {
  @Test("finds the same in the same order", arguments: 0..<8)
  func random(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<40 {
      let oracle = try Oracle(sources(count: [1, 2, 6, 40][round % 4], using: &random))
      for _ in 0..<20 {
        let url = try subject(
          host: bytes(["a.b", "ab", "x.a.b"].randomElement(using: &random) ?? ""),
          path: path(isLong: Int.random(in: 0..<12, using: &random) == 0, using: &random))
        oracle.check(url)
      }
    }
  }

  @Test(
    "finds the same where expressions resemble those with a faster form",
    arguments: [
      ["a.*|^b", "^.*a\\z", "^a.*$", "a.+$"], [".*|b"], [".*a*", ".+"], [".*+a"], [".*?a", ".*?"],
      ["^a\\.b/x$"], ["x$"], ["x\\z"], ["x\\Z"], ["^a"], ["^a\\.b/x\\z"], ["(?m)x$"], ["(?m)^x"],
      ["(?s).*x"], ["(?i)A\\.B"], ["(?m:x$)|b$"], ["(?m:^x)"], ["(?-i)x"], ["(?x) x"],
      ["\\Qx.\\Ey"], ["$"],
      ["^"],
      ["^$"], [""], ["|x"], [".*\\Kx"], [".*x\\K"], ["(a)\\1"], ["(?=x)"], ["x(?=\\n)"],
      ["(?<=\\n)x"],
      ["^.*\\n.*x$"], ["^.+x"], ["x.*\\n"], ["(?s)^.*x"], ["^a\\.b/\\n?x$", "x\\n"],
      ["b/x", "b/x\\n", "b/"],
      [
        "a{2}", "a{,2}", "a{", "[.]b", "[]x]", "[^]x]", "[[:alpha:]]+\\z", "\\x2eb", "\\x2",
        "\\x{2e}",
      ],
      ["(?|(a)|(b))\\1", "(?<n>a)", "(?(?=a)b|x)", "(a|(?1)b)", "(*ACCEPT)x", "a(*SKIP)b|x"],
    ])
  func nearly(sources: [String]) throws {
    // Alone, and after others with which they share filters.
    let fillers = ["qq[q]", "^qq[q]", "(?i)qq[q]", "(?s)qq[q]", "(?m)qq[q]", "(?m)^qq[q]"]
    for oracle in [try Oracle(sources), try Oracle(fillers + fillers + sources)] {
      for path in [
        "", "x", "x\n", "x\n\n", "\nx", "a\nx", "x\na", "y", "x.y", "aa", "X", "%0Ax", "x%0a",
        "x;a", "a%2Fx", "a\\x", "x%3By",
      ] {
        for prefix in ["", "x/", "%78/", "\n", String(repeating: "y", count: 300)] {
          oracle.check(try subject(host: "a.b", path: prefix + path))
        }
      }
    }
  }

  /// Patterns as written, interpreted, one after the other.
  private struct Oracle {
    let sources: [String]
    let written: [Pattern]
    let matcher: Matcher
    let sets: [PatternSet]

    /// Leaves out expressions that PCRE2 refuses.
    init(_ sources: [String]) throws {
      let patterns = sources.compactMap { try? Pattern($0) }.enumerated()
        .map { (pattern: $1, rule: UInt32($0)) }
      let sources = patterns.map(\.pattern.source)
      self.sources = sources
      written = try sources.map { try Pattern($0, asWritten: true, usingJIT: false) }
      matcher = try #require(Matcher(timePerURL: 5_000_000))
      sets = [
        PatternSet(patterns), try patternSet(sources, usingJIT: false),
        PatternSet(
          PatternGroup(patterns.filter { $0.rule % 3 == 0 }),
          PatternGroup(patterns.filter { $0.rule % 3 != 0 })),
      ]
    }

    func check(_ url: URLSubject) {
      matcher.beginURL()
      let denying = written.map { formOutcomes($0, url, .deny) }
      let allowing = written.map { formOutcomes($0, url, .allow) }
      // Where PCRE2 gives up, a set may still find a result.
      guard !(denying + allowing).joined().contains(.failed) else { return }
      func rule(_ index: Int?) -> PatternSet.Match {
        index.map { .matched(rule: UInt32($0)) } ?? .none
      }
      let denied = rule(denying.firstIndex { $0.contains(.matched) })
      let allowed = rule(allowing.firstIndex { !$0.contains(.notMatched) })
      for set in sets {
        #expect(set.firstMatch(denying: url) == denied, "\(sources) \(url.texts)")
        #expect(set.firstMatch(allowing: url) == allowed, "\(sources) \(url.texts)")
      }
    }

    /// The outcome of a pattern for each form of the URL.
    private func formOutcomes(
      _ pattern: Pattern, _ url: URLSubject, _ side: PatternSet.Side
    ) -> [Matcher.Outcome] {
      guard let program = pattern.program else { return [.failed] }
      return url.texts(for: side).map { unsafe matcher.search(program, in: $0.bytes) }
    }
  }

  private func path(isLong: Bool, using random: inout SeededGenerator) -> [UInt8] {
    let parts = [
      "a", "b", "ab", "x", "A", ".", "/", "\n", "\n", "\n", "%0A", "%61", "%2e", "%2F", "/../",
      "//", "ba", "c",
      "%", "é", ";", ";x/", "..;", "\\", "%5c", "%3B",
    ]
    var path = ""
    if isLong {
      path = String(repeating: "cab/c.", count: Int.random(in: 40...400, using: &random))
    }
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      path += parts.randomElement(using: &random) ?? ""
    }
    return bytes(path)
  }

  private func sources(count: Int, using random: inout SeededGenerator) -> [String] {
    (0..<count).map { _ in
      var source = Int.random(in: 0..<4, using: &random) == 0 ? pick(prefixes, &random) : ""
      source += alternatives(depth: 2, using: &random)
      return source
    }
  }

  private func alternatives(depth: Int, using random: inout SeededGenerator) -> String {
    let count = pick([1, 1, 1, 1, 2, 3], &random)
    return (0..<count).map { _ in sequence(depth: depth, using: &random) }.joined(separator: "|")
  }

  private func sequence(depth: Int, using random: inout SeededGenerator) -> String {
    var text = pick(
      ["", "", "", "^", "^", "^", "\\A", ".*", ".*", ".*?", "^.*", ".+", "^.+", "^a\\.b/"], &random)
    for _ in 0..<pick([0, 1, 1, 2, 2, 3, 4], &random) {
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<11: text += pick(literals, &random)
      case 11..<14: text += pick(literals, &random) + pick(quantifiers, &random)
      case 14..<16: text += pick(atoms, &random)
      case 16: text += pick(oddities, &random)
      default:
        guard depth > 0 else { continue }
        text += pick(["(", "(?:", "(?>", "(?=", "(?!", "(?<=", "(?i:", "(?s:", "(?m:"], &random)
        text += alternatives(depth: depth - 1, using: &random) + ")"
        text += pick(["", "", "", "?", "{2}"], &random)
      }
    }
    return text
      + pick(["", "", "", "$", "$", "\\z", ".*", ".*$", ".*?", "(?:/|$)", "\\Z"], &random)
  }

  private func pick<Value>(_ values: [Value], _ random: inout SeededGenerator) -> Value {
    values[Int.random(in: values.indices, using: &random)]
  }

  private let prefixes = [
    "(?i)", "(?i)", "(?s)", "(?s)", "(?m)", "(?m)", "(?im)", "(?si)", "(?x)", "(?n)", "(?U)",
    "(?J)", "(?-s)",
    "(*CRLF)", "(*NO_JIT)", "(?i)(?s)", "(?#x)",
  ]
  private let literals = [
    "a", "b", "ab", "x", "A", "\\.", "/", "c", "\\n", "\n", "%", "\\x61", "é", "\\/", "ba",
  ]
  private let quantifiers = [
    "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?", "*+", "++", "{,2}", "{",
  ]
  private let atoms = [
    ".", "[ab]", "[^/]", "[^a]*", "[[:alpha:]]", "[]a]+", "[\\]a]", "\\w", "\\W", "\\d", "\\s",
    "\\b", "\\B",
    ".+", ".*", "(?<=a)", "(?<!b)", "(?=b)", "^", "$", "\\h", "[a-", "[[a]",
  ]
  private let oddities = [
    "(a)\\1", "(?<n>a)\\k<n>", "(?<n>b)", "(?'n'b)", "\\K", "\\G", "\\Qa.\\E", "\\Q", "\\E",
    "(*FAIL)",
    "(*ACCEPT)", "(*COMMIT)", "(*PRUNE)", "(*SKIP)", "(*THEN)", "(?i)", "(?-i)", "(?m)", "(?#x)",
    "(?R)?",
    "(a)(?1)", "(?(1)a|b)", "(?|(a)|(b))", "(?C1)", "\\x{61}", "\\141", "\\o{141}", "\\R", "\\X",
    "\\N", "\\C",
    "\\cA", "\\p{L}", "(?^:a)", "(*atomic:a)", "\\g{1}", "(?<*a)", "{", "}", "]", "a{1,2", "#",
  ]
}
