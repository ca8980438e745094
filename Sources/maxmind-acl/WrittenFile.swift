import Foundation

/// Writes a file that was asked for; false, and said, where that cannot be done.
///
/// A file is replaced when its text is complete. What is no file, such as /dev/stdout, is written to.
func writeFile(_ text: String, to path: String) -> Bool {
  let status = fileStatus(path)
  var code: CInt = 0
  if let status, status.st_mode & S_IFMT != S_IFREG {
    code = write(Array(text.utf8), to: unsafe open(path, O_WRONLY | O_CLOEXEC))
  } else {
    do throws(SystemFailure) {
      var draft = try FileDraft(for: path)
      try draft.write(Array(text.utf8))
      try draft.takeMode(of: status)
      try draft.putInPlace()
    } catch {
      code = error.code
    }
  }
  guard code != 0 else { return true }
  let reason = unsafe String(cString: strerror(code))
  standardError.write("\(path): error: cannot be written: \(reason)\n")
  return false
}

/// What the system says of a file, links followed; nil if there is none.
func fileStatus(_ path: String) -> stat? {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status : nil
}

/// Writes all of it and closes. Returns 0, or the error number of what failed.
private func write(_ bytes: [UInt8], to descriptor: CInt) -> CInt {
  guard descriptor >= 0 else { return errno }
  let code = writeAll(bytes, to: descriptor)
  return close(descriptor) == 0 ? code : (code == 0 ? errno : code)
}
