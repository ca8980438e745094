import CMaxMindACL
import MaxMindACL
import Platform

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_open(
  _ path: UnsafePointer<CChar>?, _ pathLength: Int,
  _ directory: UnsafePointer<CChar>?, _ directoryLength: Int,
  _ proxy: UnsafePointer<maxmind_acl_proxy>?,
  _ errbuf: UnsafeMutablePointer<CChar>?, _ errbufSize: Int
) -> OpaquePointer? {
  let caller = unsafe CallerProxy(proxy)
  let now = Int64(time(nil))
  let path = unsafe text(path, pathLength) ?? ""
  do throws(LoadFailure) {
    let policy = try Policy.load(
      path: path, directory: directoryLength == 0 ? nil : unsafe text(directory, directoryLength),
      proxy: caller.proxy, now: now, willRead: caller.willRead)
    let age = policy.warningsOfAge(at: now).map(\.warning)
    caller.report((policy.warnings + age).inOrderOfFile)
    unsafe write("", to: errbuf, size: errbufSize)
    return unsafe PolicyHandle(policy).retained()
  } catch {
    caller.report(error.diagnostics)
    unsafe write(error.summary(path), to: errbuf, size: errbufSize)
    return nil
  }
}

extension LoadFailure {
  /// The first error on one line.
  func summary(_ path: String) -> String {
    firstError?.summary ?? "\(path): cannot be loaded"
  }
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

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_settings_of(
  _ policy: OpaquePointer?
) -> UnsafePointer<maxmind_acl_settings>? {
  guard let policy = unsafe policy else { return nil }
  return unsafe PolicyHandle.with(policy) { unsafe UnsafePointer($0.settings) }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_attach(
  _ policy: OpaquePointer?, _ data: UnsafeMutableRawPointer?,
  _ release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
) {
  guard let policy = unsafe policy else { return }
  unsafe PolicyHandle.with(policy) { unsafe $0.attach(data, release) }
}
