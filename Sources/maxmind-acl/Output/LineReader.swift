import Foundation
import Text

/// The lines of a file or of standard input, one at a time.
final class LineReader {
  /// The longest line, in bytes.
  static let longestLine = 64 << 20

  private let descriptor: CInt
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  /// The part of the buffer that was not handed out yet.
  private var unread = 0..<0
  private var isAtEnd = false
  /// The error that ended the lines early.
  private(set) var failure: String?

  /// Nil: the file cannot be opened, and `errno` has the reason. `-` is standard input.
  init?(path: String) {
    let opened =
      unsafe path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard opened >= 0 else { return nil }
    descriptor = opened
  }

  deinit {
    close(descriptor)
  }

  /// The next line without its line break. Nil: the end, or an error in `failure`.
  func next() -> [UInt8]? {
    var line: [UInt8] = []
    while failure == nil {
      if let lineBreak = buffer[unread].firstIndex(of: 0x0A) {
        line += buffer[unread.lowerBound..<lineBreak]
        unread = (lineBreak + 1)..<unread.upperBound
        return line
      }
      line += buffer[unread]
      unread = 0..<0
      guard line.count <= Self.longestLine else {
        failure = "a line has more than \(Self.longestLine) bytes"
        break
      }
      fill()
      if isAtEnd { return line.isEmpty || failure != nil ? nil : line }
    }
    return nil
  }

  private func fill() {
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      if count < 0 { failure = systemMessage(errno) }
      isAtEnd = count <= 0
      unread = 0..<max(0, count)
      return
    }
  }
}
