import GeoDatabase

/// Loads the database that a configuration names, and collects what is wrong with it.
struct DatabaseFile {
  let configuration: Configuration
  let document: YAMLDocument
  let directory: String
  private(set) var found = DiagnosticList()

  init(configuration: Configuration, document: YAMLDocument, directory: String) {
    self.configuration = configuration
    self.document = document
    self.directory = directory
  }

  /// The database, or another in its place, if it is sound and can serve the rules.
  ///
  /// - Parameter running: The database that it is to follow, which stays if it is newer.
  mutating func load(
    _ other: String?, replacing running: GeoDatabase?, now: Int64,
    _ willRead: (String) throws(FileError) -> Void
  ) -> GeoDatabase? {
    guard let name = configuration.database else { return nil }
    let file = other ?? resolve(name.value, in: directory)
    do throws(FileError) {
      try willRead(file)
    } catch {
      let message = other == nil ? "\(file): \(error.message)" : error.message
      report(.error, .fileUnreadable, ofDatabase: message, other, at: name.range)
      return nil
    }
    do throws(GeoDatabaseError) {
      var database = try GeoDatabase.load(path: file)
      // One that claims to be from the future would keep out all that come after it.
      if let running, running.buildEpoch <= UInt64(max(0, now)), isOlder(database, than: running) {
        report(
          .warning, .databaseOlder,
          "database: built on \(isoDate(epoch: database.buildEpoch)), before the running one "
            + "(\(isoDate(epoch: running.buildEpoch))), which stays; allow_older: true would take it",
          at: name.range)
        database = running
      }
      check(database, other, at: name.range)
      return database
    } catch {
      let isUnread = [.missing, .unreadable, .noResources].contains(error.kind)
      let id = isUnread ? DiagnosticID.fileUnreadable : .databaseInvalid
      let message = other == nil ? "\(file): \(error.message)" : error.message
      report(.error, id, ofDatabase: message, other, at: name.range)
      return nil
    }
  }

  private func isOlder(_ database: GeoDatabase, than running: GeoDatabase) -> Bool {
    !configuration.reload.allowsOlder && database.type == running.type
      && database.buildEpoch < running.buildEpoch
  }

  mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange
  ) {
    found.append(document.diagnostic(severity, id, message, at: range), severity)
  }

  /// Reports what is wrong with the database: where it is named, or of the file that takes its place.
  mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, ofDatabase message: String,
    _ other: String?, at range: SourceRange
  ) {
    guard let other else {
      report(severity, id, "database: \(message)", at: range)
      return
    }
    found.append(Diagnostic(severity: severity, id: id, message: message, file: other), severity)
  }
}
