import Foundation

/// A file that an option names, in its directory, or an open stream that its name stands for.
///
/// The file is replaced when its text is complete. What is no file, such as /dev/null, is written to.
enum WrittenFile {
  case stream(CInt)
  case file(HeldDirectory, name: String, stat?)

  /// Throws where it cannot be written, or where others could have planted it.
  init(_ path: String) throws(SystemFailure) {
    // A standard stream that leads to a file is not opened again: that would write from the file's beginning.
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

  /// What the system says of the file; nil: there is none yet, or it is a stream.
  var status: stat? {
    switch self {
    case .stream: nil
    case .file(_, name: _, let status): status
    }
  }

  /// The first bytes of the file, invalid UTF-8 repaired; empty where it cannot be read.
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
      // A report that is replaced is the property of the one who asks for the next one.
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

/// Writes a file that an option names; false, and said, where that cannot be done.
func writeFile(_ text: String, to path: String) -> Bool {
  do throws(SystemFailure) {
    try WrittenFile(path).write(Array(text.utf8))
    return true
  } catch {
    standardError.write("\(path): error: cannot be written: \(error.reason)\n")
    return false
  }
}
