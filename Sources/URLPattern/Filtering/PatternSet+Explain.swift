// What people want to know of a match. Allocates; not for the deciding path.
extension PatternSet {
  /// The first form of the URL that the pattern of a rule matches; nil: none, or it was given up.
  public func matchedForm(denying subject: URLSubject, rule: UInt32) -> URLSubject.Spelling? {
    let tests = entries.filter { $0.rule == rule }.map(\.test)
    return subject.texts(for: .deny).first { text in
      tests.contains { unsafe subject.matcher.matches($0, text.bytes) == .matched }
    }?.spelling
  }

  /// The first pattern that matches the URL as sent and fails to allow it, because it doesn't match another
  /// form; with the first such form.
  public func missedForm(
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
