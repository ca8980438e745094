import Foundation
import GeoDatabase

/// Writes a file that was asked for; false, and said, where that cannot be done.
///
/// A file is replaced when its text is complete, where a symbolic link leads to. What is no file, such as
/// /dev/stdout, is written to.
func writeFile(_ text: String, to path: String) -> Bool {
  var status = stat()
  let exists = unsafe stat(path, &status) == 0
  let isReplaced = !isDevice(path) && (!exists || status.st_mode & S_IFMT == S_IFREG)
  let code =
    isReplaced
    ? replaceFile(
      at: followed(path), mode: exists ? status.st_mode & 0o7777 : nil, Array(text.utf8))
    : write(Array(text.utf8), to: opened(path))
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

/// Puts a file in the place of another by one step. Returns 0, or the error number of what failed.
private func replaceFile(at path: String, mode: mode_t?, _ bytes: [UInt8]) -> CInt {
  var template = Array("\(path).XXXXXX".utf8CString)
  let descriptor = unsafe template.withUnsafeMutableBufferPointer { name in
    unsafe name.baseAddress.map { unsafe mkstemp($0) } ?? -1
  }
  guard descriptor >= 0 else { return errno }
  let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  // As a file that is created by name has it, unless there was one.
  let mask = umask(0)
  umask(mask)
  fchmod(descriptor, mode ?? 0o666 & ~mask)
  var code = write(bytes, to: descriptor)
  if code == 0, unsafe rename(temporary, path) != 0 { code = errno }
  if code != 0 { unsafe unlink(temporary) }
  return code
}

/// Writes all of it and closes. Returns 0, or the error number of what failed.
private func write(_ bytes: [UInt8], to descriptor: CInt) -> CInt {
  guard descriptor >= 0 else { return errno }
  let code = writeAll(bytes, to: descriptor)
  return close(descriptor) == 0 ? code : (code == 0 ? errno : code)
}
