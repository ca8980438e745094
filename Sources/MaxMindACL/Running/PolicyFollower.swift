import Files

/// The time at one moment, by the caller's clocks.
package struct ClockReading: Sendable {
  /// Milliseconds of a monotonic clock.
  package var uptime: Int64
  /// Seconds since 1970 of the system's clock.
  package var now: Int64

  package init(uptime: Int64, now: Int64) {
    self.uptime = uptime
    self.now = now
  }
}

/// The severity of a log text.
///
/// ```swift
/// let acl = try LivePolicy(path: "maxmind.yaml") { level, text in
///   if level != .note { print(text) }
/// }
/// ```
public enum LogLevel: Sendable {
  case note, warning, error
}

/// Provides the current policy to the threads that decide.
///
/// Only one thread calls it at a time.
package protocol PolicyHolder: AnyObject, Sendable {
  /// Replaces the current policy.
  func hold(_ policy: Policy)
  /// Reports a load of changed files. False: the load failed, or a file was refused.
  func didReload(_ hasSucceeded: Bool)
  /// Writes to the proxy's log. A text may have several lines.
  func log(_ level: LogLevel, _ text: String)
}

/// A policy that follows its files. `LivePolicies` has one for all remap lines with the same file.
final class PolicyFollower<Holder: PolicyHolder>: Sendable {
  enum Step {
    /// Wait until this uptime; nil: forever.
    case sleep(until: Int64?)
    case load(isLarge: Bool)
    /// Another thread is loading.
    case busy
  }

  private struct State: Sendable {
    var watch: PolicyWatch
    var current: Policy?
    /// The uptime of the next check of the files.
    var nextLook: Int64 = 0
    /// The uptime of the next retry, if the last load could not read a file.
    var retryAt: Int64 = 0
    /// Whether `tick` has asked for a load that has not finished.
    var isLoading = false
  }

  let path: String
  let directory: String?
  let holder: Holder
  private let proxy: Proxy
  private let randomDelay: @Sendable (Int64) -> Int64
  /// Held during a load. Threads that decide never take it.
  private let state: Locked<State>

  init(
    path: String, directory: String?, proxy: Proxy, holder: Holder,
    randomDelay: @escaping @Sendable (Int64) -> Int64
  ) {
    self.path = path
    self.directory = directory
    self.proxy = proxy
    self.holder = holder
    self.randomDelay = randomDelay
    state = Locked(State(watch: PolicyWatch(path: path, directory: directory, proxy: proxy)))
  }

  /// Loads the policy for one remap line, unless it is loaded and its files have not changed.
  ///
  /// - Parameter mayDecline: Returns false, without a load, if a running policy with `reload: off` would be replaced.
  func open(
    onHost mapHost: String?, at clock: ClockReading, mayDecline: Bool, willRead: (String) -> Void
  ) throws(LoadFailure) -> Bool {
    try state.withLock { state throws(LoadFailure) in
      if let current = state.current {
        if state.watch.isCurrent() {
          for file in state.watch.files { willRead(file) }
          log(current.warnings(ofHost: mapHost))
          return true
        }
        if mayDecline, current.configuration.reload.interval == nil { return false }
      }
      try load(&state, onHost: mapHost, at: clock, willRead: willRead)
      return true
    }
  }

  /// Loads the changed files. If that fails, the current policy stays.
  func load(at clock: ClockReading) {
    state.withLock { state in
      state.isLoading = false
      try? load(&state, onHost: nil, at: clock) { _ in }
    }
  }

  /// Whether a load is running or requested.
  var isBusy: Bool { state.withLockIfFree { $0.isLoading } ?? true }

  /// Expires list entries, and checks the files if they are due.
  func tick(at clock: ClockReading) -> Step {
    let step = state.withLockIfFree { state -> Step in
      if state.isLoading { return .busy }
      guard state.current != nil else { return .sleep(until: nil) }
      // Compiling takes time: the next tick looks at the files, with a new reading of the clocks.
      if expire(&state, at: clock) { return .sleep(until: clock.uptime) }
      let isRetry = state.watch.mayRecover && clock.uptime >= state.retryAt
      if hasSettledChange(&state, at: clock) || isRetry {
        state.isLoading = true
        // The size of a retry is unknown.
        return .load(isLarge: isRetry || state.watch.changedSize >= largeChange)
      }
      return .sleep(until: nextTick(state, at: clock))
    }
    return step ?? .busy
  }

  private func load(
    _ state: inout State, onHost mapHost: String?, at clock: ClockReading,
    willRead: (String) -> Void
  ) throws(LoadFailure) {
    state.retryAt = clock.uptime &+ retryMilliseconds
    do throws(LoadFailure) {
      let policy = try state.watch.load(
        replacing: state.current, now: clock.now, willRead: willRead)
      log(state.watch.warnings(of: policy, onHost: mapHost, at: clock.now))
      holder.log(.note, policy.summary)
      if state.current != nil { holder.didReload(!policy.refusesFile) }
      state.current = policy
      holder.hold(policy)
      planLook(&state, at: clock)
    } catch {
      log(error.diagnostics)
      if state.current != nil {
        holder.didReload(false)
        holder.log(.warning, "\(path): not reloaded: the running rules stay in use")
      }
      throw error
    }
  }

  private func log(_ diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics {
      holder.log(diagnostic.severity == .error ? .error : .warning, diagnostic.rendered)
    }
  }

  private func planLook(_ state: inout State, at clock: ClockReading) {
    guard let reload = state.current?.configuration.reload, let interval = reload.interval
    else { return }
    let delay = randomDelay(reload.greatestDelay.milliseconds)
    state.nextLook = clock.uptime &+ interval.milliseconds &+ delay
  }

  private func hasSettledChange(_ state: inout State, at clock: ClockReading) -> Bool {
    guard state.current?.configuration.reload.interval != nil, clock.uptime >= state.nextLook
    else { return false }
    planLook(&state, at: clock)
    let change = state.watch.look()
    if change == .unsettled {
      state.nextLook = min(state.nextLook, clock.uptime &+ settlingMilliseconds)
    }
    return change == .settled
  }

  /// Whether entries have expired, or count again.
  private func expire(_ state: inout State, at clock: ClockReading) -> Bool {
    guard let current = state.current,
      let expiry = state.watch.expiry(
        of: current, now: clock.now, uptime: .milliseconds(clock.uptime))
    else { return false }
    let (ended, returned) = (expiry.endedCount, expiry.returnedCount)
    holder.log(
      .note,
      ended > 0
        ? "\(path): \(ended) \(ended == 1 ? "entry of its lists has" : "entries of its lists have") expired"
        : "\(path): the clock was set back: \(returned) "
          + "\(returned == 1 ? "entry of its lists counts" : "entries of its lists count") again")
    state.current = expiry.policy
    holder.hold(expiry.policy)
    return true
  }

  private func nextTick(_ state: State, at clock: ClockReading) -> Int64? {
    let times: [Int64?] = [
      state.current?.configuration.reload.interval == nil ? nil : state.nextLook,
      state.watch.mayRecover ? state.retryAt : nil,
      // The system's clock can change at any time.
      state.current?.hasExpiringEntries == true ? clock.uptime &+ expiryMilliseconds : nil,
    ]
    return times.compactMap(\.self).min()
  }
}

/// A change must last this long before a load, because the file may be only partly written.
private let settlingMilliseconds: Int64 = 1_000
private let retryMilliseconds: Int64 = 60_000
private let expiryMilliseconds: Int64 = 1_000
/// A larger change takes tenths of a second to load.
private let largeChange = 8 << 20

extension Duration {
  fileprivate var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000
  }
}
