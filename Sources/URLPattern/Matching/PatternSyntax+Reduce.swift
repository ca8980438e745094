extension PatternSyntax {
  /// The expression without a `.*` that an alternative begins or ends with.
  ///
  /// A search finds one exactly where it finds the other, provided that the result can't match nothing:
  /// what follows the first `.*` matches on its own where it matched after it, what precedes the last
  /// matches on its own, and nobody asks where a match begins or ends. (`.*a` could match from the start
  /// what `a` matches later; `.*+a` and `^.*a` are other matters.)
  func withoutOuterDotStars() -> PatternSyntax {
    var reduced = self
    reduced.alternatives = alternatives.map { alternative in
      var items = alternative[...]
      while items.first == .anything { items.removeFirst() }
      while items.last == .anything { items.removeLast() }
      return Array(items)
    }
    return reduced
  }

  /// An expression that a search finds wherever it finds this one, and perhaps in more texts, which can
  /// be found faster; provided that it can't match nothing.
  ///
  /// `^.*a` and `.+a` become `a`, and `a.*$` and `a.+` too.
  func loosened() -> PatternSyntax {
    var loose = self
    loose.alternatives = alternatives.map { alternative in
      var items = alternative[...]
      let isTied = items.first == .start
      if !isTied || items.dropFirst().first?.isDots == true {
        if isTied { items.removeFirst() }
        while items.first?.isDots == true { items.removeFirst() }
      }
      let isEnded = items.last == .end || items.last == .veryEnd
      if !isEnded || items.dropLast().last?.isDots == true {
        if isEnded { items.removeLast() }
        while items.last?.isDots == true { items.removeLast() }
      }
      return Array(items)
    }
    return loose
  }
}

extension PatternSyntax.Item {
  fileprivate var isDots: Bool { self == .anything || self == .something }
}
