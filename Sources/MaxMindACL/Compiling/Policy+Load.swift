import Files
import Glibc

/// The most that a configuration may hold.
private let maximumConfigurationSize = 32 << 20
/// What a configuration takes of memory for each byte of its file while it is loaded, at most.
private let memoryPerConfigurationByte = 48
/// What the rules of a configuration take for each value of the file at most, its aliases expanded.
private let memoryPerValue = 768
/// From this size on a configuration's load takes memory worth giving back.
private let largeConfigurationSize = 1 << 20

extension Policy {
  /// Loads a configuration: reads it, its lists, its pages and its database, and compiles them.
  ///
  /// - Parameters:
  ///   - path: The YAML file.
  ///   - directory: The directory of relative names, for `path` and for those in the file. Nil: the current directory
  ///     for `path`, the directory of the YAML file for the names in it.
  ///
  /// Databases are shared between all policies of the process. Throws all problems of the configuration if any of them
  /// is an error. Any thread may call. Cost: up to a second for a large database.
  ///
  /// ```swift
  /// let policy = try Policy.load(path: "maxmind.yaml", directory: "/etc/trafficserver")
  /// ```
  public static func load(
    path: String, directory: String? = nil
  ) throws(LoadFailure) -> Policy {
    try load(path: path, directory: directory, database: nil)
  }

  /// The same, with settings for the tools and for reloads.
  ///
  /// - Parameters:
  ///   - database: A database to take in place of the one that the configuration names, relative to the
  ///     current directory. Nil: as it is written.
  ///   - running: The policy whose place the new one is to take; nil: none. Its database must not be newer than
  ///     the new one's, unless the configuration allows that. Of a list file that has errors or has lost all its
  ///     entries, its list stays, and the errors are among the warnings.
  ///   - proxy: The proxy that the policy decides for.
  ///   - now: The moment for which entries of list files that have expired by then are left out, in seconds
  ///     since 1970. Nil: the present.
  ///   - willRead: Called with the name of each file before it is looked at, whether or not the load
  ///     succeeds.
  ///
  package static func load(
    path: String, directory: String? = nil, database: String? = nil,
    replacing running: Policy? = nil, proxy: Proxy = Proxy(),
    now: Int64? = nil, willRead: (String) -> Void = { _ in }
  ) throws(LoadFailure) -> Policy {
    guard !path.isEmpty else {
      throw LoadFailure(diagnostics: [
        Diagnostic(
          severity: .error, id: .fileUnreadable, message: "no configuration file is named",
          file: "maxmind_acl")
      ])
    }
    return try load(
      path: path, at: resolve(path, in: directory), directory: directory, database: database,
      replacing: running, proxy: proxy, now: now,
      willRead: willRead)
  }

  /// The same for a configuration that need not be in `directory`: `file` is relative to the current directory,
  /// and `path` is what messages call it.
  ///
  /// - Parameters:
  ///   - listInPlaceOf: What to take for the content of a list file, and how reports name that; nil: what
  ///     the file has.
  ///   - willRead: As above; what it throws is why the file cannot be read.
  package static func load(
    path: String, at file: String, directory: String?, database otherDatabase: String? = nil,
    replacing running: Policy? = nil, proxy: Proxy = Proxy(), now: Int64? = nil,
    listInPlaceOf: (String) -> (bytes: [UInt8], name: String)? = { _ in nil },
    willRead: (String) throws(FileError) -> Void = { _ in }
  ) throws(LoadFailure) -> Policy {
    let text = try readConfiguration(file, named: path, willRead)
    let document = try YAMLDocument.parse(text, file: path)
    guard hasMemory(document.expandedCount * memoryPerValue) else {
      throw LoadFailure(diagnostics: [
        document.diagnostic(
          .error, .noMemory, "there is no memory for its \(document.expandedCount) values", at: nil)
      ])
    }
    var reader = ConfigurationReader(document: document, proxy: proxy)
    reader.read()
    let now = now ?? Int64(time(nil))
    let ownDirectory = directory ?? parent(of: file)
    var listFiles = ListFiles(
      configuration: reader.configuration, document: document, directory: ownDirectory,
      isNamedAsWritten: directory != nil, replacing: running?.rules, now: now)
    let lists = listFiles.read(inPlaceOf: listInPlaceOf, willRead)
    let size = text.count + listFiles.size
    defer { if size >= largeConfigurationSize { giveBackFreeMemory() } }
    var compiler = PolicyCompiler(
      configuration: reader.configuration, document: document, lists: lists)
    let compiled = compiler.compile()

    var pageFiles = PageFiles(
      configuration: reader.configuration, document: document, directory: ownDirectory)
    let answers = pageFiles.read(willRead)
    var databaseFile = DatabaseFile(
      configuration: reader.configuration, document: document, directory: ownDirectory)
    let database = databaseFile.load(
      otherDatabase, replacing: running?.database, now: now, willRead)

    let found = [reader.found, compiler.found, pageFiles.found, databaseFile.found]
    let diagnostics =
      ((found + [listFiles.found]).flatMap(\.diagnostics).inOrderOfFile
      + listFiles.diagnosticsOfLists).limited
    let hasErrors = listFiles.hasErrors || found.contains(where: \.hasErrors)
    guard let database, !hasErrors else {
      throw LoadFailure(diagnostics: diagnostics)
    }
    return Policy(
      compiled: compiled, lists: lists, document: document, answers: answers, database: database,
      warnings: diagnostics, moment: now)
  }

  private static func readConfiguration(
    _ file: String, named name: String, _ willRead: (String) throws(FileError) -> Void
  ) throws(LoadFailure) -> [UInt8] {
    do throws(FileError) {
      try willRead(file)
      return try FileContents.read(
        path: file, limit: maximumConfigurationSize, memoryPerByte: memoryPerConfigurationByte
      ).bytes
    } catch {
      throw LoadFailure(diagnostics: [
        Diagnostic(
          severity: .error, id: .fileUnreadable,
          message: "cannot be read: \(error.message)" + (file == name ? "" : " (at \(file))"),
          file: name)
      ])
    }
  }
}
