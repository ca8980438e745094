import Foundation

/// A new file beside another. It takes the other's place when it is complete, or is removed.
struct FileDraft: ~Copyable {
  private let directory: HeldDirectory
  private let destination: String
  private let name: String
  private let descriptor: CInt
  private var isInPlace = false

  /// Creates the file.
  ///
  /// - Parameter replaced: The file whose owner it takes. Nil: the directory's account owns it.
  init(
    for destination: String, in directory: HeldDirectory, like replaced: stat?
  ) throws(SystemFailure) {
    // The user that may give the file away creates it, so that nobody else could ever write it.
    let account = directory.account
    let isOwned =
      replaced.map { $0.st_uid == account.user && $0.st_gid == account.group } ?? true
    let creator = isOwned ? account : .own
    (name, descriptor) = try Self.create(for: destination, in: directory, as: creator)
    self.directory = directory
    self.destination = destination
  }

  private static func create(
    for destination: String, in directory: HeldDirectory, as account: Account
  ) throws(SystemFailure) -> (name: String, descriptor: CInt) {
    while true {
      let name = prefix(of: destination) + String(UInt32.random(in: .min ... .max), radix: 36)
      do throws(SystemFailure) {
        let flags = O_WRONLY | O_CREAT | O_EXCL
        return (name, try directory.open(name, flags, mode: 0o600, as: account))
      } catch {
        if error.code == EEXIST { continue }
        throw SystemFailure(
          action: "cannot create a file beside \(directory.path(of: destination))",
          code: error.code, as: account)
      }
    }
  }

  /// The beginning of the names of all drafts of a file.
  private static func prefix(of destination: String) -> String { ".\(destination).draft-" }

  deinit {
    close(descriptor)
    if !isInPlace { try? directory.remove(name) }
  }

  /// Removes the drafts of killed runs. No other run may be at work.
  static func removeAll(of destination: String, in directory: HeldDirectory) throws(SystemFailure) {
    for name in try directory.names() where name.hasPrefix(prefix(of: destination)) {
      try directory.remove(name)
    }
  }

  /// Sets the permissions of a mode.
  func takeMode(_ mode: mode_t) throws(SystemFailure) {
    try SystemFailure.check(fchmod(descriptor, mode & 0o777), "cannot set the mode of \(path)")
  }

  /// Takes the owner and the group of a file.
  func takeOwner(of status: stat) throws(SystemFailure) {
    var own = stat()
    try SystemFailure.check(unsafe fstat(descriptor, &own), "cannot examine \(path)")
    guard own.st_uid != status.st_uid || own.st_gid != status.st_gid else { return }
    try SystemFailure.check(
      fchown(descriptor, status.st_uid, status.st_gid),
      "cannot keep the owner of \(directory.path(of: destination))")
  }

  /// The file, absolute and without links.
  var path: String { directory.path(of: name) }

  func write(_ bytes: [UInt8]) throws(SystemFailure) {
    let code = writeAll(bytes, to: descriptor)
    if code != 0 { throw SystemFailure(action: "cannot write \(path)", code: code) }
  }

  /// Waits until it is on the disk.
  func sync() throws(SystemFailure) {
    try SystemFailure.check(fsync(descriptor), "cannot write \(path)")
  }

  /// Renames it over its destination, or over another file of the directory.
  mutating func putInPlace(of other: String? = nil) throws(SystemFailure) {
    try directory.rename(name, to: other ?? destination)
    isInPlace = true
  }
}
