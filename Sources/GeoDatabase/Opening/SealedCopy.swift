import CMaxMindDB
import Files
import Platform
import Text

/// A private, immutable copy of a file in memory, with a path for libraries that need one.
///
/// The memory is freed with the value. The copied file is not used any more.
struct SealedCopy: ~Copyable {
  private let descriptor: FileDescriptor
  private let mapping: Mapping

  init(of file: borrowing OpenedFile) throws(DatabaseFault) {
    let descriptor = FileDescriptor(Self.createMemory())
    let number = descriptor.number
    guard number >= 0 else { throw Self.noResources("create memory for the database") }
    // `write` reports a lack of memory as an error. Filling a mapping would raise a signal.
    var fault: DatabaseFault?
    do {
      try unsafe file.forEachChunk { chunk throws(FileError) in
        var rest = unsafe chunk
        while fault == nil, let start = rest.baseAddress, unsafe !rest.isEmpty {
          let count = unsafe write(number, start, rest.count)
          if count < 0, errno == EINTR { continue }
          guard count > 0 else {
            fault = Self.noResources("fill memory for the database")
            break
          }
          unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
      }
    } catch {
      throw DatabaseFault(error)
    }
    if let fault { throw fault }
    guard fcntl(number, Seal.add, Seal.everything) == 0 else {
      throw Self.noResources("seal the memory of the database")
    }
    let count = file.identity.size
    guard let start = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, number, 0),
      unsafe start != MAP_FAILED
    else { throw Self.noResources("map the memory of the database") }
    mapping = unsafe Mapping(start: start, count: count)
    self.descriptor = descriptor
  }

  /// A path that opens the copy, as long as this value lives.
  var path: String { "/proc/self/fd/\(descriptor.number)" }

  /// The bytes. They are valid as long as this value lives.
  var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: mapping.start, count: mapping.count)
  }

  /// A descriptor, or -1. Since Linux 6.3 an administrator can forbid executable memory. Older kernels do not know the
  /// flag for memory that is not executable.
  private static func createMemory() -> CInt {
    let notExecutable: UInt32 = 0x0008
    let flags = MFD_CLOEXEC | MFD_ALLOW_SEALING
    let number = unsafe memfd_create("maxmind_acl", flags | notExecutable)
    return number < 0 && errno == EINVAL ? unsafe memfd_create("maxmind_acl", flags) : number
  }

  private static func noResources(_ action: String) -> DatabaseFault {
    DatabaseFault(.noResources, "cannot \(action): \(systemMessage(errno))")
  }

  /// From `<linux/fcntl.h>`, which cannot be imported with `<fcntl.h>`.
  private enum Seal {
    static let add: CInt = 1033
    static let everything: CInt = 0x0001 | 0x0002 | 0x0004 | 0x0008  // SEAL, SHRINK, GROW, WRITE
  }

  /// INVARIANT: `start` is a mapping of `count` bytes that only `deinit` removes. The seals prevent the file from being
  /// shortened, so that reading raises no signal.
  @safe private struct Mapping: ~Copyable {
    let start: UnsafeMutableRawPointer
    let count: Int

    @unsafe init(start: UnsafeMutableRawPointer, count: Int) {
      unsafe self.start = start
      self.count = count
    }

    deinit {
      unsafe munmap(start, count)
    }
  }
}
