import Files
import GeoDatabase
import Text

/// Loads the database of a configuration and collects its problems.
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

  /// Loads the database, or `other` in its place. Nil: it is corrupt, or cannot serve the rules.
  ///
  /// - Parameter running: The database in use. It stays if it is newer, or if the rules use a country that the file has
  ///   lost.
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
      if let running, refuses(database, replacing: running, now: now, at: name.range) {
        database = running
      }
      check(database, other, replacing: running, at: name.range)
      return database
    } catch {
      let isUnread = [.missing, .unreadable, .noResources].contains(error.kind)
      let id = isUnread ? DiagnosticID.fileUnreadable : .databaseInvalid
      let message = other == nil ? "\(file): \(error.message)" : error.message
      report(.error, id, ofDatabase: message, other, at: name.range)
      checkCountries(nil, replacing: running)
      return nil
    }
  }

  /// Whether the running database stays. Reports the reason as a warning.
  private mutating func refuses(
    _ database: GeoDatabase, replacing running: GeoDatabase, now: Int64, at range: SourceRange
  ) -> Bool {
    // A build time in the future would block all later files.
    if running.buildEpoch <= UInt64(max(0, now)), isOlder(database, than: running) {
      let (built, before) = buildTimes(database.buildEpoch, running.buildEpoch)
      report(
        .warning, .databaseOlder,
        "database: built \(built), before the running one (\(before)), which stays in use; "
          + "allow_older: true accepts the file", at: range)
      return true
    }
    let lost = configuration.reload.allowsLostCountries ? [] : lostCountries(database, running)
    if lost.isEmpty { return false }
    let others =
      lost.count > 5
      ? " and \(counted(lost.count - 5, "more country", plural: "more countries"))" : ""
    report(
      .warning, .databaseLostCountry,
      "database: the file has lost countries that rules use: "
        + "\(lost.prefix(5).joined(separator: ", "))\(others); "
        + "the running one stays in use; allow_lost_countries: true accepts the file", at: range)
    return true
  }

  private func isOlder(_ database: GeoDatabase, than running: GeoDatabase) -> Bool {
    !configuration.reload.allowsOlder && database.type == running.type
      && database.buildEpoch < running.buildEpoch
  }

  /// Two build times for one message: as days, or with the time if the days are equal.
  private func buildTimes(_ first: UInt64, _ second: UInt64) -> (String, String) {
    let days = (isoDate(epoch: first), isoDate(epoch: second))
    if days.0 != days.1 { return ("on \(days.0)", days.1) }
    return ("at \(isoTime(epoch: Int64(clamping: first)))", isoTime(epoch: Int64(clamping: second)))
  }

  /// A loss of one in this many known IPv4 addresses refuses a database.
  private static let leastShare: UInt64 = 1_000

  /// The countries of rules that hold a notable share of the running database's IPv4 addresses and that the new
  /// database lacks. Each text includes the number of addresses.
  private func lostCountries(_ database: GeoDatabase, _ running: GeoDatabase) -> [String] {
    // A database without any country is an error.
    guard database !== running, database.hasCountries else { return [] }
    let lost = Set(configuration.namedCountries.map(\.value))
      .intersection(running.countries).subtracting(database.countries)
    if lost.isEmpty { return [] }
    let (known, byCountry) = running.ipv4Counts(of: lost)
    return lost.sorted().compactMap { country in
      guard let count = byCountry[country], count > 0,
        count * Self.leastShare >= known
      else { return nil }
      let addresses = "\(grouped(Int(clamping: count))) of \(grouped(Int(clamping: known)))"
      return "\(country) (\(addresses) IPv4 addresses)"
    }
  }

  mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange
  ) {
    found.append(document.diagnostic(severity, id, message, at: range), severity)
  }

  /// Reports a problem of the database, at its name in the configuration or in the file that replaces it.
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
