import MaxMindACL
import SeededRandom
import Testing

/// A damaged configuration gives a policy or an error, never a crash.
@Suite struct FuzzTests {
  private static let sound = Array(YAMLTests.sound.utf8)
  /// Tokens of YAML and of the configuration.
  private static let tokens = [
    "&a ", "*a", "[", "]", "{", "}", ": ", "- ", "? ", "| ", "> ", "!!x ", "<<: *a", "---\n", "...",
    "\t", "\r", "\u{85}", "\u{2028}", "\u{feff}", "\"", "'", "#", "%YAML 1.1\n", "~", "null", "*",
    "/33", "::", "-", "\\", "(", ")", "\u{1F600}", "allow", "deny", "country", "ip", "regex",
    "define: {a: [$eu, $b], b: [$a]}", "$eu", "$",
  ].map { Array($0.utf8) }

  /// Loads a damaged configuration and decides with the result.
  private func check(_ yaml: [UInt8], _ directory: TemporaryDirectory) throws {
    do {
      let policy = try directory.load(yaml)
      #expect(policy.warnings.allSatisfy { $0.severity == .warning })
      _ = try policy.outcome("127.1.200.1", "http://a.example/x.txt")
    } catch let failure as LoadFailure {
      let text = String(decoding: yaml, as: UTF8.self)
      #expect(failure.firstError != nil, "\(text)")
      for diagnostic in failure.diagnostics {
        let lines = diagnostic.rendered.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 1 || lines.count == 3, "\(text)")
      }
    }
  }

  /// Keeps the database loaded.
  private func withLoadedDatabase(_ body: (TemporaryDirectory) throws -> Void) throws {
    let holder = try policy(YAMLTests.sound)
    try body(TemporaryDirectory())
    _ = try holder.outcome("127.0.0.1")
  }

  @Test(
    "a configuration with changed bytes gives a policy or an error",
    arguments: 1...4 as ClosedRange<UInt64>)
  func changedBytes(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try withLoadedDatabase { directory in
      for _ in 0..<1000 {
        var yaml = Self.sound
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let index = Int.random(in: 0..<yaml.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: yaml[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
          case 1: yaml[index] = UInt8.random(in: 0...255, using: &random)
          case 2: yaml.remove(at: index)
          default:
            let token = Int.random(in: 0..<Self.tokens.count, using: &random)
            yaml.insert(contentsOf: Self.tokens[token], at: index)
          }
        }
        try check(yaml, directory)
      }
    }
  }

  @Test("a truncated configuration gives a policy or an error")
  func cutOff() throws {
    try withLoadedDatabase { directory in
      for count in 0...Self.sound.count { try check(Array(Self.sound.prefix(count)), directory) }
    }
  }

  @Test("a configuration with missing, doubled and swapped lines gives a policy or an error")
  func shuffledLines() throws {
    var random = SeededGenerator(seed: 5)
    let lines = YAMLTests.sound.split(separator: "\n")
    try withLoadedDatabase { directory in
      for _ in 0..<500 {
        var changed = lines
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          let (one, other) = (
            Int.random(in: 0..<changed.count, using: &random),
            Int.random(in: 0..<changed.count, using: &random)
          )
          switch Int.random(in: 0..<3, using: &random) {
          case 0: changed.swapAt(one, other)
          case 1: changed.insert(changed[one], at: other)
          default: changed.remove(at: one)
          }
        }
        try check(Array(changed.joined(separator: "\n").utf8), directory)
      }
    }
  }
}
