import SeededRandom
import Testing

@testable import MaxMindACL

/// Checks random fields, valid or not, against a slow reading of the semantics.
@Suite struct ClientOracleTests {
  /// An element and its meaning: an address, `hidden` or `unreadable`.
  typealias Element = (text: String, meaning: String)

  /// The client for the elements of all lines.
  private func oracle(_ elements: [Element], peer: String) -> String {
    func isTrusted(_ meaning: String) -> Bool { meaning.hasPrefix("10.") }
    if !isTrusted(peer) { return "\(peer) connection" }
    guard let first = elements.first else { return "\(peer) connection" }
    let last = elements.last { !isTrusted($0.meaning) } ?? first
    return ["hidden", "unreadable"].contains(last.meaning)
      ? "none \(last.meaning)" : "\(last.meaning) header"
  }

  private func node(using random: inout SeededGenerator) -> Element {
    let number = Int.random(in: 0...255, using: &random)
    let ipv4 = random.once(in: 2) ? "10.0.0.\(number)" : "192.0.2.\(number)"
    let ipv6 = "2001:db8::\(String(number + 1, radix: 16))"
    let port = random.once(in: 2) ? ":\(number)" : random.once(in: 2) ? ":_p\(number)" : ""
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return (ipv6, ipv6)
    case 1: return ("[\(ipv6)]\(port)", ipv6)
    case 2: return ("[::ffff:\(ipv4)]\(port)", ipv4)
    case 3: return (random.once(in: 2) ? "unknown\(port)" : "_\(number)", "hidden")
    case 4:
      let texts = ["x", "1.2.3", "[\(ipv4)]", "\(ipv4):", "\(ipv4):\(65_536 + number)", "=", "%"]
      return (texts[number % texts.count], "unreadable")
    default: return (ipv4 + port, ipv4)
    }
  }

  private func forwardedElement(using random: inout SeededGenerator) -> Element {
    let node = node(using: &random)
    let needsQuotes = node.text.contains { ":[]=".contains($0) }
    let quoted = node.text.map { random.once(in: 8) ? "\\\($0)" : "\($0)" }.joined()
    let value = needsQuotes || random.once(in: 2) ? "\"\(quoted)\"" : node.text
    var pairs = ["\(["for", "For", "FOR"].randomElement(using: &random) ?? "for")=\(value)"]
    let others = [
      "proto=https", "by=_x", "host=\"a,b;c\"", "x=\"\\\"\"", "y=\"\\\\\"", "z=\"for=1.2.3.4\"", "",
    ]
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      let place = Int.random(in: 0...pairs.count, using: &random)
      pairs.insert(others.randomElement(using: &random) ?? "", at: place)
    }
    return (pairs.joined(separator: random.once(in: 3) ? " ; " : ";"), node.meaning)
  }

  @Test(
    "the client of random fields equals the oracle's client",
    arguments: ["X-Forwarded-For", "Forwarded"], [1, 2, 3] as [UInt64])
  func agreement(header: String, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let policy = try ClientTests.policy(header)
    for _ in 0..<3_000 {
      let elements = (0..<Int.random(in: 0...5, using: &random)).map { _ in
        header == "Forwarded" ? forwardedElement(using: &random) : node(using: &random)
      }
      var lines = [""]
      for element in elements {
        if random.once(in: 4) { lines.append("") }
        let separator = [",", ", ", " ,\t", ",,"].randomElement(using: &random) ?? ","
        if !lines[lines.count - 1].isEmpty || random.once(in: 5) {
          lines[lines.count - 1] += separator
        }
        lines[lines.count - 1] += element.text
      }
      let peer = random.once(in: 8) ? "192.0.2.77" : "10.9.9.9"
      let expected = oracle(elements, peer: peer)
      #expect(try ClientTests.said(lines, peer: peer, by: policy) == expected, "\(lines)")
    }
  }

  @Test(
    "a client's own elements never change the address that a proxy appends",
    arguments: ["X-Forwarded-For", "Forwarded"], [4, 5] as [UInt64])
  func noForgery(header: String, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let policy = try ClientTests.policy(header)
    let bytes = Array("\"\\,;= []:.fFoOrR0129_\t\u{7f}é".utf8)
    for _ in 0..<5_000 {
      let length = Int.random(in: 0...12, using: &random)
      let sent = String(
        decoding: (0..<length).map { _ in bytes.randomElement(using: &random) ?? 0 }, as: UTF8.self)
      let ends =
        header == "Forwarded" ? ["for=192.0.2.1", "for=\"10.0.0.2\""] : ["192.0.2.1", "10.0.0.2"]
      let line = ([sent] + ends).joined(separator: ", ")
      #expect(
        try ClientTests.said([line], peer: "10.0.0.1", by: policy) == "192.0.2.1 header", "\(line)")
    }
  }

  @Test(
    "the time to read a long line is linear in its length",
    .timeLimit(.minutes(30)), arguments: ["X-Forwarded-For", "Forwarded"],
    [
      ",", " ", "\"", "\\", "\\\"", "\"\\", "x", "[", ":", ";", "for=", "10.0.0.1,",
      "for=10.0.0.1,", "for=\"10.0.0.1\";", "for=\"", "_", "a=\"\\\";\",",
    ])
  func hostileLines(header: String, part: String) throws {
    let policy = try ClientTests.policy(header)
    let line = String(repeating: part, count: 1_000_000 / part.utf8.count)
    let client = header == "Forwarded" ? "for=192.0.2.1" : "192.0.2.1"
    let alone = try ClientTests.said([line], peer: "10.0.0.1", by: policy)
    #expect(
      ["10.0.0.1 connection", "10.0.0.1 header", "none hidden", "none unreadable"].contains(alone))
    #expect(
      try ClientTests.said([line + "," + client], peer: "10.0.0.1", by: policy)
        == "192.0.2.1 header")
  }
}
