import Files

/// Follows the files of a configuration: loads it, and tells when to load it again.
///
/// Not for several threads at once; deciding with the policies that it loads is.
package struct PolicyWatch: Sendable {
  /// What a look at the files has found.
  package enum Change: Hashable, Sendable {
    /// They are what they were when the last load began.
    case none
    /// They have changed since the last look, and may be in the middle of a change.
    case unsettled
    /// They have changed, but not since the last look.
    case settled
  }

  /// The YAML file, as the operator named it.
  package let path: String
  /// What relative names are relative to, as for `Policy.load`.
  package let directory: String?
  private let proxy: Proxy

  /// A file and its state; nil where nothing can be seen at the path.
  private typealias States = [String: FileState?]

  /// The files of the last load, whether or not it succeeded, as they were before it read them: what changes
  /// during a load is seen by the next look.
  private var loaded: States = [:]
  /// The same files at the last look, where they had changed.
  private var seen: States?
  /// How many bytes the files have that had changed at the last look.
  package private(set) var changedSize = 0
  /// Whether the last load failed.
  package private(set) var hasFailed = false
  /// When entries of lists were dropped or taken in again last, by a clock that is never set.
  private var expiredAt: Duration?
  /// Whether it could not read a file that is there, or lacked memory: it may succeed although no file changes.
  package private(set) var mayRecover = false

  /// The build epoch of the database whose age was reported last.
  private var reportedBuild: UInt64?

  /// Follows a configuration that is not loaded yet.
  package init(path: String, directory: String?, proxy: Proxy = Proxy()) {
    self.path = path
    self.directory = directory
    self.proxy = proxy
  }

  /// Loads the configuration as it is now.
  ///
  /// - Parameters:
  ///   - running: The policy whose place it is to take.
  ///   - now: As for `Policy.load`.
  ///   - willRead: Called with the name of each file before it is looked at.
  ///
  /// Cost: that of `Policy.load`.
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

  /// The warnings of a policy that this watch has loaded, in the order of the file. The age of a database is
  /// among them once for each build, however often the configuration is loaded.
  ///
  /// - Parameters:
  ///   - host: The host of the remap line's URL; nil: not known.
  ///   - now: The present, in seconds since 1970.
  package mutating func warnings(
    of policy: Policy, onHost host: String?, at now: Int64
  ) -> [Diagnostic] {
    var found = policy.warnings(onHost: host)
    if let warning = policy.warningOfAge(at: now), reportedBuild != policy.database.buildEpoch {
      reportedBuild = policy.database.buildEpoch
      found.append(warning)
    }
    return found.inOrderOfFile
  }

  /// Whether a file that is there could not be read, or memory was short. A file that is missing is seen when it
  /// comes.
  private func isAnyUnreadable(_ diagnostics: [Diagnostic], _ states: States) -> Bool {
    diagnostics.contains { $0.id == .fileUnreadable || $0.id == .noMemory }
      && !states.values.contains(nil)
  }

  /// Looks at the files of the last load. Cost: one system call a file.
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

  /// The shortest time between two policies that are made because the clock has moved on, or back.
  ///
  /// As long as an entry may count after its time, so that all that end in between end at once.
  private static let expirySpacing = Duration.seconds(5)

  /// The policy that is to take the running one's place because entries of its lists have expired, or count again as
  /// the clock was set back; nil: none is, or not yet.
  ///
  /// To be called each second while the running policy `hasExpiringEntries`, also where no file is looked at. At most
  /// one call in five seconds makes a policy.
  ///
  /// - Parameters:
  ///   - now: The time of the system's clock, in seconds since 1970.
  ///   - uptime: The time of a clock that is never set.
  package mutating func expiry(
    of running: Policy, now: Int64, uptime: Duration
  ) -> PolicyExpiry? {
    if let expiredAt, uptime < expiredAt + Self.expirySpacing { return nil }
    guard running.hasOtherEntries(at: now) else { return nil }
    expiredAt = uptime
    return running.expiry(at: now)
  }

  /// Whether the last load succeeded and its files are the same.
  mutating func isCurrent() -> Bool { !hasFailed && look() == .none }

  /// The files of the last load, in the order of their names.
  package var files: [String] { loaded.keys.sorted() }
}
