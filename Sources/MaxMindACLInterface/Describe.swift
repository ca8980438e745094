import CMaxMindACL
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
public func maxmind_acl_reason_name(_ reason: UInt8) -> UnsafePointer<CChar>? {
  guard let word = Step(rawValue: reason)?.word else { return nil }
  return unsafe UnsafeRawPointer(word.utf8Start).assumingMemoryBound(to: CChar.self)
}
