import Platform

/// The decision on one request and its effect.
///
/// ```swift
/// let evaluation = policy.evaluate(request)
/// if let answer = evaluation.answer { send(answer) } else { passOn(request) }
/// ```
public struct Evaluation: Sendable, CustomStringConvertible {
  /// The decision.
  public let decision: Decision
  /// Whether the decision takes effect. False: the configuration does not enforce this denial, as in monitor mode.
  public let isEnforced: Bool
  /// The answer to the client; nil: pass the request on. A denial that is not enforced has no answer.
  public let answer: Answer?
  private let policy: Policy?

  /// One line for a log: `deny deny.country DE maxmind.yaml:12 country=DE`. Without a rule, it names only the file.
  public var description: String {
    let words = policy?.describe(decision) ?? "\(decision.verdict) \(decision.reason)"
    return words + (isEnforced ? "" : " not-enforced")
  }

  fileprivate init(_ request: Request, by policy: Policy, at now: Int64) {
    decision = policy.decide(request)
    let client = policy.client(peer: request.client, headers: HeaderFields(request.headers))
    isEnforced =
      decision.verdict == .allow || policy.enforces(denialOf: client.address, at: now)
    answer = isEnforced ? policy.answer(to: request, decision) : nil
    self.policy = policy
  }

  private init() {
    decision = .withoutRequest
    isEnforced = true
    answer = Answer(configured: ConfiguredAnswer(.init(), page: nil), location: nil)
    policy = nil
  }

  /// A denial because no policy is loaded.
  package static let withoutPolicy = Evaluation()
}

extension Policy {
  /// Decides on a request, and builds the answer if it is denied.
  ///
  /// Any thread may call. Cost: the decision takes well under a microsecond; an answer copies its page.
  ///
  /// ```swift
  /// let request = Request(client: Address("192.0.2.44"), host: "www.example.com", path: "song.mp3")
  /// print(policy.evaluate(request))  // deny deny.regex \.mp3$ maxmind.yaml:10 country=US
  /// ```
  public func evaluate(_ request: Request) -> Evaluation {
    evaluate(request, at: Int64(time(nil)))
  }

  /// Evaluates at a given time, in seconds since 1970.
  package func evaluate(_ request: Request, at now: Int64) -> Evaluation {
    Evaluation(request, by: self, at: now)
  }
}
