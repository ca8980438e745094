/// The patterns of one side that count for one client: those for its country, and those for anyone.
///
/// Immutable; any number of threads may match with it at once, each on its own subject. Matching allocates
/// nothing and takes no lock (see `URLSubject` for the exceptions), and takes milliseconds at most, whatever
/// the URL. A URL that no pattern matches costs one or two searches for each form of it where the patterns are
/// ordinary, and one more for each pattern that refers to itself or is otherwise out of the ordinary.
public struct PatternSet: Sendable {
  /// What the patterns say of a URL.
  public enum Match: Equatable, Sendable {
    /// No pattern matches.
    case none
    /// The pattern of this rule does, and none before it in the file.
    case matched(rule: UInt32)
    /// It can't be told: no pattern matches, and at least one was given up.
    case failed
  }

  /// What a match leads to, which says how the forms of a URL count.
  public enum Side: Sendable {
    case deny
    case allow
  }

  let group: PatternGroup
  let other: PatternGroup?

  /// Makes a set of patterns in file order. Rule numbers are the caller's own, and ascend.
  public init(_ patterns: [(pattern: Pattern, rule: UInt32)]) {
    self.init(PatternGroup(patterns))
  }

  /// Makes a set of one group, or of two whose rules are numbered together. Groups can be in any number of
  /// sets, so that patterns for many countries are kept once.
  public init(_ group: PatternGroup, _ other: PatternGroup? = nil) {
    let first = group.isEmpty ? other ?? group : group
    self.group = first
    self.other = other === first || other?.isEmpty == true ? nil : other
  }

  /// Whether there was no memory for all of it: then it is not to be used.
  package var lacksMemory: Bool { group.lacksMemory || other?.lacksMemory == true }

  /// Whether the set has no patterns, so that no URL need be fetched for it.
  public var isEmpty: Bool { group.isEmpty && other?.isEmpty != false }

  /// The first pattern that matches any form of the URL: for deny rules, which no spelling may dodge.
  ///
  /// A definite match wins over a pattern that was given up, wherever in the file that stands.
  public func firstMatch(denying subject: URLSubject) -> Match {
    guard subject.isAssigned else { return isEmpty ? .none : .failed }
    return firstMatch(subject, .deny)
  }

  /// The first pattern that matches all forms of the URL: for allow rules, which no spelling may widen. A
  /// pattern that was given up has not matched; never `failed`.
  public func firstMatch(allowing subject: URLSubject) -> Match {
    guard subject.isAssigned else { return .none }
    return firstMatch(subject, .allow)
  }

  @inline(__always)
  private func firstMatch(_ subject: URLSubject, _ side: Side) -> Match {
    let match = group.firstMatch(subject, side)
    guard let other else { return match }
    return firstMatch(subject, side, match, other)
  }

  /// The first of a match and what another group has.
  private func firstMatch(
    _ subject: URLSubject, _ side: Side, _ match: Match, _ other: PatternGroup
  ) -> Match {
    let otherMatch = other.firstMatch(subject, side)
    switch (match, otherMatch) {
    case (.matched(let rule), .matched(let otherRule)): return .matched(rule: min(rule, otherRule))
    case (.matched, _), (.failed, .none): return match
    default: return otherMatch
    }
  }
}
