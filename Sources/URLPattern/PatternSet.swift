/// Patterns of one side, in the order in which the file has them, each with the number of its rule.
///
/// Immutable; any number of threads may match with it at once, each on its own subject. A match costs
/// one search per pattern and form of the URL until one is found; it allocates nothing and takes no lock
/// (see `URLSubject` for the exceptions), and takes milliseconds at most, whatever the URL.
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

  private struct Entry {
    let program: Program
    let rule: UInt32
  }

  private let entries: [Entry]
  /// What keeps the entries' programs alive.
  private let patterns: [Pattern]

  /// Makes a set of patterns in file order; rule numbers are the caller's own, and may repeat.
  public init(_ patterns: [(pattern: Pattern, rule: UInt32)]) {
    self.entries = patterns.map { Entry(program: $0.pattern.program, rule: $0.rule) }
    self.patterns = patterns.map(\.pattern)
  }

  /// Whether the set has no patterns, so that no URL need be fetched for it.
  public var isEmpty: Bool { entries.isEmpty }

  /// The first pattern that matches any form of the URL: for deny rules, which no spelling may dodge.
  ///
  /// A definite match wins over a pattern that was given up, wherever in the file that stands.
  public func firstMatch(denying subject: URLSubject) -> Match {
    guard subject.isAssigned else { return isEmpty ? .none : .failed }
    var anyFailed = false
    let found = first { program in
      switch subject.matchAnyForm(program) {
      case .matched: return true
      case .notMatched: return false
      case .failed:
        anyFailed = true
        return false
      }
    }
    if let found { return .matched(rule: found) }
    return anyFailed ? .failed : .none
  }

  /// The first pattern that matches the URL both as sent and normalised: for allow rules, which no
  /// spelling may widen. A pattern that was given up has not matched; never `failed`.
  public func firstMatch(allowing subject: URLSubject) -> Match {
    guard subject.isAssigned else { return .none }
    let found = first { program in subject.matchesSentAndNormalised(program) }
    return found.map { .matched(rule: $0) } ?? .none
  }

  /// The rule of the first entry that a test holds for.
  private func first(where holds: (Program) -> Bool) -> UInt32? {
    withExtendedLifetime(patterns) {
      unsafe entries.withUnsafeBufferPointer { entries in
        // In a release build a buffer's subscript, unlike an array's or a range, can't trap.
        var index = 0
        while index < entries.count {
          let entry = unsafe entries[index]
          index &+= 1
          if holds(entry.program) { return entry.rule }
        }
        return nil
      }
    }
  }
}

extension URLSubject {
  /// Whether any form of the URL matches; `failed` if none does and one was given up.
  fileprivate func matchAnyForm(_ program: Program) -> Matcher.Outcome {
    let asSent = unsafe matcher.search(program, in: sent)
    if asSent == .matched { return .matched }
    var anyFailed = asSent == .failed
    if let normalised = unsafe normalisedIfDistinct() {
      let outcome = unsafe matcher.search(program, in: normalised)
      if outcome == .matched { return .matched }
      anyFailed = anyFailed || outcome == .failed
    }
    if let decoded = unsafe decodedIfDistinct() {
      let outcome = unsafe matcher.search(program, in: decoded)
      if outcome == .matched { return .matched }
      anyFailed = anyFailed || outcome == .failed
    }
    return anyFailed ? .failed : .notMatched
  }

  fileprivate func matchesSentAndNormalised(_ program: Program) -> Bool {
    guard unsafe matcher.search(program, in: sent) == .matched else { return false }
    guard let normalised = unsafe normalisedIfDistinct() else { return true }
    return unsafe matcher.search(program, in: normalised) == .matched
  }
}
