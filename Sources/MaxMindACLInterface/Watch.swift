import CMaxMindACL
import Glibc
import MaxMindACL

/// What `maxmind_acl_watch *` points at.
///
/// INVARIANT: used by one thread at a time, as the header asks for.
final class WatchHandle {
  var watch: PolicyWatch

  init(_ watch: PolicyWatch) {
    self.watch = watch
  }

  /// Calls `body` with the handle behind a pointer.
  static func with<Result>(_ pointer: OpaquePointer, _ body: (WatchHandle) -> Result) -> Result {
    // INVARIANT: the pointer came from `maxmind_acl_watch_open`, and the caller keeps it open during the call.
    unsafe Unmanaged<WatchHandle>.fromOpaque(UnsafeRawPointer(pointer))
      ._withUnsafeGuaranteedRef { body($0) }
  }
}

extension PolicyWatch {
  /// Follows a file that a C caller names.
  init(
    _ path: UnsafePointer<CChar>?, _ pathLength: Int, _ directory: UnsafePointer<CChar>?,
    _ directoryLength: Int
  ) {
    // As for every text, NULL and length 0 are the same.
    self.init(
      path: unsafe text(path, pathLength) ?? "",
      directory: directoryLength == 0 ? nil : unsafe text(directory, directoryLength))
  }
}

extension PolicyHandle {
  /// Loads the configuration of a watch for a C caller, who is told of all that is found.
  static func load(
    by watch: inout PolicyWatch, replacing running: Policy?, _ observer: Observer,
    _ errbuf: UnsafeMutablePointer<CChar>?, _ errbufSize: Int
  ) -> OpaquePointer? {
    guard !watch.path.isEmpty else {
      let nameless = Diagnostic(
        severity: .error, id: .fileUnreadable, message: "no configuration file is named",
        file: "maxmind_acl")
      observer.report([nameless])
      unsafe write(nameless.summary, to: errbuf, size: errbufSize)
      return nil
    }
    do throws(LoadFailure) {
      let policy = try watch.load(
        replacing: running,
        willRead: observer.willRead)
      observer.report(
        watch.warnings(of: policy, onHost: observer.mapHost, at: Int64(time(nil))))
      unsafe write("", to: errbuf, size: errbufSize)
      return unsafe PolicyHandle(policy).retained()
    } catch {
      observer.report(error.diagnostics)
      let first = error.firstError?.summary ?? "\(watch.path): cannot be loaded"
      unsafe write(first, to: errbuf, size: errbufSize)
      return nil
    }
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_watch_open(
  _ path: UnsafePointer<CChar>?, _ pathLength: Int,
  _ directory: UnsafePointer<CChar>?, _ directoryLength: Int
) -> OpaquePointer? {
  let handle = unsafe WatchHandle(PolicyWatch(path, pathLength, directory, directoryLength))
  return unsafe OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_watch_close(_ watch: OpaquePointer?) {
  guard let watch = unsafe watch else { return }
  unsafe Unmanaged<WatchHandle>.fromOpaque(UnsafeRawPointer(watch)).release()
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_watch_look(_ watch: OpaquePointer?) -> CInt {
  guard let watch = unsafe watch else { return MAXMIND_ACL_UNCHANGED }
  return unsafe WatchHandle.with(watch) { handle in
    switch handle.watch.look() {
    case .none: MAXMIND_ACL_UNCHANGED
    case .unsettled: MAXMIND_ACL_UNSETTLED
    case .settled: MAXMIND_ACL_CHANGED
    }
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_watch_may_recover(_ watch: OpaquePointer?) -> Bool {
  guard let watch = unsafe watch else { return false }
  return unsafe WatchHandle.with(watch) { $0.watch.mayRecover }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_watch_changed_size(_ watch: OpaquePointer?) -> Int64 {
  guard let watch = unsafe watch else { return 0 }
  return unsafe WatchHandle.with(watch) { Int64($0.watch.changedSize) }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_watch_load(
  _ watch: OpaquePointer?, _ running: OpaquePointer?,
  _ observer: UnsafePointer<maxmind_acl_observer>?,
  _ errbuf: UnsafeMutablePointer<CChar>?, _ errbufSize: Int
) -> OpaquePointer? {
  guard let watch = unsafe watch else {
    unsafe write("no watch", to: errbuf, size: errbufSize)
    return nil
  }
  let observer = unsafe Observer(observer)
  let policy = unsafe running.map { unsafe PolicyHandle.with($0) { $0.policy } }
  return unsafe WatchHandle.with(watch) { handle in
    unsafe PolicyHandle.load(
      by: &handle.watch, replacing: policy ?? nil, observer, errbuf, errbufSize)
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_watch_share(
  _ watch: OpaquePointer?, _ running: OpaquePointer?,
  _ observer: UnsafePointer<maxmind_acl_observer>?
) -> Bool {
  guard let watch = unsafe watch, let running = unsafe running else { return false }
  let observer = unsafe Observer(observer)
  return unsafe WatchHandle.with(watch) { handle in
    guard !handle.watch.hasFailed, handle.watch.look() == .none else { return false }
    for file in handle.watch.files { observer.willRead(file) }
    unsafe PolicyHandle.with(running) {
      observer.report($0.policy.warnings(ofHost: observer.mapHost))
    }
    return true
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_reload_interval(_ policy: OpaquePointer?) -> Int64 {
  guard let policy = unsafe policy else { return 0 }
  return unsafe PolicyHandle.with(policy) {
    $0.policy.configuration.reload.interval.map(milliseconds) ?? 0
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_reload_jitter(_ policy: OpaquePointer?) -> Int64 {
  guard let policy = unsafe policy else { return 0 }
  return unsafe PolicyHandle.with(policy) {
    milliseconds($0.policy.configuration.reload.greatestDelay)
  }
}

private func milliseconds(_ duration: Duration) -> Int64 {
  let (seconds, attoseconds) = duration.components
  return seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000
}
