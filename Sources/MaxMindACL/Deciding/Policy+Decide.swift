import Addresses
import GeoDatabase
import URLPattern

extension Policy {
  /// Decides on a request.
  ///
  /// Never fails: what cannot be decided takes the verdict of `on_error`. Any thread may call, any
  /// number at once.
  package func decide(_ request: Request) -> Decision {
    let headers = headers(of: HeaderFields(request.headers))
    return decide(
      client: client(peer: request.client, headers: headers), peer: request.client,
      bypassValue: headers.bypassValue?.span, fillURL: request.assign)
  }

  /// Decides on a request whose URL is somewhere in some bytes, such as a line of a log.
  package func decide(
    peer: Address?, url: URLParts, in bytes: Span<UInt8>, headers: PolicyHeaders
  ) -> Decision {
    decide(
      client: client(peer: peer, headers: headers), peer: peer,
      bypassValue: headers.bypassValue?.span
    ) { subject in
      let noParams: [UInt8] = []
      return subject.assign(
        host: bytes.extracting(url.host.indices), path: bytes.extracting(url.path.indices),
        params: noParams.span)
    }
  }

  /// Decides on a request whose parts are borrowed.
  ///
  /// - Parameters:
  ///   - client: The client; without an address, that is a decision error.
  ///   - peer: The address that the connection comes from: the client's, unless a trusted proxy says so.
  ///   - bypassValue: The value of the first header field named `bypassHeader`; nil if the request has
  ///     none.
  ///   - fillURL: Called at most once, only if a URL rule is in play. Assigns the URL before remapping to
  ///     the thread's subject; false if it cannot be had, which is a decision error.
  ///
  /// Never fails. Any thread may call, any number at once, each with its own subject. Takes no lock.
  /// Allocates a thread's scratch on its first decision, and more of it once for a URL longer than any
  /// before and for a pattern that needs a deeper stack.
  package func decide(
    client: ResolvedClient, peer: Address?, bypassValue: Span<UInt8>?,
    fillURL: (URLSubject) -> Bool
  ) -> Decision {
    if let bypassValue, let decision = bypassed(bypassValue, client.address, peer) {
      return decision
    }
    guard let address = client.address else {
      return unsafe decide(nil, by: plans.withoutAddress, fillURL).explained(by: client.source)
    }
    return unsafe decide(address, by: plan(for: address), fillURL)
  }

  /// What the client's record settles. To be used while the policy is kept alive.
  ///
  /// Where it `isSettled`, its decision is the one for all requests that `bypass` does not let through.
  @inlinable @inline(__always)
  package func plan(for client: Address) -> UnsafePointer<RecordPlan> {
    defer { extendLifetime(self) }
    return unsafe plans.plan(database.recordLeaf(for: client))
  }

  /// The same for an IPv4 address.
  @inlinable @inline(__always)
  package func plan(forIPv4 client: UInt32) -> UnsafePointer<RecordPlan> {
    defer { extendLifetime(self) }
    return unsafe plans.plan(database.recordLeaf(ipv4: client))
  }

  /// Decides by a plan of this policy: the lines of the semantics behind the bypass header, in their order.
  package func decide(
    _ client: Address?, by plan: UnsafePointer<RecordPlan>, _ fillURL: (URLSubject) -> Bool
  ) -> Decision {
    // Line 1.
    if let bypassAddresses, let rule = client.flatMap({ bypassAddresses.value(for: $0) }) {
      return unsafe by(.bypass, rule, plan.pointee)
    }

    // Line 2.
    let addressRule = client.flatMap { addresses.value(for: $0) }
    if let addressRule, addressRule < firstAllowedAddress {
      return unsafe by(.denyIP, addressRule, plan.pointee)
    }
    if unsafe plan.pointee.isOpen {
      return unsafe decideByURL(plan.pointee, allowedBy: addressRule, fillURL)
    }
    if unsafe plan.pointee.line == 2 { return unsafe plan.pointee.decision }

    // Line 3.
    if let addressRule { return unsafe by(.allowIP, addressRule, plan.pointee) }

    // Lines 4 to 6.
    return unsafe plan.pointee.decision
  }

  /// The end of line 2 and what follows, where patterns or an error have a part in it.
  @inline(never)
  private func decideByURL(
    _ plan: RecordPlan, allowedBy addressRule: UInt32?, _ fillURL: (URLSubject) -> Bool
  ) -> Decision {
    var url = RequestURL.notFetched
    if let decision = byDenyPatterns(plan, &url, fillURL) { return decision }
    if let addressRule { return by(.allowIP, addressRule, plan) }
    // Patterns that allow have a part only where no flag and no country has decided.
    return byAllowPatterns(plan, &url, fillURL) ?? plan.decision
  }

  private func bypassed(_ value: Span<UInt8>, _ client: Address?, _ peer: Address?) -> Decision? {
    guard let bypass, equal(bypass.value.span, value), countsBypass(bypass, client, peer) else {
      return nil
    }
    return Decision(.allow, Reason(.bypass), rule: reference(to: bypass.rule))
  }

  /// Whether the bypass header counts: from everyone, unless trusted proxies or `bypass.ip` narrow it.
  private func countsBypass(_ bypass: BypassHeader, _ client: Address?, _ peer: Address?) -> Bool {
    let trusted = clientRules?.trusted
    if bypass.sources == nil, trusted?.isEmpty ?? true { return true }
    func holds(_ table: AddressTable?, _ address: Address?) -> Bool {
      guard let table, let address else { return false }
      return table.leaf(for: address) != 0
    }
    return holds(trusted, peer) || holds(bypass.sources, peer) || holds(bypass.sources, client)
  }

  /// A decision by a rule for the client of a plan.
  @inline(__always)
  private func by(_ step: Step, _ rule: UInt32, _ plan: RecordPlan) -> Decision {
    Decision(
      step.verdict ?? .deny, Reason(step), rule: reference(to: rule), countryOf: plan.decision)
  }

  /// The end of line 2: a pattern that denies, or an error that may hide a deny rule. A definite match wins
  /// over an error.
  private func byDenyPatterns(
    _ plan: RecordPlan, _ url: inout RequestURL, _ fillURL: (URLSubject) -> Bool
  ) -> Decision? {
    var failure = plan.failure
    if plan.denyPatterns > 0 {
      switch url.match(fillURL, { firstMatch(denying: $0, plan.denyPatterns) }) {
      case .matched(let rule)?: return by(.denyRegex, rule, plan)
      case .failed?: failure = failure ?? .patternLimit
      case PatternSet.Match.none?: break
      case nil: failure = failure ?? .noURL
      }
    }
    return failure.map {
      Decision(errorVerdict, .error($0), rule: .none, countryOf: plan.decision)
    }
  }

  /// The end of line 5: a pattern that allows.
  private func byAllowPatterns(
    _ plan: RecordPlan, _ url: inout RequestURL, _ fillURL: (URLSubject) -> Bool
  ) -> Decision? {
    guard plan.allowPatterns > 0,
      case .matched(let rule)? = url.match(
        fillURL, { firstMatch(allowing: $0, plan.allowPatterns) })
    else { return nil }
    return by(.allowRegex, rule, plan)
  }

  // In a release build a buffer's subscript, unlike an array's, cannot trap. The first set is always there,
  // and empty.
  private func firstMatch(denying subject: URLSubject, _ index: UInt32) -> PatternSet.Match {
    unsafe patternSets.withUnsafeBufferPointer { sets in
      unsafe sets[Int(index) < sets.count ? Int(index) : 0].firstMatch(denying: subject)
    }
  }

  private func firstMatch(allowing subject: URLSubject, _ index: UInt32) -> PatternSet.Match {
    unsafe patternSets.withUnsafeBufferPointer { sets in
      unsafe sets[Int(index) < sets.count ? Int(index) : 0].firstMatch(allowing: subject)
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
  case fetched

  /// What patterns say of the URL; nil: it cannot be had.
  mutating func match(
    _ fill: (URLSubject) -> Bool, _ patterns: (URLSubject) -> PatternSet.Match
  ) -> PatternSet.Match? {
    if self == .unavailable { return nil }
    var state = self
    let match = URLSubject.withThisThread { subject -> PatternSet.Match? in
      if state == .notFetched { state = fill(subject) ? .fetched : .unavailable }
      return state == .fetched ? patterns(subject) : nil
    }
    self = state
    return match ?? nil
  }
}

/// Whether the two hold the same bytes.
private func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  for index in left.indices where left[index] != right[index] { return false }
  return true
}
