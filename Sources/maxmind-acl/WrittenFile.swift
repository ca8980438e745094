import Foundation
import GeoDatabase

/// Writes a file that was asked for; false, and said, where that cannot be done.
///
/// A file is replaced when its text is complete, where a symbolic link leads to. What is no file, such as
/// /dev/stdout, is written to.
func writeFile(_ text: String, to path: String) -> Bool {
  let status = fileStatus(path)
  var code: CInt = 0
  if isDevice(path) || status.map({ $0.st_mode & S_IFMT != S_IFREG }) == true {
    code = write(Array(text.utf8), to: opened(path))
  } else {
    do throws(SystemFailure) {
      var draft = try FileDraft(for: followed(path))
      try draft.write(Array(text.utf8))
      try draft.takeMode(of: status)
      try draft.putInPlace()
    } catch {
      code = error.code
    }
  }
  guard code != 0 else { return true }
  standardError.write("\(path): error: cannot be written: \(systemMessage(code))\n")
  return false
}

/// A descriptor to write to what is no file, or less than 0. A standard stream that leads to a file is not opened
/// again: that would write from the file's beginning.
private func opened(_ path: String) -> CInt {
  switch path {
  case "/dev/stdout": dup(STDOUT_FILENO)
  case "/dev/stderr": dup(STDERR_FILENO)
  default: unsafe open(path, O_WRONLY | O_CLOEXEC)
  }
}

/// Writes all of it and closes. Returns 0, or the error number of what failed.
private func write(_ bytes: [UInt8], to descriptor: CInt) -> CInt {
  guard descriptor >= 0 else { return errno }
  let code = writeAll(bytes, to: descriptor)
  return close(descriptor) == 0 ? code : (code == 0 ? errno : code)
}
