import Files
import Platform

/// A policy that follows its files. It reloads changed files and drops expired list entries.
///
/// If a reload fails, the current rules stay in use.
///
/// ```swift
/// let acl = try LivePolicy(path: "maxmind.yaml") { level, text in print(level, text) }
/// Task { while true { try await Task.sleep(for: acl.refresh()) } }
/// // for each request, on any thread
/// if let answer = acl.evaluate(request).answer { send(answer) } else { passOn(request) }
/// ```
public final class LivePolicy: Sendable {
  private final class Holder: PolicyHolder {
    let policy = Locked<Policy?>(nil)
    let write: @Sendable (LogLevel, String) -> Void

    init(_ write: @escaping @Sendable (LogLevel, String) -> Void) { self.write = write }

    func hold(_ policy: Policy) { self.policy.withLock { $0 = policy } }
    func didReload(_ hasSucceeded: Bool) {}
    func log(_ level: LogLevel, _ text: String) { write(level, text) }
  }

  private let follower: PolicyFollower<Holder>

  /// Loads a configuration.
  ///
  /// - Parameters:
  ///   - path: The YAML file.
  ///   - directory: As for `Policy.load(path:directory:)`.
  ///   - log: Gets warnings, errors of reloads, and a note on each load. A text may have several lines. One thread
  ///     calls it at a time.
  public init(
    path: String, directory: String? = nil,
    log: @escaping @Sendable (LogLevel, String) -> Void = { _, _ in }
  ) throws(LoadFailure) {
    follower = PolicyFollower(
      path: path, directory: directory, proxy: Proxy(), holder: Holder(log),
      randomDelay: { .random(in: 0...max(0, $0)) })
    _ = try follower.open(onHost: nil, at: .present, mayDecline: false) { _ in }
  }

  /// Decides by the current policy. See `Policy.evaluate(_:)`.
  ///
  /// Any thread may call. A lock protects the access to the current policy, but not the decision.
  ///
  /// ```swift
  /// if let answer = acl.evaluate(request).answer { send(answer) } else { passOn(request) }
  /// ```
  public func evaluate(_ request: Request) -> Evaluation {
    follower.holder.policy.withLock { $0 }?.evaluate(request) ?? .withoutPolicy
  }

  /// Checks the files if they are due, and loads them if they have changed. Returns the time until the next call, at
  /// most a minute.
  ///
  /// Any thread may call. A load takes up to a second; meanwhile `evaluate` uses the current policy.
  ///
  /// ```swift
  /// while true { try await Task.sleep(for: acl.refresh()) }
  /// ```
  public func refresh() -> Duration {
    switch follower.tick(at: .present) {
    case .sleep(let uptime):
      let wait = uptime.map { $0 &- ClockReading.present.uptime } ?? 60_000
      return .milliseconds(min(max(wait, 0), 60_000))
    case .load:
      follower.load(at: .present)
      return .zero
    case .busy:
      return .seconds(1)
    }
  }
}

extension ClockReading {
  /// Reads the system's clocks.
  package static var present: ClockReading {
    var uptime = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &uptime)
    return ClockReading(
      uptime: Int64(uptime.tv_sec) &* 1_000 &+ Int64(uptime.tv_nsec) / 1_000_000,
      now: Int64(time(nil)))
  }
}
