import Glibc
import Text

/// Which file, in which state: two that are equal have the same content, as far as the system tells.
package struct FileIdentity: Hashable, Sendable {
  package let device: UInt64
  package let inode: UInt64
  package let size: Int
  package let modifiedSeconds: Int
  package let modifiedNanoseconds: Int

  /// The state of the file at a path now, symbolic links followed; nil where there is none to look at.
  ///
  /// One call of the system. Any thread may call.
  package init?(path: String) {
    guard let status = status(ofFileAt: path) else { return nil }
    self.init(status)
  }

  package init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int(status.st_size)
    modifiedSeconds = status.st_mtim.tv_sec
    modifiedNanoseconds = status.st_mtim.tv_nsec
  }
}

/// What a file is to one who wants to read it: which one, in which state, and with whose permission.
package struct FileState: Hashable, Sendable {
  private let identity: FileIdentity
  package var size: Int { identity.size }
  private let mode: UInt32
  private let owner: UInt32
  private let group: UInt32

  /// What the file at a path is now, symbolic links followed; nil where there is none to look at.
  ///
  /// One call of the system. Any thread may call.
  package init?(path: String) {
    guard let status = status(ofFileAt: path) else { return nil }
    identity = FileIdentity(status)
    mode = UInt32(status.st_mode)
    owner = UInt32(status.st_uid)
    group = UInt32(status.st_gid)
  }
}

/// What the system says of the file at a path, symbolic links followed; nil where there is none to look at.
private func status(ofFileAt path: String) -> stat? {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status : nil
}

/// Why a file could not be read.
package struct FileError: TransientError, Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case missing, unreadable, tooLarge, changing
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
  /// Anything else than a regular file is an error; a FIFO or a device does not block. Where the file
  /// changes meanwhile, it is read again, up to five times within half a second.
  ///
  /// - Parameters:
  ///   - directory: A descriptor of the directory that `path` is relative to; a symbolic link at the end of `path`
  ///     is then an error. Nil: the current directory, symbolic links followed.
  ///   - memoryPerByte: What the caller takes of memory for each byte, the byte itself among it: it is an
  ///     error where the process may not have so much.
  package static func read(
    path: String, inDirectory directory: CInt? = nil, limit: Int, memoryPerByte: Int = 2
  ) throws(FileError) -> FileContents {
    try retryingWhileFileChanges { () throws(FileError) in
      let file = try OpenedFile(path: path, inDirectory: directory, limit: limit)
      let (needed, isTooMuch) = file.identity.size.multipliedReportingOverflow(by: memoryPerByte)
      guard !isTooMuch, hasMemory(needed) else {
        throw FileError(
          .unreadable, "there is no memory for its \(file.identity.size) bytes and what they mean")
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(file.identity.size)
      try unsafe file.forEachChunk { unsafe bytes.append(contentsOf: $0) }
      return FileContents(bytes: bytes, identity: file.identity)
    }
  }
}

/// An error that knows whether a second try has a chance.
package protocol TransientError: Error {
  var isTransient: Bool { get }
}

/// Tries again, after a pause, where the body fails because the file was being written.
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

  /// Some of the content; fewer bytes where the file ends sooner.
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

  /// Hands out the content in order; an error where the file is not the same before and after.
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

/// A descriptor that is closed with its owner.
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
