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
    /// The line of the ladder, 1 to 6. For an error: the line that it affects.
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

  /// An allow pattern that matches the URL as sent but not all its forms, and so does not allow it.
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
  /// The first `allow.regex` rule that fails only because of the URL's spelling; nil: none, or not reached.
  package var miss: Miss?
  /// The client's country in the database, independent of the rules.
  package var country: CountryCode?
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
    let decision = decide(request)
    let client = client(peer: request.client, headers: HeaderFields(request.headers))
    let isEnforced =
      decision.verdict == .deny ? time.map { enforces(denialOf: client.address, at: $0) } : nil
    let steps = steps(for: decision)
    let triesAllowRegex = steps.contains {
      $0.step == .allowRegex && $0.outcome == .notMatched
    }
    return Explanation(
      decision: decision, client: client,
      ignoredClientHeader: clientHeader == nil ? request.forwardingHeader : nil,
      isEnforced: isEnforced,
      rule: decision.rule.map { rules.quoted($0) },
      form: decision.reason.step == .denyRegex ? matchedForm(of: request, decision, client) : nil,
      miss: triesAllowRegex ? miss(of: request, client) : nil,
      country: country(of: client.address),
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

  private func miss(of request: Request, _ client: ResolvedClient) -> Explanation.Miss? {
    let set = patternSets[Int(plan(of: client).allowPatterns)]
    guard let miss = withSubject(of: request, { set.missedForm(allowing: $0) }) ?? nil else {
      return nil
    }
    return Explanation.Miss(rule: rules[Int(miss.rule)], form: Explanation.Form(miss.form))
  }

  private func plan(of client: ResolvedClient) -> RecordPlan {
    unsafe (client.address.map { unsafe plan(for: $0) } ?? plans.withoutAddress).pointee
  }

  /// Nil: the URL is too long.
  private func withSubject<Result>(
    of request: Request, _ body: (URLSubject) -> Result
  ) -> Result? {
    let result = URLSubject.withThisThread { subject in
      assign(host: request.host.utf8.span, path: request.path.utf8.span, to: subject)
        ? body(subject) : nil
    }
    return result ?? nil
  }

  private func steps(for decision: Decision) -> [Explanation.Entry] {
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
    let hiding = reason.failure.map(lineHidden)
    for line in 1...6 {
      for step in Step.allCases where step.line == line && (step.section != nil || step == last) {
        add(step, line)
      }
      if line == hiding { add(.error, line) }
    }
    return entries
  }

  /// The line of the ladder that a failure affects. The error decides after the rules of that line.
  private func lineHidden(by failure: Failure) -> Int {
    switch failure {
    case .noAddress, .hiddenClient, .unreadableClient, .patternLimit, .noURL: 2
    case .unreadableCountry: configuration.deny.readsCountry ? 2 : 5
    case .unreadableFlag: 4
    }
  }
}

extension Request {
  /// The first header field in which proxies commonly name their client.
  fileprivate var forwardingHeader: String? {
    headers.first { ["x-forwarded-for", "forwarded"].contains($0.name.lowercased()) }?.name
  }
}
