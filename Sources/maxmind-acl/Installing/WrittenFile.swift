import Foundation

/// A file that an option names, in its directory, or the open stream with that name.
///
/// A regular file is replaced when its text is complete. Any other, such as /dev/null, is written to.
enum WrittenFile {
  case stream(CInt)
  case file(HeldDirectory, name: String, stat?)

  /// Throws if it cannot be written, or if others could have planted it.
  init(_ path: String) throws(SystemFailure) {
    // A standard stream to a file is not opened again, because that would write from the file's beginning.
    if let descriptor = streamDescriptor(path) {
      self = .stream(descriptor)
      return
    }
    let (directory, name) = try HeldDirectory.holding(path, to: .write)
    let status = try directory.status(of: name)
    if let status {
      if directory.isShared, status.st_mode & S_IFMT != S_IFREG {
        throw SystemFailure(
          action: "cannot write \(path)",
          reason: "this is no regular file, and others can write in its directory")
      }
    } else {
      try directory.checkWriting()
    }
    self = .file(directory, name: name, status)
  }

  /// The status of the file. Nil: there is none, or it is a stream.
  var status: stat? {
    switch self {
    case .stream: nil
    case .file(_, name: _, let status): status
    }
  }

  /// The first bytes of the file, with invalid UTF-8 replaced. Empty if it cannot be read.
  var beginning: String {
    guard case .file(let directory, let name, _?) = self,
      let descriptor = try? directory.open(name, O_RDONLY | O_NONBLOCK)
    else { return "" }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    return String(decoding: (try? file.read(upToCount: 1024)) ?? Data(), as: UTF8.self)
  }

  func write(_ bytes: [UInt8]) throws(SystemFailure) {
    switch self {
    case .stream(let descriptor):
      try Self.write(bytes, closing: dup(descriptor))
    case .file(let directory, let name, let status?) where status.st_mode & S_IFMT != S_IFREG:
      try Self.write(bytes, closing: directory.open(name, O_WRONLY))
    case .file(let directory, let name, let status):
      // A replaced report belongs to the user who runs the command.
      var draft = try FileDraft(for: name, in: directory, like: nil)
      try draft.write(bytes)
      let isTrusted = !directory.isShared || status?.st_uid == directory.account.user
      try draft.takeMode(isTrusted ? status?.st_mode ?? Self.modeOfNewFiles : Self.modeOfNewFiles)
      try draft.putInPlace()
    }
  }

  private static func write(_ bytes: [UInt8], closing descriptor: CInt) throws(SystemFailure) {
    var code = descriptor < 0 ? errno : writeAll(bytes, to: descriptor)
    if descriptor >= 0, close(descriptor) != 0, code == 0 { code = errno }
    if code != 0 { throw SystemFailure(action: "cannot write", code: code) }
  }

  private static var modeOfNewFiles: mode_t {
    let mask = umask(0)
    umask(mask)
    return 0o666 & ~mask
  }
}

/// Writes a file that an option names. False: it failed, and the error was printed.
func writeFile(_ text: String, to path: String) -> Bool {
  do throws(SystemFailure) {
    try WrittenFile(path).write(Array(text.utf8))
    return true
  } catch {
    standardError.write("\(path): error: cannot be written: \(error.reason)\n")
    return false
  }
}
