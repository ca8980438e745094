import SeededRandom
import Testing

@testable import URLPattern

@Suite("A search within limits")
struct LimitsTests {
  @Test(
    "gives up on a runaway expression",
    arguments: ["(a+)+$", "(a|aa)+$", "(a*)*[bc]", "(?:a+){2,}[^a-]", "(a+)+$|\\Gb"], [true, false])
  func runaway(source: String, usingJIT: Bool) throws {
    for length in [60, 200, 257, 1_000, 8_192, 100_000] {
      let url = try subject(path: String(repeating: "a", count: length) + "-")
      let match = try patternSet(source, usingJIT: usingJIT).firstMatch(denying: url)
      #expect(match == .failed, "\(length) bytes")
    }
  }

  @Test("gives up on a text that stays below the match limit everywhere", arguments: [true, false])
  func slow(usingJIT: Bool) throws {
    let group = String(repeating: "a", count: usingJIT ? 16 : 15) + "-"
    let url = try subject(path: String(repeating: group, count: 4_000), time: TimeAllowance.perURL)
    let set = try patternSet("(a+)+$", usingJIT: usingJIT)
    #expect(set.firstMatch(denying: url) == .failed)
  }

  @Test("finds a later pattern though an earlier one has used up the URL's time")
  func laterPattern() throws {
    let group = String(repeating: "a", count: 16) + "-"
    let url = try subject(
      path: String(repeating: group, count: 480) + ".secret", time: TimeAllowance.perURL)
    let set = try patternSet("(a+)+$", "(a+)+;?$", "\\.secret$")
    #expect(set.firstMatch(denying: url) == .matched(rule: 2))
  }

  @Test("is fresh for each URL")
  func fresh() throws {
    let group = String(repeating: "a", count: 16) + "-"
    let set = try patternSet("(a+)+$")
    let url = try subject(path: String(repeating: group, count: 4_000), time: TimeAllowance.perURL)
    #expect(set.firstMatch(denying: url) == .failed)
    let (host, path) = (bytes("h"), bytes("b/aaaa"))
    #expect(url.assign(host, path))
    #expect(set.firstMatch(denying: url) == .matched(rule: 0))
  }

  @Test(
    "finds matches in long URLs",
    arguments: [
      "/needle[0-9]+$", ".*needle[0-9]+", "needle7", "^a\\.example/.*needle", "(?<=/)needle",
      "^(?:[a-z./]|[0-9])+$", "(?:seg/)+needle", "(*PRUNE)needle", "needle\\d(?:$|\\Gx)",
    ], [8_192, 16_000])
  func long(source: String, length: Int) throws {
    let path = String(repeating: "seg/", count: length / 4) + "needle7"
    for usingJIT in [true, false] {
      #expect(try denies(source, try subject(path: path), usingJIT: usingJIT))
      #expect(try !denies(source + "(?!)", try subject(path: path), usingJIT: usingJIT))
    }
  }

  @Test(
    "finds matches in URLs of 1 MB, where they can begin in few places",
    arguments: [".*\\.txt", "\\.txt[a-z]", "needle[78]", "x\\.txt$", "q.*q"])
  func longest(source: String) throws {
    let filler = String(repeating: "y", count: 1_000_000)
    let time = TimeAllowance.perURL
    let set = try patternSet(source)
    #expect(set.firstMatch(denying: try subject(path: filler, time: time)) == .none)
    let end = "q/needle8x.txtq/needle7x.txt"
    #expect(
      set.firstMatch(denying: try subject(path: filler + end, time: time)) == .matched(rule: 0))
  }

  @Test("uses a stack of 1 MB where the thread's 32 kB are too small")
  func deepStack() throws {
    let recursive = "^a\\.example/(<(?:[^<>]|(?1))*>)$"
    let set = try patternSet(recursive)
    let shallow = try subject(path: "<<a>b>")
    #expect(set.firstMatch(denying: shallow) == .matched(rule: 0))
    #expect(!shallow.matcher.hasDeepStack)

    let depth = 2_000
    let nested = String(repeating: "<", count: depth) + String(repeating: ">", count: depth)
    let deep = try subject(path: nested)
    #expect(set.firstMatch(denying: deep) == .matched(rule: 0))
    #expect(deep.matcher.hasDeepStack)
    let open = try subject(path: "<" + nested)
    #expect(set.firstMatch(allowing: open) == .none)
    // Without JIT there is room for as much.
    let interpreted = try patternSet(recursive, usingJIT: false)
    #expect(interpreted.firstMatch(denying: deep) == .matched(rule: 0))
  }

  @Test("gives up where memory runs out of its bounds", arguments: [true, false])
  func memory(usingJIT: Bool) throws {
    let url = try subject(path: String(repeating: "ab", count: 500_000))
    let set = try patternSet("^a\\.example/((a)(b))*+$", usingJIT: usingJIT)
    #expect(set.firstMatch(denying: url) != .none)
    let greedy = try patternSet("^a\\.example/(?:(a)|(b))*$", usingJIT: usingJIT)
    #expect(greedy.firstMatch(denying: url) == .failed)
    #expect(greedy.firstMatch(allowing: url) == .none)
    // And goes on with the next.
    #expect(try denies("bab", url, usingJIT: usingJIT))
  }

  @Test("is not cut where the expression depends on its start, and gives up above 16 kB")
  func uncut() throws {
    let set = try patternSet("q(*COMMIT)y|needle")
    let filler = String(repeating: "seg/", count: 2_500)
    #expect(set.firstMatch(denying: try subject(path: filler + "needle")) == .matched(rule: 0))
    #expect(set.firstMatch(denying: try subject(path: "q" + filler + "needle")) == .none)
    #expect(set.firstMatch(denying: try subject(path: filler + filler + "needle")) == .failed)
  }

  /// Expressions over `a` and `b` cannot match the filler. So a long text has a match exactly if its short end has one,
  /// which is searched in one step.
  @Test("in steps finds the same as a search in one step", arguments: 0..<4)
  func steps(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let matcher = try #require(Matcher(timePerURL: unlimited))
    for _ in 0..<150 {
      let source = expression(depth: 3, using: &random)
      guard let compiled = try? Pattern(source, asWritten: true, usingJIT: true) else { continue }
      let interpreted = try Pattern(source, asWritten: true, usingJIT: false)
      for _ in 0..<4 {
        let end = (0..<Int.random(in: 0...24, using: &random)).map { _ in
          bytes("aaab#").randomElement(using: &random) ?? 0
        }
        let filler = [UInt8](
          repeating: Bool.random(using: &random) ? 0x23 : 0x0a,
          count: Int.random(in: 300...12_000, using: &random))
        let expected = search(compiled, end, matcher, inSteps: false)
        guard expected != .failed else { continue }
        #expect(search(compiled, filler + end, matcher, inSteps: true) == expected, "\(source)")
        #expect(search(interpreted, filler + end, matcher, inSteps: true) == expected, "\(source)")
        #expect(search(interpreted, end, matcher, inSteps: true) == expected, "\(source)")
      }
    }
  }

  private func search(
    _ pattern: Pattern, _ text: [UInt8], _ matcher: Matcher, inSteps: Bool
  ) -> Matcher.Outcome {
    matcher.beginURL()
    // An empty array may have no address.
    return unsafe (text + [0]).withUnsafeBufferPointer { buffer in
      guard let address = buffer.baseAddress, let program = pattern.program else { return .failed }
      if inSteps { return unsafe matcher.searchInSteps(program, address, text.count) }
      return unsafe matcher.search(
        program, in: UnsafeBufferPointer(start: address, count: text.count))
    }
  }

  private func expression(depth: Int, using random: inout SeededGenerator) -> String {
    let atoms = [
      "a", "b", "[ab]", "a+", "b*", "a?", "[ab]*", "(?<=a)", "(?<!b)", "\\b", "$", "a{2,3}", "b+?",
      "[ab]*+", "(?i)A",
    ]
    var parts: [String] = []
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let atom = atoms.randomElement(using: &random) ?? "a"
      guard depth > 0 else {
        parts.append(atom)
        continue
      }
      switch Int.random(in: 0..<5, using: &random) {
      case 0: parts.append("(?:\(expression(depth: depth - 1, using: &random)))+")
      case 1:
        let other = expression(depth: depth - 1, using: &random)
        parts.append("(\(atom)|\(other))")
      case 2: parts.append("(?>\(expression(depth: depth - 1, using: &random)))?")
      default: parts.append(atom)
      }
    }
    return parts.joined()
  }
}
