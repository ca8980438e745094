import Files
import Text

/// Follows the files of a configuration: loads it, and detects changes.
///
/// Not thread-safe, unlike the policies that it loads.
package struct PolicyWatch: Sendable {
  /// The result of a check of the files.
  package enum Change: Hashable, Sendable {
    /// No change since the start of the last load.
    case none
    /// Changed since the last check; the change may not be complete.
    case unsettled
    /// Changed, but not since the last check.
    case settled
  }

  /// The YAML file, in the operator's spelling.
  package let path: String
  /// The base of relative names, as for `Policy.load`.
  package let directory: String?
  private let proxy: Proxy

  /// A file and its state; nil: the path does not exist or is not accessible.
  private typealias States = [String: FileState?]

  /// The files of the last load, successful or not, in their state before it. So the next check sees changes during the
  /// load.
  private var loaded: States = [:]
  /// The changed files at the last check.
  private var seen: States?
  /// The size of the files that had changed at the last check, in bytes.
  package private(set) var changedSize = 0
  /// Whether the last load failed.
  package private(set) var hasFailed = false
  /// When list entries last expired or returned, by a monotonic clock.
  private var expiredAt: Duration?
  /// Whether the last load could not read an existing file, or lacked memory. A retry may succeed without a change.
  package private(set) var mayRecover = false

  /// The build epoch of the last database whose age was reported.
  private var reportedBuilds: Set<UInt64> = []

  /// Makes a watch without a loaded configuration.
  package init(path: String, directory: String?, proxy: Proxy = Proxy()) {
    self.path = path
    self.directory = directory
    self.proxy = proxy
  }

  /// Loads the configuration.
  ///
  /// - Parameters:
  ///   - running: The policy to replace.
  ///   - now: As for `Policy.load`.
  ///   - willRead: Called with each file name before the file is read.
  ///
  /// Cost: as for `Policy.load`.
  package mutating func load(
    replacing running: Policy?, now: Int64? = nil,
    willRead: (String) -> Void = { _ in }
  ) throws(LoadFailure) -> Policy {
    var states: States = [:]
    seen = nil
    defer { loaded = states }
    do throws(LoadFailure) {
      let policy = try Policy.load(
        path: path, directory: directory, replacing: running, proxy: proxy, now: now
      ) { file in
        states.updateValue(FileState(path: file), forKey: file)
        willRead(file)
      }
      hasFailed = false
      mayRecover = isAnyUnreadable(policy.warnings, states)
      return policy
    } catch {
      hasFailed = true
      mayRecover = isAnyUnreadable(error.diagnostics, states)
      throw error
    }
  }

  /// The warnings of a loaded policy, in the order of the file. The age of a database is included once for each build.
  ///
  /// - Parameters:
  ///   - host: The host of the remap line's URL; nil: unknown.
  ///   - now: The present, in seconds since 1970.
  package mutating func warnings(
    of policy: Policy, onHost host: String?, at now: Int64
  ) -> [Diagnostic] {
    var found = policy.warnings(onHost: host)
    let aged = policy.warningsOfAge(at: now)
    found += aged.filter { !reportedBuilds.contains($0.build) }.map(\.warning)
    reportedBuilds = Set(aged.map(\.build))
    return found.inOrderOfFile
  }

  /// Whether an existing file was unreadable, or memory was short. A check sees a missing file when it appears.
  private func isAnyUnreadable(_ diagnostics: [Diagnostic], _ states: States) -> Bool {
    diagnostics.contains { $0.id == .fileUnreadable || $0.id == .noMemory }
      && !states.values.contains(nil)
  }

  /// Checks the files of the last load. Cost: one system call for each file.
  package mutating func look() -> Change {
    var now: States = [:]
    for file in loaded.keys { now.updateValue(FileState(path: file), forKey: file) }
    changedSize = now.reduce(0) { size, file in
      let isUnchanged = loaded[file.key] == .some(file.value)
      return isUnchanged ? size : size &+ (file.value?.size ?? 0)
    }
    if now == loaded {
      seen = nil
      return .none
    }
    if now == seen { return .settled }
    seen = now
    return .unsettled
  }

  /// The minimum time between two policies for expired entries.
  ///
  /// An entry may outlive its time by this much, so entries that expire close together expire at once.
  private static let expirySpacing = Duration.seconds(5)

  /// A new policy, if list entries have expired or a clock change has made them valid again; nil: none, or too early.
  ///
  /// Call it each second while the running policy `hasExpiringEntries`, even with `reload: off`. Makes at most one
  /// policy in five seconds.
  ///
  /// - Parameters:
  ///   - now: The time of the system's clock, in seconds since 1970.
  ///   - uptime: The time of a monotonic clock.
  package mutating func expiry(
    of running: Policy, now: Int64, uptime: Duration
  ) -> PolicyExpiry? {
    if let expiredAt, uptime < expiredAt + Self.expirySpacing { return nil }
    guard running.hasOtherEntries(at: now) else { return nil }
    expiredAt = uptime
    return running.expiry(at: now)
  }

  /// Whether the last load succeeded and its files have not changed.
  mutating func isCurrent() -> Bool { !hasFailed && look() == .none }

  /// The files of the last load, sorted by name.
  package var files: [String] { loaded.keys.sorted() }
}

/// A database older than this is old. Vendors publish at least one a month.
private let daysOfUse = 45
private let secondsPerDay: UInt64 = 86_400

extension Policy {
  /// The warnings for databases that are old, or were built in the future, at a moment in seconds since 1970; each with
  /// the time of the build.
  ///
  /// Not part of `warnings`, because a database ages while its policy is in use. No change of the configuration removes
  /// them, so callers that turn warnings into failures should skip them.
  package func warningsOfAge(at now: Int64) -> [(build: UInt64, warning: Diagnostic)] {
    databases.enumerated().compactMap { index, database in
      let built = database.buildEpoch
      guard let message = ageMessage(built, UInt64(max(0, now))) else { return nil }
      let names = configuration.databases
      let name = names.indices.contains(index) ? names[index] : nil
      let subject = databases.count == 1 ? "database:" : "database: \(name?.text ?? database.path)"
      return (
        built,
        Diagnostic(
          severity: .warning, id: .databaseAge,
          message: "\(subject) built on \(isoDate(epoch: built)), \(message)",
          file: configuration.file, range: name?.range,
          sourceLine: databaseSourceLines.indices.contains(index)
            ? databaseSourceLines[index] : nil)
      )
    }
  }

  private func ageMessage(_ built: UInt64, _ now: UInt64) -> String? {
    if built > now {
      return "which is in the future; check the clock, or download the database again"
    }
    let days = (now - built) / secondsPerDay
    guard days > daysOfUse else { return nil }
    return "\(days) days ago; addresses move between countries, so download a current database"
  }
}
