import Testing

@testable import URLPattern

@Suite("A group of patterns")
struct PatternGroupTests {
  private func match(_ group: PatternGroup, _ path: String) throws -> PatternSet.Match {
    PatternSet(group).firstMatch(denying: try subject(path: path))
  }

  @Test(
    "has a filter where one search takes the place of several",
    arguments: [
      // Patterns, filter programs, patterns that are still searched on their own.
      (["a"], 0, nil), (["a", "b"], 1, 0), (["\\.a$", "\\.b$"], 0, nil), (["^a", "^b"], 0, nil),
      (["a", "\\.b$", "\\.c$", "\\.d$"], 1, 0), (["^.*a"], 1, 0), ([".*a"], 0, nil),
      (["a", "(b)\\1"], 0, nil),
      (["a", "(b)\\1", "c"], 1, 1), (["a", "b", "^c", "^d"], 1, 2),
      (["a", "b", "^c[d]", "^e[f]"], 2, 0),
      (["(?i)a", "(?s)b", "c"], 1, 0), ([], 0, nil),
      (["\\.a$", "\\.b$", "\\.c$", "\\.d$", "\\.e$", "\\.f$", "\\.g$"], 1, 0),
    ])
  func filters(row: (sources: [String], filters: Int, unfiltered: Int?)) throws {
    let group = try patternGroup(row.sources)
    #expect(group.filterCount == row.filters)
    #expect(group.unfilteredCount == row.unfiltered)
  }

  @Test("finds the first pattern of many", arguments: [1, 16, 17, 128, 129, 2_000])
  func many(count: Int) throws {
    // Every third is a text that is tied to an end, every fifth cannot share a filter.
    let sources = (0..<count).map { number in
      number % 5 == 4 ? "(/)\(number)\\1" : number % 3 == 0 ? "/\(number)/$" : "/\(number)/"
    }
    let group = try patternGroup(sources)
    for number in [0, 1, 4, 5, 15, 16, 17, 40, 127, 128, 1_000, 1_998, 1_999] where number < count {
      #expect(try match(group, "x/\(number)/") == .matched(rule: UInt32(number)))
      #expect(
        try match(group, "\(count - 1)/\(number)/")
          == .matched(rule: UInt32(min(number, count - 1))))
    }
    #expect(try match(group, "x/y/") == .none)
  }

  @Test("is divided where PCRE2 refuses one program for all")
  func divided() throws {
    // Each takes more than 3 kB of PCRE2's 64.
    let sources = (0..<40).map { "x\($0)(?:[bc][de]){50}|/\($0)/" }
    // The patterns that are tied to the start would fit.
    let group = try patternGroup(sources + ["^a[bc]", "^a[bd]"])
    #expect(group.filterCount > 1)
    #expect(group.unfilteredCount == nil)
    for number in [0, 20, 39] {
      #expect(try match(group, "x/\(number)/") == .matched(rule: UInt32(number)))
    }
    #expect(try match(group, "x") == .none)
    // The first two fill a program each.
    let large = String(repeating: "a[bc]", count: 1_500)
    let single = try patternGroup(["x" + large, "y" + large, "/z"])
    #expect(try match(single, "/z") == .matched(rule: 2))
    #expect(try match(single, "/a") == .none)
  }

  @Test("nests no deeper than PCRE2 allows")
  func deep() throws {
    let sources = (1...270).map { String(repeating: "a", count: $0) + "b" }
    let group = try patternGroup(sources + ["/c"])
    #expect(group.unfilteredCount == 0)
    #expect(try match(group, "aaac/c") == .matched(rule: 270))
    #expect(try match(group, "/aab") == .matched(rule: 0))
    let nested = String(repeating: "(", count: 245) + "a" + String(repeating: ")", count: 245) + "b"
    #expect(try match(try patternGroup(["x\(nested)", "xy", "/c"]), "/c") == .matched(rule: 2))
  }

  @Test("searches each pattern on its own where a filter gives up", arguments: [true, false])
  func givingUp(usingJIT: Bool) throws {
    let hostile = "(?:a+)+$"
    for length in [60, 200, 257, 8_192] {
      let path = String(repeating: "a", count: length) + "-/secret"
      let url = try subject(path: path)
      for sources in [[hostile, "b", "/secret"], ["b", "/secret", hostile]] {
        let group = try patternGroup(sources, usingJIT: usingJIT)
        #expect(group.filterCount == 1)
        let rule = UInt32(sources.firstIndex(of: "/secret") ?? 9)
        #expect(PatternSet(group).firstMatch(denying: url) == .matched(rule: rule))
        #expect(PatternSet(group).firstMatch(allowing: url) == .matched(rule: rule))
      }
      let group = try patternGroup([hostile, "b", "/other"], usingJIT: usingJIT)
      #expect(PatternSet(group).firstMatch(denying: url) == .failed)
      #expect(PatternSet(group).firstMatch(allowing: url) == .none)
    }
  }

  @Test(
    "does not take a filter that gives up for one that rules its patterns out",
    arguments: ["^a\\.example/", "/"], [true, false])
  func filterGivesUp(start: String, usingJIT: Bool) throws {
    let (hostile, other) = (start + "(?:a+)+$", start + "b[c]")
    let url = try subject(path: String(repeating: "a", count: 200) + "-")
    for sources in [[hostile, other], [other, hostile]] {
      let group = try patternGroup(sources, usingJIT: usingJIT)
      #expect(group.filterCount == 1)
      #expect(group.unfilteredCount == 0)
      #expect(PatternSet(group).firstMatch(denying: url) == .failed)
      #expect(PatternSet(group).firstMatch(allowing: url) == .none)
      let matching = try patternGroup(sources + [start + "a[a]+-"], usingJIT: usingJIT)
      #expect(PatternSet(matching).firstMatch(denying: url) == .matched(rule: 2))
    }
  }

  /// Patterns that run away on one form of a URL and match no other.
  static let failures: [(name: String, pattern: String, path: String)] = [
    ("sent", "(a+)+$", String(repeating: "a", count: 60) + "-"),
    ("normalised", "(a+)+$", String(repeating: "%61", count: 60) + "-"),
    ("normalised, dots first", "((?:b/)+)+$", String(repeating: "b//../", count: 60) + "-"),
    ("decoded", "(!+)+$", String(repeating: "%21", count: 60) + "-"),
    ("structural, cut first", "((?:a/)+)+$", String(repeating: "a;x/", count: 60) + "-"),
    (
      "structural, cut first, dots first", "((?:b/)+)+$",
      String(repeating: "b/;x/..;x/", count: 60) + "-"
    ),
    ("structural, decode first", "((?:a/)+)+$", String(repeating: "a%3bx/", count: 60) + "-"),
    (
      "structural, decode first, dots first", "((?:b/)+)+$",
      String(repeating: "b/%3bx/..%3bx/", count: 60) + "-"
    ),
  ]

  @Test(
    "fails where a deny pattern fails in one form and matches in none", arguments: failures,
    [true, false])
  func formFails(row: (name: String, pattern: String, path: String), usingJIT: Bool) throws {
    let url = try subject(path: row.path)
    let names = url.spellings(for: .deny).map(\.form.name)
    #expect(names.contains(row.name))
    for fillers in [[], ["q[r]", "q[s]"]] {
      let set = try patternSet([row.pattern] + fillers, usingJIT: usingJIT)
      #expect(set.firstMatch(denying: url) == .failed)
      #expect(set.firstMatch(allowing: url) == .none)
      let matching = try patternSet(
        [row.pattern] + fillers + ["a\\.example"], usingJIT: usingJIT)
      #expect(
        matching.firstMatch(denying: url) == .matched(rule: UInt32(fillers.count) + 1))
    }
  }

  @Test("allows nothing where an allow pattern fails in one form and matches the others")
  func formFailsToAllow() throws {
    for (path, pattern) in [
      (String(repeating: "a%3bx/", count: 60) + "-", "example/a(?:%|;)|((?:a/)+)+$"),
      (String(repeating: "%61", count: 60) + "-", "example/%61|(a+)+$"),
    ] {
      let url = try subject(path: path)
      #expect(try patternSet(pattern).firstMatch(allowing: url) == .none)
      #expect(try patternSet(pattern, "q[r]", "^a").firstMatch(allowing: url) == .matched(rule: 2))
    }
  }

  @Test("takes no time from its patterns for filters that give up")
  func time() throws {
    let matcher = try #require(Matcher(timePerURL: TimeAllowance.perURL))
    let hostile = try Pattern("(a+)+$", asWritten: true, usingJIT: true)
    let ordinary = try Pattern("q[rs]", asWritten: true, usingJIT: true)
    let (filter, program) = (try #require(hostile.program), try #require(ordinary.program))
    let text = bytes(String(repeating: "aaaaaaaaaaaaaaaa-", count: 4_000) + "qs")
    unsafe text.withUnsafeBufferPointer { buffer in
      for _ in 0..<200 { #expect(unsafe matcher.filter(filter, in: buffer) == .failed) }
      #expect(unsafe matcher.search(program, in: buffer) == .matched)
      // No filter is tried any more until the next URL.
      #expect(unsafe matcher.filter(program, in: buffer) == .failed)
      matcher.beginURL()
      let end = unsafe UnsafeBufferPointer(rebasing: buffer.suffix(20))
      #expect(unsafe matcher.filter(program, in: end) == .matched)
    }
  }

  @Test("stops its patterns' clock during filters")
  func clock() {
    var allowance = TimeAllowance(total: unlimited)
    #expect(allowance.elapsed == nil)
    _ = allowance.forSearch()
    let used = allowance.elapsed
    while !allowance.isSpent(beyond: 40_000_000) {}
    var resumed = allowance.resumed(at: used)
    let isSpent = (resumed.isSpent(beyond: 20_000_000), allowance.isSpent(beyond: 20_000_000))
    #expect(isSpent == (false, true))
  }

  @Test("can be in many sets, whose rules are numbered together")
  func shared() throws {
    func group(_ rules: [(String, UInt32)]) throws -> PatternGroup {
      PatternGroup(try rules.map { (try Pattern($0.0), $0.1) })
    }
    let anyone = try group([("/a", 1), ("/b", 3), ("/c", 5)])
    let one = PatternSet(try group([("/a/", 0), ("/c", 4)]), anyone)
    let other = PatternSet(try group([("/b", 2), ("/a/", 6)]), anyone)
    let rows: [(path: String, first: UInt32, second: UInt32)] = [
      ("/a/", 0, 1), ("/b", 3, 2), ("/c", 4, 5),
    ]
    for (path, first, second) in rows {
      let url = try subject(path: path)
      #expect(one.firstMatch(denying: url) == .matched(rule: first))
      #expect(other.firstMatch(denying: url) == .matched(rule: second))
      #expect(one.firstMatch(allowing: url) == .matched(rule: first))
    }
    #expect(one.firstMatch(denying: try subject(path: "d")) == .none)
    let empty = PatternGroup([])
    #expect(PatternSet(empty, empty).isEmpty)
    #expect(!PatternSet(empty, anyone).isEmpty)
    #expect(!PatternSet(anyone, empty).isEmpty)
    #expect(
      PatternSet(empty, anyone).firstMatch(denying: try subject(path: "b")) == .matched(rule: 3))
  }

  @Test("of two in a set, one that matches wins over one that gave up")
  func sharedFailure() throws {
    let url = try subject(path: String(repeating: "a", count: 200) + "-")
    let hostile = try patternGroup(["(a+)+$"])
    let matching = PatternGroup([(try Pattern("a-"), 7)])
    let none = try patternGroup(["q"])
    #expect(PatternSet(hostile, matching).firstMatch(denying: url) == .matched(rule: 7))
    #expect(PatternSet(matching, hostile).firstMatch(denying: url) == .matched(rule: 7))
    #expect(PatternSet(hostile, none).firstMatch(denying: url) == .failed)
    #expect(PatternSet(none, hostile).firstMatch(denying: url) == .failed)
    #expect(PatternSet(none, hostile).firstMatch(allowing: url) == .none)
  }
}
