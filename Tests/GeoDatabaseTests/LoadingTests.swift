import Files
import Glibc
import Testing

@testable import GeoDatabase

@Suite struct LoadingTests {
  private let folder: TemporaryFolder
  private let country: [UInt8]
  private let swapped: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    country = try bytes(ofFixture: "loopback-country.mmdb")
    swapped = try bytes(ofFixture: "loopback-country-swapped.mmdb")
  }

  @Test func `one file is loaded once by any path`() throws {
    let path = try folder.write(country, to: "a.mmdb")
    let hardLink = folder.file("hard.mmdb")
    let symbolicLink = folder.file("symbolic.mmdb")
    let first = try GeoDatabase.load(path: path)
    let linked = unsafe (link(path, hardLink), symlink(path, symbolicLink))
    #expect(linked == (0, 0))
    #expect(try GeoDatabase.load(path: path) === first)
    #expect(try GeoDatabase.load(path: hardLink) === first)
    #expect(try GeoDatabase.load(path: symbolicLink) === first)
    #expect(first.path == path)
  }

  /// A file in an uncompressed archive, between the archive's header and its end.
  private func packed(_ header: [UInt8], at offset: Int, _ file: [UInt8], size: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size)
    bytes.replaceSubrange(offset..<(offset + header.count), with: header)
    return bytes + file + [UInt8](repeating: 0, count: 1_024)
  }

  @Test func `another kind of file under the name of a database is named`() throws {
    let files: [(bytes: [UInt8], kind: String)] = [
      (packed(Array("ustar".utf8), at: 257, country, size: 512), "a tar archive"),
      (packed(Array("PK\u{3}\u{4}".utf8), at: 0, country, size: 30), "a zip archive"),
      ([0x1F, 0x8B, 8, 0] + [UInt8](repeating: 7, count: 100), "a gzip file"),
      ([0x1F, 0x8B], "a gzip file"),
      (Array("<!DOCTYPE html><title>Sign in</title>".utf8), "an HTML page"),
      (Array("  {\"error\": \"Invalid license key\"}".utf8), "JSON"),
    ]
    for (bytes, kind) in files {
      let path = try folder.write(bytes, to: "a.mmdb")
      let error = #expect(throws: GeoDatabaseError.self) { try GeoDatabase.load(path: path) }
      #expect(error?.kind == .notADatabase)
      #expect(error?.message.hasPrefix("is \(kind), not a MaxMind DB; ") == true, "\(kind)")
    }
    let path = try folder.write(Array(country.prefix(1_000)), to: "a.mmdb")
    let cut = #expect(throws: GeoDatabaseError.self) { try GeoDatabase.load(path: path) }
    #expect(cut?.message.hasPrefix("has no MaxMind DB metadata") == true)
  }

  @Test func `a copy is another file`() throws {
    let first = try GeoDatabase.load(path: folder.write(country, to: "a.mmdb"))
    let second = try GeoDatabase.load(path: folder.write(country, to: "b.mmdb"))
    #expect(first !== second)
  }

  @Test func `a database goes with its last user`() throws {
    let path = try folder.write(country, to: "a.mmdb")
    weak var database: GeoDatabase?
    do {
      let loaded = try GeoDatabase.load(path: path)
      database = loaded
      #expect(database === loaded)
    }
    #expect(database == nil)
    #expect(try GeoDatabase.load(path: path).hasCountries)
  }

  @Test func `a replaced file is loaded again, and the old database does not change`() throws {
    let path = try folder.write(country, to: "a.mmdb")
    let before = try GeoDatabase.load(path: path)
    let replacement = try folder.write(swapped, to: "b.mmdb")
    let status = unsafe rename(replacement, path)
    #expect(status == 0)
    let after = try GeoDatabase.load(path: path)
    #expect(after !== before)
    let client = try address("127.1.0.1")
    #expect(before.record(for: client) == Record(country: .value(try code("US"))))
    #expect(after.record(for: client) == Record(country: .value(try code("DE"))))
  }

  @Test func `a file that is rewritten or emptied in place does not touch a loaded database`()
    throws
  {
    let path = try folder.write(country, to: "a.mmdb")
    let before = try GeoDatabase.load(path: path)
    try folder.write([], to: "a.mmdb")
    let client = try address("127.1.0.1")
    #expect(before.record(for: client) == Record(country: .value(try code("US"))))
    #expect(throws: GeoDatabaseError.self) { try GeoDatabase.load(path: path) }
    try folder.write(swapped, to: "a.mmdb")
    let after = try GeoDatabase.load(path: path)
    #expect(after !== before)
    #expect(after.record(for: client) == Record(country: .value(try code("DE"))))
    #expect(before.record(for: client) == Record(country: .value(try code("US"))))
  }

  @Test func `threads that load one file at once get one database`() async throws {
    let path = try folder.write(country, to: "a.mmdb")
    let databases = try await withThrowingTaskGroup(of: GeoDatabase.self) { group in
      for _ in 0..<16 { group.addTask { try GeoDatabase.load(path: path) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(databases.map(ObjectIdentifier.init)).count == 1)
  }

  @Test func `a failed load is not cached`() throws {
    let path = try folder.write(Array(country.prefix(100)), to: "a.mmdb")
    for _ in 0..<3 {
      let error = #expect(throws: GeoDatabaseError.self) { try GeoDatabase.load(path: path) }
      #expect(error?.kind == .notADatabase)
    }
    try folder.write(country, to: "a.mmdb")
    #expect(try GeoDatabase.load(path: path).hasCountries)
  }

  @Test(
    .timeLimit(.minutes(30)),
    arguments: [
      ("/nowhere/at/all.mmdb", .missing, "cannot open the file: No such file or directory"),
      ("", .missing, "cannot open the file: No such file or directory"),
      ("/etc/passwd/x", .missing, "cannot open the file: Not a directory"),
      ("/etc\0/passwd", .missing, "the file name holds a NUL byte"),
      ("/tmp", .unreadable, "is a directory, a regular file is needed"),
      ("/dev/null", .unreadable, "is a device, a regular file is needed"),
      ("/dev/zero", .unreadable, "is a device, a regular file is needed"),
    ] as [(String, GeoDatabaseError.Kind, String)])
  func `anything but a regular file is refused with the reason`(
    path: String, kind: GeoDatabaseError.Kind, message: String
  ) {
    let error = #expect(throws: GeoDatabaseError.self) { try GeoDatabase.load(path: path) }
    #expect(error?.kind == kind)
    #expect(error?.message == message)
    let fileError = #expect(throws: FileError.self) {
      try FileContents.read(path: path, limit: 1000)
    }
    #expect(fileError?.message == message)
  }

  @Test(.timeLimit(.minutes(30))) func `a FIFO is refused at once`() throws {
    let path = folder.file("fifo")
    let status = unsafe mkfifo(path, 0o600)
    #expect(status == 0)
    let error = #expect(throws: GeoDatabaseError.self) { try GeoDatabase.load(path: path) }
    #expect(error?.message == "is a FIFO, a regular file is needed")
  }

  @Test func `a file is read whole up to the limit`() throws {
    let path = try folder.write([1, 2, 3, 4], to: "x")
    #expect(try FileContents.read(path: path, limit: 4).bytes == [1, 2, 3, 4])
    let error = #expect(throws: FileError.self) { try FileContents.read(path: path, limit: 3) }
    #expect(error?.kind == .tooLarge)
    #expect(error?.message == "the file has 4 bytes, the limit is 3 bytes")
    #expect(try FileContents.read(path: folder.write([], to: "y"), limit: 3).bytes == [])
  }

  @Test(arguments: [1 << 50, Int.max])
  func `a file whose content needs too much memory is refused`(
    _ memoryPerByte: Int
  ) throws {
    let path = try folder.write([1, 2, 3, 4], to: "x")
    let error = #expect(throws: FileError.self) {
      try FileContents.read(path: path, limit: 4, memoryPerByte: memoryPerByte)
    }
    #expect(error?.kind == .unreadable)
    #expect(error?.message == "there is no memory for its 4 bytes and their content")
  }

  @Test func `the identity of a file changes with its state`() throws {
    let path = try folder.write([1, 2, 3], to: "x")
    let before = try FileContents.read(path: path, limit: 10).identity
    #expect(try FileContents.read(path: path, limit: 10).identity == before)
    try folder.write([1, 2, 3, 4], to: "x")
    #expect(try FileContents.read(path: path, limit: 10).identity != before)
  }

  @Test func `a file that grows while it is read is an error`() throws {
    let path = try folder.write([UInt8](repeating: 7, count: 600_000), to: "x")
    let file = try OpenedFile(path: path, limit: 1 << 20)
    var chunks = 0
    let error = #expect(throws: FileError.self) {
      try unsafe file.forEachChunk { _ in
        chunks += 1
        if chunks == 1 {
          _ = try? folder.write([UInt8](repeating: 8, count: 700_000), to: "x")
        }
      }
    }
    #expect(error?.kind == .changing)
  }

  @Test func `a file that is written meanwhile is read again`() throws {
    let path = try folder.write([1], to: "x")
    var tries = 0
    let result = try retryingWhileFileChanges { () throws(FileError) in
      tries += 1
      if tries < 3 { throw FileError(.changing, "busy") }
      return try FileContents.read(path: path, limit: 10)
    }
    #expect(tries == 3)
    #expect(result.bytes == [1])
  }
}
