import CMaxMindACL
import MaxMindACL

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_expire(
  _ policy: OpaquePointer?, _ now: Int64, _ count: UnsafeMutablePointer<UInt64>?
) -> OpaquePointer? {
  unsafe count?.pointee = 0
  guard let policy = unsafe policy else { return nil }
  return unsafe PolicyHandle.with(policy) { handle in
    guard let expired = handle.policy.expired(by: now) else { return nil }
    unsafe count?.pointee = UInt64(clamping: expired.count)
    return unsafe PolicyHandle(expired.policy).retained()
  }
}
