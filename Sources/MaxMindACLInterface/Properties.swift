import CMaxMindACL
import MaxMindACL

// What a policy is, which stays as it is as long as the policy lives.

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_name(
  _ policy: OpaquePointer?, _ length: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
  unsafe stable(policy, length) { $0.words.name }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_rule_count(_ policy: OpaquePointer?) -> UInt64 {
  guard let policy = unsafe policy else { return 0 }
  return unsafe PolicyHandle.with(policy) { UInt64($0.policy.rules.count) }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_build_epoch(_ policy: OpaquePointer?) -> UInt64 {
  guard let policy = unsafe policy else { return 0 }
  return unsafe PolicyHandle.with(policy) { $0.policy.database.buildEpoch }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_refuses_file(_ policy: OpaquePointer?) -> Bool {
  guard let policy = unsafe policy else { return false }
  return unsafe PolicyHandle.with(policy) { $0.policy.refusesFile }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_has_expiring_entries(_ policy: OpaquePointer?) -> Bool {
  guard let policy = unsafe policy else { return false }
  return unsafe PolicyHandle.with(policy) { $0.policy.hasExpiringEntries }
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
public func maxmind_acl_client_header(
  _ policy: OpaquePointer?, _ length: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
  unsafe stable(policy, length) { $0.clientHeader }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_reads_verified_address(_ policy: OpaquePointer?) -> Bool {
  guard let policy = unsafe policy else { return false }
  return unsafe PolicyHandle.with(policy) { $0.policy.readsVerifiedAddress }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_enforces_all(_ policy: OpaquePointer?) -> Bool {
  guard let policy = unsafe policy else { return true }
  return unsafe PolicyHandle.with(policy) { $0.policy.enforcesAll }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_has_decision_header(_ policy: OpaquePointer?) -> Bool {
  guard let policy = unsafe policy else { return true }
  return unsafe PolicyHandle.with(policy) { $0.hasDecisionHeader }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_annotation_count(_ policy: OpaquePointer?) -> Int {
  guard let policy = unsafe policy else { return 0 }
  return unsafe PolicyHandle.with(policy) { $0.annotations.count }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_annotation_name(
  _ policy: OpaquePointer?, _ index: Int, _ length: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
  unsafe stable(policy, length) { $0.annotations.name(of: index) }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_denial_log_settings(
  _ policy: OpaquePointer?, _ settings: UnsafeMutablePointer<maxmind_acl_denial_log>?
) -> Bool {
  guard let policy = unsafe policy, let settings = unsafe settings else { return false }
  return unsafe PolicyHandle.with(policy) { handle in
    guard let file = handle.logFile, let log = handle.policy.configuration.reporting.log else {
      return false
    }
    unsafe settings.pointee.file = unsafe file.start
    unsafe settings.pointee.sample = log.sample
    unsafe settings.pointee.lines_per_second = log.linesPerSecond
    return true
  }
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
