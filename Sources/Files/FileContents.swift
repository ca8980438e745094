import Platform
import Text

/// A file in one state. Equal identities mean the same content, as far as the system reports changes.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  package let size: Int
  private let modifiedSeconds: Int
  private let modifiedNanoseconds: Int

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int(status.st_size)
    modifiedSeconds = status.st_mtim.tv_sec
    modifiedNanoseconds = status.st_mtim.tv_nsec
  }
}

/// A file in one state, with its permissions.
package struct FileState: Hashable, Sendable {
  private let identity: FileIdentity
  package var size: Int { identity.size }
  private let mode: UInt32
  private let owner: UInt32
  private let group: UInt32

  /// The present state of the file at a path. Follows symbolic links. Nil: there is no accessible file.
  ///
  /// One call of the system. Any thread may call.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    identity = FileIdentity(status)
    mode = UInt32(status.st_mode)
    owner = UInt32(status.st_uid)
    group = UInt32(status.st_gid)
  }
}

/// Why a file could not be read or written.
package struct FileError: TransientError, Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case missing, unreadable, tooLarge, changing, unwritable
  }

  package let kind: Kind
  /// One sentence without the path and without a full stop.
  package let message: String

  package var isTransient: Bool { kind == .changing }

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}

/// A whole regular file in private memory, in one state of the file.
package struct FileContents: Sendable {
  package let bytes: [UInt8]
  package let identity: FileIdentity

  /// Reads a regular file of at most `limit` bytes.
  ///
  /// Any other type of file is an error, and a FIFO or a device does not block. A file that changes meanwhile is read
  /// again, up to five times within half a second.
  ///
  /// - Parameters:
  ///   - directory: A descriptor of the directory that `path` is relative to. A symbolic link at the end of `path` is
  ///     an error then. Nil: the current directory, and symbolic links are followed.
  ///   - memoryPerByte: The caller's memory for each byte, with the byte itself. It is an error if the process cannot
  ///     get so much.
  package static func read(
    path: String, inDirectory directory: CInt? = nil, limit: Int, memoryPerByte: Int = 2
  ) throws(FileError) -> FileContents {
    try retryingWhileFileChanges { () throws(FileError) in
      let file = try OpenedFile(path: path, inDirectory: directory, limit: limit)
      let (needed, isTooMuch) = file.identity.size.multipliedReportingOverflow(by: memoryPerByte)
      guard !isTooMuch, hasMemory(needed) else {
        throw FileError(
          .unreadable, "there is no memory for its \(file.identity.size) bytes and their content")
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(file.identity.size)
      try unsafe file.forEachChunk { unsafe bytes.append(contentsOf: $0) }
      return FileContents(bytes: bytes, identity: file.identity)
    }
  }
}

/// An error that may be temporary.
package protocol TransientError: Error {
  var isTransient: Bool { get }
}

/// Retries the body after a pause, as long as it fails because the file is being written.
package func retryingWhileFileChanges<Result, Failure: TransientError>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let pausesInMilliseconds: [UInt32] = [20, 50, 100, 200]
  for pause in pausesInMilliseconds {
    do {
      return try body()
    } catch  where error.isTransient {
      usleep(pause * 1000)
    }
  }
  return try body()
}

/// A regular file that is open for reading.
package struct OpenedFile: ~Copyable {
  package let identity: FileIdentity
  private let descriptor: FileDescriptor
  private let status: stat

  package init(path: String, inDirectory directory: CInt? = nil, limit: Int) throws(FileError) {
    if path.utf8.contains(0) { throw FileError(.missing, "the file name holds a NUL byte") }
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
    let number =
      if let directory {
        unsafe openat(directory, path, flags | O_NOFOLLOW)
      } else {
        unsafe open(path, flags)
      }
    guard number >= 0 else {
      let code = errno
      let kind: FileError.Kind = code == ENOENT || code == ENOTDIR ? .missing : .unreadable
      throw FileError(kind, "cannot open the file: \(systemMessage(code))")
    }
    let descriptor = FileDescriptor(number)
    let status = try descriptor.status()
    if let other = Self.nameOfOtherType(status.st_mode) {
      throw FileError(.unreadable, "is \(other), a regular file is needed")
    }
    if status.st_size > limit {
      throw FileError(
        .tooLarge, "the file has \(status.st_size) bytes, the limit is \(limit) bytes")
    }
    identity = FileIdentity(status)
    self.status = status
    self.descriptor = descriptor
  }

  /// A part of the content. It is shorter if the file ends earlier.
  package func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var total = 0
    while total < count {
      let read = unsafe bytes.withUnsafeMutableBytes {
        unsafe pread(
          descriptor.number, $0.baseAddress.map { unsafe $0 + total }, count - total, offset + total
        )
      }
      if read < 0 {
        if errno == EINTR { continue }
        throw FileError(.unreadable, "cannot read the file: \(systemMessage(errno))")
      }
      if read == 0 { break }
      total += read
    }
    return Array(bytes.prefix(total))
  }

  /// Calls the body with the content in order. It is an error if the file changes meanwhile.
  package func forEachChunk(
    _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let chunkSize = 1 << 18
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 16)
    defer { unsafe chunk.deallocate() }
    var total = 0
    while total <= identity.size {
      let count = unsafe read(descriptor.number, chunk.baseAddress, chunkSize)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(.unreadable, "cannot read the file: \(systemMessage(errno))")
      }
      if count == 0 { break }
      total += count
      if total > identity.size { break }
      try unsafe body(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
    }
    let now = try descriptor.status()
    let isUnchanged =
      total == identity.size && FileIdentity(now) == identity
      && now.st_ctim.tv_sec == status.st_ctim.tv_sec
      && now.st_ctim.tv_nsec == status.st_ctim.tv_nsec
    guard isUnchanged else {
      throw FileError(
        .changing,
        "the file keeps changing while it is read, write it under another name and rename it")
    }
  }

  private static func nameOfOtherType(_ mode: mode_t) -> String? {
    switch mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: "a directory"
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "not a regular file"
    }
  }
}

/// A descriptor that is closed with this value.
package struct FileDescriptor: ~Copyable {
  package let number: CInt

  package init(_ number: CInt) {
    self.number = number
  }

  deinit {
    close(number)
  }

  package func status() throws(FileError) -> stat {
    var status = stat()
    guard unsafe fstat(number, &status) == 0 else {
      throw FileError(.unreadable, "cannot examine the file: \(systemMessage(errno))")
    }
    return status
  }
}
