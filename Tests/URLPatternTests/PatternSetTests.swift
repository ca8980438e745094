import Testing

@testable import URLPattern

@Suite("A set of patterns")
struct PatternSetTests {
  @Test("reports the first match in file order, by its rule's number", arguments: [true, false])
  func fileOrder(usingJIT: Bool) throws {
    let url = try subject(path: "movies/a.mp4")
    let set = PatternSet([
      (try Pattern("\\.mkv$", usingJIT: usingJIT), 12),
      (try Pattern("\\.mp4$", usingJIT: usingJIT), 4_000_000_000),
      (try Pattern("movies", usingJIT: usingJIT), 4_000_000_001),
    ])
    #expect(set.firstMatch(denying: url) == .matched(rule: 4_000_000_000))
    #expect(set.firstMatch(allowing: url) == .matched(rule: 4_000_000_000))
  }

  @Test("that is empty matches nothing")
  func empty() throws {
    let url = try subject(path: "a")
    #expect(PatternSet([]).isEmpty)
    #expect(try !patternSet("a").isEmpty)
    #expect(PatternSet([]).firstMatch(denying: url) == .none)
    #expect(PatternSet([]).firstMatch(allowing: url) == .none)
  }

  @Test(
    "denies if any form matches, and allows only if all do",
    arguments: [
      // path, pattern, denied, allowed
      ("private/x", "^a\\.example/private/", true, true),
      ("%70rivate/x", "^a\\.example/private/", true, false),
      ("/private/x", "^a\\.example/private/", true, false),
      ("open/../private/x", "^a\\.example/private/", true, false),
      ("open/../private/x", "^a\\.example/open/", true, false),
      ("open/%2e%2e/private/x", "^a\\.example/open/", true, false),
      ("open/%2e%2e%2fprivate/x", "^a\\.example/private/", true, false),
      ("open/%2e%2e%2fprivate/x", "^a\\.example/open/", true, false),
      ("open/..;/private/x", "^a\\.example/open/", true, false),
      ("open/..;/private/x", "^a\\.example/private/", true, false),
      ("open;x/private", "^a\\.example/open", true, true),
      ("open;x/private", "^a\\.example/open/", true, false),
      ("open//../private", "^a\\.example/open/p", true, false),
      ("open//../private", "^a\\.example/private", true, false),
      ("open/a%2fb", "^a\\.example/open/[a-z]", true, true),
      ("open/a%2fb", "^a\\.example/open/[^/]+$", true, false),
      ("open/%252e%252e/private", "^a\\.example/private", false, false),
      ("a%20b", "a b", true, false),
      ("a%20b", "a%20b", true, true),
      ("a%00b", "a\\x00b", false, false),
      ("a/./b", "^a\\.example/a/", true, true),
      ("a/b", "c", false, false),
    ], [true, false])
  func forms(
    row: (path: String, pattern: String, denied: Bool, allowed: Bool), usingJIT: Bool
  ) throws {
    let url = try subject(path: row.path)
    #expect(try denies(row.pattern, url, usingJIT: usingJIT) == row.denied)
    #expect(try allows(row.pattern, url, usingJIT: usingJIT) == row.allowed)
  }

  @Test("allows only if one and the same pattern matches all forms")
  func samePattern() throws {
    let url = try subject(path: "open/../private")
    #expect(try patternSet("/open/", "/private").firstMatch(allowing: url) == .matched(rule: 1))
    #expect(try patternSet("/open/", "e/private").firstMatch(allowing: url) == .none)
  }

  @Test("reads params as part of the path")
  func params() throws {
    let url = try subject(path: "a", params: "b/x.txt")
    #expect(try denies(".*\\.txt", url))
  }

  @Test("denies by the file's order, not by the order of forms")
  func orderOverForms() throws {
    let url = try subject(path: "%61%20")
    #expect(try patternSet("a ", "%61").firstMatch(denying: url) == .matched(rule: 0))
  }

  @Test("lets a definite match win over a failure, wherever in the file", arguments: [true, false])
  func failure(usingJIT: Bool) throws {
    let url = try subject(path: String(repeating: "a", count: 200) + "-")
    let hostile = "(a+)+$"
    func match(_ sources: String...) throws -> (PatternSet.Match, PatternSet.Match) {
      let set = PatternSet(
        try sources.enumerated().map {
          (try Pattern($0.element, usingJIT: usingJIT), UInt32($0.offset))
        })
      return (set.firstMatch(denying: url), set.firstMatch(allowing: url))
    }
    #expect(try match(hostile) == (.failed, .none))
    #expect(try match(hostile, "q") == (.failed, .none))
    #expect(try match("q", hostile) == (.failed, .none))
    #expect(try match(hostile, "a-") == (.matched(rule: 1), .matched(rule: 1)))
    #expect(try match("a-", hostile) == (.matched(rule: 0), .matched(rule: 0)))
  }
}
