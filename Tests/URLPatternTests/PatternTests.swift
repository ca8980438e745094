import Testing

@testable import URLPattern

@Suite("A pattern")
struct PatternTests {
  @Test("keeps its source and is compiled to machine code if PCRE2 can")
  func keepsSource() throws {
    let pattern = try Pattern("^a\\.example/")
    #expect(pattern.source == "^a\\.example/")
    #expect(try Pattern("a.b").program?.usesJIT == true)
    #expect(try Pattern("a.b", usingJIT: false).program?.usesJIT == false)
    #expect(try Pattern("(*NO_JIT)x").program?.usesJIT == false)
  }

  @Test(
    "that is malformed says so in PCRE2's words, with the offset",
    arguments: [
      ("[a-", "missing terminating ] for character class", 3),
      ("a(b", "missing closing parenthesis", 3),
      ("*a", "quantifier does not follow a repeatable item", 0),
      ("ä*(", "missing closing parenthesis", 4),
      ("(*UTF)a", "using UTF is disabled by the application", 6),
      ("(*UCP)a", "using UCP is disabled by the application", 6),
    ])
  func malformed(source: String, message: String, offset: Int) {
    #expect(throws: PatternError.self) { try Pattern(source) }
    do throws(PatternError) {
      _ = try Pattern(source)
    } catch {
      #expect(error.message == message)
      #expect(error.offset == offset)
    }
  }

  @Test("may be 65,536 bytes long and no longer")
  func length() throws {
    let longest = "(?#" + String(repeating: "x", count: 65_532) + ")"
    #expect(longest.utf8.count == 65_536)
    _ = try Pattern(longest)
    let error = #expect(throws: PatternError.self) { try Pattern(longest + "a") }
    #expect(error?.message == "pattern string is longer than the limit set by the application")
    #expect((0...65_537).contains(error?.offset ?? -1))
  }

  @Test("may not nest without bound, nor compile to something huge")
  func nesting() {
    let deep = String(repeating: "(", count: 300) + String(repeating: ")", count: 300)
    #expect(throws: PatternError.self) { try Pattern(deep) }
    #expect(throws: PatternError.self) { try Pattern("((((a{1,500}){1,500}){1,500}){1,500})") }
  }

  @Test("may contain a NUL", arguments: [true, false])
  func nul(usingJIT: Bool) throws {
    let url = try subject(host: bytes("h"), path: [0x61, 0, 0x62])
    #expect(try denies("a\0b", url, usingJIT: usingJIT))
    #expect(try !denies("a\0c", url, usingJIT: usingJIT))
  }

  @Test(
    "sees bytes, not characters, and letters are ASCII's",
    arguments: [
      ("h/.{2}$", true), ("h/.$", false), ("\\xc3\\xa4", true), ("ä", true), ("(?i)Ä", false),
      ("\\w\\w$", false), ("\\W\\W$", true), ("(?i)H/", true),
    ], [true, false])
  func byteMode(pattern: (source: String, matches: Bool), usingJIT: Bool) throws {
    let url = try subject(host: "h", path: "ä")
    #expect(try denies(pattern.source, url, usingJIT: usingJIT) == pattern.matches)
  }

  @Test(
    "is searched for, and an empty match does not count",
    arguments: [
      ("pat", true), ("^a\\.example/path$", true), ("^path", false), ("", false), ("q*", false),
      ("$", false), ("^", false), ("h*$", true), ("(?=path)", false), ("a*?", true),
    ], [true, false])
  func search(pattern: (source: String, matches: Bool), usingJIT: Bool) throws {
    let url = try subject(path: "path")
    #expect(try denies(pattern.source, url, usingJIT: usingJIT) == pattern.matches)
    #expect(try allows(pattern.source, url, usingJIT: usingJIT) == pattern.matches)
  }

  @Test(
    "knows the next place where a match can begin",
    arguments: [
      ("aab[c]", "aaab.aab", 0, 1), ("aab[c]", "aaab.aab", 2, 5), ("aab[c]", "aaab.aab", 6, nil),
      ("aab[c]", "aaab.aa", 2, nil), ("a[b]", "ba", 0, 1), ("a[b]", "b", 0, nil),
      ("a[b]", "a", 1, nil),
      ("[a]b", "xx", 1, 1),
    ])
  func places(row: (source: String, text: String, start: Int, place: Int?)) throws {
    let pattern = try Pattern(row.source)
    let program = try #require(pattern.program)
    let place = unsafe bytes(row.text).withUnsafeBufferPointer { buffer in
      unsafe buffer.baseAddress.flatMap {
        unsafe program.firstPlace($0, buffer.count, from: row.start)
      }
    }
    #expect(place == row.place)
  }

  @Test(
    "as it is written knows where its matches can begin",
    arguments: [
      ("^a|^b", Program.Starts.text), (".*\\.txt", .lines), ("(?s).*\\.txt", .text),
      ("/a", .anywhere), ("(*PRUNE)/a", .anywhere), ("a|\\Gb", .uncut),
      ("a(*COMMIT)b|c", .uncut), ("a(*SKIP)b|c", .uncut),
      ("(*CRLF)a", .uncut), ("(*ANYCRLF)a", .uncut), ("(*NUL)a", .uncut),
    ])
  func starts(row: (source: String, starts: Program.Starts)) throws {
    let pattern = try Pattern(row.source, asWritten: true, usingJIT: true)
    #expect(pattern.program?.starts == row.starts)
  }
}
