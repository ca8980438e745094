import CMaxMindACL
import GeoDatabase
import MaxMindACL

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_describe(
  _ policy: OpaquePointer?, _ decision: UnsafePointer<maxmind_acl_decision>?,
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  guard let policy = unsafe policy, let decision = unsafe decision else {
    return unsafe write("", to: buffer, size: size)
  }
  // INVARIANT: a `Decision` has the size and layout of the C structure, and any bytes make one.
  let decided = unsafe UnsafeRawPointer(decision).loadUnaligned(as: Decision.self)
  return unsafe PolicyHandle.with(policy) { handle in
    unsafe write(handle.policy.describe(decided), to: buffer, size: size)
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
public func maxmind_acl_build_epoch(_ policy: OpaquePointer?) -> UInt64 {
  guard let policy = unsafe policy else { return 0 }
  return unsafe PolicyHandle.with(policy) { $0.policy.database.buildEpoch }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_client_header(
  _ policy: OpaquePointer?, _ length: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
  unsafe stable(policy, length) { $0.clientHeader }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_next_expiry(_ policy: OpaquePointer?) -> Int64 {
  guard let policy = unsafe policy else { return 0 }
  return unsafe PolicyHandle.with(policy) { $0.policy.nextExpiry ?? 0 }
}

/// Bytes of a policy for a C caller, or NULL and 0 where it has none.
func stable(
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
