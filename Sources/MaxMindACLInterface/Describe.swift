import CMaxMindACL
import GeoDatabase
import MaxMindACL

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_describe(
  _ policy: OpaquePointer?, _ decision: UnsafePointer<maxmind_acl_decision>?,
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  guard let policy = unsafe policy, let decision = unsafe decision?.pointee else {
    return unsafe write("", to: buffer, size: size)
  }
  return unsafe PolicyHandle.with(policy) { handle in
    unsafe write(handle.policy.describe(Decision(decision, handle.policy)), to: buffer, size: size)
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_summary(
  _ policy: OpaquePointer?, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  guard let policy = unsafe policy else { return unsafe write("", to: buffer, size: size) }
  return unsafe PolicyHandle.with(policy) { handle in
    unsafe write(handle.policy.summary, to: buffer, size: size)
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_bypass_header(
  _ policy: OpaquePointer?, _ length: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
  unsafe stable(policy, length) { $0.bypassHeader }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_denial_body(
  _ policy: OpaquePointer?, _ length: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
  unsafe stable(policy, length) { $0.denialBody }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_build_epoch(_ policy: OpaquePointer?) -> UInt64 {
  guard let policy = unsafe policy else { return 0 }
  return unsafe PolicyHandle.with(policy) { $0.policy.database.buildEpoch }
}

/// Bytes of a policy for a C caller, or NULL and 0 where it has none.
private func stable(
  _ policy: OpaquePointer?, _ length: UnsafeMutablePointer<Int>?,
  _ bytes: (PolicyHandle) -> StableBytes?
) -> UnsafePointer<CChar>? {
  unsafe length?.pointee = 0
  guard let policy = unsafe policy else { return nil }
  return unsafe PolicyHandle.with(policy) { handle in
    guard let bytes = bytes(handle) else { return nil }
    unsafe length?.pointee = bytes.count
    return unsafe bytes.start
  }
}

extension Decision {
  /// The decision that a C caller kept; numbers that no decision has read as an error.
  fileprivate init(_ decision: maxmind_acl_decision, _ policy: Policy) {
    let rule = Int(decision.rule)
    let failure = Failure(rawValue: decision.failure) ?? .noAddress
    let reason: Reason =
      switch Int32(decision.reason) {
      case MAXMIND_ACL_REASON_BYPASS: .bypass
      case MAXMIND_ACL_REASON_DENY_IP: .denyIP
      case MAXMIND_ACL_REASON_DENY_COUNTRY: .denyCountry
      case MAXMIND_ACL_REASON_DENY_REGEX: .denyRegex
      case MAXMIND_ACL_REASON_ALLOW_IP: .allowIP
      case MAXMIND_ACL_REASON_ANONYMOUS:
        .anonymous(policy.flag(ofRule: rule) ?? [])
      case MAXMIND_ACL_REASON_ALLOW_COUNTRY: .allowCountry
      case MAXMIND_ACL_REASON_ALLOW_REGEX: .allowRegex
      case MAXMIND_ACL_REASON_DEFAULT: .byDefault
      case MAXMIND_ACL_REASON_UNKNOWN: .unknown
      default: .error(failure)
      }
    let code = unsafe withUnsafeBytes(of: decision.country) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    self.init(
      verdict: Int32(decision.verdict) == MAXMIND_ACL_ALLOW ? .allow : .deny, reason: reason,
      rule: decision.rule == .max ? nil : rule, country: CountryCode(code))
  }
}
