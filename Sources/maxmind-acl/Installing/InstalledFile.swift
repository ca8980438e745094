import Files
import Foundation
import MaxMindACL
import Remap

/// A file that others read while it is replaced.
///
/// A lock on its directory keeps other runs out. If a write in place is cut short, even with the machine, the next run
/// undoes it. That run also removes drafts.
struct InstalledFile: ~Copyable {
  /// The file itself, links followed.
  let path: String
  private let name: String
  private let directory: HeldDirectory
  private let lock: DirectoryLock

  /// How long to wait for another run, in seconds.
  private static let patience = 60.0
  /// The most bytes of the copy for a write in place: the size of the largest list.
  private static let largestCopy = AddressList.maximumSize

  /// Waits until no other run replaces files of the directory. Throws `EWOULDBLOCK` if that takes too long.
  init(_ file: String) throws(SystemFailure) {
    let (directory, name) = try HeldDirectory.holding(file, to: .replace)
    let lock = try DirectoryLock(directory, patience: Self.patience)
    try FileDraft.removeAll(of: name, in: directory)
    path = directory.path(of: name)
    self.name = name
    self.directory = directory
    self.lock = lock
  }

  /// The canonical name of a file, links followed, whether it exists or not.
  static func resolved(_ name: String) -> String {
    var path = followed(name)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let parent = canonicalName(containingDirectory(of: path))
    return resolve(lastComponent(of: path), in: parent)
  }

  /// Nil: it does not exist.
  var status: stat? {
    get throws(SystemFailure) { try directory.status(of: name) }
  }

  func read(limit: Int) throws(FileError) -> [UInt8] {
    try directory.read(name, limit: limit)
  }

  // MARK: - Replacing

  /// Renames a complete file over it, with the old mode and owner. A new file is readable by all.
  func replace(_ bytes: [UInt8]) throws(SystemFailure) {
    try replace(with: try draft(bytes))
  }

  /// A complete file beside it, with its mode and owner, for `replace(with:)`.
  func draft(_ bytes: [UInt8]) throws(SystemFailure) -> FileDraft {
    let status = try status
    let draft = try FileDraft(for: name, in: directory, like: status)
    if let status { try draft.takeOwner(of: status) }
    try draft.write(bytes)
    try draft.takeMode(status?.st_mode ?? 0o644)
    try draft.sync()
    return draft
  }

  /// Renames a draft over it.
  func replace(with draft: consuming FileDraft) throws(SystemFailure) {
    try draft.putInPlace()
    try directory.sync()
  }

  /// Writes into the existing file, so that its inode stays.
  ///
  /// Keeps a copy beside it until all is written. Undoes a write that fails.
  func overwrite(_ bytes: [UInt8]) throws(SystemFailure) {
    // Checked first: an existing copy means that something was written.
    close(try directory.open(name, O_WRONLY))
    try writeBackup()
    let signals = blockSignals()
    defer { unblock(signals) }
    do throws(SystemFailure) {
      try write(bytes)
    } catch let writing {
      do throws(SystemFailure) {
        _ = try restore()
      } catch {
        // The backup stays, and the next run tries again.
        throw SystemFailure(
          action:
            "\(writing.message); the old content is in \(directory.path(of: backup)), and restoring it failed",
          code: error.code)
      }
      throw writing
    }
    try removeBackup()
  }

  /// Restores the content after a write in place was cut short. False: there was none.
  func restore() throws(SystemFailure) -> Bool {
    guard try directory.status(of: backup) != nil else { return false }
    try write(try contents(of: backup))
    try removeBackup()
    return true
  }

  private var backup: String { ".\(name).before-install" }

  private func writeBackup() throws(SystemFailure) {
    let status = try status
    var draft = try FileDraft(for: name, in: directory, like: nil)
    try draft.write(try contents(of: name))
    try draft.takeMode(status?.st_mode ?? 0o600)
    try draft.sync()
    try draft.putInPlace(of: backup)
    try directory.sync()
  }

  private func contents(of name: String) throws(SystemFailure) -> [UInt8] {
    do throws(FileError) {
      return try directory.read(name, limit: Self.largestCopy)
    } catch {
      let action = "cannot read \(directory.path(of: name))"
      throw error.kind == .tooLarge
        ? SystemFailure(action: action, code: EFBIG)
        : SystemFailure(action: action, reason: error.message)
    }
  }

  private func removeBackup() throws(SystemFailure) {
    try directory.remove(backup)
    try directory.sync()
  }

  /// Overwrites the content, and cuts off the rest of the old one.
  private func write(_ bytes: [UInt8]) throws(SystemFailure) {
    let descriptor = try directory.open(name, O_WRONLY | O_CREAT, mode: 0o644)
    defer { close(descriptor) }
    let code = writeAll(bytes, to: descriptor)
    if code != 0 { throw SystemFailure(action: "cannot write \(path)", code: code) }
    try SystemFailure.check(ftruncate(descriptor, bytes.count), "cannot write \(path)")
    try SystemFailure.check(fsync(descriptor), "cannot write \(path)")
  }

  // MARK: - Signals

  /// Blocks the signals that end a command, as far as they can be blocked.
  private func blockSignals() -> sigset_t {
    var (blocked, before) = (sigset_t(), sigset_t())
    unsafe sigemptyset(&blocked)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { unsafe sigaddset(&blocked, signal) }
    unsafe sigprocmask(SIG_BLOCK, &blocked, &before)
    return before
  }

  private func unblock(_ before: sigset_t) {
    var before = before
    unsafe sigprocmask(SIG_SETMASK, &before, nil)
  }
}
