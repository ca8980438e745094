import Foundation
import GeoDatabase
import MaxMindACL
import Remap

/// A file that others read while it is replaced.
///
/// Whoever replaces it holds a lock on its directory. Nothing is left half done: a write in place that is cut
/// short, even with the machine, is undone by the next that looks.
struct InstalledFile: ~Copyable {
  /// The file itself, links followed.
  let path: String
  private let directory: String
  private let lock: CInt

  /// How long to wait for another one that replaces the file.
  private static let patience = 60.0
  /// The most that is copied for a write in place: what the largest list has.
  private static let largestCopy = AddressList.maximumSize

  /// Waits until no other one replaces files of the directory. Throws `EWOULDBLOCK` where that takes too long.
  init(_ name: String) throws(SystemFailure) {
    let path = Self.resolved(name)
    let directory = containingDirectory(of: path)
    lock = try Self.locked(directory)
    self.path = path
    self.directory = directory
  }

  /// A descriptor of the directory, locked.
  private static func locked(_ directory: String) throws(SystemFailure) -> CInt {
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw SystemFailure(action: "cannot open the directory \(directory)", code: errno)
    }
    let end = Date(timeIntervalSinceNow: patience)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      guard code == EWOULDBLOCK || code == EINTR, Date() < end else {
        close(descriptor)
        throw SystemFailure(action: "cannot lock the directory \(directory)", code: code)
      }
      usleep(50_000)
    }
    return descriptor
  }

  deinit {
    close(lock)
  }

  /// The one name of a file, links followed, whether the file is there or not.
  static func resolved(_ name: String) -> String {
    var path = followed(name)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let parent = canonicalName(containingDirectory(of: path))
    return resolve(lastComponent(of: path), in: parent)
  }

  var status: stat? { fileStatus(path) }

  // MARK: - Replacing

  /// Renames a complete file over it, which keeps mode and owner.
  func replace(_ bytes: [UInt8]) throws(SystemFailure) {
    var draft = try FileDraft(for: path)
    try draft.write(bytes)
    let status = status
    if let status { try draft.takeOwner(of: status) }
    try draft.takeMode(of: status)
    try draft.sync()
    try draft.putInPlace()
    try syncDirectory()
  }

  /// Writes into the file that there is, so that what refers to its inode stays with it.
  ///
  /// A copy beside it is kept until all is written. What fails is undone.
  func overwrite(_ bytes: [UInt8]) throws(SystemFailure) {
    // Looked at first: a copy that is left behind says that something was written.
    close(try openedForWriting(path))
    try writeBackup()
    let signals = blockSignals()
    defer { unblock(signals) }
    do throws(SystemFailure) {
      try write(bytes, into: path)
    } catch {
      // Where that fails too, the backup stays, and the next one tries again.
      if (try? restore()) == nil {
        throw SystemFailure(
          action: "\(error.message); the old content is in \(backup), because it", code: error.code)
      }
      throw error
    }
    try removeBackup()
  }

  /// Puts the content back that a write in place left behind when it was cut short; false: there is none.
  func restore() throws(SystemFailure) -> Bool {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try FileContents.read(path: backup, limit: Self.largestCopy).bytes
    } catch {
      if error.kind == .missing { return false }
      throw Self.unreadable(backup, error)
    }
    try write(bytes, into: path)
    try removeBackup()
    return true
  }

  private var backup: String {
    resolve(".\(lastComponent(of: path)).before-install", in: directory)
  }

  private func writeBackup() throws(SystemFailure) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try FileContents.read(path: path, limit: Self.largestCopy).bytes
    } catch {
      throw Self.unreadable(path, error)
    }
    var draft = try FileDraft(for: backup)
    try draft.write(bytes)
    if let status { try draft.takeMode(of: status) }
    try draft.sync()
    try draft.putInPlace()
    try syncDirectory()
  }

  private static func unreadable(_ path: String, _ error: FileError) -> SystemFailure {
    SystemFailure(action: "cannot read \(path)", code: error.kind == .tooLarge ? EFBIG : EIO)
  }

  private func removeBackup() throws(SystemFailure) {
    try SystemFailure.check(unsafe unlink(backup), "cannot remove \(backup)")
    try syncDirectory()
  }

  private func openedForWriting(_ path: String) throws(SystemFailure) -> CInt {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemFailure(action: "cannot open \(path)", code: errno) }
    return descriptor
  }

  /// Writes over the content, and cuts off what is left of it behind.
  private func write(_ bytes: [UInt8], into path: String) throws(SystemFailure) {
    let descriptor = try openedForWriting(path)
    defer { close(descriptor) }
    let code = writeAll(bytes, to: descriptor)
    if code != 0 { throw SystemFailure(action: "cannot write \(path)", code: code) }
    try SystemFailure.check(ftruncate(descriptor, bytes.count), "cannot write \(path)")
    try SystemFailure.check(fsync(descriptor), "cannot write \(path)")
  }

  private func syncDirectory() throws(SystemFailure) {
    try SystemFailure.check(fsync(lock), "cannot write the directory \(directory)")
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
