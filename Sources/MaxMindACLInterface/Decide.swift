import CMaxMindACL
import GeoDatabase
import MaxMindACL
import URLPattern

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_decide(
  _ policy: OpaquePointer?, _ request: UnsafePointer<maxmind_acl_request>?,
  _ decision: UnsafeMutablePointer<maxmind_acl_decision>?
) -> CInt {
  guard let policy = unsafe policy, let request = unsafe request?.pointee else {
    unsafe decision?.pointee = maxmind_acl_decision(
      verdict: UInt8(MAXMIND_ACL_DENY), reason: UInt8(MAXMIND_ACL_REASON_ERROR),
      detail: Failure.noAddress.rawValue,
      country: (0, 0, 0, 0, 0, 0, 0, 0, 0), rule: .max, line: 0)
    return MAXMIND_ACL_DENY
  }
  return unsafe PolicyHandle.with(policy) { handle in
    let client = unsafe Address(socketAddress: request.client)
    let decided: Decision
    if unsafe request.bypass_value == nil {
      decided = handle.policy.decide(client: client, bypassValue: nil) {
        unsafe fill($0, from: request)
      }
    } else {
      let value = unsafe bytes(request.bypass_value, request.bypass_length)
      decided = unsafe handle.policy.decide(client: client, bypassValue: value.span) {
        unsafe fill($0, from: request)
      }
    }
    unsafe decision?.pointee = maxmind_acl_decision(decided)
    return decided.verdict == .allow ? MAXMIND_ACL_ALLOW : MAXMIND_ACL_DENY
  }
}

/// Fetches the URL from the caller and assigns it to the thread's subject.
private func fill(_ subject: URLSubject, from request: maxmind_acl_request) -> Bool {
  guard let fetch = unsafe request.fetch_url else { return false }
  var url = unsafe maxmind_acl_url()
  guard unsafe fetch(request.context, &url) else { return false }
  let host = unsafe bytes(url.host, url.host_length)
  let path = unsafe bytes(url.path, url.path_length)
  let params = unsafe bytes(url.params, url.params_length)
  return unsafe subject.assign(host: host.span, path: path.span, params: params.span)
}

extension maxmind_acl_decision {
  fileprivate init(_ decision: Decision) {
    self.init()
    verdict = UInt8(decision.verdict == .allow ? MAXMIND_ACL_ALLOW : MAXMIND_ACL_DENY)
    reason = decision.reasonCode
    detail = decision.detail
    rule = decision.ruleNumber
    line = decision.lineNumber
    unsafe withUnsafeMutableBytes(of: &country) { field in
      unsafe field.storeBytes(of: decision.countryBytes, as: UInt64.self)
    }
  }
}
