import Files
import Platform

/// The maximum size of a configuration, in bytes.
private let maximumConfigurationSize = 32 << 20
/// The maximum memory to load a configuration, for each byte of its file.
private let memoryPerConfigurationByte = 48
/// The maximum memory of the rules, for each value of the file with its aliases expanded.
let memoryPerValue = 768
/// Above this size a load returns its free memory to the system.
private let largeConfigurationSize = 1 << 20

extension Policy {
  /// Loads a configuration with its lists, pages and database, and compiles it.
  ///
  /// - Parameters:
  ///   - path: The YAML file.
  ///   - directory: The directory for relative names, of `path` and of the files in the configuration. Nil: the current
  ///     directory for `path`, the directory of the YAML file for its files.
  ///
  /// All policies of the process share a database. Throws all problems of the configuration if one of them is an error.
  /// Any thread may call. Cost: up to a second for a large database.
  ///
  /// ```swift
  /// let policy = try Policy.load(path: "maxmind.yaml", directory: "/etc/trafficserver")
  /// ```
  public static func load(
    path: String, directory: String? = nil
  ) throws(LoadFailure) -> Policy {
    try load(path: path, directory: directory, databases: [])
  }

  /// Loads a configuration with the settings of tools and reloads.
  ///
  /// - Parameters:
  ///   - databases: The databases that replace the configured ones, relative to the current directory. Empty: the
  ///     configured ones.
  ///   - running: The policy that the new one replaces; nil: none. A database older than its database is refused,
  ///     unless the configuration allows it. A list file that has errors, or that has lost all its entries, keeps its
  ///     running list, and its errors become warnings.
  ///   - proxy: The proxy that uses the policy.
  ///   - now: List entries that have expired by this time are left out, in seconds since 1970. Nil: the present.
  ///   - willRead: Called with each file name before the file is read, even if the load fails.
  package static func load(
    path: String, directory: String? = nil, databases: [String] = [],
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
      path: path, at: resolve(path, in: directory), directory: directory, databases: databases,
      replacing: running, proxy: proxy, now: now,
      willRead: willRead)
  }

  /// Loads a configuration whose file need not be in `directory`. `file` is relative to the current directory; messages
  /// use `path`.
  ///
  /// - Parameters:
  ///   - semantics: The stock plugin whose decisions a file without the key `semantics` makes; nil: none.
  ///   - listInPlaceOf: Replaces the content of a list file, and its name in reports; nil: read the file.
  ///   - databaseInPlaceOf: Replaces the file of a database, and its name in reports; nil: read the configured file.
  ///   - willRead: Called before each file is read. Throws the reason why the file cannot be read.
  package static func load(
    path: String, at file: String, directory: String?, databases otherDatabases: [String] = [],
    replacing running: Policy? = nil, proxy: Proxy = Proxy(), semantics: StockSemantics? = nil,
    now: Int64? = nil,
    listInPlaceOf: (String) -> (bytes: [UInt8], name: String)? = { _ in nil },
    databaseInPlaceOf: (String) -> (file: String, name: String)? = { _ in nil },
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
    var reader = ConfigurationReader(document: document, proxy: proxy, semantics: semantics)
    reader.read()
    let now = now ?? Int64(time(nil))
    let ownDirectory = directory ?? parent(of: file)
    var listFiles = ListFiles(
      configuration: reader.configuration, document: document, directory: ownDirectory,
      isNamedAsWritten: directory != nil, replacing: running?.lists, now: now)
    let lists = listFiles.read(inPlaceOf: listInPlaceOf, willRead)
    let size = text.count + listFiles.size
    defer { if size >= largeConfigurationSize { giveBackFreeMemory() } }
    var compiler = PolicyCompiler(
      configuration: reader.configuration, document: document, lists: lists)
    let compiled = compiler.compile()

    var pageFiles = PageFiles(
      configuration: reader.configuration, document: document, directory: ownDirectory)
    let answers = pageFiles.read(willRead)
    var databaseFiles = DatabaseFiles(
      configuration: reader.configuration, document: document, directory: ownDirectory)
    let databases = databaseFiles.load(
      otherDatabases, inPlaceOf: databaseInPlaceOf, replacing: running, now: now, willRead)

    let found = [reader.found, compiler.found, pageFiles.found, databaseFiles.found]
    let diagnostics =
      ((found + [listFiles.found]).flatMap(\.diagnostics).inOrderOfFile
      + listFiles.diagnosticsOfLists).limited
    let hasErrors = listFiles.hasErrors || found.contains(where: \.hasErrors)
    guard let databases, !hasErrors else {
      throw LoadFailure(diagnostics: diagnostics)
    }
    return Policy(
      compiled: compiled, lists: lists, document: document, answers: answers, databases: databases,
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
