import CMaxMindACL
import MaxMindACL

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_open(
  _ path: UnsafePointer<CChar>?, _ pathLength: Int,
  _ directory: UnsafePointer<CChar>?, _ directoryLength: Int,
  _ observer: UnsafePointer<maxmind_acl_observer>?,
  _ errbuf: UnsafeMutablePointer<CChar>?, _ errbufSize: Int
) -> OpaquePointer? {
  var watch = unsafe PolicyWatch(path, pathLength, directory, directoryLength)
  let observer = unsafe Observer(observer)
  return unsafe PolicyHandle.load(
    by: &watch, replacing: nil, observer, errbuf, errbufSize)
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_close(_ policy: OpaquePointer?) {
  guard let policy = unsafe policy else { return }
  unsafe PolicyHandle.release(policy)
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_retain(_ policy: OpaquePointer?) -> OpaquePointer? {
  guard let policy = unsafe policy else { return nil }
  return unsafe PolicyHandle.with(policy) { unsafe $0.retained() }
}
