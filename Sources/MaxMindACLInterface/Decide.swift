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
    let failed = Decision(verdict: .deny, reason: .error(.noAddress))
    unsafe decision?.pointee = maxmind_acl_decision(failed, line: 0)
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
    unsafe decision?.pointee = maxmind_acl_decision(
      decided, line: handle.policy.rule(of: decided)?.line ?? 0)
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
  fileprivate init(_ decision: Decision, line: Int) {
    self.init()
    verdict = UInt8(decision.verdict == .allow ? MAXMIND_ACL_ALLOW : MAXMIND_ACL_DENY)
    reason = UInt8(truncatingIfNeeded: decision.reason.code)
    if case .error(let kind) = decision.reason { failure = kind.rawValue }
    rule = decision.rule.map { UInt32(truncatingIfNeeded: $0) } ?? .max
    self.line = UInt32(truncatingIfNeeded: line)
    guard let code = decision.country else { return }
    unsafe withUnsafeMutableBytes(of: &country) { field in
      unsafe withUnsafeBytes(of: code.bytes) { unsafe field.copyMemory(from: $0) }
    }
  }
}

extension Reason {
  /// The number of the reason in the C interface.
  fileprivate var code: Int32 {
    switch self {
    case .bypass: MAXMIND_ACL_REASON_BYPASS
    case .denyIP: MAXMIND_ACL_REASON_DENY_IP
    case .denyCountry: MAXMIND_ACL_REASON_DENY_COUNTRY
    case .denyRegex: MAXMIND_ACL_REASON_DENY_REGEX
    case .allowIP: MAXMIND_ACL_REASON_ALLOW_IP
    case .anonymous: MAXMIND_ACL_REASON_ANONYMOUS
    case .allowCountry: MAXMIND_ACL_REASON_ALLOW_COUNTRY
    case .allowRegex: MAXMIND_ACL_REASON_ALLOW_REGEX
    case .byDefault: MAXMIND_ACL_REASON_DEFAULT
    case .unknown: MAXMIND_ACL_REASON_UNKNOWN
    case .error: MAXMIND_ACL_REASON_ERROR
    }
  }
}
