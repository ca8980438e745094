import Addresses
import GeoDatabase
import URLPattern

extension Policy {
  /// Decides on a request.
  ///
  /// Never fails: `on_error` decides on errors. Any number of threads may call at once.
  ///
  /// - Parameter now: The time of the request, in seconds since 1970; nil: the present.
  package func decide(_ request: Request, at now: Int64? = nil) -> Decision {
    let headers = headers(of: HeaderFields(request.headers))
    return decide(
      client: client(peer: request.client, headers: headers), peer: request.client,
      bypassValue: headers.bypassValue?.span, circumstances: { request.circumstances(at: now) }
    ) { assign(host: request.host.utf8.span, path: request.path.utf8.span, to: $0) }
  }

  /// Decides on a request whose URL is a part of some bytes, such as a log line.
  package func decide(
    client: ResolvedClient, peer: Address?, bypassValue: Span<UInt8>?, url: URLParts,
    in bytes: Span<UInt8>, circumstances: () -> Circumstances
  ) -> Decision {
    decide(
      client: client, peer: peer, bypassValue: bypassValue, circumstances: circumstances
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
  ///   - circumstances: Called at most twice, and only for a named rule with a method or a time.
  ///   - fillURL: Called at most once, and only for a URL rule. Assigns the URL before remapping to the thread's
  ///     subject. Returns false if the URL is not available, which is a decision error.
  ///
  /// Never fails. Any number of threads may call at once, each with its own subject. Takes no lock. Allocates a
  /// thread's scratch memory on its first decision. Grows it for a URL longer than all before, and for a pattern that
  /// needs a deeper stack.
  package func decide(
    client: ResolvedClient, peer: Address?, bypassValue: Span<UInt8>?,
    circumstances: () -> Circumstances, fillURL: (URLSubject) -> Bool
  ) -> Decision {
    if let bypassValue, let decision = bypassed(bypassValue, client.address, peer) {
      return decision
    }
    guard let address = client.address else {
      let decision = unsafe withUnsafePointer(to: planWithoutAddress) { plan in
        unsafe decide(nil, nil, plan, circumstances, fillURL)
      }
      return decision.explained(by: client.source)
    }
    return unsafe decide(address, by: plan(for: address), circumstances, fillURL)
  }

  /// The plan of the client's record. Valid while the policy lives.
  ///
  /// If it `isSettled`, its decision holds for all requests that `bypass` does not let through.
  @inlinable @inline(__always)
  package func plan(for client: Address) -> UnsafePointer<RecordPlan> {
    defer { extendLifetime(self) }
    return unsafe plans.plan(planned.recordLeaf(for: client))
  }

  /// The plan for an IPv4 address.
  @inlinable @inline(__always)
  package func plan(forIPv4 client: UInt32) -> UnsafePointer<RecordPlan> {
    defer { extendLifetime(self) }
    return unsafe plans.plan(planned.recordLeaf(ipv4: client))
  }

  /// The plan of the client's records, merged over the databases.
  package func mergedPlan(for client: Address) -> RecordPlan {
    unsafe merged(plan(for: client), for: client) { plan, _ in unsafe plan.pointee }
  }

  /// Calls a function with the plan of a client: the one of the primary database, unless another database changes it.
  /// If one does, the function gets the merged record too.
  @inline(__always)
  private func merged<Result>(
    _ plan: UnsafePointer<RecordPlan>, for client: Address,
    _ body: (UnsafePointer<RecordPlan>, UnsafePointer<ClientRecord>?) -> Result
  ) -> Result {
    let state = unsafe plan.pointee.state
    guard state.contains(.unmerged), let tables,
      !(isPlanned
        && tables.planIsPrimary(for: client, isCompletable: state.contains(.completable)))
    else { return unsafe body(plan, nil) }
    let record = tables.record(for: client)
    let merged = planner.plan(for: record)
    return unsafe withUnsafePointer(to: merged) { plan in
      unsafe withUnsafePointer(to: record) { unsafe body(plan, $0) }
    }
  }

  /// Decides by a plan of this policy: all lines of the ladder but the bypass header, in order.
  @inline(__always)
  package func decide(
    _ client: Address, by plan: UnsafePointer<RecordPlan>, _ circumstances: () -> Circumstances,
    _ fillURL: (URLSubject) -> Bool
  ) -> Decision {
    unsafe merged(plan, for: client) { plan, record in
      let settled: RecordPlan.State = [.settled, .settledAlone]
      if unsafe !plan.pointee.state.isDisjoint(with: settled) {
        return unsafe plan.pointee.decision
      }
      return unsafe decide(client, record, plan, circumstances, fillURL)
    }
  }

  /// - Parameter record: The client's record, if it is known; nil: a named rule looks it up.
  private func decide(
    _ client: Address?, _ record: UnsafePointer<ClientRecord>?, _ plan: UnsafePointer<RecordPlan>,
    _ circumstances: () -> Circumstances, _ fillURL: (URLSubject) -> Bool
  ) -> Decision {
    var url = RequestURL.notFetched

    // Line 1.
    if decidesBeforeLadder,
      let decision = unsafe decideBeforeLadder(client, plan.pointee, &url, fillURL)
    {
      return decision
    }

    // Line 2.
    let addressRule = client.flatMap { addresses.value(for: $0) }
    if let addressRule, addressRule < firstAllowedAddress {
      return unsafe by(.denyIP, addressRule, plan.pointee)
    }
    if unsafe plan.pointee.state.contains(.open) {
      return unsafe decideByURL(
        client, record, plan, allowedBy: addressRule, &url, circumstances, fillURL)
    }
    if unsafe plan.pointee.line == 2 { return unsafe plan.pointee.decision }

    // Line 3.
    if let addressRule { return unsafe by(.allowIP, addressRule, plan.pointee) }

    // Lines 4 to 6.
    return unsafe plan.pointee.decision
  }

  /// The end of line 2 and the lines after it, with patterns, named rules or an error.
  @inline(never)
  private func decideByURL(
    _ client: Address?, _ record: UnsafePointer<ClientRecord>?, _ plan: UnsafePointer<RecordPlan>,
    allowedBy addressRule: UInt32?, _ url: inout RequestURL,
    _ circumstances: () -> Circumstances, _ fillURL: (URLSubject) -> Bool
  ) -> Decision {
    if let decision = unsafe denial(client, record, plan, &url, circumstances, fillURL) {
      return decision
    }
    if let addressRule { return unsafe by(.allowIP, addressRule, plan.pointee) }
    // Allow patterns and named rules take part only if no flag and no field has decided.
    return unsafe allowance(client, record, plan, &url, circumstances, fillURL)
      ?? plan.pointee.decision
  }

  private func bypassed(_ value: Span<UInt8>, _ client: Address?, _ peer: Address?) -> Decision? {
    guard let bypass, equal(bypass.value.span, value), countsBypass(bypass, client, peer) else {
      return nil
    }
    return Decision(.allow, Reason(.bypass), rule: reference(to: bypass.rule))
  }

  /// The decision by an address or a pattern of `bypass`, or by the stock plugin's ladder; nil: no rule matches.
  @inline(never)
  private func decideBeforeLadder(
    _ client: Address?, _ plan: RecordPlan, _ url: inout RequestURL,
    _ fillURL: (URLSubject) -> Bool
  ) -> Decision? {
    if let stock { return decide(client, plan, as: stock, &url, fillURL) }
    return bypassRule(for: client, &url, fillURL).map { by(.bypass, $0, plan) }
  }

  /// The address or pattern of `bypass` that lets a request through; nil: none. A pattern that fails does not match.
  private func bypassRule(
    for client: Address?, _ url: inout RequestURL, _ fillURL: (URLSubject) -> Bool
  ) -> UInt32? {
    if let client, let rule = bypassRules.addresses.value(for: client) { return rule }
    guard !bypassRules.patterns.isEmpty,
      case .matched(let rule)? = url.with(
        fillURL, { bypassRules.patterns.firstMatch(allowing: $0) })
    else { return nil }
    return rule
  }

  /// Whether the bypass header counts. It counts from everyone, unless the configuration limits the senders.
  private func countsBypass(_ bypass: BypassHeader, _ client: Address?, _ peer: Address?) -> Bool {
    if bypass.countsFromEveryone { return true }
    func holds(_ table: AddressTable?, _ address: Address?) -> Bool {
      guard let table, let address else { return false }
      return table.leaf(for: address) != 0
    }
    return holds(clientRules?.trusted, peer) || holds(bypass.sources, peer)
      || holds(bypass.sources, client)
  }

  /// A decision by a rule, with the country of the plan.
  @inline(__always)
  func by(_ step: Step, _ rule: UInt32, _ plan: RecordPlan) -> Decision {
    by(step, reference(to: rule), plan)
  }

  @inline(__always)
  func by(_ step: Step, _ rule: RuleReference, _ plan: RecordPlan) -> Decision {
    Decision(step.verdict ?? .deny, Reason(step), rule: rule, countryOf: plan.decision)
  }

  /// The end of line 2: a deny pattern, a named rule, or an error that may hide a deny rule. A match takes precedence
  /// over an error.
  private func denial(
    _ client: Address?, _ record: UnsafePointer<ClientRecord>?, _ plan: UnsafePointer<RecordPlan>,
    _ url: inout RequestURL,
    _ circumstances: () -> Circumstances, _ fillURL: (URLSubject) -> Bool
  ) -> Decision? {
    var failure = unsafe plan.pointee.failure
    let denyPatterns = unsafe plan.pointee.denyPatterns
    if denyPatterns > 0 {
      switch url.with(fillURL, { firstMatch(denying: $0, denyPatterns) }) {
      case .matched(let rule)?: return unsafe by(.denyRegex, rule, plan.pointee)
      case .failed?: failure = failure ?? .patternLimit
      case PatternSet.Match.none?: break
      case nil: failure = failure ?? .noURL
      }
    }
    if unsafe plan.pointee.state.contains(.denyRules) {
      switch unsafe firstNamed(.deny, client, record, &url, circumstances, fillURL) {
      case .none: break
      case .matched(let rule): return unsafe by(.denyRules, rule, plan.pointee)
      case .failed(let cause): failure = failure ?? cause
      }
    }
    return failure.map {
      unsafe Decision(errorVerdict, .error($0), rule: .none, countryOf: plan.pointee.decision)
    }
  }

  /// The end of line 5: an allow pattern, a named rule, or an error that may hide one.
  private func allowance(
    _ client: Address?, _ record: UnsafePointer<ClientRecord>?, _ plan: UnsafePointer<RecordPlan>,
    _ url: inout RequestURL,
    _ circumstances: () -> Circumstances, _ fillURL: (URLSubject) -> Bool
  ) -> Decision? {
    let allowPatterns = unsafe plan.pointee.allowPatterns
    if allowPatterns > 0,
      case .matched(let rule)? = url.with(
        fillURL, { firstMatch(allowing: $0, allowPatterns) })
    {
      return unsafe by(.allowRegex, rule, plan.pointee)
    }
    guard unsafe plan.pointee.state.contains(.allowRules) else { return nil }
    switch unsafe firstNamed(.allow, client, record, &url, circumstances, fillURL) {
    case .none: return nil
    case .matched(let rule): return unsafe by(.allowRules, rule, plan.pointee)
    case .failed(let cause):
      // The plan may have an error already.
      if unsafe plan.pointee.decision.reason.step == .error { return nil }
      return unsafe Decision(
        errorVerdict, .error(cause), rule: .none, countryOf: plan.pointee.decision)
    }
  }

  /// The first named rule of a side that matches.
  @inline(never)
  func firstNamed(
    _ side: PatternSet.Side, _ client: Address?, _ record: UnsafePointer<ClientRecord>?,
    _ url: inout RequestURL, _ circumstances: () -> Circumstances, _ fillURL: (URLSubject) -> Bool
  ) -> NamedMatch {
    guard let named, let tables else { return .none }
    let record =
      unsafe record?.pointee ?? client.map { tables.record(for: $0) } ?? tables.unreadable
    var search = NamedSearch(client, record, side)
    return search.firstMatch(
      in: side == .deny ? named.deny : named.allow, of: named, &url, circumstances, fillURL)
  }

  // In a release build a buffer's subscript, unlike an array's, cannot trap. The first set always exists and is empty.
  @inline(__always)
  func firstMatch(denying subject: URLSubject, _ index: UInt32) -> PatternSet.Match {
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
enum RequestURL {
  case notFetched
  case unavailable
  case fetched

  /// Calls a function with the thread's subject; nil: the URL is not available.
  mutating func with<Result>(
    _ fill: (URLSubject) -> Bool, _ body: (URLSubject) -> Result
  ) -> Result? {
    if self == .unavailable { return nil }
    var state = self
    let result = URLSubject.withThisThread { subject -> Result? in
      if state == .notFetched { state = fill(subject) ? .fetched : .unavailable }
      return state == .fetched ? body(subject) : nil
    }
    self = state
    return result ?? nil
  }
}

private func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  for index in left.indices where left[index] != right[index] { return false }
  return true
}
