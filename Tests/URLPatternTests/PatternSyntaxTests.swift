import Testing

@testable import URLPattern

@Suite("The structure of an expression")
struct PatternSyntaxTests {
  private func text(_ syntax: PatternSyntax?) -> String? {
    syntax.map { String(decoding: $0.source, as: UTF8.self) }
  }

  @Test(
    "is known if its parts mean the same in any place",
    arguments: [
      "", "a", ".*\\.mp3", "^www\\.a\\.example/", "a|b|", "(a|b)+c?",
      "(?:a)(?>b)(?=c)(?!d)(?<=e)(?<!f)",
      "[^/]*", "[]a]", "[^]a]", "[[:alpha:]-]", "[[a]", "[\\]]", "a{2}b{2,}c{2,3}?d*+",
      "\\d\\W\\h\\b", "\\x2e",
      "\\n\\t\\.", "(?i)a", "(?ims)a", "(?s:a)(?i:b)", "a}", "a]", "ä", "\\A\\z\\Z", "#", " ", "^$",
      "\u{1}",
    ])
  func ordinary(source: String) {
    #expect(PatternSyntax(bytes(source)) != nil)
  }

  @Test(
    "is unknown if it has rare syntax",
    arguments: [
      "(a)\\1", "(?<n>a)", "(?'n'a)", "(?P<n>a)", "\\g1", "\\k<n>", "(*FAIL)", "(*CRLF)a",
      "(*atomic:a)",
      "(?C1)", "(?R)", "(?1)", "(?&n)", "(?(1)a)", "\\G", "\\K", "\\Qa\\E", "\\E", "(?|a|b)",
      "(?J)a", "(?x)a",
      "(?n)a", "(?U)a", "(?-i)a", "(?^)a", "a(?i)b", "(?i)(?s)a", "(?i-s:a)", "(?#a)", "a{",
      "a{,2}", "{", "\\x1",
      "\\x{41}", "\\o{41}", "\\101", "\\0", "\\cA", "\\N", "\\R", "\\X", "\\C", "\\p{L}", "[\\Qa]",
      "[[.a.]]",
      "[[:<:]]a", "^*", "\\b+", "$?", "(a(?<n>b))", "(?<*a)", "(?x:a)", "\\é",
    ])
  func odd(source: String) {
    #expect(PatternSyntax(bytes(source)) == nil)
    // It shares no filter.
    if let pattern = try? Pattern(source) { #expect(pattern.filterPart == nil) }
  }

  @Test(
    "is written with the same meaning",
    arguments: [
      ("a.b", "a.b"), ("^a|b$", "\\Aa|b$"), ("\\x2e\\.é", "\\.\\.é"), ("(a|^b)", "(?:a|\\Ab)"),
      ("(?mi)^a$", "(?im)^a$"), ("(?m:^a$)$", "(?m:^a$)$"), ("a{2}?", "a{2}?"), ("\\n", "\n"),
      ("\\.+", "\\.+"), ("((?m:^)^)", "(?:(?m:^)\\A)"), ("a#", "a#"), ("[#\\]]", "[#\\]]"),
    ])
  func writing(row: (source: String, written: String)) throws {
    #expect(text(PatternSyntax(bytes(row.source))) == row.written)
  }

  @Test(
    "loses a .* at its ends where a search gives the same result",
    arguments: [
      (".*\\.mp3", "\\.mp3"), (".*?x", "x"), ("x.*", "x"), (".*x.*?", "x"), (".*.*x", "x"),
      (".*(a|b)", "(?:a|b)"), (".*a|.*b", "a|b"), (".*a|b", "a|b"), ("(?i).*x", "(?i)x"),
      ("(?s).*x", "(?s)x"), ("^x.*", "\\Ax"), (".*^x", "\\Ax"), (".*x.*y", "x.*y"),
    ])
  func reduced(row: (source: String, reduced: String)) throws {
    let syntax = try #require(PatternSyntax(bytes(row.source)))
    #expect(text(syntax.withoutOuterDotStars()) == row.reduced)
  }

  @Test(
    "keeps a .* that changes the result of a search",
    arguments: [
      "^.*x", "\\A.*x", ".+x", ".*+x", "x.*$", "x.+", "(.*x)", "\\.*x", ".{0,}x", "[.]*x", "x\\.*",
    ])
  func kept(source: String) throws {
    let syntax = try #require(PatternSyntax(bytes(source)))
    #expect(syntax.withoutOuterDotStars() == syntax)
  }

  @Test(
    "keeps a .* next to a part that can match nothing",
    arguments: [".*", ".*a*", ".*|b", ".*a|b?", ".*$", ".*(?=x)", ".*\\b", "(?:a|).*"])
  func matchesNothing(source: String) throws {
    let pattern = try Pattern(source)
    let written = try Pattern(source, asWritten: true, usingJIT: true)
    #expect(pattern.program?.starts == written.program?.starts)
    #expect(pattern.filterPart?.alternatives == PatternSyntax(bytes(source))?.alternatives)
  }

  @Test(
    "is looser for a filter",
    arguments: [
      ("^.*x", "x"), ("\\A.+x", "x"), (".+x", "x"), ("x.*$", "x"), ("x.+", "x"), ("^x.*$", "\\Ax"),
      ("^x", "\\Ax"), ("x$", "x$"), ("x.*\\z", "x"), ("(?m)^.*x", "(?m)^.*x"),
      ("^.*x|^y", "x|\\Ay"),
    ])
  func loosened(row: (source: String, loosened: String)) throws {
    let syntax = try #require(PatternSyntax(bytes(row.source)))
    #expect(text(syntax.loosened()) == row.loosened)
  }

  @Test(
    "is a plain text at an end of the URL",
    arguments: [
      ("^a\\.b/", ["a.b/", "a.b/x"], ["a.b", "xa.b/", "a.b:/", "\na.b/"]),
      ("\\.mp3$", [".mp3", "x.mp3", "x.mp3\n"], [".mp3x", "mp3", "x.mp3\n\n", "x.mp3\nx", "\n"]),
      (".*\\.mp3\\z", [".mp3", "x.mp3"], ["x.mp3\n", ".mp3x"]),
      ("^a$", ["a", "a\n"], ["", "ab", "ba", "a\n\n", "a\nb", "b\n"]),
      ("^a\\z", ["a"], ["a\n", "aa", ""]),
      ("a\n$", ["a\n", "a\n\n"], ["a", "a\n\n\n"]),
      ("^0123456789.*", ["0123456789", "0123456789a"], ["012345678", "0123456788", "1123456789"]),
      (
        "0123456789abcdefgh$", ["0123456789abcdefgh"],
        ["01234567x9abcdefgh", "0123456789abcdefgx", "123456789abcdefgh"]
      ),
      ("^abcd", ["abcd"], ["abcx", "xbcd", "abc"]), ("^abc", ["abc"], ["axc", "abx", "xbc", "ab"]),
      ("^ab", ["ab"], ["ax", "xb", "a"]),
      ("^abcdefg", ["abcdefg"], ["abcdefx", "abcxefg", "xbcdefg"]),
      ("\\$\\(\\x41\\t$", ["$(A\t"], ["$(A", "A\t"]), ("é$", ["é"], ["\u{e9}x", "e"]),
    ])
  func literal(row: (source: String, matching: [String], others: [String])) throws {
    let syntax = try #require(PatternSyntax(bytes(row.source)))
    let literal = try #require(LiteralTest(syntax.withoutOuterDotStars()))
    defer { literal.free() }
    for (text, expected) in row.matching.map({ ($0, true) }) + row.others.map({ ($0, false) }) {
      // A separate allocation, so that a sanitizer sees reads beyond it.
      let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: text.utf8.count)
      defer { unsafe memory.deallocate() }
      for (index, byte) in text.utf8.enumerated() { unsafe memory[index] = byte }
      #expect(
        unsafe literal.matches(memory, text.utf8.count) == expected, "\(text.debugDescription)")
    }
  }

  @Test(
    "is not a plain text at an end",
    arguments: [
      "a", "", "^", "$", "^$", "^\\z", "^a?", "a+$", "^a|b$", "(?i)^a", "(?m)^a", "(?m)a$", "^a.b",
      "[a]$",
      "(a)$", "a\\Z", "^a$b", "a^", "$a", "\\ba$", "^^a", "a$$", "a.*$", "^.*a",
    ])
  func noLiteral(source: String) throws {
    let syntax = try #require(PatternSyntax(bytes(source)))
    #expect(LiteralTest(syntax.withoutOuterDotStars()) == nil)
  }

  @Test(
    "has a common prefix of all matches",
    arguments: [
      ("\\.mp3[a-z]", ".mp3"), ("abc|abd", "ab"), ("abc|ab+", "a"), ("a|", ""), ("a|b", ""),
      ("ab?", "a"),
      ("(?i)a", ""), ("^a", ""), ("(a)", ""), ("", ""), (".a", ""), ("ab|abc|abcd", "ab"),
    ])
  func prefix(row: (source: String, prefix: String)) throws {
    let syntax = try #require(PatternSyntax(bytes(row.source)))
    #expect(syntax.prefix == bytes(row.prefix))
  }

  @Test(
    "shares common prefixes as a tree",
    arguments: [
      (["/abc", "/abd", "x"], "/ab(?:c|d)|x"), (["a", "ab"], "a(?:|b)"), (["a", "a"], "a"),
      (["[ab]c", "[ab]d"], "[ab](?:c|d)"), (["a+b", "ab"], "a+b|ab"), (["", "a"], "|a"),
    ])
  func tree(row: (sources: [String], tree: String)) throws {
    var text: [UInt8] = []
    PrefixTree.write(
      row.sources.flatMap { PatternSyntax(bytes($0))?.alternatives.map { $0[...] } ?? [] },
      to: &text)
    #expect(String(decoding: text, as: UTF8.self) == row.tree)
  }
}
