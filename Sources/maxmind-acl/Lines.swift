import ArgumentParser
import Foundation

/// The lines of a file or of standard input, one at a time.
@safe final class LineReader {
  private let stream: UnsafeMutablePointer<FILE>
  private var buffer: UnsafeMutablePointer<CChar>?
  private var capacity = 0
  private var number = 0
  /// The error number of what ended the lines before their end, if anything did.
  private(set) var failure: CInt?

  /// Nil if the file cannot be opened; `errno` says why. `-` is standard input.
  init?(path: String) {
    let opened = unsafe path == "-" ? fdopen(dup(STDIN_FILENO), "r") : fopen(path, "r")
    guard let opened = unsafe opened else { return nil }
    unsafe stream = opened
  }

  deinit {
    unsafe free(buffer)
    unsafe fclose(stream)
  }

  /// The next line without its line break, with its number from 1; `text` is nil if it is not UTF-8.
  /// Nil at the end, or where reading fails: see `failure`.
  func next() -> (text: String?, number: Int)? {
    errno = 0
    let length = unsafe getline(&buffer, &capacity, stream)
    guard length >= 0, let start = unsafe buffer else {
      if unsafe feof(stream) == 0 { failure = errno }
      return nil
    }
    number += 1
    var bytes = unsafe UnsafeRawBufferPointer(start: start, count: length)[...]
    while let last = unsafe bytes.last, last == 10 || last == 13 { unsafe bytes.removeLast() }
    return unsafe (text: String(validating: bytes, as: UTF8.self), number: number)
  }
}

/// Standard output in large writes, for many short lines.
struct BufferedOutput {
  private var bytes: [UInt8] = []

  /// Writes the fields separated by tabs; a tab or line break inside a field becomes a space.
  mutating func write(_ fields: [String]) throws(ExitCode) {
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: "\t")) }
      bytes.append(contentsOf: field.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 })
    }
    bytes.append(UInt8(ascii: "\n"))
    if bytes.count > 1 << 16 { try flush() }
  }

  mutating func flush() throws(ExitCode) {
    try standardOutput.write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}
