import Addresses
import CMaxMindACL
import MaxMindACL

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
