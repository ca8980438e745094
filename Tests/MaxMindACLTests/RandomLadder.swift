import SeededRandom

/// A random configuration with its oracle, from few parts, so that rules often match.
struct RandomLadder {
  var oracle = LadderOracle()
  /// The list files, by name.
  private(set) var files: [String: String] = [:]
  private var lines = ["maxmind:", ""]
  private var groups: [String: [String]] = [:]
  var random: SeededGenerator

  /// A configuration with its databases.
  ///
  /// - Parameter number: Selects a kind of rules that the configuration has.
  init(_ number: Int, using random: inout SeededGenerator) {
    self.random = random
    write(Self.kinds[number % Self.kinds.count])
    makeDatabases()
    random = self.random
  }

  /// The configuration. All names of databases are on one line.
  func yaml(databases: [String]) -> String {
    var lines = lines
    lines[1] = databases.isEmpty ? "" : "  database: [\(databases.joined(separator: ", "))]"
    return lines.joined(separator: "\n")
  }

  static let countries = ["US", "DE", "GB", "NO", "FR", "CLOUDFLARE"]
  private static let values: [LadderOracle.Field: [String]] = [
    .country: countries, .continent: ["EU", "NA", "AS"],
    .subdivision: ["US-CA", "US-NY", "DE-BY", "GB-ENG", "GB-SCT", "FR-75"],
  ]
  static let flags = ["ip", "vpn", "hosting", "tor", "residential", "proxy", "relay"]
  private static let literals = [
    "a", "b", "a/b", "/a", "//", "a b", "..", "%61", "%2F", "=", "a.example/a", "a.example/b/a",
    ";x",
    "/", "/./", "b/", "\u{e9}", "A", ";", "\\", "/b/", "a.example/b",
  ]
  /// Built-in groups, as far as random records and clients have their members.
  private static let builtIn = [
    "eu": ["DE", "FR"], "eea": ["DE", "FR", "NO"], "private": ["127.0.0.0/8"],
  ]

  // MARK: - The file

  private mutating func write(_ kind: String) {
    writeOrigins()
    writeGroups()
    writeBypass()
    let hasAllow = !once(in: 4)
    if !hasAllow || !once(in: 3) { oracle.deny = side("deny", kind, mostOthers: hasAllow ? 1 : 4) }
    if hasAllow { oracle.allow = side("allow", kind, mostOthers: 4) }
    if once(in: 2) { writeFlags() }
    if oracle.read(.country), once(in: 2) {
      oracle.unknown = once(in: 2) ? "allow" : "deny"
      lines.append("  unknown: \(oracle.unknown ?? "")")
    }
    if once(in: 2) {
      oracle.onError = once(in: 2) ? "allow" : "deny"
      lines.append("  on_error: \(oracle.onError ?? "")")
    }
  }

  /// `fields` and `country_from`.
  private mutating func writeOrigins() {
    if once(in: 4) {
      lines.append("  fields:")
      for field in LadderOracle.Field.allCases where once(in: 2) {
        oracle.fieldPaths[field] = ["own", field.rawValue]
        lines.append("    \(field.rawValue): /own/\(field.rawValue)")
      }
      for name in ["vpn", "shady"] {
        oracle.flagPaths[name] = ["bits", name]
        lines.append("    \(name): /bits/\(name)")
      }
    }
    if once(in: 3) {
      oracle.countryFrom = pick([
        [.registeredCountry], [.country, .registeredCountry], [.registeredCountry, .country],
      ])
      let names = oracle.countryFrom.map(\.rawValue).joined(separator: ", ")
      lines.append("  country_from: [\(names)]")
    }
  }

  private mutating func writeGroups() {
    groups = Self.builtIn
    guard once(in: 3) else { return }
    lines.append("  define:")
    for (name, pool) in [
      ("lands", Self.countries), ("nets", ["64496", "AS64499", "64498-64501"]),
      ("hosts", ["127.3.0.0/16", "127.4.0.1", "2001:db8:2::/48"]),
    ] {
      let members = Array(pool.shuffled(using: &random).prefix(2))
      groups[name] = members
      lines.append("    \(name): \(flow(members))")
    }
  }

  private mutating func writeBypass() {
    let kinds = ["header", "ip", "regex"].filter { _ in once(in: 4) }
    if kinds.isEmpty { return }
    lines.append("  bypass:")
    for kind in kinds {
      switch kind {
      case "header":
        lines += ["    value: open", "    header: X-Pass"]
        oracle.bypass.header = ("open", here)
      case "ip": oracle.bypass.addresses = addresses()
      default:
        lines.append("    regex:")
        for pattern in patterns() {
          lines.append("      - '\(pattern.text)'")
          oracle.bypass.patterns.append((pattern, here))
        }
      }
    }
  }

  private mutating func writeFlags() {
    lines.append("  anonymous:")
    let own = oracle.flagPaths["shady"] == nil ? [] : ["shady"]
    for name in (own + Self.flags).shuffled(using: &random).prefix(3) {
      let blocked = !once(in: 3)
      lines.append("    \(name): \(blocked)")
      oracle.flags.append((name, blocked, here))
    }
  }

  /// The place of a rule on the last line.
  private var here: String { "line \(lines.count)" }

  // MARK: - Sides

  private static let kinds = [
    "ip", "ip_file", "asn", "country", "subdivision", "continent", "regex", "rules",
  ]

  private mutating func side(_ name: String, _ kind: String, mostOthers: Int) -> LadderOracle.Side {
    var side = LadderOracle.Side()
    lines.append("  \(name):")
    let others = (Self.kinds + ["rules", "rules"]).shuffled(using: &random)
      .prefix(Int.random(in: 0...mostOthers, using: &random))
    for kind in Set(others + [kind]).sorted() {
      switch kind {
      case "ip": side.addresses = addresses() + side.addresses
      case "ip_file":
        side.hasList = true
        let list = list("\(name).txt")
        lines.append("    ip_file: [\(name).txt]")
        side.addresses += list.enumerated().map { ($1, "\(name).txt line \($0 + 1)") }
      case "regex":
        lines.append("    regex:")
        for pattern in patterns() {
          let scopes = (0..<Int.random(in: 1...2, using: &random)).map { _ in
            pick(Self.countries + ["*", "*", "*"])
          }
          lines.append("      - \(flow(scopes + [pattern.text]))")
          side.regexes.append((LadderOracle.RegexRule(scopes: scopes, pattern: pattern), here))
        }
      case "rules":
        lines.append("    rules:")
        // More rules than a word has bits.
        for number in 0..<(once(in: 10) ? 66 : 0) {
          lines += ["      - name: nothing \(number)", "        host: [none.example]"]
          var rule = LadderOracle.NamedRule()
          rule.conditions.hosts = ["none.example"]
          side.rules.append((rule, "line \(lines.count - 1)"))
        }
        for number in 0..<Int.random(in: 1...5, using: &random) {
          side.rules.append(namedRule("\(name) \(number)"))
        }
      default:
        guard let field = LadderOracle.Field(rawValue: kind) else { continue }
        lines.append("    \(kind):")
        side.values[field] = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let (text, values) = value(of: field)
          lines.append("      - \(text)")
          side.values[field]? += values.map { ($0, here) }
        }
      }
    }
    return side
  }

  private mutating func addresses() -> [(rule: LadderOracle.AddressRule, place: String)] {
    lines.append("    ip:")
    return (0..<Int.random(in: 1...4, using: &random)).flatMap { _ in
      let (text, rules) = addressRule()
      lines.append("      - '\(text)'")
      return rules.map { ($0, here) }
    }
  }

  /// The entries of a list file, one on each line.
  private mutating func list(_ name: String) -> [LadderOracle.AddressRule] {
    var text = ""
    var entries: [LadderOracle.AddressRule] = []
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let client = client()
      if entries.contains(where: { $0.contains(client) }) { continue }
      entries.append(
        .init(isIPv4: client.isIPv4, first: client.number, last: client.number))
      text += "\(client.text)\n"
    }
    files[name] = text
    return entries
  }

  // MARK: - Named rules

  private mutating func namedRule(
    _ name: String
  ) -> (rule: LadderOracle.NamedRule, place: String) {
    lines.append("      - name: \(name)")
    let place = here
    var rule = LadderOracle.NamedRule()
    let exceptionCount = once(in: 2) ? 0 : Int.random(in: 1...3, using: &random)
    let count = Int.random(in: (exceptionCount == 0 ? 1 : 0)...3, using: &random)
    rule.conditions = conditions(count, indent: "        ", "\(name) yes.txt")
    if exceptionCount > 0 {
      lines.append("        not:")
      rule.exceptions = conditions(exceptionCount, indent: "          ", "\(name) not.txt")
    }
    return (rule, place)
  }

  private mutating func conditions(
    _ count: Int, indent: String, _ listName: String
  ) -> LadderOracle.Conditions {
    var conditions = LadderOracle.Conditions()
    let kinds = [
      "ip", "ip_file", "asn", "country", "subdivision", "continent", "anonymous", "regex", "host",
      "method", "method", "time",
    ]
    for kind in Set(kinds.shuffled(using: &random).prefix(count)).sorted() {
      let number = Int.random(in: 1...3, using: &random)
      var items: [String] = []
      switch kind {
      case "ip":
        for _ in 0..<number {
          let (text, rules) = addressRule()
          items.append(text)
          conditions.addresses += rules
        }
      case "ip_file":
        items = [listName]
        conditions.addresses += list(listName)
      case "anonymous":
        let own = oracle.flagPaths["shady"] == nil ? [] : ["shady"]
        items = Array((own + Self.flags).shuffled(using: &random).prefix(number))
        conditions.flags = items
      case "regex":
        conditions.patterns = patterns()
        items = conditions.patterns.map(\.text)
      case "host":
        let names = ["a.example", "*.example", "b.example", "*.a.example", "www.a.example"]
        items = Array(names.shuffled(using: &random).prefix(number))
        conditions.hosts = items
      case "method":
        items = Array(["GET", "POST", "PURGE", "get"].shuffled(using: &random).prefix(number))
        conditions.methods = items
      case "time":
        let (text, window) = window()
        lines.append("\(indent)time: \(text)")
        conditions.window = window
        continue
      default:
        guard let field = LadderOracle.Field(rawValue: kind) else { continue }
        for _ in 0..<number {
          let (text, values) = value(of: field)
          items.append(text)
          conditions.values[field, default: []] += values
        }
      }
      lines.append("\(indent)\(kind): \(flow(items))")
    }
    return conditions
  }

  private mutating func window() -> (text: String, window: LadderOracle.Window) {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    let start = 30 * Int.random(in: 0...47, using: &random)
    let end = (start + 30 * Int.random(in: 1...47, using: &random)) % 1_440
    let weekdays = Set(
      (0..<Int.random(in: 1...6, using: &random)).map { _ in pick([0, 1, 2, 3, 4, 5, 6]) })
    let isBerlin = once(in: 2)
    func clock(_ minute: Int) -> String {
      let (hour, rest) = (minute / 60, minute % 60)
      return (hour < 10 ? "0" : "") + "\(hour):" + (rest < 10 ? "0" : "") + "\(rest)"
    }
    let names = weekdays.sorted().map { days[$0] }.joined(separator: ", ")
    let zone = isBerlin ? ", zone: Europe/Berlin" : ""
    return (
      "{daily: '\(clock(start))-\(clock(end))', weekdays: [\(names)]\(zone)}",
      // Requests are in January.
      .init(start: start, end: end, weekdays: weekdays, offset: isBerlin ? 60 : 0)
    )
  }

  // MARK: - Values

  /// A value or a group as written, and the values that it stands for.
  private mutating func value(
    of field: LadderOracle.Field
  ) -> (text: String, values: [LadderOracle.ValueRule]) {
    if field == .asn {
      if once(in: 4), let group = group(["nets"]) {
        return (group.text, group.members.map(Self.numbers))
      }
      // All networks of records.
      if once(in: 6) { return ("64495-64501", [Self.numbers("64495-64501")]) }
      let first = Int.random(in: 64_496...64_500, using: &random)
      let last = once(in: 3) ? first : first + Int.random(in: 0...5, using: &random)
      let prefix = once(in: 2) ? "AS" : ""
      let text = first == last ? "\(prefix)\(first)" : "\(first)-\(last)"
      return (text, [Self.numbers(text)])
    }
    if field == .country, once(in: 4), let group = group(["lands", "eu", "eea"]) {
      return (group.text, group.members.map { .text($0) })
    }
    let code = pick(Self.values[field] ?? [])
    let isLong = code == "CLOUDFLARE"
    return (once(in: 4) && !isLong ? code.lowercased() : code, [.text(code)])
  }

  private static func numbers(_ text: String) -> LadderOracle.ValueRule {
    let bounds = text.drop { $0.isLetter }.split(separator: "-").map(String.init)
    return .numbers(bounds[0]...bounds[bounds.count - 1])
  }

  /// A defined group of some names. Nil: none is defined.
  private mutating func group(_ names: [String]) -> (text: String, members: [String])? {
    let name = pick(names)
    return groups[name].map { ("$\(name)", $0) }
  }

  private mutating func addressRule() -> (text: String, rules: [LadderOracle.AddressRule]) {
    if once(in: 6), let group = group(["hosts", "private"]) {
      return (group.text, group.members.map(Self.addresses))
    }
    let client = client()
    if once(in: 3) {
      let last = client.number + UInt128.random(in: 0...0x30000, using: &random)
      return (
        "\(client.text)-\(Self.text(last, isIPv4: client.isIPv4))",
        [.init(isIPv4: client.isIPv4, first: client.number, last: last)]
      )
    }
    let lengths =
      client.isIPv4 ? [0, 8, 13, 16, 16, 24, 31, 32] : [0, 32, 45, 48, 48, 64, 127, 128]
    let length = pick(lengths)
    // The text keeps its host bits.
    return ("\(client.text)/\(length)", [Self.prefix(client.number, length, isIPv4: client.isIPv4)])
  }

  private static func prefix(
    _ number: UInt128, _ length: Int, isIPv4: Bool
  ) -> LadderOracle.AddressRule {
    let width = isIPv4 ? 32 : 128
    let hostMask = length == 0 ? UInt128.max : (UInt128(1) << (width - length)) - 1
    let full: UInt128 = isIPv4 ? 0xffff_ffff : .max
    return .init(isIPv4: isIPv4, first: number & ~hostMask, last: (number | hostMask) & full)
  }

  /// The range of a group's member.
  private static func addresses(_ text: String) -> LadderOracle.AddressRule {
    switch text {
    case "127.0.0.0/8": prefix(0x7f00_0000, 8, isIPv4: true)
    case "127.3.0.0/16": prefix(0x7f03_0000, 16, isIPv4: true)
    case "127.4.0.1": prefix(0x7f04_0001, 32, isIPv4: true)
    default: prefix(0x2001_0db8_0002 << 80, 48, isIPv4: false)
    }
  }

  private mutating func patterns() -> [LadderOracle.Pattern] {
    (0..<Int.random(in: 1...3, using: &random)).map { _ in
      LadderOracle.Pattern(
        literal: pick(Self.literals), atStart: once(in: 4), atEnd: once(in: 4))
    }
  }

  private func flow(_ items: [String]) -> String {
    "[\(items.map { "'\($0)'" }.joined(separator: ", "))]"
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &random)]
  }

  mutating func once(in times: Int) -> Bool { random.once(in: times) }
}
