import Addresses
import CMaxMindACL
import MaxMindACL
import URLPattern

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_decide(
  _ policy: OpaquePointer?, _ request: UnsafePointer<maxmind_acl_request>?,
  _ decision: UnsafeMutablePointer<maxmind_acl_decision>?
) -> maxmind_acl_verdict {
  // The fast path of most requests: IPv4, no bypass value.
  if let policy = unsafe policy, let request = unsafe request,
    unsafe request.pointee.bypass_value == nil, let client = unsafe request.pointee.client,
    let address = unsafe Address.ipv4(of: client)
  {
    // INVARIANT: the caller keeps the policy open, and the plan lives as long.
    let plan = unsafe PolicyHandle.with(policy) { unsafe $0.policy.plan(forIPv4: address) }
    if unsafe plan.pointee.isSettled { return unsafe answer(plan.decision, decision) }
    return unsafe decide(by: plan, Address(ipv4: address), policy, request, decision)
  }
  return unsafe decideIPv6(policy, request, decision)
}

/// The same for IPv6.
@inline(never)
private func decideIPv6(
  _ policy: OpaquePointer?, _ request: UnsafePointer<maxmind_acl_request>?,
  _ decision: UnsafeMutablePointer<maxmind_acl_decision>?
) -> maxmind_acl_verdict {
  guard let policy = unsafe policy, let request = unsafe request,
    unsafe request.pointee.bypass_value == nil,
    let address = unsafe Address(socketAddress: request.pointee.client)
  else { return unsafe decideFromStart(policy, request, decision) }
  // INVARIANT: as above.
  let plan = unsafe PolicyHandle.with(policy) { unsafe $0.policy.plan(for: address) }
  if unsafe plan.pointee.isSettled { return unsafe answer(plan.decision, decision) }
  return unsafe decide(by: plan, address, policy, request, decision)
}

/// Decides if the request has a bypass value, or if a part is missing.
@inline(never)
private func decideFromStart(
  _ policy: OpaquePointer?, _ request: UnsafePointer<maxmind_acl_request>?,
  _ decision: UnsafeMutablePointer<maxmind_acl_decision>?
) -> maxmind_acl_verdict {
  guard let policy = unsafe policy, let request = unsafe request else {
    var decided = Decision.withoutRequest
    return unsafe answer(&decided, decision)
  }
  return unsafe PolicyHandle.with(policy) { handle in
    let hasValue = unsafe request.pointee.bypass_value != nil
    let value = unsafe bytes(request.pointee.bypass_value, request.pointee.bypass_length)
    let client = unsafe Address(socketAddress: request.pointee.client)
    let source = unsafe ClientSource(rawValue: request.pointee.client_source) ?? .connection
    let peer =
      unsafe request.pointee.peer == nil
      ? client : Address(socketAddress: request.pointee.peer)
    var decided = unsafe handle.policy.decide(
      client: ResolvedClient(client, source), peer: peer, bypassValue: hasValue ? value.span : nil,
      circumstances: { unsafe Circumstances(of: request) }
    ) { unsafe fill($0, from: request) }
    return unsafe answer(&decided, decision)
  }
}

/// Decides by a plan that is not settled by the client's record alone.
@inline(never)
private func decide(
  by plan: UnsafePointer<RecordPlan>, _ client: Address, _ policy: OpaquePointer,
  _ request: UnsafePointer<maxmind_acl_request>,
  _ decision: UnsafeMutablePointer<maxmind_acl_decision>?
) -> maxmind_acl_verdict {
  unsafe PolicyHandle.with(policy) { handle in
    var decided = unsafe handle.policy.decide(
      client, by: plan, { unsafe Circumstances(of: request) }, { unsafe fill($0, from: request) })
    return unsafe answer(&decided, decision)
  }
}

/// Copies a decision to the caller's memory, if there is any. Returns the verdict.
@inline(__always)
private func answer(
  _ decided: UnsafePointer<Decision>, _ decision: UnsafeMutablePointer<maxmind_acl_decision>?
) -> maxmind_acl_verdict {
  // INVARIANT: `Decision` has the layout of the C structure up to `reserved` (Tests/CInterfaceTests checks each field).
  if let decision = unsafe decision {
    unsafe UnsafeMutableRawPointer(decision)
      .copyMemory(from: decided, byteCount: MemoryLayout<Decision>.size)
  }
  return unsafe maxmind_acl_verdict(rawValue: UInt32(decided.pointee.verdictCode))
}

extension Circumstances {
  @unsafe fileprivate init(of request: UnsafePointer<maxmind_acl_request>) {
    var given = unsafe maxmind_acl_circumstances()
    unsafe request.pointee.fetch_circumstances?(request.pointee.context, &given)
    let method = unsafe bytes(given.method.bytes, given.method.length)
    unsafe self.init(method: RequestMethod(method.span), now: given.now)
  }
}

/// Fetches the URL from the caller and assigns it to the thread's subject.
private func fill(_ subject: URLSubject, from request: UnsafePointer<maxmind_acl_request>) -> Bool {
  guard let fetch = unsafe request.pointee.fetch_url else { return false }
  var url = unsafe maxmind_acl_url()
  guard unsafe fetch(request.pointee.context, &url) else { return false }
  let host = unsafe bytes(url.host, url.host_length)
  let path = unsafe bytes(url.path, url.path_length)
  let params = unsafe bytes(url.params, url.params_length)
  return unsafe subject.assign(host: host.span, path: path.span, params: params.span)
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_is_enforced(
  _ policy: OpaquePointer?, _ decision: UnsafePointer<maxmind_acl_decision>?,
  _ client: UnsafePointer<sockaddr>?, _ now: Int64
) -> Bool {
  guard let policy = unsafe policy, let decision = unsafe decision,
    unsafe UInt32(decision.pointee.verdict) == MAXMIND_ACL_DENY.rawValue
  else { return true }
  return unsafe PolicyHandle.with(policy) {
    unsafe $0.policy.enforces(denialOf: Address(socketAddress: client), at: now)
  }
}
