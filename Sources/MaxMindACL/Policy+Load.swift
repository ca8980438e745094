import GeoDatabase

/// The most that a denial page may hold.
private let maximumPageSize = 4 << 20
/// The most that a configuration may hold.
private let maximumConfigurationSize = 32 << 20
/// From this size on a configuration's load takes memory worth giving back.
private let largeConfigurationSize = 1 << 20

extension Policy {
  /// Loads a configuration: reads it, its page and its database, and compiles them.
  ///
  /// - Parameters:
  ///   - path: The YAML file.
  ///   - directory: What relative names are relative to, `path` and those in the file. Nil: the current
  ///     directory for `path`, the directory of the YAML file for the names in it.
  ///   - mapHost: The host of the remap line that the configuration is for, if it is known: some
  ///     warnings need it.
  ///   - database: A database to take in place of the one that the configuration names, relative to the
  ///     current directory. Nil: as it is written.
  ///   - willRead: Called with the name of each file before it is looked at, whether or not the load
  ///     succeeds.
  ///
  /// Databases are shared between all policies of the process. Throws everything that was found if
  /// any of it is an error. Any thread may call. Cost: up to a second for a large database.
  public static func load(
    path: String, directory: String? = nil, mapHost: String? = nil, database: String? = nil,
    willRead: (String) -> Void = { _ in }
  ) throws(LoadFailure) -> Policy {
    try load(
      path: path, at: resolve(path, in: directory), directory: directory, mapHost: mapHost,
      database: database, willRead: willRead)
  }

  /// The same for a configuration that need not be in `directory`: `file` is relative to the current directory,
  /// and `path` is what messages call it.
  package static func load(
    path: String, at file: String, directory: String?, mapHost: String? = nil,
    database: String? = nil, willRead: (String) -> Void = { _ in }
  ) throws(LoadFailure) -> Policy {
    willRead(file)
    let text = try readConfiguration(file, named: path)
    defer { if text.count >= largeConfigurationSize { giveBackFreeMemory() } }
    return try load(
      text, path: path, file: file, directory: directory, mapHost: mapHost, database: database,
      willRead)
  }

  private static func load(
    _ text: [UInt8], path: String, file: String, directory: String?, mapHost: String?,
    database otherDatabase: String?, _ willRead: (String) -> Void
  ) throws(LoadFailure) -> Policy {
    let document = try YAMLDocument.parse(text, file: path)
    var reader = ConfigurationReader(document: document)
    reader.read()
    var compiler = PolicyCompiler(configuration: reader.configuration, document: document)
    var compiled = compiler.compile(mapHost: mapHost)
    let directory = directory ?? parent(of: file)

    var files = PolicyFiles(
      configuration: reader.configuration, document: document, directory: directory)
    compiled.page = files.readPage(willRead)
    let database = files.loadDatabase(otherDatabase, willRead)

    let diagnostics =
      (reader.found.diagnostics + compiler.found.diagnostics + files.found.diagnostics)
      .inOrderOfFile
    guard let database, !diagnostics.contains(where: { $0.severity == .error }) else {
      throw LoadFailure(diagnostics: diagnostics)
    }
    return Policy(compiled: compiled, database: database, warnings: diagnostics)
  }

  private static func readConfiguration(
    _ file: String, named name: String
  ) throws(LoadFailure) -> [UInt8] {
    do throws(FileError) {
      return try FileContents.read(path: file, limit: maximumConfigurationSize).bytes
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

/// A name relative to a directory; absolute names stay as they are.
package func resolve(_ name: String, in directory: String?) -> String {
  guard let directory, !directory.isEmpty, !name.hasPrefix("/") else { return name }
  return directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
}

/// The directory of a file name.
package func parent(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "" }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Reads the files that a configuration names and collects what is wrong with them.
private struct PolicyFiles {
  let configuration: Configuration
  let document: YAMLDocument
  let directory: String
  private(set) var found = DiagnosticList()

  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange
  ) {
    found.append(document.diagnostic(severity, id, message, at: range), severity)
  }

  /// The denial page; nil if there is none, or if it is empty.
  mutating func readPage(_ willRead: (String) -> Void) -> [UInt8]? {
    guard let html = configuration.html else { return nil }
    let file = resolve(html.value, in: directory)
    willRead(file)
    do throws(FileError) {
      let page = try FileContents.read(path: file, limit: maximumPageSize).bytes
      if page.isEmpty {
        let message = "html: \(file) is empty; denied clients get the proxy's own page"
        report(.warning, .pageEmpty, message, at: html.range)
        return nil
      }
      return page
    } catch {
      let id = error.kind == .tooLarge ? DiagnosticID.pageTooLarge : .fileUnreadable
      report(.error, id, "html: \(file) cannot be read: \(error.message)", at: html.range)
      return nil
    }
  }

  /// The database, or another in its place, if it is sound and can serve the rules.
  mutating func loadDatabase(_ other: String?, _ willRead: (String) -> Void) -> GeoDatabase? {
    guard let name = configuration.database else { return nil }
    let file = other ?? resolve(name.value, in: directory)
    willRead(file)
    do throws(GeoDatabaseError) {
      let database = try GeoDatabase.load(path: file)
      check(database, other, at: name.range)
      return database
    } catch {
      let isMissing = error.kind == .missing || error.kind == .unreadable
      let id = isMissing ? DiagnosticID.fileUnreadable : .databaseInvalid
      let message = other == nil ? "\(file): \(error.message)" : error.message
      report(.error, id, ofDatabase: message, other, at: name.range)
      return nil
    }
  }

  /// Reports what is wrong with the database: where it is named, or of the file that takes its place.
  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, ofDatabase message: String,
    _ other: String?, at range: SourceRange
  ) {
    guard let other else {
      report(severity, id, "database: \(message)", at: range)
      return
    }
    found.append(Diagnostic(severity: severity, id: id, message: message, file: other), severity)
  }

  private mutating func check(_ database: GeoDatabase, _ other: String?, at range: SourceRange) {
    if configuration.readsCountry {
      if database.hasCountries {
        checkCountries(database)
        checkAddresses(database)
      } else {
        report(
          .error, .databaseKind,
          ofDatabase: "no record of this \(database.type) database has a country, "
            + "but rules read one", other, at: range)
      }
    }
    let blocked = configuration.anonymous.filter(\.blocked)
    if !blocked.isEmpty {
      if database.anonymityFields.isEmpty {
        report(
          .error, .databaseKind,
          ofDatabase: "no record of this \(database.type) database has an anonymity flag, "
            + "but anonymous: reads some", other, at: range)
      } else {
        for (flag, _) in blocked where !database.anonymityFields.contains(flag.value) {
          let message = "\(flag.text): no record of the database carries this flag"
          report(.warning, .databaseFlag, message, at: flag.range)
        }
      }
    }
    let mask = blocked.reduce(into: AnonymityFlags()) { $0.formUnion($1.flag.value) }
    let isAnyUnreadable =
      database.unreadableRecords > 0
      || database.records.contains {
        ($0.country == .unreadable && configuration.readsCountry)
          || !$0.unreadableFlags.isDisjoint(with: mask)
      }
    if isAnyUnreadable {
      report(
        .warning, .databaseRecords,
        ofDatabase: "some of its records cannot be read, or not in full; "
          + "for their addresses on_error decides", other, at: range)
    }
  }

  /// Warns of codes that no record carries.
  private mutating func checkCountries(_ database: GeoDatabase) {
    var codes: [(code: CountryCode, range: SourceRange)] = []
    for section in [configuration.allow, configuration.deny] {
      codes += section.countries.map { (code: $0.value, range: $0.range) }
      for scope in section.regexes.flatMap(\.scopes) {
        if case .country(let code) = scope.value { codes.append((code: code, range: scope.range)) }
      }
    }
    for (code, range) in codes where !database.countries.contains(code) {
      var message = "country: no record of the database has the code \(code)"
      if let meant = commonMistakes[code.description] { message += "; did you mean \(meant)?" }
      report(.warning, .unknownCountry, message, at: range)
    }
  }
}

extension PolicyFiles {
  /// How many addresses of a range are looked up: an office's, not a provider's.
  private static let lookedUp = 256

  /// Warns of addresses in `allow.ip` that are all denied by their country before.
  fileprivate mutating func checkAddresses(_ database: GeoDatabase) {
    let denied = Dictionary(
      configuration.deny.countries.map { ($0.value, $0.range.start.line) },
      uniquingKeysWith: { first, _ in first })
    if denied.isEmpty { return }
    for range in configuration.allow.addresses {
      var next: Address? = range.value.first
      var country: CountryCode?
      var count = 0
      while let address = next, range.value.contains(address), count < Self.lookedUp,
        case .code(let code)? = database.record(for: address)?.country, denied[code] != nil
      {
        country = country ?? code
        count += 1
        next = address == range.value.last ? nil : address.next
      }
      guard next == nil, let country, let line = denied[country] else { continue }
      report(
        .warning, .unreachableRule,
        "ip: \(range.text) is in \(country), which is denied on line \(line), "
          + "and deny rules always win", at: range.range)
    }
  }
}

/// Codes that people write for countries whose ISO 3166-1 alpha-2 code is another one.
private let commonMistakes = [
  "UK": "GB", "EN": "GB", "GBR": "GB", "EL": "GR", "USA": "US", "SP": "ES", "ESP": "ES",
  "DEU": "DE", "GER": "DE", "FRA": "FR", "CHN": "CN", "RUS": "RU", "IND": "IN", "JPN": "JP",
  "JAP": "JP", "KOR": "KR", "BRA": "BR", "CAN": "CA", "AUS": "AU", "ITA": "IT", "NLD": "NL",
  "POL": "PL", "PRT": "PT", "SWE": "SE", "CHE": "CH", "AUT": "AT", "TUR": "TR", "UKR": "UA",
  "MEX": "MX", "NOR": "NO", "DNK": "DK", "FIN": "FI", "IRL": "IE", "BEL": "BE", "GRC": "GR",
]
