import Addresses
import Files
import Glibc
import Synchronization
import Testing

@testable import GeoDatabase

/// The path of a fixture below `Tests/Fixtures/databases`.
func fixture(_ name: String, file: String = #filePath) -> String {
  let folders = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
  return folders.joined(separator: "/") + "/Fixtures/databases/" + name
}

func bytes(ofFixture name: String) throws -> [UInt8] {
  try FileContents.read(path: fixture(name), limit: 1 << 24).bytes
}

func address(_ text: String) throws -> Address {
  try #require(Address(text), "\(text)")
}

func code(_ text: String) throws -> PlaceCode {
  try #require(PlaceCode(text), "\(text)")
}

/// A folder that its deinit removes, with all files that it named.
final class TemporaryFolder {
  let path: String
  private var names: Set<String> = []
  private static let lastNumber = Atomic<Int>(0)

  init() throws {
    let number = Self.lastNumber.add(1, ordering: .relaxed).newValue
    path = "/tmp/geo-database-tests-\(getpid())-\(number)"
    let status = unsafe mkdir(path, 0o700)
    try #require(status == 0)
  }

  deinit {
    for name in names { unsafe unlink("\(path)/\(name)") }
    unsafe rmdir(path)
  }

  func file(_ name: String) -> String {
    names.insert(name)
    return "\(path)/\(name)"
  }

  /// Writes a file in place, keeping its inode where it exists.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let path = file(name)
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let count = unsafe Glibc.write(descriptor, bytes, bytes.count)
    try #require(count == bytes.count)
    return path
  }
}
