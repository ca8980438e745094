import Foundation

/// A file beside another, whose place it takes when it is complete; removed if it never is.
struct FileDraft: ~Copyable {
  private let destination: String
  private let path: String
  private let descriptor: CInt
  private var isInPlace = false

  init(for destination: String) throws(SystemFailure) {
    var template = Array("\(destination).XXXXXX".utf8CString)
    let number = unsafe template.withUnsafeMutableBufferPointer { name in
      unsafe name.baseAddress.map { unsafe mkstemp($0) } ?? -1
    }
    guard number >= 0 else {
      throw SystemFailure(action: "cannot create a file beside \(destination)", code: errno)
    }
    self.destination = destination
    descriptor = number
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    close(descriptor)
    if !isInPlace { unsafe unlink(path) }
  }

  /// Gives it the mode of another file; without one, that of a file that is created by name.
  func takeMode(of status: stat?) throws(SystemFailure) {
    let mask = umask(0)
    umask(mask)
    let mode = status.map { $0.st_mode & 0o7777 } ?? 0o666 & ~mask
    try SystemFailure.check(fchmod(descriptor, mode), "cannot set the mode of \(path)")
  }

  /// Gives it the owner and the group of another file.
  func takeOwner(of status: stat) throws(SystemFailure) {
    var own = stat()
    try SystemFailure.check(unsafe fstat(descriptor, &own), "cannot examine \(path)")
    guard own.st_uid != status.st_uid || own.st_gid != status.st_gid else { return }
    try SystemFailure.check(
      fchown(descriptor, status.st_uid, status.st_gid), "cannot keep the owner of \(destination)")
  }

  func write(_ bytes: [UInt8]) throws(SystemFailure) {
    let code = writeAll(bytes, to: descriptor)
    if code != 0 { throw SystemFailure(action: "cannot write \(path)", code: code) }
  }

  /// Waits until it is on the disk.
  func sync() throws(SystemFailure) {
    try SystemFailure.check(fsync(descriptor), "cannot write \(path)")
  }

  /// Renames it over its destination.
  mutating func putInPlace() throws(SystemFailure) {
    try SystemFailure.check(unsafe rename(path, destination), "cannot replace \(destination)")
    isInPlace = true
  }
}
