import ArgumentParser
import Foundation
import Text

/// Standard error, written at once. What cannot be written is lost.
struct StandardError: TextOutputStream, Sendable {
  func write(_ text: String) {
    _ = writeAll(Array(text.utf8), to: STDERR_FILENO)
  }
}

/// Standard output.
struct StandardOutput: Sendable {
  /// Writes all of it; ends the command with 1 where that cannot be done.
  func write(_ bytes: [UInt8]) throws(ExitCode) {
    let code = writeAll(bytes, to: STDOUT_FILENO)
    if code == 0 { return }
    // Who reads has seen enough: no mistake, so nothing to be told.
    if code != EPIPE {
      standardError.write("standard output: cannot be written: \(systemMessage(code))\n")
    }
    throw ExitCode(1)
  }

  /// Writes a line.
  func print(_ line: String) throws(ExitCode) {
    try write(Array("\(line)\n".utf8))
  }
}

let standardError = StandardError()
let standardOutput = StandardOutput()

/// Returns 0, or the error number of what failed. (Foundation's file handles trap instead.)
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
