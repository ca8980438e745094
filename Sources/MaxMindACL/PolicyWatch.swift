import GeoDatabase

/// Follows the files of a configuration: loads it, and tells when to load it again.
///
/// Not for several threads at once; deciding with the policies that it loads is.
public struct PolicyWatch: Sendable {
  /// What a look at the files has found.
  public enum Change: Hashable, Sendable {
    /// They are what they were when the last load began.
    case none
    /// They have changed since the last look, and may be in the middle of a change.
    case unsettled
    /// They have changed, but not since the last look.
    case settled
  }

  /// The YAML file, as the operator named it.
  public let path: String
  /// What relative names are relative to, as for `Policy.load`.
  public let directory: String?

  /// A file and its state; nil where nothing can be seen at the path.
  private typealias States = [String: FileState?]

  /// The files of the last load, whether or not it succeeded, as they were before it read them: what changes
  /// during a load is seen by the next look.
  private var loaded: States = [:]
  /// The same files at the last look, where they had changed.
  private var seen: States?
  /// How many bytes the files have that had changed at the last look.
  public private(set) var changedSize = 0
  /// Whether the last load failed.
  public private(set) var hasFailed = false
  /// Whether a file that is there could not be read by it: that may be possible although no file changes.
  public private(set) var mayRecover = false

  /// Follows a configuration that is not loaded yet.
  public init(path: String, directory: String?) {
    self.path = path
    self.directory = directory
  }

  /// Loads the configuration as it is now.
  ///
  /// - Parameters:
  ///   - running: The policy whose place it is to take.
  ///   - hasVerifiedAddresses: As for `Policy.load`.
  ///   - willRead: Called with the name of each file before it is looked at.
  ///
  /// Cost: that of `Policy.load`.
  public mutating func load(
    replacing running: Policy?, hasVerifiedAddresses: Bool = true,
    willRead: (String) -> Void = { _ in }
  ) throws(LoadFailure) -> Policy {
    var states: States = [:]
    seen = nil
    defer { loaded = states }
    do throws(LoadFailure) {
      let policy = try Policy.load(
        path: path, directory: directory, replacing: running,
        hasVerifiedAddresses: hasVerifiedAddresses
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

  /// Whether a file that is there could not be read: one that is missing is seen when it comes.
  private func isAnyUnreadable(_ diagnostics: [Diagnostic], _ states: States) -> Bool {
    diagnostics.contains { $0.id == .fileUnreadable } && !states.values.contains(nil)
  }

  /// Looks at the files of the last load. Cost: one system call a file.
  public mutating func look() -> Change {
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

  /// The files of the last load, in the order of their names.
  public var files: [String] { loaded.keys.sorted() }
}
