import CMaxMindACL
import CRCU
import Files
import MaxMindACL

private let livePolicies = LivePolicies<LiveHandle>()

/// The pointee of `maxmind_acl_live *`. Serves the current policy to readers without a lock.
///
/// INVARIANT: one thread at a time calls `hold` (`PolicyHolder`), and only `hold` uses `current`. Readers use only
/// `place`, in an RCU section. No reader is in a section at `deinit`, after every line has closed it.
@safe final class LiveHandle: PolicyHolder, @unchecked Sendable {
  /// The pointer for C callers. Valid while the handle lives.
  let pointer: UnsafeMutablePointer<maxmind_acl_live>
  /// The settings for a thread without memory for an RCU section.
  private let none: UnsafeMutablePointer<maxmind_acl_settings>
  private let caller: CallerProxy
  private var current: OpaquePointer?

  init(_ caller: CallerProxy) {
    self.caller = caller
    unsafe none = .allocate(capacity: 1)
    unsafe none.initialize(to: maxmind_acl_settings())
    unsafe none.pointee.enforces_all = true
    unsafe pointer = .allocate(capacity: 1)
    unsafe pointer.initialize(to: maxmind_acl_live(settings: nil, none: none, owner: nil))
    unsafe pointer.pointee.owner = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    if let current = unsafe current { unsafe PolicyHandle.release(current) }
    unsafe pointer.deallocate()
    unsafe none.deallocate()
  }

  /// Calls `body` with the handle of a pointer. Does not change the reference count.
  static func with(
    _ pointer: UnsafeMutablePointer<maxmind_acl_live>?, _ body: (LiveHandle) -> Void
  ) {
    // INVARIANT: the pointer came from `pointer`, and the caller has not closed it.
    if let owner = unsafe pointer?.pointee.owner {
      unsafe Unmanaged<LiveHandle>.fromOpaque(owner)._withUnsafeGuaranteedRef { body($0) }
    }
  }

  func hold(_ policy: Policy) {
    let handle = PolicyHandle(policy)
    let next = unsafe handle.retained()
    unsafe caller.willServe(next, by: pointer)
    unsafe rcu_store(&pointer.pointee.settings, handle.settings)
    let before = unsafe current
    unsafe current = next
    if let before = unsafe before {
      rcu_synchronize()
      unsafe PolicyHandle.release(before)
    }
  }

  func didReload(_ hasSucceeded: Bool) {
    unsafe caller.didReload(pointer, hasSucceeded)
  }

  func log(_ level: LogLevel, _ text: String) {
    switch level {
    case .note: caller.report(MAXMIND_ACL_NOTE, text)
    case .warning: caller.report(MAXMIND_ACL_WARNING, text)
    case .error: caller.report(MAXMIND_ACL_ERROR, text)
    }
  }
}

extension ClockReading {
  fileprivate init(_ clock: maxmind_acl_clock) {
    self.init(uptime: clock.uptime, now: clock.now)
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_live_open(
  _ path: UnsafePointer<CChar>?, _ pathLength: Int,
  _ directory: UnsafePointer<CChar>?, _ directoryLength: Int, _ mapURL: UnsafePointer<CChar>?,
  _ proxy: UnsafePointer<maxmind_acl_proxy>?, _ clock: maxmind_acl_clock,
  _ errbuf: UnsafeMutablePointer<CChar>?, _ errbufSize: Int
) -> UnsafeMutablePointer<maxmind_acl_live>? {
  let caller = unsafe CallerProxy(proxy)
  let path = unsafe text(path, pathLength) ?? ""
  guard rcu_init() else {
    unsafe write("\(path): no memory to load it", to: errbuf, size: errbufSize)
    return nil
  }
  let mapHost = unsafe mapURL.flatMap { unsafe Policy.mapHost(ofURL: String(cString: $0)) }
  do throws(LoadFailure) {
    let live = try livePolicies.open(
      path, directory: directoryLength == 0 ? nil : unsafe text(directory, directoryLength),
      proxy: caller.proxy, onHost: mapHost, at: ClockReading(clock), willRead: caller.willRead
    ) { LiveHandle(caller) }
    unsafe write("", to: errbuf, size: errbufSize)
    return unsafe live.pointer
  } catch {
    unsafe write(error.summary(path), to: errbuf, size: errbufSize)
    return nil
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_live_close(_ live: UnsafeMutablePointer<maxmind_acl_live>?) {
  unsafe LiveHandle.with(live) { livePolicies.close($0) }
}

/// The handle of the last tick's `ended`, kept alive until the next tick.
private let ended = Locked<LiveHandle?>(nil)

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_live_tick(_ clock: maxmind_acl_clock) -> maxmind_acl_tick {
  ended.withLock { $0 = nil }
  var tick = unsafe maxmind_acl_tick()
  switch livePolicies.tick(at: ClockReading(clock)) {
  case .sleep(let until):
    unsafe tick.step = MAXMIND_ACL_SLEEP
    unsafe tick.until = until ?? .max
  case .load(let live, let isLarge):
    unsafe tick.step = MAXMIND_ACL_LOAD
    unsafe tick.live = live.pointer
    unsafe tick.is_large = isLarge
  case .ended(let live):
    unsafe tick.step = MAXMIND_ACL_ENDED
    unsafe tick.live = live.pointer
    ended.withLock { $0 = live }
  }
  return unsafe tick
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_live_load(
  _ live: UnsafeMutablePointer<maxmind_acl_live>?, _ clock: maxmind_acl_clock
) {
  unsafe LiveHandle.with(live) { livePolicies.load($0, at: ClockReading(clock)) }
}
