import Foundation

/// The lines of a file or of standard input, one at a time.
@safe final class LineReader {
  private let stream: UnsafeMutablePointer<FILE>
  private var buffer: UnsafeMutablePointer<CChar>?
  private var capacity = 0
  /// The error number of what ended the lines before their end, if anything did.
  private(set) var failure: CInt?

  /// Nil if the file cannot be opened; `errno` says why. `-` is standard input.
  init?(path: String) {
    let opened = unsafe path == "-" ? fdopen(dup(STDIN_FILENO), "r") : fopen(path, "re")
    guard let opened = unsafe opened else { return nil }
    unsafe stream = opened
  }

  deinit {
    unsafe free(buffer)
    unsafe fclose(stream)
  }

  /// The next line without its line break. Nil at the end, or where reading fails: see `failure`.
  func next() -> [UInt8]? {
    errno = 0
    let length = unsafe getline(&buffer, &capacity, stream)
    guard length >= 0, let start = unsafe buffer else {
      if unsafe feof(stream) == 0 { failure = errno }
      return nil
    }
    var line = unsafe Array(UnsafeRawBufferPointer(start: start, count: length))
    if line.last == 10 { line.removeLast() }
    return line
  }
}
