/// The deny or allow patterns for one client: its country's, and the ones for all countries.
///
/// Immutable; any number of threads may match with it at once, each on its own subject. Matching allocates nothing and
/// takes no lock (see `URLSubject` for the exceptions). It takes milliseconds at most for any URL. A URL that no
/// pattern matches costs one or two searches for each of its forms, and one more for each pattern with a
/// back-reference or another rare feature.
package struct PatternSet: Sendable {
  /// The result for a URL.
  package enum Match: Equatable, Sendable {
    /// No pattern matches.
    case none
    /// This rule's pattern matches, and no earlier one in the file.
    case matched(rule: UInt32)
    /// Unknown: no pattern matches, and PCRE2 gave up on at least one.
    case failed
  }

  /// The effect of a match. It decides how the forms of a URL count.
  package enum Side: Sendable {
    case deny
    case allow
  }

  let group: PatternGroup
  let other: PatternGroup?

  /// The set without a pattern.
  package static let empty = PatternSet(PatternGroup([]))

  /// A set of patterns in file order. Rule numbers are the caller's, and ascend.
  package init(_ patterns: [(pattern: Pattern, rule: UInt32)]) {
    self.init(PatternGroup(patterns))
  }

  /// A set of one group, or of two groups with common rule numbers. Sets can share groups, so that patterns for many
  /// countries are stored once.
  package init(_ group: PatternGroup, _ other: PatternGroup? = nil) {
    let first = group.isEmpty ? other ?? group : group
    self.group = first
    self.other = other === first || other?.isEmpty == true ? nil : other
  }

  /// Whether memory ran out. If so, the set must not be used.
  package var lacksMemory: Bool { group.lacksMemory || other?.lacksMemory == true }

  /// Whether the set has no patterns, so that it needs no URL.
  package var isEmpty: Bool { group.isEmpty && other?.isEmpty != false }

  /// The first pattern that matches any form of the URL. For deny rules, which no spelling may evade.
  ///
  /// A match wins over a pattern on which PCRE2 gave up, even an earlier one in the file.
  package func firstMatch(denying subject: URLSubject) -> Match {
    guard subject.isAssigned else { return isEmpty ? .none : .failed }
    return firstMatch(subject, .deny)
  }

  /// The first pattern that matches all forms of the URL. For allow rules, which no spelling may widen. A pattern on
  /// which PCRE2 gave up does not match. Never `failed`.
  package func firstMatch(allowing subject: URLSubject) -> Match {
    guard subject.isAssigned else { return .none }
    return firstMatch(subject, .allow)
  }

  @inline(__always)
  private func firstMatch(_ subject: URLSubject, _ side: Side) -> Match {
    let match = group.firstMatch(subject, side)
    guard let other else { return match }
    return firstMatch(subject, side, match, other)
  }

  /// The earlier of a match and the other group's match.
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

// Explanations of a match. They allocate and are not for the deciding path.
extension PatternSet {
  /// The first form of the URL that a rule's pattern matches. Nil: none, or PCRE2 gave up.
  package func matchedForm(denying subject: URLSubject, rule: UInt32) -> URLSubject.Spelling? {
    let tests = entries.filter { $0.rule == rule }.map(\.test)
    return subject.texts(for: .deny).first { text in
      tests.contains { unsafe subject.matcher.matches($0, text.bytes) == .matched }
    }?.spelling
  }

  /// The first pattern that matches the URL as sent but does not allow it, because it does not match another form; with
  /// the first such form.
  package func missedForm(
    allowing subject: URLSubject
  ) -> (rule: UInt32, form: URLSubject.Spelling)? {
    let texts = subject.texts(for: .allow)
    for entry in entries.sorted(by: { $0.rule < $1.rule }) {
      let missed = texts.enumerated().first {
        unsafe subject.matcher.matches(entry.test, $0.element.bytes) != .matched
      }
      if let missed, missed.offset > 0 { return (entry.rule, missed.element.spelling) }
    }
    return nil
  }

  private var entries: [PatternGroup.Entry] { group.allEntries + (other?.allEntries ?? []) }
}
