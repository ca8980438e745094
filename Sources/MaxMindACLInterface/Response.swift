import Addresses
import CMaxMindACL
import GeoDatabase
import MaxMindACL

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_response_for(
  _ policy: OpaquePointer?, _ decision: UnsafePointer<maxmind_acl_decision>?
) -> UnsafePointer<maxmind_acl_response>? {
  guard let policy = unsafe policy, let decision = unsafe decision,
    unsafe UInt32(decision.pointee.verdict) == MAXMIND_ACL_DENY.rawValue
  else { return nil }
  return unsafe PolicyHandle.with(policy) { handle in
    unsafe handle.responses.response(
      code: decision.pointee.reason, rule: decision.pointee.rule)
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_location(
  _ policy: OpaquePointer?, _ decision: UnsafePointer<maxmind_acl_decision>?,
  _ client: UnsafePointer<sockaddr>?, _ url: UnsafePointer<maxmind_acl_denied_url>?,
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  guard let policy = unsafe policy, let decision = unsafe decision, let url = unsafe url else {
    return unsafe write("", to: buffer, size: size)
  }
  // INVARIANT: `Decision` has the layout of the C structure up to `reserved`, and all bytes are valid.
  let decided = unsafe UnsafeRawPointer(decision).loadUnaligned(as: Decision.self)
  return unsafe PolicyHandle.with(policy) { handle in
    let policy = handle.policy
    guard decided.verdict == .deny,
      let template = policy.configuredAnswer(to: decided).redirect
    else { return unsafe write("", to: buffer, size: size) }
    let address = unsafe Address(socketAddress: client)
    let denied = unsafe DeniedRequest(
      url.pointee, client: address, country: policy.country(of: address), reason: decided.reason)
    let location = template.location(for: denied) ?? []
    return unsafe write(String(decoding: location, as: UTF8.self), to: buffer, size: size)
  }
}

extension DeniedRequest {
  /// The values of placeholders, from a C caller.
  @unsafe init(
    _ url: maxmind_acl_denied_url, client: Address?, country: PlaceCode?, reason: Reason
  ) {
    let scheme = unsafe text(url.scheme, url.scheme_length)?.lowercased() ?? "http"
    let parts = unsafe url.parts
    var path = unsafe Array(bytes(parts.path, parts.path_length))
    let params = unsafe Array(bytes(parts.params, parts.params_length))
    if !params.isEmpty { path += [UInt8(ascii: ";")] + params }
    let port = unsafe url.port > 0 ? String(url.port) : ""
    let query = unsafe url.query == nil ? nil : Array(bytes(url.query, url.query_length))
    self.init(
      scheme: Array(scheme.utf8), host: unsafe Array(bytes(parts.host, parts.host_length)),
      port: Array(port.utf8), path: path, query: query, client: client, country: country,
      reason: reason)
  }
}
