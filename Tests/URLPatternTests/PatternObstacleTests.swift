import SeededRandom
import Testing

@testable import URLPattern

@Suite("Obstacles that keep a pattern from matching")
struct PatternObstacleTests {
  private func obstacles(_ pattern: String, allow: Bool = false) -> [PatternObstacle] {
    Pattern.obstacles(of: pattern, needsAllForms: allow)
  }

  static let ofBoth: [(String, [PatternObstacle])] = [
    ("^https?://", [.scheme]), ("^http://", [.scheme]), ("^https://a\\.example/", [.scheme]),
    ("^(?:http|https)://a\\.example/", [.scheme]), ("^.*?://a/", []),
    ("^(https?://)?a\\.example/", []), ("^(?:https?://|)a\\.example/", []), ("https?://", []),
    ("^\\w+://www\\.", [.scheme]), ("^[a-z]+:/{2}a/", [.scheme]),
    ("^/foo", [.pathAlone]), ("^(a|b)/", []), ("^(/a|/b)", [.pathAlone]),
    ("^(?:/foo|/bar)", [.pathAlone]),
    ("^/foo|^/bar", [.pathAlone]), ("^/foo|bar", []), ("\\A/x", [.pathAlone]),
    ("^\\/x", [.pathAlone]),
    ("^/?x", []), ("^/*x", []), ("^/+x", [.pathAlone]), ("^.*/foo", []), ("^[^/]*/foo", []),
    ("(?i)^/foo", [.pathAlone]), ("^(?!x)/foo", [.pathAlone]), ("^(?=/)x", []),
    ("^host:8080/", [.port]), ("^a\\.example:\\d+/", [.port]),
    ("^a\\.example:[0-9]{2,5}/", [.port]),
    ("^a\\.example(:8080)?/", []), ("^127\\.0\\.0\\.1:80/", [.port]), ("a:80/", []),
    ("^[^/]+:8080/", []), ("^2001:db8::1/", []), ("^::1/", []), ("^::ffff:127\\.0\\.0\\.1/", []),
    ("^\\[::1\\]/", [.brackets]), ("^\\[2001:db8::1\\]:8080/", [.port, .brackets]),
    ("^A\\.EXAMPLE/", [.upperCaseHost]), ("(?i)^A\\.EXAMPLE/", []), ("^(?i:A\\.EXAMPLE)/", []),
    ("^[A-Z]+\\.example/", [.upperCaseHost]), ("^[A-Za-z]+\\.example/", []),
    ("^(a|B)\\.example/", []),
    ("^(A|B)\\.example/", [.upperCaseHost]), ("^[^/]+Example/", [.upperCaseHost]),
    ("A\\.EXAMPLE/", []),
    ("^a\\.example/Admin", []), ("^www\\.A", [.upperCaseHost]), ("^[[:upper:]]\\.example/", []),
    ("^\\x41\\.example/", [.upperCaseHost]), ("^[\\w.-]+\\.EXAMPLE/", [.upperCaseHost]),
    ("^a\\.example$", [.noSlash]), ("^a\\.example\\z", [.noSlash]), ("^$", [.noSlash]),
    ("^a\\.example(/|$)", []), ("^a\\.example(\\?|$)", []), ("^a\\.example/$", []),
    ("example$", []),
    ("^a\\.example", []), ("^a\\.example\\?x=1", [.query]), ("^a\\.example#top", [.fragment]),
    ("^http://A\\.example:8080/", [.scheme, .port, .upperCaseHost]),
    ("", []), ("^", []), (".", []), ("^.", []), ("^.+$", []), ("^(?:)", []),
    // Patterns that contradict themselves, and rare syntax.
    ("a^b", []), ("$a", []), ("^(/)\\1", []), ("^(?<x>/foo)", []), ("(?m)^/foo", []),
    ("^\\Q/foo\\E", []),
    ("(?x)^ /foo", []), ("^(*COMMIT)/foo", []),
  ]

  @Test("in deny and allow rules alike", arguments: ofBoth)
  func both(_ pattern: String, _ expected: [PatternObstacle]) {
    #expect(obstacles(pattern) == expected)
  }

  static let ofAllow: [(String, [PatternObstacle])] = [
    ("\\?", [.query]), ("/search\\?q=", [.query]), ("[?]", [.query]), ("\\x3f", [.query]),
    ("/x(\\?|$)", []), ("/x\\??", []), ("[^?]*$", []), ("/x[?/]", []),
    ("#", [.fragment]), ("/x#top$", [.fragment]), ("/x(#|$)", []),
    (";", [.parameters]), ("^h/report;v=2$", [.parameters]), ("\\.mp3(;|$)", []), (";?x", []),
    (";*$", []),
    ("[^;]+", []), ("[;/]", []), ("^a/[^/;]*;", [.parameters]), ("(?:;x)+", [.parameters]),
    ("(?:;x){0,2}", []), ("(?:;x){2}", [.parameters]), ("a(?!;)", []),
    ("\\\\", [.backslash]), ("[\\\\]", [.backslash]), ("[/\\\\]", []), ("\\x5c", [.backslash]),
    ("%2F", [.escapedSeparator]), ("%2f", [.escapedSeparator]), ("%2[Ff]", [.escapedSeparator]),
    ("(?i)%2f", [.escapedSeparator]), ("%3B", [.escapedSeparator]), ("%5c", [.escapedSeparator]),
    ("%(2F|5C)", [.escapedSeparator]), ("%(2F|20)", []), ("%2", []), ("%..", []), ("%20", []),
    ("%C3%A9", []),
    ("%3A", []), ("%5B", []), ("%252F", []), ("%2F?", []),
    ("%2F;", [.parameters, .escapedSeparator]),
    ("a//b", [.emptySegment]), ("^a/.*//", [.emptySegment]), ("https?://", [.scheme]), ("/+", []),
    ("a/{2}", [.emptySegment]), ("/x/", []),
    ("^https?://", [.scheme]), ("^a\\.example/x\\?y#z", [.query, .fragment]),
  ]

  @Test("in allow rules, for which all forms of a URL have to match", arguments: ofAllow)
  func allow(_ pattern: String, _ expected: [PatternObstacle]) {
    #expect(obstacles(pattern, allow: true) == expected)
  }

  @Test("not in deny rules, for which one form is enough", arguments: ofAllow.dropLast(2))
  func deny(_ pattern: String, _: [PatternObstacle]) {
    #expect(obstacles(pattern) == [])
  }

  @Test("a pattern that takes long to follow has no obstacle")
  func effort() {
    let nested = String(repeating: "(", count: 20) + "/" + String(repeating: "{9})", count: 20)
    for pattern in ["^\(nested)x", "^" + String(repeating: "a?", count: 2_000) + "/"] {
      #expect(Pattern.obstacles(of: pattern, needsAllForms: false, steps: 20_000) == [])
    }
  }

  /// Random patterns and URLs of relevant parts: a pattern that matches a URL must not have an obstacle.
  @Test("a pattern that matches a URL has no obstacle")
  func soundness() {
    var random = SeededGenerator(seed: 10)
    let atoms = [
      "a", "b", "B", "F", "\\.", ".", "/", ":", ";", "\\?", "#", "%", "2", "3", "5", "\\\\", "[^/]",
      "[a-c]",
      "[A-F]", "\\d", "\\w", "\\W", "^", "$", "[^;a]", "\\[", "\\]", "(?i:b)",
    ]
    let quantifiers = ["", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}"]
    let parts = [
      "a", "b", "B", "F", "/", "%2F", "%3b", "%5C", "%2E", "..", ".", ";", "x", ":", "2", "\\", "?",
      "#",
    ]
    func text(_ parts: [String], _ most: Int) -> String {
      (0..<Int.random(in: 0...most, using: &random)).map { _ in
        parts.randomElement(using: &random) ?? ""
      }.joined()
    }
    func pattern(_ depth: Int) -> String {
      (0..<Int.random(in: 1...4, using: &random)).map { _ in
        let isGroup = depth > 0 && Bool.random(using: &random)
        let atom =
          isGroup
          ? "(?:\(pattern(depth - 1))|\(pattern(depth - 1)))"
          : atoms.randomElement(using: &random) ?? "a"
        return ["^", "$"].contains(atom)
          ? atom : atom + (quantifiers.randomElement(using: &random) ?? "")
      }.joined()
    }
    var matched = 0
    for _ in 0..<300 {
      let source = pattern(2)
      guard let compiled = try? Pattern(source) else { continue }
      let set = PatternSet([(pattern: compiled, rule: 0)])
      let denied = obstacles(source)
      let allowed = obstacles(source, allow: true)
      if denied.isEmpty, allowed.isEmpty { continue }
      for _ in 0..<40 {
        let host = text(["a", "b", "B", ".", "2", "F"], 4) + "a"
        let path = text(parts.filter { !["?", "#"].contains($0) }, 8)
        URLSubject.withThisThread { subject in
          let none: [UInt8] = []
          let isAssigned = subject.assign(
            host: host.utf8.span, path: path.utf8.span, params: none.span)
          #expect(isAssigned)
          if !denied.isEmpty {
            #expect(set.firstMatch(denying: subject) == .none, "\(source) \(host)/\(path)")
          }
          // Only URLs from which the structural forms remove nothing.
          let isPlain = !path.contains { ";\\".contains($0) } && !path.contains("%")
          if !allowed.isEmpty, isPlain {
            #expect(set.firstMatch(allowing: subject) == .none, "\(source) \(host)/\(path)")
          }
          matched += 1
        }
      }
    }
    #expect(matched > 300)
  }
}
