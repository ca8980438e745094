import Platform
import Text

/// Replaces a file, or creates it. Readers see the old content or the new one, also after a crash.
///
/// Writes `path.new`, waits until it is on the disk, and renames it. Only the process's account can read the file. One
/// writer of a path at a time; a file that a killed writer left is removed. May wait for the disk.
package func replaceFile(path: String, with bytes: [UInt8]) throws(FileError) {
  if path.utf8.contains(0) { throw FileError(.missing, "the file name holds a NUL byte") }
  let draft = path + ".new"
  unsafe unlink(draft)
  let number = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
  guard number >= 0 else { throw unwritable(errno) }
  do throws(FileError) {
    try write(bytes, to: FileDescriptor(number))
    guard unsafe rename(draft, path) == 0 else { throw unwritable(errno) }
  } catch {
    unsafe unlink(draft)
    throw error
  }
}

/// Writes all bytes, waits until they are on the disk, and closes the file.
private func write(
  _ bytes: [UInt8], to descriptor: consuming FileDescriptor
) throws(FileError) {
  var done = 0
  while done < bytes.count {
    let count = unsafe bytes.withUnsafeBytes {
      unsafe Platform.write(
        descriptor.number, $0.baseAddress.map { unsafe $0 + done }, bytes.count - done)
    }
    if count < 0 {
      if errno == EINTR { continue }
      throw unwritable(errno)
    }
    done += count
  }
  guard fsync(descriptor.number) == 0 else { throw unwritable(errno) }
}

private func unwritable(_ code: CInt) -> FileError {
  FileError(.unwritable, "cannot write the file: \(systemMessage(code))")
}
