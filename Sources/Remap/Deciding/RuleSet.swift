import Addresses
import MaxMindACL

/// The rules for requests: one configuration for all of them, or the configurations of a remap.config, each for the
/// URLs of its lines.
///
/// Immutable: any number of threads may decide with it at once.
package struct RuleSet: Sendable {
  /// The outcome of a request.
  package enum Outcome: Hashable, Sendable {
    /// No remap line maps the URL: Traffic Server answers with 404.
    case unmapped
    /// The remap line for the URL has no rules: the request passes, or is redirected.
    case withoutRules
    /// A configuration decided: its index in `policies`, and its decision. Of several on one line, the last one that was
    /// asked. The ones before it let the request pass, or denied it without enforcement.
    case decided(policy: Int, Decision)
  }

  /// The file, as the operator named it.
  package let file: String
  /// The configurations in the order of the remap lines, each once.
  package let policies: [Policy]
  /// Probable mistakes in the configurations.
  package let warnings: [Diagnostic]
  /// The time of the requests, in seconds since 1970. Enforcement depends on it.
  package let now: Int64
  /// The lines of the remap.config. Nil: one configuration decides all requests.
  package let remap: RemapTable?
  /// The indices in `policies` of the configurations of all remap lines, one line after the other.
  private let chains: [Int]
  /// The start of each line's chain, and the count of `chains` at the end.
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
  ///   - chains: For each line the indices in `policies` of its configurations.
  ///   - warnings: Probable mistakes in them.
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

  /// Whether the host of a URL matters: to a remap line, or to a regex rule.
  package var readsHost: Bool {
    remap != nil
      || policies.contains { policy in
        policy.readsURL
      }
  }

  /// Whether a named rule reads the method.
  package var readsMethod: Bool {
    policies.contains { policy in
      let sections = [policy.configuration.deny, policy.configuration.allow]
      return sections.flatMap(\.rules).contains {
        !$0.conditions.methods.isEmpty || !$0.exceptions.methods.isEmpty
      }
    }
  }

  /// Decides a request as Traffic Server would: asks the configurations of its remap line in turn, up to the first
  /// enforced denial. Does not allocate, except for the patterns of each thread.
  ///
  /// - Parameters:
  ///   - peer: The address of the connection. Nil: there is none, which is a decision error.
  ///   - url: The URL before remapping, as places in `bytes`.
  ///   - headers: The result of `headers(of:columns:)`. Empty: the request has no header fields.
  ///   - values: The values of the columns of `headers`, as places in `bytes`; empty: the line has none.
  ///   - client: The client for the rules of the configuration that decided. Without one: `peer`.
  ///   - circumstances: The method and time of the request.
  package func decide(
    peer: Address?, url: URLParts, in bytes: Span<UInt8>, headers: RequestHeaders,
    values: Span<ByteRange>, client: inout Address?, circumstances: () -> Circumstances
  ) -> Outcome {
    client = peer
    guard let chain = chain(of: url, in: bytes) else { return .unmapped }
    var outcome = Outcome.withoutRules
    for place in chain {
      let index = chains[place]
      let decision = headers.decide(
        by: policies[index], number: index, peer: peer, url: url, in: bytes, values: values,
        client: &client, circumstances: circumstances)
      outcome = .decided(policy: index, decision)
      if policies[index].ends(decision, client: client, at: now) { break }
    }
    return outcome
  }

  /// Decides a request that is not a line of a log.
  package func decide(
    client peer: Address?, url: URLParts, in bytes: Span<UInt8>,
    headers: RequestHeaders = RequestHeaders(), circumstances: () -> Circumstances
  ) -> Outcome {
    var client: Address?
    return decide(
      peer: peer, url: url, in: bytes, headers: headers, values: Span(), client: &client,
      circumstances: circumstances)
  }

  /// The line of the remap.config that maps or redirects a URL. Nil: there is none, or one configuration decides all
  /// requests.
  package func line(for url: URLParts, in bytes: Span<UInt8>) -> RemapLine? {
    guard let remap, let line = remap.line(for: url, in: bytes) else { return nil }
    return remap.lines[line]
  }

  /// Whether `conditions(on:in:)` returns a condition for any URL.
  package var hasConditions: Bool { remap?.lines.contains { !$0.conditions.isEmpty } ?? false }

  /// The conditions besides the rules that decide on the requests for a URL and are unknown without the proxy, such as a
  /// filter: errors. If there are any, `decide` may be wrong for the URL.
  package func conditions(on url: URLParts, in bytes: Span<UInt8>) -> [Diagnostic] {
    guard let remap, let line = remap.line(for: url, in: bytes) else { return [] }
    return remap.lines[line].conditions
  }

  /// The configurations for a URL, in their order. Nil: no line maps it. Allocates.
  package func policies(for url: URLParts, in bytes: Span<UInt8>) -> [Policy]? {
    chain(of: url, in: bytes)?.map { policies[chains[$0]] }
  }

  /// The indices in `policies` of the configurations of a line.
  func chain(of line: Int) -> ArraySlice<Int> { chains[starts[line]..<starts[line + 1]] }

  /// The configurations of a line, in their order.
  package func policies(ofLine line: Int) -> [Policy] { chain(of: line).map { policies[$0] } }

  /// The places in `chains` of the configurations for a URL. Nil: no line maps it.
  private func chain(of url: URLParts, in bytes: Span<UInt8>) -> Range<Int>? {
    guard let remap else { return 0..<1 }
    guard let line = remap.line(for: url, in: bytes) else { return nil }
    return starts[line]..<starts[line + 1]
  }
}

extension Policy {
  /// Whether a decision ends the chain of configurations: an enforced denial.
  ///
  /// - Parameter client: The client for the rules.
  package func ends(_ decision: Decision, client: Address?, at now: Int64) -> Bool {
    guard decision.verdict == .deny else { return false }
    return enforcesAll || enforces(denialOf: client, at: now)
  }
}
