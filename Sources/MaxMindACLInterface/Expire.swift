import CMaxMindACL
import MaxMindACL

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_watch_expire(
  _ watch: OpaquePointer?, _ running: OpaquePointer?, _ now: Int64, _ uptime: Int64,
  _ counts: UnsafeMutablePointer<maxmind_acl_expiry>?
) -> OpaquePointer? {
  unsafe counts?.pointee = maxmind_acl_expiry(ended: 0, returned: 0)
  guard let watch = unsafe watch, let running = unsafe running else { return nil }
  let policy = unsafe PolicyHandle.with(running) { $0.policy }
  let expiry = unsafe WatchHandle.with(watch) {
    $0.watch.expiry(of: policy, now: now, uptime: .milliseconds(uptime))
  }
  guard let expiry else { return nil }
  unsafe counts?.pointee = maxmind_acl_expiry(
    ended: UInt64(clamping: expiry.endedCount), returned: UInt64(clamping: expiry.returnedCount))
  return unsafe PolicyHandle(expiry.policy).retained()
}
