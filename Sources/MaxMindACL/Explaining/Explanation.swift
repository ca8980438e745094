import GeoDatabase
import URLPattern

/// The reasons of a decision: the lines of the ladder in order, with the one that decided.
package struct Explanation: Sendable {
  /// A step of the ladder and its outcome.
  package struct Entry: Sendable {
    package enum Outcome: Hashable, Sendable {
      /// The step has no rules.
      case notConfigured
      /// The step has rules, and none matched.
      case notMatched
      /// This step decided.
      case decided
      /// An earlier step decided.
      case notReached
    }

    /// The step.
    package var step: Step
    /// The line of the ladder. For an error: the line that it affects.
    package var line: Int
    /// The number of rules; 0 for the last line.
    package var ruleCount: Int
    package var outcome: Outcome
  }

  /// A form of the URL that patterns are matched against.
  package struct Form: Hashable, Sendable {
    /// The name in docs/semantics.md: `sent`, `normalised`, `structural, cut first`, …
    package var name: String
    /// Host and path.
    package var url: String

    init(_ spelling: URLSubject.Spelling) {
      name = spelling.form.name
      url = spelling.text
    }
  }

  /// A pattern of `bypass` or `allow` that matches the URL as sent but not all its forms, and so does not allow it.
  package struct Miss: Sendable {
    /// The rule of the pattern.
    package var rule: Rule
    /// The first form without a match.
    package var form: Form
  }

  /// The decision by `Policy.decide`, which also serves the proxy.
  package var decision: Decision
  /// The client of the decision.
  package var client: ResolvedClient
  /// The request's header field with a client that the configuration does not read; nil: none.
  package var ignoredClientHeader: String?
  /// Whether a denial is enforced; nil: allowed, or the time is unknown.
  package var isEnforced: Bool?
  /// The rule that decided; nil: none.
  package var rule: Rule?
  /// The first form of the URL that the deny pattern matches; nil: no pattern denied.
  package var form: Form?
  /// The first pattern of `bypass` and the first of `allow` that fail only because of the URL's spelling. A step that
  /// decides, or that is not reached, has none.
  package var misses: [Miss]
  /// The client's country in the databases, independent of the rules.
  package var country: PlaceCode?
  /// What the databases say of the client; nil: no address.
  package var record: Record?
  /// The forms of the URL for regex rules without repetitions, as sent first.
  package var subjects: [String]
  /// The steps in the order of the ladder.
  package var steps: [Entry]
  /// The answer to the client; nil: not denied.
  package var answer: Answer?
}

extension Policy {
  /// Decides on a request and explains the decision.
  ///
  /// Allocates: not for the deciding path.
  ///
  /// - Parameter time: The time of the request, in seconds since 1970; nil: unknown.
  package func explain(_ request: Request, at time: Int64? = nil) -> Explanation {
    let decision = decide(request, at: time)
    let client = client(peer: request.client, headers: HeaderFields(request.headers))
    let isEnforced =
      decision.verdict == .deny ? time.map { enforces(denialOf: client.address, at: $0) } : nil
    let hiding = decision.reason.failure.map { line(hiddenBy: $0, request, client, time) }
    let steps = steps(for: decision, hiding: hiding)
    let misses = steps.filter { $0.outcome == .notMatched }.compactMap { entry in
      missedPatterns(of: entry.step, client).flatMap { miss(of: request, $0) }
    }
    return Explanation(
      decision: decision, client: client,
      ignoredClientHeader: clientHeader == nil ? request.forwardingHeader : nil,
      isEnforced: isEnforced,
      rule: decision.rule.map { rules.quoted($0) },
      form: decision.reason.step == .denyRegex ? matchedForm(of: request, decision, client) : nil,
      misses: misses,
      country: country(of: client.address), record: client.address.map { record(for: $0) },
      subjects: subjects(of: request), steps: steps,
      answer: answer(to: request, decision))
  }

  private func subjects(of request: Request) -> [String] {
    let spellings = withSubject(of: request) {
      $0.spellings(for: .deny) + $0.spellings(for: .allow)
    }
    var subjects: [String] = []
    for spelling in spellings ?? [] where !subjects.contains(spelling.text) {
      subjects.append(spelling.text)
    }
    return subjects
  }

  private func matchedForm(
    of request: Request, _ decision: Decision, _ client: ResolvedClient
  ) -> Explanation.Form? {
    guard let rule = decision.rule else { return nil }
    let set = patternSets[Int(plan(of: client).denyPatterns)]
    let form = withSubject(of: request) {
      set.matchedForm(denying: $0, rule: UInt32(truncatingIfNeeded: rule))
    }
    return form?.map(Explanation.Form.init)
  }

  /// The patterns of a step that have to match all forms of the URL; nil: none.
  private func missedPatterns(of step: Step, _ client: ResolvedClient) -> PatternSet? {
    if step == .bypass { return bypassRules.patterns }
    return step == .allowRegex ? patternSets[Int(plan(of: client).allowPatterns)] : nil
  }

  private func miss(of request: Request, _ set: PatternSet) -> Explanation.Miss? {
    guard let miss = withSubject(of: request, { set.missedForm(allowing: $0) }) ?? nil else {
      return nil
    }
    return Explanation.Miss(rule: rules[Int(miss.rule)], form: Explanation.Form(miss.form))
  }

  private func plan(of client: ResolvedClient) -> RecordPlan {
    client.address.map { mergedPlan(for: $0) } ?? planWithoutAddress
  }

  /// Nil: the URL is too long.
  private func withSubject<Result>(
    of request: Request, _ body: (URLSubject) -> Result
  ) -> Result? {
    let result = URLSubject.withThisThread { subject in
      assignAsDecided(host: request.host.utf8.span, path: request.path.utf8.span, to: subject)
        ? body(subject) : nil
    }
    return result ?? nil
  }

  /// - Parameter hiding: The line of the ladder that an error affects; nil: no error.
  private func steps(for decision: Decision, hiding: Int?) -> [Explanation.Entry] {
    let reason = decision.reason
    let last = reason.step.section == nil && reason.step != .error ? reason.step : .byDefault
    var entries: [Explanation.Entry] = []
    var isDecided = false
    func add(_ step: Step, _ line: Int) {
      let count = rules.count(of: step)
      let outcome: Explanation.Entry.Outcome =
        if step == reason.step { .decided } else if isDecided { .notReached } else if count == 0 {
          .notConfigured
        } else { .notMatched }
      isDecided = isDecided || outcome == .decided
      entries.append(.init(step: step, line: line, ruleCount: count, outcome: outcome))
    }
    if let stock {
      for (index, steps) in stock.semantics.ladder.enumerated() {
        for step in steps { add(step, index + 1) }
      }
      return entries
    }
    for line in 1...6 {
      for step in Step.allCases where step.line == line && (step.section != nil || step == last) {
        // The ladder stays short: the kinds that the stock plugin does not know are listed only if they have rules.
        if step.isListedAlways || rules.count(of: step) > 0 { add(step, line) }
      }
      if line == hiding { add(.error, line) }
    }
    return entries
  }

  /// The line of the ladder that an error affects. The error decides after the rules of that line.
  private func line(
    hiddenBy failure: Failure, _ request: Request, _ client: ResolvedClient, _ time: Int64?
  ) -> Int {
    let plan = plan(of: client)
    if plan.failure != nil || failure == .patternLimit || failure == .noURL { return 2 }
    if plan.state.contains(.denyRules), hidesDenyRule(from: request, client, time) { return 2 }
    return plan.line == 4 ? 4 : 5
  }

  /// Whether an error hides a named deny rule from a request.
  private func hidesDenyRule(
    from request: Request, _ client: ResolvedClient, _ time: Int64?
  ) -> Bool {
    var url = RequestURL.notFetched
    let match = unsafe firstNamed(
      .deny, client.address, nil, &url, { request.circumstances(at: time) },
      { assign(host: request.host.utf8.span, path: request.path.utf8.span, to: $0) })
    if case .failed = match { return true }
    return false
  }
}

extension Request {
  /// The first header field in which proxies commonly name their client.
  fileprivate var forwardingHeader: String? {
    headers.first { ["x-forwarded-for", "forwarded"].contains($0.name.lowercased()) }?.name
  }
}
