import GeoDatabase
import MaxMindACL

/// The rules that requests go through: one configuration for all of them, or those of a remap.config, each for
/// the URLs of its lines.
///
/// Immutable: any number of threads may decide with it at once.
package struct RuleSet: Sendable {
  /// What became of a request.
  package enum Outcome: Hashable, Sendable {
    /// No remap line maps the URL: Traffic Server answers with 404.
    case unmapped
    /// The remap line that maps the URL has no rules: the request goes through.
    case withoutRules
    /// A configuration decided: its index in `policies`, and its decision.
    case decided(policy: Int, Decision)
  }

  /// The file, as the operator named it.
  package let file: String
  /// The configurations in the order in which the remap lines first name them, each of them once.
  package let policies: [Policy]
  /// The places in `policies` of the configurations of a remap line, those of one line behind each other.
  private let chains: [Int]

  /// One configuration for all requests.
  package init(_ policy: Policy, file: String) {
    self.file = file
    policies = [policy]
    chains = [0]
  }

  /// Decides on a request as Traffic Server would: by each of the configurations of its remap line in turn, up
  /// to the first that denies. Does not allocate.
  ///
  /// - Parameters:
  ///   - client: The client's address; nil if there is none, which is a decision error.
  ///   - url: The URL before remapping, as places in `bytes`.
  ///   - bypassValue: The value of the first header field of a name; nil if the request has none.
  package func decide(
    client: Address?, url: URLParts, in bytes: Span<UInt8>,
    bypassValue: (String) -> [UInt8]? = { _ in nil }
  ) -> Outcome {
    guard let chain = chain(of: url, in: bytes) else { return .unmapped }
    var outcome = Outcome.withoutRules
    for place in chain {
      let index = chains[place]
      let policy = policies[index]
      let value = policy.bypassHeader.flatMap(bypassValue)
      let decision = policy.decide(
        client: client, url: url, in: bytes, bypassValue: value?.span)
      outcome = .decided(policy: index, decision)
      if decision.verdict == .deny { break }
    }
    return outcome
  }

  /// The places in `chains` of the configurations that a URL goes through; nil where nothing maps it.
  private func chain(of url: URLParts, in bytes: Span<UInt8>) -> Range<Int>? {
    0..<1
  }
}
