import Foundation

/// Standard error, written at once.
struct StandardError: TextOutputStream, Sendable {
  func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}

let standardError = StandardError()
