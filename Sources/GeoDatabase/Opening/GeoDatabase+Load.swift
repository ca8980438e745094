import CMaxMindDB
import Files
import Platform

extension GeoDatabase {
  /// The size limit of a file, in bytes: 2 GiB.
  package static let largestFile = 1 << 31

  /// The most address space that a load takes for each byte of the file: the copy, its second mapping by libmaxminddb,
  /// and the table.
  private static let memoryPerByte = 5

  /// Loads a database, or returns it if this process has loaded the same fields of the same file already.
  ///
  /// Two paths lead to the same file if device, inode, size and modification time are equal. A database is freed with
  /// its last user. Threads that load one file at once share one load and do not wait for other files. Loading 57 MB
  /// takes about a quarter of a second, and meanwhile memory of one and a half times the file's size; see
  /// docs/performance.md.
  package static func load(
    path: String, reading selection: FieldSelection = FieldSelection()
  ) throws(GeoDatabaseError) -> GeoDatabase {
    do {
      return try retryingWhileFileChanges { () throws(DatabaseFault) in
        try loadOnce(path, selection)
      }
    } catch {
      throw GeoDatabaseError(kind: error.kind, message: error.message, path: path)
    }
  }

  private static func loadOnce(
    _ path: String, _ selection: FieldSelection
  ) throws(DatabaseFault) -> GeoDatabase {
    let file = try open(path)
    guard file.identity.size > 0 else { throw DatabaseFault(.empty, "the file is empty") }
    do {
      let key = LoadedDatabases.Key(identity: file.identity, selection: selection)
      return try LoadedDatabases.shared.database(for: key) { () throws(DatabaseFault) in
        let database = try GeoDatabase(path: path, file: file, reading: selection)
        giveBackFreeMemory()
        return database
      }
    } catch {
      throw Self.named(error, of: file)
    }
  }

  /// How much of a file its kind is known by.
  private static let beginning = 1024

  /// The fault, or a better one if the file is of another known kind, such as an archive that contains a database.
  private static func named(_ fault: DatabaseFault, of file: borrowing OpenedFile) -> DatabaseFault
  {
    guard [.notADatabase, .corrupt, .unsupported].contains(fault.kind),
      let bytes = try? file.bytes(at: 0, count: min(beginning, file.identity.size)),
      let kind = FileKind(bytes)
    else { return fault }
    return DatabaseFault(.notADatabase, "is \(kind.name), not a MaxMind DB; \(kind.advice)")
  }

  private static func open(_ path: String) throws(DatabaseFault) -> OpenedFile {
    do {
      return try OpenedFile(path: path, limit: largestFile)
    } catch {
      throw DatabaseFault(error)
    }
  }

  private convenience init(
    path: String, file: borrowing OpenedFile, reading selection: FieldSelection
  ) throws(DatabaseFault) {
    // Checked before the copy, which may be large.
    try Metadata.findMarker(in: file)
    let needed = Self.memoryPerByte * file.identity.size
    guard hasMemory(needed) else {
      throw DatabaseFault(
        .noResources, "there is no memory for it: it may need \(needed >> 20) MiB")
    }
    let copy = try SealedCopy(of: file)
    // `records` keeps a pointer into the copy.
    let (metadata, records, table) = try withExtendedLifetime(copy) { copy throws(DatabaseFault) in
      let metadata = try unsafe Metadata(copy.bytes)
      let database = try MaxMindDB(path: copy.path)
      guard Int(database.nodeCount) == metadata.nodeCount,
        let nodes = unsafe SearchTreeNodes(copy.bytes, by: metadata)
      else { throw .corrupt("the metadata is damaged at node_count") }
      let records = try unsafe RecordReader(
        section: Self.data(in: copy.bytes, by: metadata), of: database, reading: selection)
      var tree = SearchTree(nodes: nodes, ipVersion: metadata.ipVersion, records: records)
      let table = try tree.table()
      return (metadata, tree.records, table)
    }
    self.init(path: path, metadata: metadata, records: records, table: table)
  }

  private static func data(
    in file: UnsafeRawBufferPointer, by metadata: Metadata
  ) throws(DatabaseFault) -> DataSection {
    let data = unsafe file[metadata.dataStart..<metadata.markerStart]
    guard let section = unsafe DataSection(UnsafeRawBufferPointer(rebasing: data)) else {
      throw .corrupt("the data section is missing")
    }
    return section
  }
}
