import Addresses
import GeoDatabase
import MaxMindACL
import SeededRandom
import Testing

/// Checks the library against the oracle, on random configurations and requests.
@Suite struct LadderOracleTests {
  /// A database and its data, from Tests/Fixtures/README.md.
  struct Database: Sendable, CustomTestStringConvertible {
    var file: String
    var hasFlags: Bool
    var record: @Sendable (LadderOracle.Client) -> LadderOracle.Record?

    var testDescription: String { file.split(separator: "/").last.map(String.init) ?? file }
  }

  static let databases = [
    Database(file: Fixture.country, hasFlags: false) { client in
      guard client.isIPv4 else {
        return [1: "US", 2: "DE", 4: "NO"][client.number >> 80 & 0xffff].map {
          .init(country: .code($0))
        } ?? (client.number >> 80 & 0xffff == 7 ? .init() : nil)
      }
      let codes = ["US", "DE", "GB", "NO", "CA", "FR"]
      return switch octets(client) {
      case (let second, _) where (1...6).contains(second): .init(country: .code(codes[second - 1]))
      case (7...9, _): .init()
      default: nil
      }
    },
    Database(file: Fixture.countryAnonymous, hasFlags: true) { client in
      guard client.isIPv4 else { return nil }
      return switch octets(client) {
      case (1, 200): .init(country: .code("US"), flags: ["ip", "vpn"])
      case (1, _): .init(country: .code("US"))
      case (2, 200): .init(country: .code("DE"), flags: ["ip", "tor"])
      case (2, _): .init(country: .code("DE"))
      default: nil
      }
    },
    Database(file: Fixture.mistyped, hasFlags: true) { client in
      guard client.isIPv4 else { return nil }
      let flags = Set(AnonymityFlags.table.map(\.name))
      return switch octets(client) {
      case (1, _), (2, _): .init(country: .unreadable)
      case (3, _): .init(country: .code("GB"))
      case (4, _): .init(country: .code("NO"), unreadableFlags: ["ip"])
      case (5, _): .init(country: .unreadable, unreadableFlags: flags)
      case (6, _): .init(country: .code("FR"))
      default: nil
      }
    },
  ]

  /// The second and the third octet of an address of 127.0.0.0/8.
  private static func octets(_ client: LadderOracle.Client) -> (Int, Int) {
    (Int(client.number >> 16 & 0xff), Int(client.number >> 8 & 0xff))
  }

  @Test(
    "verdict, reason and line of random requests equal the oracle's",
    arguments: databases, [1, 2, 3, 4] as [UInt64])
  func agreement(database: Database, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let directory = try TemporaryDirectory()
    // Keeps the database loaded.
    let holder = try policy("maxmind: { database: \(database.file) }")
    var reasons: Set<String> = []
    for _ in 0..<60 {
      let (oracle, yaml) = RandomLadder.configuration(for: database, using: &random)
      let policy = try directory.load(yaml.utf8)
      #expect(policy.database === holder.database)
      for _ in 0..<40 {
        let request = RandomLadder.request(using: &random)
        let expected = oracle.outcome(of: request)
        let outcome = try outcome(policy, request)
        #expect(outcome == expected, "\(request)\n\(yaml)")
        guard outcome == expected else { return }
        reasons.insert(String(expected.split(separator: " ")[1]))
      }
    }
    let always: Set = [
      "bypass", "deny.ip", "deny.country", "deny.regex", "allow.ip", "allow.country",
      "allow.regex", "default", "unknown", "error",
    ]
    #expect(reasons.isSuperset(of: always), "every reason occurs")
    #expect(
      !database.hasFlags
        || reasons.contains { $0.hasPrefix("anonymous.") }
          == (database.file == Fixture.countryAnonymous)
    )
  }

  private func outcome(_ policy: Policy, _ request: LadderOracle.Request) throws -> String {
    let headers = request.bypassValues.map { (name: "x-pass", value: $0) }
    let decision = policy.decide(
      Request(
        client: try request.client.map { try #require(Address($0.text)) }, host: request.host,
        path: String(request.path.dropFirst()), headers: headers))
    var words = ["\(decision.verdict)", "\(decision.reason)"]
    if let failure = decision.reason.failure { words.append("\(failure)") }
    if let rule = policy.rule(of: decision) { words.append("line \(rule.line)") }
    return words.joined(separator: " ")
  }
}

/// Random configurations and requests from few parts, so that rules often match.
enum RandomLadder {
  static let codes = ["US", "DE", "GB", "NO", "FR"]
  static let literals = [
    "a", "b", "a/b", "/a", "//", "a b", "..", "%61", "%2F", "=", "a.example/a", "a.example/b/a",
    ";x",
    "/", "/./", "b/", "\u{e9}", "A", ";", "\\", "/b/", "a.example/b",
  ]
  static let segments = [
    "a", "a", "b", "b", "%61", "%2e", "%2E%2e", "..", ".", "", "a;x", "%2Fa", "a%20b", "%3D",
    "%zz", "%C3%A9", "A", "%41", "..;x", "..%2f", "a\\b", "..%5C", "b%3Bx", ";x%2fb",
  ]

  static func configuration(
    for database: LadderOracleTests.Database, using random: inout SeededGenerator
  ) -> (LadderOracle, String) {
    var oracle = LadderOracle(record: database.record)
    var lines = ["maxmind:", "  database: \(database.file)"]
    if random.once(in: 4) {
      lines += ["  bypass:", "    value: open", "    header: X-Pass"]
      oracle.bypass = ("open", lines.count)
    }
    if !random.once(in: 4) { oracle.deny = side("deny", &lines, using: &random) }
    if database.hasFlags, !random.once(in: 3) {
      lines.append("  anonymous:")
      for name in ["ip", "vpn", "tor", "hosting"].shuffled(using: &random).prefix(3) {
        let blocked = Bool.random(using: &random)
        lines.append("    \(name): \(blocked)")
        oracle.flags.append((name, blocked, lines.count))
      }
    }
    if !random.once(in: 3) { oracle.allow = side("allow", &lines, using: &random) }
    if oracle.deny.readsCountry || oracle.allow.readsCountry, Bool.random(using: &random) {
      oracle.unknown = Bool.random(using: &random) ? "allow" : "deny"
      lines.append("  unknown: \(oracle.unknown ?? "")")
    }
    if Bool.random(using: &random) {
      oracle.onError = Bool.random(using: &random) ? "allow" : "deny"
      lines.append("  on_error: \(oracle.onError ?? "")")
    }
    return (oracle, lines.joined(separator: "\n"))
  }

  private static func side(
    _ name: String, _ lines: inout [String], using random: inout SeededGenerator
  ) -> LadderOracle.Side {
    var side = LadderOracle.Side()
    lines.append("  \(name):")
    let kinds = ["ip", "country", "regex"].shuffled(using: &random)
    for kind in kinds.prefix(Int.random(in: 1...3, using: &random)) {
      lines.append("    \(kind):")
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        switch kind {
        case "ip":
          let rule = addressRule(using: &random)
          lines.append("      - \"\(rule.text)\"")
          side.addresses.append((rule, lines.count))
        case "country":
          let code = pick(codes, using: &random)
          lines.append("      - \(Bool.random(using: &random) ? code : code.lowercased())")
          side.countries.append((code, lines.count))
        default:
          let rule = LadderOracle.RegexRule(
            scopes: scopes(using: &random), literal: pick(literals, using: &random),
            atStart: random.once(in: 4), atEnd: random.once(in: 4))
          let scopes = rule.scopes.map { "\"\($0)\"" }.joined(separator: ", ")
          lines.append("      - [\(scopes), '\(rule.pattern)']")
          side.regexes.append((rule, lines.count))
        }
      }
    }
    return side
  }

  private static func scopes(using random: inout SeededGenerator) -> [String] {
    (0..<Int.random(in: 1...2, using: &random)).map { _ in pick(codes + ["*"], using: &random) }
  }

  private static func addressRule(
    using random: inout SeededGenerator
  ) -> LadderOracle.AddressRule {
    let client = client(using: &random)
    let width = client.isIPv4 ? 32 : 128
    if random.once(in: 3) {
      let other = client.number + UInt128.random(in: 0...0x30000, using: &random)
      return .init(
        isIPv4: client.isIPv4, first: client.number, last: other,
        text: "\(client.text)-\(text(other, isIPv4: client.isIPv4))")
    }
    let lengths =
      client.isIPv4 ? [0, 8, 13, 16, 16, 24, 31, 32] : [0, 32, 45, 48, 48, 64, 127, 128]
    let length = pick(lengths, using: &random)
    let hostMask = length == 0 ? UInt128.max : (UInt128(1) << (width - length)) - 1
    let full: UInt128 = client.isIPv4 ? 0xffff_ffff : .max
    // The text keeps its host bits.
    return .init(
      isIPv4: client.isIPv4, first: client.number & ~hostMask,
      last: (client.number | hostMask) & full, text: "\(client.text)/\(length)")
  }

  static func request(using random: inout SeededGenerator) -> LadderOracle.Request {
    let path = (0..<Int.random(in: 0...4, using: &random)).map { _ in
      "/" + pick(segments, using: &random)
    }
    var client: LadderOracle.Client?
    if !random.once(in: 20) {
      var chosen = Self.client(using: &random)
      if chosen.isIPv4, random.once(in: 4) { chosen.text = "::ffff:\(chosen.text)" }
      client = chosen
    }
    return LadderOracle.Request(
      client: client,
      host: pick(["a.example", "A.Example", "a.example.", "b.example"], using: &random),
      path: path.isEmpty ? "/" : path.joined(),
      bypassValues: random.once(in: 3)
        ? [pick(["open", "Open", "shut"], using: &random), "open"] : [])
  }

  private static func client(using random: inout SeededGenerator) -> LadderOracle.Client {
    let last = UInt128.random(in: 0...2, using: &random)
    if random.once(in: 4) {
      let number =
        UInt128(0x2001_0db8) << 96 | pick([1, 2, 4, 7, 9], using: &random) << 80 | last
      return .init(isIPv4: false, number: number, text: text(number, isIPv4: false))
    }
    let number =
      0x7f00_0000 | UInt128.random(in: 0...9, using: &random) << 16
      | pick([0, 200], using: &random) << 8 | last
    return .init(isIPv4: true, number: number, text: text(number, isIPv4: true))
  }

  private static func text(_ number: UInt128, isIPv4: Bool) -> String {
    if isIPv4 {
      return [24, 16, 8, 0].map { "\(number >> $0 & 0xff)" }.joined(separator: ".")
    }
    return stride(from: 112, through: 0, by: -16)
      .map { String(number >> UInt128($0) & 0xffff, radix: 16) }.joined(separator: ":")
  }

  private static func pick<Element>(
    _ elements: [Element], using random: inout SeededGenerator
  ) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &random)]
  }
}
