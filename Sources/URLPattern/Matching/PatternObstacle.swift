/// Something that a pattern needs and that no subject, `host/path`, contains.
package enum PatternObstacle: String, CaseIterable, Sendable {
  /// A scheme before the host.
  case scheme
  /// A path without a host before it.
  case pathAlone
  /// A port after the host.
  case port
  /// An upper-case letter in the host.
  case upperCaseHost
  /// The brackets of an IPv6 address.
  case brackets
  /// The end of the text, where the host ends.
  case noSlash
  /// A query.
  case query
  /// A fragment.
  case fragment
  /// A `;` in the path.
  case parameters
  /// A backslash in the path.
  case backslash
  /// `%2F`, `%3B` or `%5C` in the path.
  case escapedSeparator
  /// Two slashes in a row.
  case emptySegment
}

extension Pattern {
  /// The smallest set of obstacles that keeps a pattern from matching any URL. Empty: the pattern can match, or the
  /// answer is unknown.
  ///
  /// Reports only certain obstacles. It gives up on rare syntax, and on a pattern that contradicts itself, such as
  /// `a^`. An optional part or an alternative is not an obstacle, so that `(;|$)` and `^(https?://)?` have none.
  /// Allocates; for loading.
  ///
  /// - Parameters:
  ///   - source: An expression that PCRE2 can compile.
  ///   - needsAllForms: Whether all forms of a URL must match, as for allow rules. Else one is enough, and its path may
  ///     contain any byte, because escapes are decoded.
  ///   - steps: The limit of work. The default takes some milliseconds.
  package static func obstacles(
    of source: String, needsAllForms: Bool, steps: Int = 200_000
  ) -> [PatternObstacle] {
    guard let syntax = PatternSyntax(Array(source.utf8)) else { return [] }
    let rules = SubjectRules(hasPlainPath: needsAllForms)
    var search = SubjectSearch(syntax: syntax, rules: rules, budget: steps)
    return search.obstacles()
  }

  /// Whether a pattern begins with another host than `host`, so that no URL of `host` matches it. False if unknown.
  ///
  /// - Parameter host: In lower case, without brackets.
  package static func isForAnotherHost(_ source: String, than host: String) -> Bool {
    guard let prefixes = PatternSyntax(Array(source.utf8))?.anchoredPrefixes else { return false }
    let start = Array(host.utf8) + [UInt8(ascii: "/")]
    return prefixes.allSatisfy { prefix in
      !start.starts(with: prefix) && !prefix.starts(with: start)
    }
  }
}

extension PatternSyntax {
  /// The plain prefix of each alternative. Nil: not all alternatives begin at the start of the subject.
  fileprivate var anchoredPrefixes: [[UInt8]]? {
    guard options.isEmpty, alternatives.allSatisfy({ $0.first == .start }) else { return nil }
    return alternatives.map { alternative in
      alternative.dropFirst().prefix { $0.byte != nil }.compactMap(\.byte)
    }
  }
}

/// Searches for a subject that a pattern matches.
///
/// Follows the pattern through an automaton of all subjects. A set of states holds every state that some subject can be
/// in after the consumed part of the pattern. Assertions other than `^` and `$` count as true, so that a set may be too
/// large but never too small.
private struct SubjectSearch {
  let syntax: PatternSyntax
  let rules: SubjectRules
  /// How many more steps the search may take.
  var budget: Int

  /// The fewest obstacles without which the pattern could match; at most three.
  mutating func obstacles() -> [PatternObstacle] {
    let all = PatternObstacle.allCases
    // A pattern that contradicts itself matches no text at all.
    guard canMatch(rules) == false, canMatch(rules.without(all)) == true else { return [] }
    var sets: [[PatternObstacle]] = [[]]
    for _ in 1...3 {
      sets = sets.flatMap { set in
        let next = set.last.flatMap { all.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
        return all[next...].map { set + [$0] }
      }
      for set in sets {
        if let isMatching = canMatch(rules.without(set)), isMatching { return set }
      }
    }
    return []
  }

  /// Nil: unknown.
  private mutating func canMatch(_ rules: SubjectRules) -> Bool? {
    var walk = SubjectWalk(rules: rules, budget: budget)
    defer { budget = walk.budget }
    // A search may begin anywhere.
    let begin = walk.closure(of: .start) { $0.step($1, .all) }
    let foldsCase = syntax.options.contains(UInt8(ascii: "i"))
    let end = walk.follow(syntax.alternatives, from: begin, foldsCase: foldsCase)
    return walk.hasGivenUp ? nil : !end.isEmpty
  }
}

/// The rules that subjects follow.
private struct SubjectRules {
  /// The obstacles, as bits, that no subject contains.
  private var forbidden: UInt32 = .max
  /// Whether obstacles are also forbidden in the path.
  let hasPlainPath: Bool

  init(hasPlainPath: Bool) {
    self.hasPlainPath = hasPlainPath
  }

  func forbids(_ obstacle: PatternObstacle) -> Bool { forbidden & obstacle.bit != 0 }

  /// The same rules with some obstacles permitted.
  func without(_ obstacles: [PatternObstacle]) -> SubjectRules {
    obstacles.reduce(into: self) { $0.forbidden &= ~$1.bit }
  }
}

extension PatternObstacle {
  fileprivate var bit: UInt32 {
    1 << UInt32(truncatingIfNeeded: Self.allCases.firstIndex(of: self) ?? 0)
  }
}

/// A set of positions in a subject.
private struct SubjectStates: OptionSet, Hashable {
  var rawValue: UInt32

  /// Nothing consumed.
  static let start = SubjectStates(rawValue: 1 << 0)
  /// In a scheme, and after its `:` and `:/`.
  static let scheme = SubjectStates(rawValue: 1 << 1)
  static let schemeColon = SubjectStates(rawValue: 1 << 2)
  static let schemeSlash = SubjectStates(rawValue: 1 << 3)
  /// Between a scheme and the host.
  static let beforeHost = SubjectStates(rawValue: 1 << 4)
  /// In a host that is not an IPv6 address.
  static let host = SubjectStates(rawValue: 1 << 5)
  /// In an IPv6 address, with no colon, one, or more; and after the bracket that ends it.
  static let address = SubjectStates(rawValue: 1 << 6)
  static let addressColon = SubjectStates(rawValue: 1 << 7)
  static let addressColons = SubjectStates(rawValue: 1 << 8)
  static let addressEnd = SubjectStates(rawValue: 1 << 9)
  /// After the colon before a port, and in the port.
  static let portColon = SubjectStates(rawValue: 1 << 10)
  static let port = SubjectStates(rawValue: 1 << 11)
  /// In the path: after a slash, elsewhere, and after `%`, `%2`, `%3`, `%5`.
  static let slash = SubjectStates(rawValue: 1 << 12)
  static let path = SubjectStates(rawValue: 1 << 13)
  static let percent = SubjectStates(rawValue: 1 << 14)
  static let percentTwo = SubjectStates(rawValue: 1 << 15)
  static let percentThree = SubjectStates(rawValue: 1 << 16)
  static let percentFive = SubjectStates(rawValue: 1 << 17)

  static let inPath: SubjectStates = [
    .slash, .path, .percent, .percentTwo, .percentThree, .percentFive,
  ]
  static let afterHost: SubjectStates = [.host, .addressColons, .addressEnd, .port]
}

/// Follows a pattern through the states of subjects.
private struct SubjectWalk {
  let rules: SubjectRules
  /// How many more steps the walk may take.
  private(set) var budget: Int
  private(set) var hasGivenUp = false

  init(rules: SubjectRules, budget: Int) {
    self.rules = rules
    self.budget = budget
  }

  /// The states after one of the alternatives. None: no alternative can match.
  mutating func follow(
    _ alternatives: [[PatternSyntax.Item]], from states: SubjectStates, foldsCase: Bool
  ) -> SubjectStates {
    var all: SubjectStates = []
    for alternative in alternatives {
      var end = states
      for item in alternative where !end.isEmpty {
        end = follow(item, from: end, foldsCase: foldsCase)
      }
      all.formUnion(end)
    }
    return all
  }

  private mutating func follow(
    _ item: PatternSyntax.Item, from states: SubjectStates, foldsCase: Bool
  ) -> SubjectStates {
    if case .other(let source) = item { budget -= source.count / 16 }
    budget -= 1
    if budget < 0 { hasGivenUp = true }
    if hasGivenUp { return states }
    switch item {
    case .byte(let byte): return step(states, bytes(SubjectBytes(byte), foldsCase))
    case .anything: return closure(of: states) { $0.step($1, .all) }
    case .something: return closure(of: step(states, .all)) { $0.step($1, .all) }
    case .start: return states.intersection(.start)
    case .end, .veryEnd: return states.intersection(end)
    case .other(let source):
      guard let part = PatternPart(source) else {
        hasGivenUp = true
        return states
      }
      return follow(part, from: states, foldsCase: foldsCase)
    }
  }

  private mutating func follow(
    _ part: PatternPart, from states: SubjectStates, foldsCase: Bool
  ) -> SubjectStates {
    /// More repetitions than this count as any number.
    let exact = 32
    var states = states
    for _ in 0..<min(part.least, exact) { states = once(part, states, foldsCase) }
    if part.most == part.least, part.least <= exact { return states }
    // An upper limit above one is ignored.
    return part.most == 1
      ? states.union(once(part, states, foldsCase))
      : closure(of: states) { $0.once(part, $1, foldsCase) }
  }

  private mutating func once(
    _ part: PatternPart, _ states: SubjectStates, _ foldsCase: Bool
  ) -> SubjectStates {
    switch part.atom {
    case .assertion: return states
    case .bytes(let set): return step(states, bytes(set, foldsCase))
    case .group(let alternatives, let groupFoldsCase):
      return follow(alternatives, from: states, foldsCase: foldsCase || groupFoldsCase)
    }
  }

  private func bytes(_ set: SubjectBytes, _ foldsCase: Bool) -> SubjectBytes {
    foldsCase ? set.foldingCase : set
  }

  /// All states after any number of steps.
  mutating func closure(
    of states: SubjectStates, _ step: (inout SubjectWalk, SubjectStates) -> SubjectStates
  ) -> SubjectStates {
    var all = states
    while true {
      let next = all.union(step(&self, all))
      if next == all { return all }
      all = next
    }
  }

  /// The states in which a subject may end.
  private var end: SubjectStates {
    rules.forbids(.noSlash) ? .inPath : .inPath.union(.afterHost).union(.start)
  }

  /// The states after one byte of a set.
  func step(_ states: SubjectStates, _ bytes: SubjectBytes) -> SubjectStates {
    var next: SubjectStates = []
    if !states.isDisjoint(with: [.start, .beforeHost]) { next.formUnion(beginHost(bytes)) }
    if states.contains(.start), !rules.forbids(.scheme), bytes.has(.lower.union(.upper)) {
      next.insert(.scheme)
    }
    if states.contains(.scheme) {
      if bytes.has(.lower.union(.upper)) { next.insert(.scheme) }
      if bytes.has(.colon) { next.insert(.schemeColon) }
    }
    if states.contains(.schemeColon), bytes.has(.slash) { next.insert(.schemeSlash) }
    if states.contains(.schemeSlash), bytes.has(.slash) { next.insert(.beforeHost) }
    if states.contains(.host), bytes.has(hostBytes) { next.insert(.host) }
    next.formUnion(continueAddress(states, bytes))
    if !states.isDisjoint(with: .afterHost) { next.formUnion(endHost(states, bytes)) }
    if !states.isDisjoint(with: [.portColon, .port]), bytes.has(.digits) { next.insert(.port) }
    if !states.isDisjoint(with: .inPath) { next.formUnion(continuePath(states, bytes)) }
    return next
  }

  /// The bytes of a host that is not an IPv6 address. A proxy refuses others.
  private var hostBytes: SubjectBytes {
    let letters = rules.forbids(.upperCaseHost) ? SubjectBytes.lower : .lower.union(.upper)
    return letters.union(.digits).union([.dot, .other])
  }

  private var hexadecimal: SubjectBytes {
    let digits = SubjectBytes.digits.union(.lowerHexadecimal)
    return rules.forbids(.upperCaseHost) ? digits : digits.union(.upper)
  }

  private func beginHost(_ bytes: SubjectBytes) -> SubjectStates {
    var next: SubjectStates = []
    if bytes.has(hostBytes) { next.insert(.host) }
    if bytes.has(hexadecimal) { next.insert(.address) }
    if bytes.has(.colon) { next.insert(.addressColon) }
    if bytes.has(.openBracket), !rules.forbids(.brackets) { next.insert(.address) }
    if bytes.has(.slash), !rules.forbids(.pathAlone) { next.insert(.slash) }
    return next
  }

  private func continueAddress(_ states: SubjectStates, _ bytes: SubjectBytes) -> SubjectStates {
    var next: SubjectStates = []
    if bytes.has(hexadecimal) {
      next.formUnion(states.intersection([.address, .addressColon, .addressColons]))
    }
    if bytes.has(.colon) {
      if states.contains(.address) { next.insert(.addressColon) }
      if !states.isDisjoint(with: [.addressColon, .addressColons]) { next.insert(.addressColons) }
    }
    if states.contains(.addressColons) {
      if bytes.has(.dot) { next.insert(.addressColons) }
      if bytes.has(.closeBracket), !rules.forbids(.brackets) { next.insert(.addressEnd) }
    }
    return next
  }

  private func endHost(_ states: SubjectStates, _ bytes: SubjectBytes) -> SubjectStates {
    var next: SubjectStates = []
    if bytes.has(.slash) { next.insert(.slash) }
    let isBeforePort = !states.isDisjoint(with: [.host, .addressEnd])
    if isBeforePort, bytes.has(.colon), !rules.forbids(.port) { next.insert(.portColon) }
    if bytes.has(.question), !rules.forbids(.query) { next.insert(.path) }
    if bytes.has(.hash), !rules.forbids(.fragment) { next.insert(.path) }
    return next
  }

  private func continuePath(_ states: SubjectStates, _ bytes: SubjectBytes) -> SubjectStates {
    func mayHave(_ obstacle: PatternObstacle) -> Bool {
      !(rules.hasPlainPath && rules.forbids(obstacle))
    }
    var next: SubjectStates = []
    var plain = SubjectBytes.all.subtracting([
      .slash, .percent, .question, .hash, .semicolon, .backslash,
    ])
    if mayHave(.query) { plain.insert(.question) }
    if mayHave(.fragment) { plain.insert(.hash) }
    if mayHave(.parameters) { plain.insert(.semicolon) }
    if mayHave(.backslash) { plain.insert(.backslash) }
    let isAfterSlash = states.intersection(.inPath) == .slash
    if bytes.has(.slash), !isAfterSlash || mayHave(.emptySegment) { next.insert(.slash) }
    if bytes.has(.percent) { next.insert(.percent) }
    if states.contains(.percent) {
      if bytes.has(.two) { next.insert(.percentTwo) }
      if bytes.has(.three) { next.insert(.percentThree) }
      if bytes.has(.five) { next.insert(.percentFive) }
    }
    // After the first digit of an escaped separator, only other second digits go on.
    var free = states.intersection([.slash, .path])
    for (state, digits) in Self.separators where states.contains(state) {
      if mayHave(.escapedSeparator) || bytes.has(plain.subtracting(digits)) { free.insert(.path) }
    }
    if states.contains(.percent), bytes.has(plain.subtracting([.two, .three, .five])) {
      next.insert(.path)
    }
    if !free.isEmpty, bytes.has(plain) { next.insert(.path) }
    return next
  }

  /// The digits that end `%2F`, `%3B` and `%5C`.
  private static let separators: [(SubjectStates, SubjectBytes)] = [
    (.percentTwo, [.lowerF, .upperF]), (.percentThree, [.lowerB, .upperB]),
    (.percentFive, [.lowerC, .upperC]),
  ]
}

extension SubjectBytes {
  fileprivate func has(_ other: SubjectBytes) -> Bool { !isDisjoint(with: other) }
}
