import GeoDatabase
import URLPattern

extension Policy {
  /// Decides on a request.
  ///
  /// Never fails: what cannot be decided takes the verdict of `on_error`. Any thread may call, any
  /// number at once.
  public func decide(_ request: Request) -> Decision {
    let value = bypass.flatMap { request.firstValue(of: $0.name) }
    guard let value else {
      return decide(client: request.client, bypassValue: nil, fillURL: request.assign)
    }
    return decide(client: request.client, bypassValue: value.utf8.span, fillURL: request.assign)
  }

  /// Decides on a request whose parts are borrowed.
  ///
  /// - Parameters:
  ///   - client: The client's address; nil if there is none, which is a decision error.
  ///   - bypassValue: The value of the first header field named `bypassHeader`; nil if the request has
  ///     none.
  ///   - fillURL: Called at most once, only if a URL rule is in play. Assigns the URL before remapping to
  ///     the thread's subject; false if it cannot be had, which is a decision error.
  ///
  /// Never fails. Any thread may call, any number at once, each with its own subject. Takes no lock.
  /// Allocates a thread's scratch on its first decision, and more of it once for a URL longer than any
  /// before and for a pattern that needs a deeper stack.
  @inlinable @inline(__always)
  public func decide(
    client: Address?, bypassValue: Span<UInt8>?, fillURL: (URLSubject) -> Bool
  ) -> Decision {
    // What the plans and tables point into must outlive the decision, wherever this is inlined.
    defer { extendLifetime(self) }

    // Line 1.
    if let bypassValue, let decision = bypassed(bypassValue) { return decision }

    guard let client else { return decideWithoutAddress(fillURL) }
    let plan = unsafe plans.plan(database.recordLeaf(for: client))

    // Line 2. A definite match wins over an error; an error that may hide one ends the decision.
    if hasAddressRules, let rule = deniedAddresses.value(for: client) {
      return byAddress(.deny, rule, country: unsafe plan.pointee.decision.country)
    }
    if unsafe plan.pointee.isOpen { return unsafe decideByURL(client, plan.pointee, fillURL) }
    if unsafe plan.pointee.stage == .denial { return unsafe plan.pointee.decision }

    // Line 3.
    if hasAddressRules, let rule = allowedAddresses.value(for: client) {
      return byAddress(.allow, rule, country: unsafe plan.pointee.decision.country)
    }

    // Lines 4 to 6.
    return unsafe plan.pointee.decision
  }

  /// The rest of line 2 and what follows, where patterns or an error have a part in it.
  @usableFromInline
  func decideByURL(
    _ client: Address, _ plan: RecordPlan, _ fillURL: (URLSubject) -> Bool
  ) -> Decision {
    var url = RequestURL.notFetched
    if let decision = byDenyPatterns(plan, &url, fillURL) { return decision }
    if hasAddressRules, let rule = allowedAddresses.value(for: client) {
      return byAddress(.allow, rule, country: plan.decision.country)
    }
    if plan.allowPatterns > 0, let decision = byAllowPatterns(plan, &url, fillURL) {
      return decision
    }
    return plan.decision
  }

  @usableFromInline
  func bypassed(_ value: Span<UInt8>) -> Decision? {
    guard let bypass, equal(bypass.value.span, value) else { return nil }
    return Decision(.allow, .bypass, rule: reference(to: bypass.rule))
  }

  @usableFromInline
  func decideWithoutAddress(_ fillURL: (URLSubject) -> Bool) -> Decision {
    var plan = unsafe plans.plan(0).pointee
    plan.failure = .noAddress
    var url = RequestURL.notFetched
    return byDenyPatterns(plan, &url, fillURL) ?? Decision(errorVerdict, .error(.noAddress))
  }

  @usableFromInline
  func byAddress(_ verdict: Verdict, _ rule: UInt32, country: CountryCode?) -> Decision {
    Decision(
      verdict, verdict == .deny ? .denyIP : .allowIP, rule: reference(to: rule), country: country)
  }

  /// The end of line 2: a pattern that denies, or an error that may hide a deny rule.
  private func byDenyPatterns(
    _ plan: RecordPlan, _ url: inout RequestURL, _ fillURL: (URLSubject) -> Bool
  ) -> Decision? {
    var failure = plan.failure
    if plan.denyPatterns > 0 {
      if let subject = url.subject(fillURL) {
        switch patternSet(plan.denyPatterns).firstMatch(denying: subject) {
        case .matched(let rule):
          return Decision(
            .deny, .denyRegex, rule: reference(to: rule), country: plan.decision.country)
        case .failed: failure = failure ?? .patternLimit
        case .none: break
        }
      } else {
        failure = failure ?? .noURL
      }
    }
    return failure.map {
      Decision(errorVerdict, .error($0), country: plan.decision.country)
    }
  }

  /// The end of line 5: a pattern that allows.
  private func byAllowPatterns(
    _ plan: RecordPlan, _ url: inout RequestURL, _ fillURL: (URLSubject) -> Bool
  ) -> Decision? {
    guard let subject = url.subject(fillURL),
      case .matched(let rule) = patternSet(plan.allowPatterns).firstMatch(allowing: subject)
    else { return nil }
    return Decision(.allow, .allowRegex, rule: reference(to: rule), country: plan.decision.country)
  }

  private func patternSet(_ index: UInt32) -> PatternSet {
    // In a release build a buffer's subscript, unlike an array's, cannot trap. The first set is always
    // there, and empty.
    unsafe patternSets.withUnsafeBufferPointer { sets in
      unsafe sets[Int(index) < sets.count ? Int(index) : 0]
    }
  }

  private func reference(to rule: UInt32) -> RuleReference {
    unsafe ruleLines.withUnsafeBufferPointer { lines in
      let line = unsafe Int(rule) < lines.count ? lines[Int(rule)] : 0
      return RuleReference(number: rule, line: line)
    }
  }
}

/// The URL of the request, fetched when a rule first asks for it.
private enum RequestURL {
  case notFetched
  case unavailable
  case fetched(URLSubject)

  mutating func subject(_ fill: (URLSubject) -> Bool) -> URLSubject? {
    if case .notFetched = self {
      if let subject = URLSubject.ofThisThread(), fill(subject) {
        self = .fetched(subject)
      } else {
        self = .unavailable
      }
    }
    if case .fetched(let subject) = self { return subject }
    return nil
  }
}

/// Whether the two hold the same bytes.
private func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  for index in left.indices where left[index] != right[index] { return false }
  return true
}
