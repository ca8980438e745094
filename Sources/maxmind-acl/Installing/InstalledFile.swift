import Files
import Foundation
import MaxMindACL
import Remap

/// A file that others read while it is replaced.
///
/// A lock on its directory keeps others out. Nothing is left half done: a write in place that is cut short, even
/// with the machine, is undone by the next run, which also removes the drafts that were left.
struct InstalledFile: ~Copyable {
  /// The file itself, links followed.
  let path: String
  private let name: String
  private let directory: HeldDirectory
  private let lock: DirectoryLock

  /// How long to wait for another one that replaces the file.
  private static let patience = 60.0
  /// The most that is copied for a write in place: what the largest list has.
  private static let largestCopy = AddressList.maximumSize

  /// Waits until no other one replaces files of the directory. Throws `EWOULDBLOCK` where that takes too long.
  init(_ file: String) throws(SystemFailure) {
    let (directory, name) = try HeldDirectory.holding(file, to: .replace)
    let lock = try DirectoryLock(directory, patience: Self.patience)
    try FileDraft.removeAll(of: name, in: directory)
    path = directory.path(of: name)
    self.name = name
    self.directory = directory
    self.lock = lock
  }

  /// The one name of a file, links followed, whether the file is there or not.
  static func resolved(_ name: String) -> String {
    var path = followed(name)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let parent = canonicalName(containingDirectory(of: path))
    return resolve(lastComponent(of: path), in: parent)
  }

  /// Nil: it is not there.
  var status: stat? {
    get throws(SystemFailure) { try directory.status(of: name) }
  }

  func read(limit: Int) throws(FileError) -> [UInt8] {
    try directory.read(name, limit: limit)
  }

  // MARK: - Replacing

  /// Renames a complete file over it, which keeps mode and owner; where there is none, all can read it.
  func replace(_ bytes: [UInt8]) throws(SystemFailure) {
    let status = try status
    var draft = try FileDraft(for: name, in: directory, like: status)
    if let status { try draft.takeOwner(of: status) }
    try draft.write(bytes)
    try draft.takeMode(status?.st_mode ?? 0o644)
    try draft.sync()
    try draft.putInPlace()
    try directory.sync()
  }

  /// Writes into the file that there is, so that what refers to its inode stays with it.
  ///
  /// A copy beside it is kept until all is written. What fails is undone.
  func overwrite(_ bytes: [UInt8]) throws(SystemFailure) {
    // Looked at first: a copy that is left behind says that something was written.
    close(try directory.open(name, O_WRONLY))
    try writeBackup()
    let signals = blockSignals()
    defer { unblock(signals) }
    do throws(SystemFailure) {
      try write(bytes)
    } catch {
      // Where that fails too, the backup stays, and the next one tries again.
      if (try? restore()) == nil {
        throw SystemFailure(
          action:
            "\(error.message); the old content is in \(directory.path(of: backup)), because it",
          code: error.code)
      }
      throw error
    }
    try removeBackup()
  }

  /// Puts the content back that a write in place left behind when it was cut short; false: there is none.
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

  /// Writes over the content, and cuts off what is left of it behind.
  private func write(_ bytes: [UInt8]) throws(SystemFailure) {
    let descriptor = try directory.open(name, O_WRONLY | O_CREAT, mode: 0o644)
    defer { close(descriptor) }
    let code = writeAll(bytes, to: descriptor)
    if code != 0 { throw SystemFailure(action: "cannot write \(path)", code: code) }
    try SystemFailure.check(ftruncate(descriptor, bytes.count), "cannot write \(path)")
    try SystemFailure.check(fsync(descriptor), "cannot write \(path)")
  }

  // MARK: - Signals

  /// Puts off the signals that end a command, but for those that nothing can put off.
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
