import ArgumentParser
import Foundation
import Text

/// Standard error, unbuffered. Ignores a failed write.
struct StandardError: TextOutputStream, Sendable {
  func write(_ text: String) {
    _ = writeAll(Array(text.utf8), to: STDERR_FILENO)
  }
}

struct StandardOutput: Sendable {
  /// Writes all bytes. Ends the command with 1 if that fails.
  func write(_ bytes: [UInt8]) throws(ExitCode) {
    let code = writeAll(bytes, to: STDOUT_FILENO)
    if code == 0 { return }
    // The reader has seen enough, which is not an error.
    if code != EPIPE {
      standardError.write("standard output: cannot be written: \(systemMessage(code))\n")
    }
    throw ExitCode(1)
  }

  func print(_ line: String) throws(ExitCode) {
    try write(Array("\(line)\n".utf8))
  }
}

let standardError = StandardError()
let standardOutput = StandardOutput()

/// Writes all bytes. Returns 0, or the error number. (Foundation's file handles trap instead.)
func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> CInt {
  unsafe bytes.withUnsafeBytes { bytes in
    var done = 0
    while done < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = unsafe Foundation.write(descriptor, rest.baseAddress, rest.count)
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}
