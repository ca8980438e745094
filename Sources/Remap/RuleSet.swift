import Addresses
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
    /// The remap line that maps the URL has no rules: the request goes through, or is redirected.
    case withoutRules
    /// A configuration decided: its index in `policies`, and its decision. Of several on one line, the last
    /// that was asked; those before it let the request through, or denied without enforcing it.
    case decided(policy: Int, Decision)
  }

  /// The file, as the operator named it.
  package let file: String
  /// The configurations in the order in which the remap lines first name them, each of them once.
  package let policies: [Policy]
  /// What was found in the configurations that works but is probably not meant.
  package let warnings: [Diagnostic]
  /// The moment at which the requests come in, in seconds since 1970: what is enforced depends on it.
  package let now: Int64
  /// The lines of the remap.config; nil where there is one configuration for all requests.
  package let remap: RemapTable?
  /// The places in `policies` of the configurations of a remap line, those of one line behind each other.
  private let chains: [Int]
  /// Where the chain of each line begins, and at the end the number of `chains`.
  private let starts: [Int]

  /// One configuration for all requests.
  package init(_ policy: Policy, file: String, now: Int64) {
    self.file = file
    self.now = now
    policies = [policy]
    warnings = policy.warnings
    remap = nil
    chains = [0]
    starts = [0, 1]
  }

  /// The configurations of a remap.config.
  ///
  /// - Parameters:
  ///   - chains: For each line the places in `policies` of its configurations.
  ///   - warnings: What was found in them.
  init(
    _ remap: RemapTable, _ policies: [Policy], chains: [[Int]], warnings: [Diagnostic],
    file: String, now: Int64
  ) {
    self.file = file
    self.now = now
    self.warnings = warnings
    self.policies = policies
    self.remap = remap
    self.chains = chains.flatMap { $0 }
    starts = chains.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }

  /// Whether anything looks at the host of a request's URL: a remap line, or a regex rule.
  package var readsHost: Bool {
    remap != nil
      || policies.contains { policy in
        Step.allCases.contains { $0.reads == .url && policy.rules.count(of: $0) > 0 }
      }
  }

  /// What each of the configurations looks at of a request's header fields, in the order of `policies`.
  package func headers(of fields: HeaderFields) -> [PolicyHeaders] {
    policies.map { $0.headers(of: fields) }
  }

  /// Decides on a request as Traffic Server would: by each of the configurations of its remap line in turn, up
  /// to the first that denies and enforces it. Does not allocate, but for what the URL patterns keep for each
  /// thread.
  ///
  /// - Parameters:
  ///   - client: The address that the connection comes from; nil if there is none, which is a decision error.
  ///   - url: The URL before remapping, as places in `bytes`.
  ///   - headers: What `headers(of:)` gave for the request's header fields; empty: it has none.
  package func decide(
    client: Address?, url: URLParts, in bytes: Span<UInt8>,
    headers: [PolicyHeaders] = []
  ) -> Outcome {
    guard let chain = chain(of: url, in: bytes) else { return .unmapped }
    var outcome = Outcome.withoutRules
    for place in chain {
      let index = chains[place]
      let headers = index < headers.count ? headers[index] : PolicyHeaders()
      let decision = policies[index].decide(peer: client, url: url, in: bytes, headers: headers)
      outcome = .decided(policy: index, decision)
      if policies[index].ends(decision, peer: client, headers: headers, at: now) { break }
    }
    return outcome
  }

  /// The line of the remap.config that maps or redirects a URL; nil where none does, or all requests go
  /// through one configuration.
  package func line(for url: URLParts, in bytes: Span<UInt8>) -> RemapLine? {
    guard let remap, let line = remap.line(for: url, in: bytes) else { return nil }
    return remap.lines[line]
  }

  /// Whether there is a URL for which `conditions(on:in:)` gives anything.
  package var hasConditions: Bool { remap?.lines.contains { !$0.conditions.isEmpty } ?? false }

  /// What besides the rules decides on the requests for a URL and is not known without the proxy, such as a
  /// filter: errors. Where there is any, what `decide` says of the URL is not what becomes of it.
  package func conditions(on url: URLParts, in bytes: Span<UInt8>) -> [Diagnostic] {
    guard let remap, let line = remap.line(for: url, in: bytes) else { return [] }
    return remap.lines[line].conditions
  }

  /// The configurations that a URL goes through, in their order; nil where nothing maps it. Allocates.
  package func policies(for url: URLParts, in bytes: Span<UInt8>) -> [Policy]? {
    chain(of: url, in: bytes)?.map { policies[chains[$0]] }
  }

  /// The places in `policies` of the configurations of a line of the remap.config.
  func chain(of line: Int) -> ArraySlice<Int> { chains[starts[line]..<starts[line + 1]] }

  /// The places in `chains` of the configurations that a URL goes through; nil where nothing maps it.
  private func chain(of url: URLParts, in bytes: Span<UInt8>) -> Range<Int>? {
    guard let remap else { return 0..<1 }
    guard let line = remap.line(for: url, in: bytes) else { return nil }
    return starts[line]..<starts[line + 1]
  }
}

extension Policy {
  /// Whether a decision keeps the configurations behind this one from being asked: a denial that is enforced.
  package func ends(
    _ decision: Decision, peer: Address?, headers: PolicyHeaders, at now: Int64
  ) -> Bool {
    guard decision.verdict == .deny else { return false }
    return enforcesAll
      || enforces(denialOf: client(peer: peer, headers: headers).address, at: now)
  }
}
