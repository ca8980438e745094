/// What a policy decides for a client, over all its requests.
///
/// Equal outcomes decide each request equally. Outcomes that differ may still agree if a condition implies another one.
/// An error while a request is matched, such as a pattern that exceeds its limit, is not part of an outcome.
///
/// ```swift
/// var walk = PolicyWalk([policy])
/// while let range = walk.next() {
///   if walk.outcome(of: 0)?.certain == .deny { print(range) }
/// }
/// ```
package struct ClientOutcome: Hashable, Sendable {
  /// A part of the ladder that decides if a condition on the request holds.
  package struct Clause: Hashable, Sendable {
    /// The verdict if one of the conditions holds.
    package var verdict: Verdict
    /// The conditions as texts. Equal texts are equal conditions. A text after a NUL is a secret.
    package var conditions: Set<String>
  }

  /// The conditions in the order of the ladder. None repeats an earlier one, and each can change the verdict.
  package let clauses: [Clause]
  /// The verdict if no condition holds.
  package let verdict: Verdict

  /// The verdict on all requests of the client. Nil: it depends on the request.
  package var certain: Verdict? { clauses.isEmpty ? verdict : nil }

  /// An outcome from the ladder. Clauses that cannot change the verdict are removed.
  init(_ clauses: [Clause], verdict: Verdict) {
    var kept: [Clause] = []
    var known: Set<String> = []
    for clause in clauses {
      let conditions = clause.conditions.subtracting(known)
      known.formUnion(conditions)
      if conditions.isEmpty { continue }
      if kept.last?.verdict == clause.verdict {
        kept[kept.count - 1].conditions.formUnion(conditions)
      } else {
        kept.append(Clause(verdict: clause.verdict, conditions: conditions))
      }
    }
    if kept.last?.verdict == verdict { kept.removeLast() }
    self.clauses = kept
    self.verdict = verdict
  }
}

extension ClientOutcome {
  /// The conditions that another outcome does not have in the same order, with their verdicts: `deny if regex /video/`.
  package func conditions(unlike other: ClientOutcome) -> [String] {
    if other.certain != nil { return conditions }
    let both = zip(clauses, other.clauses).prefix { $0.verdict == $1.verdict }
    let shared = both.reduce(into: Set<String>()) { shared, pair in
      let (verdict, conditions) = (pair.0.verdict, pair.0.conditions)
      shared.formUnion(conditions.intersection(pair.1.conditions).map { Self.text(verdict, $0) })
    }
    return conditions.filter { !shared.contains($0) }
  }

  private var conditions: [String] {
    clauses.flatMap { clause in clause.conditions.sorted().map { Self.text(clause.verdict, $0) } }
  }

  private static func text(_ verdict: Verdict, _ condition: String) -> String {
    "\(verdict.rawValue) if \(condition.prefix { $0 != "\0" })"
  }
}

extension ClientOutcome: CustomStringConvertible {
  /// `allow`, `deny`, or `allow or deny by request`.
  package var description: String {
    certain?.rawValue ?? "\(verdict.rawValue), or \(verdict.other.rawValue) by request"
  }
}

extension Verdict {
  fileprivate var other: Verdict { self == .allow ? .deny : .allow }
}
