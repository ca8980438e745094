import Foundation

/// The lock of a directory. One process at a time can hold it.
///
/// It is on a file that only the directory's account can open, even for reading. The file is removed with the lock.
struct DirectoryLock: ~Copyable {
  private let directory: HeldDirectory
  private let descriptor: CInt

  private static let name = ".maxmind-acl.lock"

  /// Waits for the lock. Throws `EWOULDBLOCK` after `patience` seconds.
  init(_ directory: HeldDirectory, patience: Double) throws(SystemFailure) {
    let end = Date(timeIntervalSinceNow: patience)
    while true {
      if let descriptor = try Self.locked(directory) {
        self.directory = directory
        self.descriptor = descriptor
        return
      }
      guard Date() < end else {
        throw SystemFailure(
          action: "cannot lock the directory \(directory.path)", code: EWOULDBLOCK)
      }
      usleep(50_000)
    }
  }

  deinit {
    // Before the lock is released, so that nobody removes the next holder's file.
    try? directory.remove(Self.name)
    close(descriptor)
  }

  /// A descriptor with the lock. Nil: another process holds it.
  private static func locked(_ directory: HeldDirectory) throws(SystemFailure) -> CInt? {
    let descriptor = try directory.open(name, O_RDWR | O_CREAT, mode: 0o600)
    var status = stat()
    if unsafe fstat(descriptor, &status) == 0, status.st_mode & 0o077 != 0 {
      // Others may have opened it, and may hold the lock for ever.
      close(descriptor)
      try directory.remove(name)
      return nil
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      if code == EWOULDBLOCK || code == EINTR { return nil }
      throw SystemFailure(action: "cannot lock the directory \(directory.path)", code: code)
    }
    // The last holder may have removed the file meanwhile.
    if let now = try? directory.status(of: name), now.st_ino == status.st_ino { return descriptor }
    close(descriptor)
    return nil
  }
}
