import GeoDatabase
import URLPattern

/// How a decision came about: the lines of the semantics in order, and the one that decided.
public struct Explanation: Sendable {
  /// One line of the semantics, or one kind of rule within it.
  public struct Step: Sendable {
    /// What the step came to.
    public enum Outcome: Hashable, Sendable {
      /// The configuration has no rule of this kind.
      case notConfigured
      /// There are rules, and none matched.
      case notMatched
      /// This step decided.
      case decided
      /// An earlier step decided.
      case notReached
    }

    /// The line of the semantics, 1 to 6.
    public var line: Int
    /// The name of the step: `deny.ip`, `anonymous`, `default`, …
    public var name: String
    /// How many rules it looks at; 0 for the last line.
    public var ruleCount: Int
    /// What it came to.
    public var outcome: Outcome
  }

  /// The decision, made by the same `Policy.decide` that serves the proxy.
  public var decision: Decision
  /// The client that was decided on.
  public var client: ResolvedClient
  /// The header field of the request that names a client and does not count, for the configuration reads none;
  /// nil if there is none.
  public var ignoredClientHeader: String?
  /// Whether a denial is carried out; nil where nothing was denied, or the time is not known.
  public var isEnforced: Bool?
  /// The rule that decided; nil where none did.
  public var rule: Rule?
  /// The client's country by the database, whether or not a rule looked at it.
  public var country: CountryCode?
  /// The URL in the forms that regex rules are tried on, as sent first, without repetitions.
  public var subjects: [String]
  /// The steps in the order in which they are tried.
  public var steps: [Step]
  /// What the client is answered; nil if the request was not denied.
  public var answer: GivenAnswer?
}

extension Policy {
  /// Decides on a request and tells how.
  ///
  /// Allocates; for people, not for the deciding path.
  ///
  /// - Parameter time: When the request comes in, in seconds since 1970; nil: not known.
  public func explain(_ request: Request, at time: Int64? = nil) -> Explanation {
    let decision = decide(request)
    let client = client(peer: request.client, headers: HeaderFields(request.headers))
    let isEnforced =
      decision.verdict == .deny ? time.map { enforces(denialOf: client.address, at: $0) } : nil
    return Explanation(
      decision: decision, client: client,
      ignoredClientHeader: clientHeader == nil ? request.forwardingHeader : nil,
      isEnforced: isEnforced,
      rule: decision.rule.map { rules.quoted($0) },
      country: country(of: client.address),
      subjects: subjects(of: request), steps: steps(for: decision),
      answer: answer(to: request, decision))
  }

  private func subjects(of request: Request) -> [String] {
    URLSubject.withThisThread { subject in
      guard request.assign(to: subject) else { return [] }
      var subjects: [String] = []
      for form in [URLSubject.Form.asSent, .normalised, .decoded] {
        let text = subject.text(form)
        if !subjects.contains(text) { subjects.append(text) }
      }
      return subjects
    } ?? []
  }

  private func steps(for decision: Decision) -> [Explanation.Step] {
    let kinds: [(line: Int, kind: Rule.Kind)] = [
      (1, .bypass), (2, .denyIP), (2, .denyCountry), (2, .denyRegex), (3, .allowIP),
      (4, .anonymous), (5, .allowCountry), (5, .allowRegex),
    ]
    var steps: [Explanation.Step] = []
    var isDecided = false
    func add(_ line: Int, _ name: String, _ count: Int, decides: Bool) {
      let outcome: Explanation.Step.Outcome =
        if decides { .decided } else if isDecided { .notReached } else if count == 0, line < 6 {
          .notConfigured
        } else { .notMatched }
      isDecided = isDecided || decides
      steps.append(.init(line: line, name: name, ruleCount: count, outcome: outcome))
    }
    for (line, kind) in kinds {
      let count = rules.count(of: kind)
      add(line, kind.rawValue, count, decides: decision.reason.kind == kind)
      // An error ends the decision behind the rules that it may hide.
      if kind == lastKind(before: decision.reason) { add(line, "error", 0, decides: true) }
    }
    add(6, decision.reason == .unknown ? "unknown" : "default", 0, decides: !isDecided)
    return steps
  }

  /// The last kind of rule that was tried before an error ended the decision.
  private func lastKind(before reason: Reason) -> Rule.Kind? {
    guard case .error(let failure) = reason else { return nil }
    return switch failure {
    case .noAddress, .hiddenClient, .unreadableClient, .patternLimit, .noURL: .denyRegex
    case .unreadableCountry: configuration.deny.readsCountry ? .denyRegex : .allowRegex
    case .unreadableFlag: .anonymous
    }
  }
}

extension Request {
  /// The name of the first header field that proxies use to say who their client is.
  fileprivate var forwardingHeader: String? {
    headers.first { ["x-forwarded-for", "forwarded"].contains($0.name.lowercased()) }?.name
  }
}

extension Reason {
  /// The kind of rule that gives this reason; nil where no rule does.
  var kind: Rule.Kind? {
    switch self {
    case .bypass: .bypass
    case .denyIP: .denyIP
    case .denyCountry: .denyCountry
    case .denyRegex: .denyRegex
    case .allowIP: .allowIP
    case .anonymous: .anonymous
    case .allowCountry: .allowCountry
    case .allowRegex: .allowRegex
    case .byDefault, .unknown, .error: nil
    }
  }
}
