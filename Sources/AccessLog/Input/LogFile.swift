import Platform
import Text

/// Why a log could not be read, or not to its end.
struct LogReadError: Error {
  /// The place in the stored file, in bytes. Nil: the file could not be opened.
  var offset: Int?
  /// A sentence without the file's name and without a full stop.
  var message: String

  /// The sentence after the file's name.
  func described(file: String) -> String {
    let name = file == "-" ? "standard input" : file
    return offset.map { "\(name): at byte \($0): \(message)" } ?? "\(name): \(message)"
  }
}

/// An open log as it is stored, up to the end that it had when it was opened.
struct LogFile: ~Copyable {
  /// The size of a regular file when it was opened. Nil: a pipe.
  let size: Int?
  private(set) var position = 0
  private let descriptor: CInt
  /// The place where reading began.
  private let start: Int

  /// Opens a file; `-` is standard input.
  init(path: String) throws(LogReadError) {
    var number = STDIN_FILENO
    if path == "-" {
      number = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
    } else {
      guard !path.utf8.contains(0) else {
        throw LogReadError(message: "a file name holds no NUL byte")
      }
      number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    }
    guard number >= 0 else {
      throw LogReadError(message: "cannot be opened: \(systemMessage(errno))")
    }
    var status = stat()
    guard unsafe fstat(number, &status) == 0 else {
      let code = errno
      close(number)
      throw LogReadError(message: "cannot be examined: \(systemMessage(code))")
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      close(number)
      throw LogReadError(message: "is a directory; expected a log file")
    }
    start = max(0, lseek(number, 0, SEEK_CUR))
    size = Self.size(status, from: start)
    descriptor = number
  }

  /// Whether a regular file has grown since it was opened.
  var hasGrown: Bool {
    guard let size else { return false }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return false }
    return Int(status.st_size) > start + size
  }

  /// The size of a regular file. Nil: not a regular file. Throws if it could not be opened. Does not open the file,
  /// because opening waits for the other end of a FIFO.
  static func sizeWithoutOpening(path: String) throws(LogReadError) -> Int? {
    var status = stat()
    let result = unsafe path == "-" ? fstat(STDIN_FILENO, &status) : stat(path, &status)
    let isReadable = unsafe path == "-" || access(path, R_OK) == 0
    guard result == 0, isReadable else {
      throw LogReadError(message: "cannot be opened: \(systemMessage(errno))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw LogReadError(message: "is a directory; expected a log file")
    default:
      return Self.size(status, from: path == "-" ? max(0, lseek(STDIN_FILENO, 0, SEEK_CUR)) : 0)
    }
  }

  /// How many bytes a regular file has after a place. Nil: not a regular file. Standard input may be a file that
  /// was partly read before.
  private static func size(_ status: stat, from start: Int) -> Int? {
    status.st_mode & S_IFMT == S_IFREG ? max(0, Int(status.st_size) - start) : nil
  }

  deinit {
    close(descriptor)
  }

  /// Reads at most as many bytes as fit. 0: the end.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    let wanted = min(buffer.count, (size ?? .max) - position)
    guard wanted > 0, let start = buffer.baseAddress else { return 0 }
    while true {
      let count = unsafe Glibc.read(descriptor, start, wanted)
      if count >= 0 {
        position += count
        return count
      }
      guard errno == EINTR else {
        throw LogReadError(offset: position, message: "cannot be read: \(systemMessage(errno))")
      }
    }
  }
}
