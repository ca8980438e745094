import Foundation

/// The lines of a file or of standard input, one at a time.
@safe final class LineReader {
  private let stream: UnsafeMutablePointer<FILE>
  private var buffer: UnsafeMutablePointer<CChar>?
  private var capacity = 0
  private var number = 0

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

  /// The next line without its line break, invalid UTF-8 repaired, with its number from 1.
  func next() -> (text: String, number: Int)? {
    let length = unsafe getline(&buffer, &capacity, stream)
    guard length >= 0, let start = unsafe buffer else { return nil }
    number += 1
    var bytes = unsafe UnsafeRawBufferPointer(start: start, count: length)[...]
    while let last = unsafe bytes.last, last == 10 || last == 13 { unsafe bytes.removeLast() }
    return unsafe (text: String(decoding: bytes, as: UTF8.self), number: number)
  }
}

/// Standard output in large writes, for many short lines.
struct BufferedOutput {
  private var bytes: [UInt8] = []

  /// Writes the fields separated by tabs; a tab or line break inside a field becomes a space.
  mutating func write(_ fields: [String]) {
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: "\t")) }
      bytes.append(contentsOf: field.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 })
    }
    bytes.append(UInt8(ascii: "\n"))
    if bytes.count > 1 << 16 { flush() }
  }

  mutating func flush() {
    FileHandle.standardOutput.write(Data(bytes))
    bytes.removeAll(keepingCapacity: true)
  }
}
