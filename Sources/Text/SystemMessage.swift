import Glibc

/// The system's message for an error number.
package func systemMessage(_ code: CInt) -> String {
  unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
    guard let start = buffer.baseAddress, unsafe strerror_r(code, start, buffer.count) == 0 else {
      return "error \(code)"
    }
    return unsafe String(cString: start)
  }
}
