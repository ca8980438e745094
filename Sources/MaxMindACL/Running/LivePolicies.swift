import Files

/// All live policies of a process: policies that follow their files.
///
/// Remap lines with the same file share a policy. One thread of the caller must call `tick` in a loop:
///
/// ```swift
/// switch policies.tick(at: clock()) {
/// case .sleep(let uptime): sleep(until: uptime)
/// case .load(let holder, _): policies.load(holder, at: clock())
/// case .ended: break
/// }
/// ```
package final class LivePolicies<Holder: PolicyHolder>: Sendable {
  /// The next action of the caller.
  package enum Step {
    /// Wait until this uptime, or until `open`, `close` or `load` is called; nil: wait for a call.
    case sleep(until: Int64?)
    /// Call `load`. A large load takes tenths of a second, so its thread should have a low priority.
    case load(Holder, isLarge: Bool)
    /// The last remap line has closed the holder. Nothing uses it.
    case ended(Holder)
  }

  private struct Entry: Sendable {
    let live: PolicyFollower<Holder>
    /// The reference count: one for each remap line.
    var owners = 1
    /// Whether further remap lines may open the entry.
    var isShared = true
  }

  private let entries = Locked<[Entry]>([])
  private let randomDelay: @Sendable (Int64) -> Int64

  /// - Parameter randomDelay: Returns a delay from 0 to a maximum, in milliseconds.
  package init(
    randomDelay: @escaping @Sendable (Int64) -> Int64 = { .random(in: 0...max(0, $0)) }
  ) {
    self.randomDelay = randomDelay
  }

  /// Opens the live policy of a file for one remap line, which must close it.
  ///
  /// Loads the file, unless other lines have it open and its files have not changed. If they have changed, the other
  /// lines get the new policy too; with `reload: off` they keep theirs.
  ///
  /// - Parameters:
  ///   - path: The YAML file.
  ///   - directory: As for `Policy.load`.
  ///   - mapHost: The host of the remap line's URL, for warnings; nil: unknown.
  ///   - willRead: Called with each file name before the file is read.
  ///   - holder: Makes the holder, if no other line has the file open.
  ///
  /// Cost: as for `Policy.load`.
  package func open(
    _ path: String, directory: String? = nil, proxy: Proxy = Proxy(), onHost mapHost: String? = nil,
    at clock: ClockReading, willRead: (String) -> Void = { _ in }, holder: () -> Holder
  ) throws(LoadFailure) -> Holder {
    func make() -> PolicyFollower<Holder> {
      PolicyFollower(
        path: path, directory: directory, proxy: proxy, holder: holder(), randomDelay: randomDelay)
    }
    var live = acquire(path, directory, make)
    do throws(LoadFailure) {
      if try live.open(onHost: mapHost, at: clock, mayDecline: true, willRead: willRead) {
        return live.holder
      }
      let other = acquire(path, directory, insteadOf: live, make)
      close(live.holder)
      live = other
      _ = try live.open(onHost: mapHost, at: clock, mayDecline: false, willRead: willRead)
      return live.holder
    } catch {
      close(live.holder)
      throw error
    }
  }

  /// Closes the live policy for one remap line. Never waits for a load.
  package func close(_ holder: Holder) {
    entries.withLock { entries in
      guard let index = entries.firstIndex(where: { $0.live.holder === holder }) else { return }
      entries[index].owners -= 1
      if entries[index].owners == 0 { entries[index].isShared = false }
    }
  }

  /// Expires list entries, checks the files that are due, and returns the next action.
  ///
  /// Only one thread may call. Cost: one system call for each file, and the compilation of the rules when entries
  /// expire.
  package func tick(at clock: ClockReading) -> Step {
    if let ended = removeEnded() { return .ended(ended) }
    var next: Int64?
    for entry in entries.withLock({ $0 }) {
      // The end of a load changes the schedule. The caller ticks again then, or in a second.
      var until: Int64? = clock.uptime &+ 1_000
      if entry.owners > 0 {
        switch entry.live.tick(at: clock) {
        case .load(let isLarge): return .load(entry.live.holder, isLarge: isLarge)
        case .sleep(let time):
          if let time, time <= clock.uptime { return .sleep(until: time) }
          until = time
        case .busy: break
        }
      }
      if let until { next = min(next ?? until, until) }
    }
    return .sleep(until: next)
  }

  /// Loads the policy that `tick` asked for. Any thread may call.
  package func load(_ holder: Holder, at clock: ClockReading) {
    entries.withLock { entries in entries.first { $0.live.holder === holder } }?
      .live.load(at: clock)
  }

  private func removeEnded() -> Holder? {
    entries.withLock { entries in
      guard let index = entries.firstIndex(where: { $0.owners == 0 && !$0.live.isBusy })
      else { return nil }
      return entries.remove(at: index).live.holder
    }
  }

  /// Finds the entry for a file and takes a reference, or creates an entry. `outdated` is closed for further lines.
  private func acquire(
    _ path: String, _ directory: String?, insteadOf outdated: PolicyFollower<Holder>? = nil,
    _ make: () -> PolicyFollower<Holder>
  ) -> PolicyFollower<Holder> {
    entries.withLock { entries in
      for index in entries.indices where entries[index].live === outdated {
        entries[index].isShared = false
      }
      let shared = entries.firstIndex {
        $0.isShared && $0.live.path == path && $0.live.directory == directory
      }
      if let shared {
        entries[shared].owners += 1
        return entries[shared].live
      }
      let live = make()
      entries.append(Entry(live: live))
      return live
    }
  }
}
