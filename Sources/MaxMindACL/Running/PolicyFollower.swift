import Files

/// The time at one moment, as the caller's clocks show it.
package struct ClockReading: Sendable {
  /// Milliseconds of a clock that is never set.
  package var uptime: Int64
  /// Seconds since 1970, of the system's clock.
  package var now: Int64

  /// Both readings.
  package init(uptime: Int64, now: Int64) {
    self.uptime = uptime
    self.now = now
  }
}

/// The severity of a text for a log.
public enum LogLevel: Sendable {
  case note, warning, error
}

/// Serves the current policy of a live policy to the threads that decide.
///
/// Its calls come from one thread at a time.
package protocol PolicyHolder: AnyObject, Sendable {
  /// Replaces the current policy.
  func hold(_ policy: Policy)
  /// Changed files were loaded. False: they were not, or a file was refused.
  func didReload(_ hasSucceeded: Bool)
  /// Writes to the proxy's log. A text may have several lines.
  func log(_ level: LogLevel, _ text: String)
}

/// A policy that follows its files. `LivePolicies` has one for all remap lines that name the same file.
final class PolicyFollower<Holder: PolicyHolder>: Sendable {
  enum Step {
    /// Nothing to do before this uptime; nil: at any time.
    case sleep(until: Int64?)
    case load(isLarge: Bool)
    /// Another thread loads.
    case busy
  }

  private struct State: Sendable {
    var watch: PolicyWatch
    var current: Policy?
    /// The uptime of the next look at the files.
    var nextLook: Int64 = 0
    /// The uptime of the next try, if the last load could not read a file.
    var retryAt: Int64 = 0
    /// Whether `tick` has asked for a load that has not ended.
    var isLoading = false
  }

  let path: String
  let directory: String?
  let holder: Holder
  private let proxy: Proxy
  private let randomDelay: @Sendable (Int64) -> Int64
  /// Locked during a load. Threads that decide never take this lock.
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

  /// Loads the policy for one more remap line, unless it is loaded and its files have not changed.
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

  /// Whether a load runs, or has been asked for.
  var isBusy: Bool { state.withLockIfFree { $0.isLoading } ?? true }

  /// Expires entries of the lists, and looks at the files if it is time to.
  func tick(at clock: ClockReading) -> Step {
    let step = state.withLockIfFree { state -> Step in
      if state.isLoading { return .busy }
      guard state.current != nil else { return .sleep(until: nil) }
      expire(&state, at: clock)
      let isRetry = state.watch.mayRecover && clock.uptime >= state.retryAt
      if hasSettledChange(&state, at: clock) || isRetry {
        state.isLoading = true
        // How much a retry reads is not known.
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
        holder.log(.warning, "\(path): not reloaded: the rules that are in force stay")
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

  private func expire(_ state: inout State, at clock: ClockReading) {
    guard let current = state.current,
      let expiry = state.watch.expiry(
        of: current, now: clock.now, uptime: .milliseconds(clock.uptime))
    else { return }
    let (ended, returned) = (expiry.endedCount, expiry.returnedCount)
    holder.log(
      .note,
      ended > 0
        ? "\(path): \(ended) \(ended == 1 ? "entry of its lists has" : "entries of its lists have") expired"
        : "\(path): the clock was set back: \(returned) "
          + "\(returned == 1 ? "entry of its lists counts" : "entries of its lists count") again")
    state.current = expiry.policy
    holder.hold(expiry.policy)
  }

  private func nextTick(_ state: State, at clock: ClockReading) -> Int64? {
    let times: [Int64?] = [
      state.current?.configuration.reload.interval == nil ? nil : state.nextLook,
      state.watch.mayRecover ? state.retryAt : nil,
      // The system's clock may be set at any time.
      state.current?.hasExpiringEntries == true ? clock.uptime &+ expiryMilliseconds : nil,
    ]
    return times.compactMap(\.self).min()
  }
}

/// A change has to last this long before it is loaded: the file may be in the middle of being written.
private let settlingMilliseconds: Int64 = 1_000
private let retryMilliseconds: Int64 = 60_000
private let expiryMilliseconds: Int64 = 1_000
/// A change of so many bytes takes tenths of a second to load.
private let largeChange = 8 << 20

extension Duration {
  fileprivate var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000
  }
}
