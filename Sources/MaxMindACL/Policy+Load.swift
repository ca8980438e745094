import GeoDatabase
import Glibc

/// The most that a configuration may hold.
private let maximumConfigurationSize = 32 << 20
/// What a configuration takes of memory for each byte of its file while it is loaded, at most.
private let memoryPerConfigurationByte = 48
/// From this size on a configuration's load takes memory worth giving back.
private let largeConfigurationSize = 1 << 20

extension Policy {
  /// Loads a configuration: reads it, its page and its database, and compiles them.
  ///
  /// - Parameters:
  ///   - path: The YAML file.
  ///   - directory: What relative names are relative to, `path` and those in the file. Nil: the current
  ///     directory for `path`, the directory of the YAML file for the names in it.
  ///   - database: A database to take in place of the one that the configuration names, relative to the
  ///     current directory. Nil: as it is written.
  ///   - running: The policy whose place the new one is to take; nil: none. Its database must not be newer than
  ///     the new one's, unless the configuration allows that.
  ///   - hasVerifiedAddresses: Whether the proxy can give addresses that it has verified: else it is an error to
  ///     ask for them.
  ///   - now: The moment for which entries of list files that have expired by then are left out, in seconds
  ///     since 1970. Nil: the present.
  ///   - willRead: Called with the name of each file before it is looked at, whether or not the load
  ///     succeeds.
  ///
  /// Databases are shared between all policies of the process. Throws everything that was found if
  /// any of it is an error. Any thread may call. Cost: up to a second for a large database.
  public static func load(
    path: String, directory: String? = nil, database: String? = nil,
    replacing running: Policy? = nil, hasVerifiedAddresses: Bool = true,
    now: Int64? = nil, willRead: (String) -> Void = { _ in }
  ) throws(LoadFailure) -> Policy {
    try load(
      path: path, at: resolve(path, in: directory), directory: directory, database: database,
      replacing: running, hasVerifiedAddresses: hasVerifiedAddresses, now: now,
      willRead: willRead)
  }

  /// The same for a configuration that need not be in `directory`: `file` is relative to the current directory,
  /// and `path` is what messages call it.
  ///
  /// - Parameter listInPlaceOf: What to take for the content of a list file, and how reports name that; nil: what
  ///   the file has.
  package static func load(
    path: String, at file: String, directory: String?, database otherDatabase: String? = nil,
    replacing running: Policy? = nil, hasVerifiedAddresses: Bool = true, now: Int64? = nil,
    listInPlaceOf: (String) -> (bytes: [UInt8], name: String)? = { _ in nil },
    willRead: (String) -> Void = { _ in }
  ) throws(LoadFailure) -> Policy {
    willRead(file)
    let text = try readConfiguration(file, named: path)
    let document = try YAMLDocument.parse(text, file: path)
    var reader = ConfigurationReader(
      document: document, hasVerifiedAddresses: hasVerifiedAddresses)
    reader.read()
<<<<<<< HEAD
    let now = now ?? Int64(time(nil))
    var listFiles = ListFiles(
      configuration: reader.configuration, document: document,
      directory: directory ?? parent(of: file), isNamedAsWritten: directory != nil, now: now)
=======
    let ownDirectory = directory ?? parent(of: file)
    var listFiles = ListFiles(
      configuration: reader.configuration, document: document, directory: ownDirectory,
      isNamedAsWritten: directory != nil, now: now ?? Int64(time(nil)))
>>>>>>> main
    let lists = listFiles.read(inPlaceOf: listInPlaceOf, willRead)
    let size = text.count + listFiles.size
    defer { if size >= largeConfigurationSize { giveBackFreeMemory() } }
    var compiler = PolicyCompiler(
      configuration: reader.configuration, document: document, lists: lists)
    let compiled = compiler.compile()

<<<<<<< HEAD
    var files = PolicyFiles(
      configuration: reader.configuration, document: document,
      directory: directory ?? parent(of: file))
    let answers = files.readAnswers(willRead)
    let database = files.loadDatabase(
      otherDatabase, replacing: running?.database, now: now, willRead)
=======
    var pageFiles = PageFiles(
      configuration: reader.configuration, document: document, directory: ownDirectory)
    let answers = pageFiles.read(willRead)
    var databaseFile = DatabaseFile(
      configuration: reader.configuration, document: document, directory: ownDirectory)
    let database = databaseFile.load(otherDatabase, replacing: running?.database, willRead)
>>>>>>> main

    let found = [
      reader.found, listFiles.found, compiler.found, pageFiles.found, databaseFile.found,
    ]
    let diagnostics =
      found.flatMap(\.diagnostics).inOrderOfFile + listFiles.diagnosticsOfLists
    guard let database, !diagnostics.contains(where: { $0.severity == .error }) else {
      throw LoadFailure(diagnostics: diagnostics)
    }
    return Policy(
      compiled: compiled, lists: lists, document: document, answers: answers, database: database,
      warnings: diagnostics)
  }

  private static func readConfiguration(
    _ file: String, named name: String
  ) throws(LoadFailure) -> [UInt8] {
    do throws(FileError) {
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
<<<<<<< HEAD

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
  /// The pages that were read, by the names of their files; nil: without a page that can be sent.
  private var pages: [String: Answer.Page?] = [:]

  init(configuration: Configuration, document: YAMLDocument, directory: String) {
    self.configuration = configuration
    self.document = document
    self.directory = directory
  }

  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange
  ) {
    found.append(document.diagnostic(severity, id, message, at: range), severity)
  }

  /// The answers of the configuration with their pages.
  mutating func readAnswers(_ willRead: (String) -> Void) -> Answers {
    let responses = configuration.responses
    let plain = answer(responses.plain, willRead)
    var byKind: [DenialKind: Answer] = [:]
    for kind in DenialKind.allCases {
      guard let response = responses.byKind[kind] else { continue }
      byKind[kind] = answer(response, willRead)
    }
    return Answers(plain: plain, byKind: byKind)
  }

  private mutating func answer(
    _ response: Configuration.Response, _ willRead: (String) -> Void
  ) -> Answer {
    guard let html = response.html else { return Answer(response, page: nil) }
    // What is wrong with a page that several responses have is told once.
    if let page = pages[html.value] { return Answer(response, page: page) }
    let page = readPage(html, willRead)
    pages.updateValue(page, forKey: html.value)
    return Answer(response, page: page)
  }

  /// A page; nil if it cannot be read, or if it is empty.
  private mutating func readPage(
    _ html: Located<String>, _ willRead: (String) -> Void
  ) -> Answer.Page? {
    let file = resolve(html.value, in: directory)
    willRead(file)
    do throws(FileError) {
      let page = try FileContents.read(path: file, limit: maximumPageSize).bytes
      if page.isEmpty {
        let message = "html: \(file) is empty; denied clients get the proxy's own page"
        report(.warning, .pageEmpty, message, at: html.range)
        return nil
      }
      return Answer.Page(file: html.value, bytes: page)
    } catch {
      let id = error.kind == .tooLarge ? DiagnosticID.pageTooLarge : .fileUnreadable
      report(.error, id, "html: \(file) cannot be read: \(error.message)", at: html.range)
      return nil
    }
  }

  /// The database, or another in its place, if it is sound and can serve the rules.
  ///
  /// - Parameter running: The database that it is to follow, which must not be newer.
  mutating func loadDatabase(
    _ other: String?, replacing running: GeoDatabase?, now: Int64, _ willRead: (String) -> Void
  ) -> GeoDatabase? {
    guard let name = configuration.database else { return nil }
    let file = other ?? resolve(name.value, in: directory)
    willRead(file)
    do throws(GeoDatabaseError) {
      let database = try GeoDatabase.load(path: file)
      check(database, other, at: name.range)
      // One that claims to be from the future would keep out all that come after it.
      if let running, running.buildEpoch <= UInt64(max(0, now)) {
        check(database, isNoOlderThan: running, at: name.range)
      }
      return database
    } catch {
      let isUnread = [.missing, .unreadable, .noResources].contains(error.kind)
      let id = isUnread ? DiagnosticID.fileUnreadable : .databaseInvalid
      let message = other == nil ? "\(file): \(error.message)" : error.message
      report(.error, id, ofDatabase: message, other, at: name.range)
      return nil
    }
  }

  private mutating func check(
    _ database: GeoDatabase, isNoOlderThan running: GeoDatabase, at range: SourceRange
  ) {
    guard !configuration.reload.allowsOlder, database.type == running.type,
      database.buildEpoch < running.buildEpoch
    else { return }
    report(
      .error, .databaseOlder,
      "database: built on \(isoDate(epoch: database.buildEpoch)), before the running one "
        + "(\(isoDate(epoch: running.buildEpoch))); allow_older: true would take it", at: range)
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
=======
>>>>>>> main
