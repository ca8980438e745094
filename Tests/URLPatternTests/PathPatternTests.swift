import SeededRandom
import Testing

@testable import URLPattern

@Suite("A pattern for the path")
struct PathPatternTests {
  static let rewritten: [(pattern: String, expected: String)] = [
    ("^private/", "^[^/]+/private/"), ("music", "^[^/]+/.*(?:music)"),
    ("a|b", "^[^/]+/.*(?:a|b)"), ("^a|^b", "^[^/]+/(?:a|b)"),
    ("^a|b|^c$", "^[^/]+/(?:a|.*(?:b)|c$)"), ("^(a|b)/", "^[^/]+/(?:a|b)/"),
    ("(^|/)x", "^[^/]+/(?:|.*(?:/))x"), ("(?:^a|b)c", "^[^/]+/(?:a|.*(?:b))c"),
    ("((^|/)a|b)c", "^[^/]+/(?:(?:|.*(?:/))a|.*(?:b))c"), ("(^a)", "^[^/]+/(?:a)"),
    ("(?i)^a|b", "(?i)^[^/]+/(?:a|.*(?:b))"), ("\\Aa", "^[^/]+/a"),
    ("(?i:^a|B)x", "^[^/]+/(?i:a|.*(?:B))x"), ("^a[|^(]b", "^[^/]+/a[|^(]b"),
    ("^a\\|b\\^", "^[^/]+/a\\|b\\^"), ("\\ba", "^[^/]+/.*(?:\\ba)"), ("^a-_b", "^[^/]+/a-_b"),
    (".*\\.mp3$", "^[^/]+/.*(?:.*\\.mp3$)"), ("(?>a|b)c", "^[^/]+/.*(?:(?>a|b)c)"),
    ("^(?!a).", "^[^/]+/(?!a)."), ("a(?=b)", "^[^/]+/.*(?:a(?=b))"),
  ]

  @Test("becomes one for the host and the path", arguments: rewritten)
  func isRewritten(pattern: String, expected: String) throws {
    #expect(try Pattern(pattern).forHostAndPath == expected)
  }

  @Test(
    "stays if it may depend on the text before the path",
    arguments: [
      "a^b", "a|b^", "(?=^a)b", "(?!^)a", "(?<=/)a", "(?<!/)a", "(?m)^a", "(?m:^a)", "(^|/)?x",
      "(^|/)+x", "(^a|b)^c", "(?>^a|b)c", "(a)\\1", "(?<n>^a)", "\\Ga", "\\Ka", "\\Qa", "(?x)a",
      "^", "^a*", "a?", "^^a", "", "^|a", "(^|a)",
    ])
  func stays(pattern: String) throws {
    // `^^a` is rare, and an empty match does not count.
    #expect(try Pattern(pattern).forHostAndPath == nil)
  }

  private static let paths = [
    "", "a", "b", "c", "x", "/", "/x", "ax", "bx", "a/x", "a/b/c", "ab", "bc", "ac", "cba", "c$",
    "a-_b",
    "private/", "a/private/", "Private/", "music", "x/music/y", "a|b^", "song.mp3", "song.mp3/",
    "A", "B",
    "aa/bb", "b/a", "xa", "x/a", "bca", "BX", "ABx", "\u{e9}a", "a%0ab",
  ]

  @Test("matches as before", arguments: rewritten.map(\.pattern))
  func matchesAsBefore(pattern: String) throws {
    try check(pattern, Self.paths)
  }

  @Test("matches as before, whatever it is made of")
  func randomPatterns() throws {
    var random = SeededGenerator(seed: 9)
    let atoms = [
      "a", "b", "/", "^", "$", ".", "[ab]", "[^/]", "|", "|", "(", "(?:", "(?=", "(?!", "(?<!", ")",
      ")", "*", "+", "?", "\\b", "\\B", "(^|/)", "^a", ".*",
    ]
    var count = 0
    for _ in 0..<20_000 {
      let source = (0..<Int.random(in: 1...7, using: &random))
        .map { _ in atoms.randomElement(using: &random) ?? "" }.joined()
      guard (try? Pattern(source))?.forHostAndPath != nil else { continue }
      count += 1
      let paths = (0..<6).map { _ in
        String(
          (0..<Int.random(in: 0...5, using: &random)).map { _ in
            "ab/".randomElement(using: &random) ?? "a"
          })
      }
      try check(source, paths)
    }
    #expect(count > 2_000)
  }

  private func check(_ source: String, _ paths: [String]) throws {
    let old = try Pattern(source)
    let new = try #require(old.forHostAndPath)
    let (olds, news) = (try patternSet(source), try patternSet(new))
    let url = try #require(URLSubject(timePerURL: unlimited))
    for host in ["a.example", "a", "music", "[2001:db8::1]"] {
      for path in paths {
        func isMatched(_ set: PatternSet, _ form: URLSubject.OnlyForm) -> Bool {
          url.assign(in: form) { $0.assign(bytes(host), bytes(path)) }
            && set.firstMatch(denying: url) == .matched(rule: 0)
        }
        #expect(
          isMatched(olds, .pathWithoutParameters) == isMatched(news, .hostAndPath),
          "\(source) as \(new) on \(host)/\(path)")
      }
    }
  }
}
