import Addresses
import GeoDatabase
import Text
import URLPattern

/// What changes if a configuration of the stock plugin decides as documented.
///
/// ```swift
/// let migration = Migration(from: stock, to: policy, hosts: ["www.example.com"])
/// for change in migration.patterns { print(change.rule.text, change.url) }
/// ```
package struct Migration {
  /// Clients that are decided otherwise.
  package struct Clients {
    /// The clients, with what they get before and after.
    package var group: PolicyChange.Group
    /// A request that is decided otherwise, as `CLIENT URL`, with its decisions; nil: none was found.
    package var example: (request: String, old: Decision, new: Decision)?
    /// The cause; empty: the decisions say it.
    package var why = ""
  }

  /// A pattern that matches other URLs.
  package struct PatternChange {
    /// The rule by the documented policy.
    package var rule: Rule
    /// A URL that only one of the policies matches.
    package var url: String
    /// Whether the documented policy matches it.
    package var isMatched: Bool
    /// A pattern that matches the documented subject as the old one matches the path alone; nil: unknown.
    package var rewritten: String?
  }

  /// The changed clients, the largest groups first.
  package private(set) var clients: [Clients] = []
  /// The changed patterns in the order of the file.
  package private(set) var patterns: [PatternChange] = []
  /// Another spelling of a path that deny patterns now match; nil: there are none.
  package private(set) var spelling: String?

  /// Whether no change was found.
  package var isEmpty: Bool { clients.isEmpty && patterns.isEmpty && spelling == nil }

  /// Compares the two policies of one configuration. The clients are exact. The URLs of patterns are tried.
  ///
  /// - Parameter hosts: The hosts of requests; empty: any.
  package init(from stock: Policy, to policy: Policy, hosts: [String]) {
    var samples: [String] = []
    for (rule, pattern) in Self.patterns(of: policy) {
      let count = patterns.count
      addChanges(of: pattern, rule, from: stock, policy, hosts)
      // The URLs of a changed pattern say less about the client.
      samples.insert(sample(of: pattern), at: patterns.count == count ? 0 : samples.count)
    }
    let paths = [""] + samples
    let change = PolicyChange(from: stock, to: policy, ignoringSubjects: true)
    clients = change.groups.map { group in
      guard let client = group.examples.first?.first else { return Clients(group: group) }
      for path in paths {
        let host = hosts.first ?? anyHost
        let request = Request(client: client, host: host, path: path)
        let (old, new) = (stock.decide(request), policy.decide(request))
        if old.verdict != new.verdict {
          return Clients(
            group: group, example: ("\(client) http://\(host)/\(path)", old, new),
            why: why(old.reason.step, new.reason.step))
        }
      }
      return Clients(group: group)
    }
  }

  private init() {}

  /// Whether `isEmpty` would be false. Stops at the first change. Time without a change: a walk over the database.
  package static func findsChange(
    from stock: Policy, to policy: Policy, hosts: [String]
  ) -> Bool {
    var migration = Migration()
    for (rule, pattern) in patterns(of: policy) {
      migration.addChanges(of: pattern, rule, from: stock, policy, hosts)
      if !migration.isEmpty { return true }
    }
    var walk = PolicyWalk([stock, policy], followingAliases: true, ignoringSubjects: true)
    while walk.next() != nil {
      if walk.outcome(of: 0) != walk.outcome(of: 1) { return true }
    }
    return false
  }

  private static func patterns(of policy: Policy) -> [(rule: Rule, pattern: String)] {
    [(Step.denyRegex, policy.configuration.deny), (.allowRegex, policy.configuration.allow)]
      .flatMap { step, section in
        zip(policy.rules.written(of: step), section.regexes).map { ($0, $1.pattern.value) }
      }
  }

  private mutating func addChanges(
    of source: String, _ rule: Rule, from stock: Policy, _ policy: Policy, _ hosts: [String]
  ) {
    guard let pattern = try? Pattern(source) else { return }
    let set = PatternSet([(pattern: pattern, rule: 0)])
    func matches(_ host: String, _ path: String, as matched: Policy) -> Bool {
      let isMatched = URLSubject.withThisThread { subject in
        matched.assignAsDecided(host: host.utf8.span, path: path.utf8.span, to: subject)
          && (rule.step.verdict == .deny
            ? set.firstMatch(denying: subject) : set.firstMatch(allowing: subject)) != .none
      }
      return isMatched ?? false
    }
    let sample = sample(of: source)
    let words: [Substring] = sample.lowercased().split {
      !$0.isASCII || !($0.isLetter || $0.isNumber)
    }
    let word = words.max { $0.count < $1.count }
    let candidates = hosts.isEmpty ? [anyHost] + (word.map { ["\($0).example.com"] } ?? []) : hosts
    var found: Set<Bool> = []
    for host in candidates {
      for path in [sample, "", "a/" + sample, sample + "/a"] {
        let (old, new) = (matches(host, path, as: stock), matches(host, path, as: policy))
        guard old != new, found.insert(new).inserted else { continue }
        patterns.append(
          PatternChange(
            rule: rule, url: "http://\(host)/\(path)", isMatched: new,
            rewritten: stock.stock?.semantics == .trafficServer9 ? pattern.forHostAndPath : nil))
      }
    }
    // The last letter or dot of the sample as an escape, which origins decode.
    if spelling == nil, rule.step.verdict == .deny,
      let last = sample.utf8.lastIndex(where: { $0 == UInt8(ascii: ".") || $0.isASCIILetter })
    {
      let escape = "%" + String(sample.utf8[last], radix: 16)
      let path = String(sample[..<last]) + escape + sample[sample.utf8.index(after: last)...]
      if !matches(anyHost, path, as: stock), matches(anyHost, path, as: policy) {
        spelling = "http://\(hosts.first ?? anyHost)/\(path)"
      }
    }
  }
}

private let anyHost = "www.example.com"

/// The cause of a change between two steps; empty: the steps say it.
private func why(_ old: Step, _ new: Step) -> String {
  switch old {
  case .unknown: return "the stock plugin denies an address that is not in its database"
  case .error: return "the stock plugin denies a record without country.iso_code before all rules"
  case .allowIP: return "the stock plugin lets allow.ip win over deny rules"
  case .bypass, .denyIP, .denyASN, .denyCountry, .denySubdivision, .denyContinent, .denyRegex,
    .denyRules, .anonymous, .allowASN, .allowCountry, .allowSubdivision, .allowContinent,
    .allowRegex, .allowRules, .byDefault:
    break
  }
  switch new {
  case .anonymous: return "trafficserver-9 ignores anonymous:"
  case .bypass: return "trafficserver-9 ignores bypass:"
  case .denyCountry where old == .allowRegex:
    return "the stock plugin lets allow.regex win over deny.country"
  case .denyCountry where old == .byDefault, .allowCountry where old == .byDefault:
    return "the stock plugin compares country codes byte by byte, and reads country.iso_code only"
  case .allowRegex where old == .byDefault,
    .denyRegex where old == .byDefault || old == .allowCountry:
    return "the stock plugin knows no \"*\", and compares country codes byte by byte"
  case .denyIP, .denyASN, .denyCountry, .denySubdivision, .denyContinent, .denyRegex, .denyRules,
    .allowIP, .allowASN, .allowCountry, .allowSubdivision, .allowContinent, .allowRegex,
    .allowRules, .error, .unknown, .byDefault:
    return ""
  }
}

// MARK: - Rewriting a file

extension Migration {
  /// A configuration with `semantics`. Nil: the text has another form, or has the key already.
  package static func adding(_ semantics: StockSemantics, to bytes: [UInt8]) -> [UInt8]? {
    guard let document = try? YAMLDocument.parse(bytes, file: ""), var lines = lines(of: bytes)
    else { return nil }
    guard let place = lines.firstIndex(where: { $0.hasPrefix("maxmind:") }),
      lines[place].dropFirst(8).drop(while: { $0 == " " }).first.map({ "#\r\r\n".contains($0) })
        ?? true,
      let next = lines[(place + 1)...].first(where: {
        let text = $0.drop { $0 == " " }
        return text.first.map { !"#\r\r\n".contains($0) } ?? false
      })
    else { return nil }
    let indentation = next.prefix { $0 == " " }
    if indentation.isEmpty { return nil }
    let end = lines[place].hasSuffix("\r") ? "\r" : ""
    lines.insert("\(indentation)semantics: \(semantics.rawValue)\(end)", at: place + 1)
    let text = Array(lines.joined(separator: "\n").utf8)
    let before = ConfigurationReader(document: document, proxy: Proxy())
    guard before.writtenSemantics == nil, let document = try? YAMLDocument.parse(text, file: "")
    else {
      return nil
    }
    let after = ConfigurationReader(document: document, proxy: Proxy())
    return after.writtenSemantics == semantics ? text : nil
  }

  /// The changed patterns that have no rewritten form.
  package var patternsByHand: [PatternChange] {
    var lines: Set<SourcePosition> = []
    return patterns.filter { $0.rewritten == nil && lines.insert($0.rule.range.start).inserted }
  }

  /// A configuration with the rewritten patterns. Nil: one has no rewritten form, or its text has several lines.
  package func rewriting(_ bytes: [UInt8]) -> [UInt8]? {
    guard var lines = Self.lines(of: bytes) else { return nil }
    let changes = Dictionary(
      patterns.map { ($0.rule.range.start, $0) }, uniquingKeysWith: { first, _ in first })
    for (start, change) in changes.sorted(by: { $1.key < $0.key }) {
      let end = change.rule.range.end
      guard let pattern = change.rewritten, start.line == end.line,
        lines.indices.contains(start.line - 1)
      else { return nil }
      let scalars = Array(lines[start.line - 1].unicodeScalars)
      guard start.column <= end.column, end.column <= scalars.count + 1 else { return nil }
      var line = String.UnicodeScalarView(scalars[..<(start.column - 1)])
      line.append(contentsOf: singleQuoted(pattern).unicodeScalars)
      line.append(contentsOf: scalars[(end.column - 1)...])
      lines[start.line - 1] = String(line)
    }
    let text = Array(lines.joined(separator: "\n").utf8)
    guard let before = Self.patterns(in: bytes), let after = Self.patterns(in: text),
      before.count == after.count
    else { return nil }
    let isRight = zip(before, after).allSatisfy { old, new in
      new.value == changes[old.range.start]?.rewritten ?? old.value
    }
    return isRight ? text : nil
  }

  /// The lines without their line feeds. Nil: not UTF-8.
  private static func lines(of bytes: [UInt8]) -> [String]? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0) }
  }

  private static func patterns(in bytes: [UInt8]) -> [Located<String>]? {
    guard let document = try? YAMLDocument.parse(bytes, file: "") else { return nil }
    var reader = ConfigurationReader(document: document, proxy: Proxy())
    reader.read()
    let configuration = reader.configuration
    return (configuration.deny.regexes + configuration.allow.regexes).map(\.pattern)
  }
}

// MARK: - A text that a pattern matches

/// A short text that a pattern probably matches.
private func sample(of pattern: String) -> String {
  var sampler = PatternSampler(rest: Array(pattern.utf8)[...])
  let text = sampler.alternative()
  return String(
    decoding: text.first == UInt8(ascii: "/") ? text.dropFirst() : text[...], as: UTF8.self)
}

/// Reads a pattern and takes the first choice everywhere.
private struct PatternSampler {
  var rest: ArraySlice<UInt8>

  /// The text of the first alternative. Ends after the closing parenthesis, or at the end of the pattern.
  mutating func alternative() -> [UInt8] {
    var text: [UInt8] = []
    var isFirst = true
    while let byte = rest.popFirst() {
      var atom: [UInt8] = []
      switch byte {
      case UInt8(ascii: ")"): return text
      case UInt8(ascii: "|"): isFirst = false
      case UInt8(ascii: "^"), UInt8(ascii: "$"): break
      case UInt8(ascii: "."): atom = [UInt8(ascii: "x")]
      case UInt8(ascii: "["): atom = characterClass()
      case UInt8(ascii: "("): atom = group()
      case UInt8(ascii: "\\"): atom = escape()
      default: atom = [byte]
      }
      let count = repetitions()
      if isFirst { text += Array(repeatElement(atom, count: count).joined()) }
    }
    return text
  }

  private mutating func repetitions() -> Int {
    var count = 1
    switch rest.first {
    case UInt8(ascii: "*"), UInt8(ascii: "?"): count = 0
    case UInt8(ascii: "+"): break
    case UInt8(ascii: "{"):
      guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { return 1 }
      let digits = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      count = min(Int(String(decoding: digits, as: UTF8.self)) ?? 1, 100)
      rest = rest[end...]
    default: return 1
    }
    rest = rest.dropFirst()
    if let next = rest.first, next == UInt8(ascii: "?") || next == UInt8(ascii: "+") {
      rest = rest.dropFirst()
    }
    return count
  }

  private mutating func group() -> [UInt8] {
    guard rest.first == UInt8(ascii: "?") else { return alternative() }
    rest = rest.dropFirst()
    let start = rest
    let options = rest.prefix {
      $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ")") && $0 | 0x20 >= UInt8(ascii: "a")
    }
    rest = rest.dropFirst(options.count)
    if rest.first == UInt8(ascii: ":") {
      rest = rest.dropFirst()
      return alternative()
    }
    rest = start
    if let end = endOfName {
      rest = rest[(end + 1)...]
      return alternative()
    }
    // A look-around or a comment has no text; nor have options alone.
    _ = alternative()
    return []
  }

  /// The end of the name of `(?<name>`, `(?P<name>` or `(?'name'`; nil: another group.
  private var endOfName: Int? {
    let name = rest.first == UInt8(ascii: "P") ? rest.dropFirst() : rest
    guard let quote = name.first, quote == UInt8(ascii: "<") || quote == UInt8(ascii: "'"),
      let letter = name.dropFirst().first, letter.isASCIILetter || letter == UInt8(ascii: "_")
    else { return nil }
    let end = quote == UInt8(ascii: "<") ? UInt8(ascii: ">") : quote
    return name.dropFirst().firstIndex(of: end)
  }

  private mutating func escape() -> [UInt8] {
    guard let byte = rest.popFirst() else { return [] }
    switch byte {
    case UInt8(ascii: "d"): return [UInt8(ascii: "1")]
    case UInt8(ascii: "w"), UInt8(ascii: "S"), UInt8(ascii: "D"): return [UInt8(ascii: "a")]
    case UInt8(ascii: "W"): return [UInt8(ascii: "-")]
    default:
      return byte.isASCIILetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        ? [] : [byte]
    }
  }

  private mutating func characterClass() -> [UInt8] {
    let isNegated = rest.first == UInt8(ascii: "^")
    if isNegated { rest = rest.dropFirst() }
    var first: UInt8?
    var index = 0
    while let byte = rest.popFirst(), byte != UInt8(ascii: "]") || index == 0 {
      index += 1
      if byte == UInt8(ascii: "\\") {
        let escaped = escape().first
        first = first ?? escaped
      } else if byte == UInt8(ascii: "["), rest.first == UInt8(ascii: ":") {
        while let inner = rest.popFirst(), inner != UInt8(ascii: "]") {}
        first = first ?? UInt8(ascii: "a")
      } else {
        first = first ?? byte
      }
    }
    return isNegated ? [UInt8(ascii: "x")] : first.map { [$0] } ?? []
  }
}
