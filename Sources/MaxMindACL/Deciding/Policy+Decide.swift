import Addresses
import GeoDatabase
import URLPattern

extension Policy {
  /// Decides on a request.
  ///
  /// Never fails: `on_error` decides on errors. Any number of threads may call at once.
  package func decide(_ request: Request) -> Decision {
    let headers = headers(of: HeaderFields(request.headers))
    return decide(
      client: client(peer: request.client, headers: headers), peer: request.client,
      bypassValue: headers.bypassValue?.span
    ) { assign(host: request.host.utf8.span, path: request.path.utf8.span, to: $0) }
  }

  /// Decides on a request whose URL is a part of some bytes, such as a log line.
  package func decide(
    peer: Address?, url: URLParts, in bytes: Span<UInt8>, headers: PolicyHeaders
  ) -> Decision {
    decide(
      client: client(peer: peer, headers: headers), peer: peer,
      bypassValue: headers.bypassValue?.span
    ) { subject in
      assign(
        host: bytes.extracting(url.host.indices), path: bytes.extracting(url.path.indices),
        to: subject)
    }
  }

  /// Assigns a URL to a subject as the proxy would. The path includes its parameters. False: the URL is too long.
  func assign(host: Span<UInt8>, path: Span<UInt8>, to subject: URLSubject) -> Bool {
    let noParams: [UInt8] = []
    let count = dropsEmptyParameters ? countWithoutEmptyParameter(path) : path.count
    return subject.assign(host: host, path: path.extracting(0..<count), params: noParams.span)
  }

  /// Decides on a request with borrowed parts.
  ///
  /// - Parameters:
  ///   - client: The client. Without an address, the request is a decision error.
  ///   - peer: The address of the connection. It differs from the client's if a trusted proxy forwards.
  ///   - bypassValue: The value of the first header field named `bypassHeader`; nil: none.
  ///   - fillURL: Called at most once, and only for a URL rule. Assigns the URL before remapping to the thread's
  ///     subject. Returns false if the URL is not available, which is a decision error.
  ///
  /// Never fails. Any number of threads may call at once, each with its own subject. Takes no lock. Allocates a
  /// thread's scratch memory on its first decision. Grows it for a URL longer than all before, and for a pattern that
  /// needs a deeper stack.
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

  /// The plan of the client's record. Valid while the policy lives.
  ///
  /// If it `isSettled`, its decision holds for all requests that `bypass` does not let through.
  @inlinable @inline(__always)
  package func plan(for client: Address) -> UnsafePointer<RecordPlan> {
    defer { extendLifetime(self) }
    return unsafe plans.plan(database.recordLeaf(for: client))
  }

  /// The plan for an IPv4 address.
  @inlinable @inline(__always)
  package func plan(forIPv4 client: UInt32) -> UnsafePointer<RecordPlan> {
    defer { extendLifetime(self) }
    return unsafe plans.plan(database.recordLeaf(ipv4: client))
  }

  /// Decides by a plan of this policy: all lines of the ladder but the bypass header, in order.
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

  /// The end of line 2 and the lines after it, with patterns or an error.
  @inline(never)
  private func decideByURL(
    _ plan: RecordPlan, allowedBy addressRule: UInt32?, _ fillURL: (URLSubject) -> Bool
  ) -> Decision {
    var url = RequestURL.notFetched
    if let decision = byDenyPatterns(plan, &url, fillURL) { return decision }
    if let addressRule { return by(.allowIP, addressRule, plan) }
    // Allow patterns take part only if no flag and no country has decided.
    return byAllowPatterns(plan, &url, fillURL) ?? plan.decision
  }

  private func bypassed(_ value: Span<UInt8>, _ client: Address?, _ peer: Address?) -> Decision? {
    guard let bypass, equal(bypass.value.span, value), countsBypass(bypass, client, peer) else {
      return nil
    }
    return Decision(.allow, Reason(.bypass), rule: reference(to: bypass.rule))
  }

  /// Whether the bypass header counts. It counts from everyone, unless `client.trusted` or `bypass.ip` limits it.
  private func countsBypass(_ bypass: BypassHeader, _ client: Address?, _ peer: Address?) -> Bool {
    let trusted = clientRules?.trusted
    if bypass.sources == nil, trusted?.isEmpty ?? true { return true }
    func holds(_ table: AddressTable?, _ address: Address?) -> Bool {
      guard let table, let address else { return false }
      return table.leaf(for: address) != 0
    }
    return holds(trusted, peer) || holds(bypass.sources, peer) || holds(bypass.sources, client)
  }

  /// A decision by a rule, with the country of the plan.
  @inline(__always)
  private func by(_ step: Step, _ rule: UInt32, _ plan: RecordPlan) -> Decision {
    Decision(
      step.verdict ?? .deny, Reason(step), rule: reference(to: rule), countryOf: plan.decision)
  }

  /// The end of line 2: a deny pattern, or an error that may hide a deny rule. A match takes precedence over an error.
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

  /// The end of line 5: an allow pattern.
  private func byAllowPatterns(
    _ plan: RecordPlan, _ url: inout RequestURL, _ fillURL: (URLSubject) -> Bool
  ) -> Decision? {
    guard plan.allowPatterns > 0,
      case .matched(let rule)? = url.match(
        fillURL, { firstMatch(allowing: $0, plan.allowPatterns) })
    else { return nil }
    return by(.allowRegex, rule, plan)
  }

  // In a release build a buffer's subscript, unlike an array's, cannot trap. The first set always exists and is empty.
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

/// The URL of the request, fetched on first use.
private enum RequestURL {
  case notFetched
  case unavailable
  case fetched

  /// The result of patterns; nil: the URL is not available.
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

private func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  for index in left.indices where left[index] != right[index] { return false }
  return true
}
