import Files
import GeoDatabase
import Text

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
  /// - Parameter running: The database that it is to follow, which stays if it is newer, or has a country that
  ///   rules name and the other has lost.
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

  /// Whether a database may not take the place of the running one, with a warning that says why.
  private mutating func refuses(
    _ database: GeoDatabase, replacing running: GeoDatabase, now: Int64, at range: SourceRange
  ) -> Bool {
    // One that claims to be from the future would keep out all that come after it.
    if running.buildEpoch <= UInt64(max(0, now)), isOlder(database, than: running) {
      let (built, before) = buildTimes(database.buildEpoch, running.buildEpoch)
      report(
        .warning, .databaseOlder,
        "database: built \(built), before the running one (\(before)), which stays; "
          + "allow_older: true would take it", at: range)
      return true
    }
    let lost = configuration.reload.allowsLostCountries ? [] : lostCountries(database, running)
    if lost.isEmpty { return false }
    let others =
      lost.count > 5
      ? " and \(counted(lost.count - 5, "more country", plural: "more countries"))" : ""
    report(
      .warning, .databaseLostCountry,
      "database: no record has \(lost.prefix(5).joined(separator: ", "))\(others) any more, "
        + "which rules name; "
        + "the running one stays; allow_lost_countries: true would take the file's", at: range)
    return true
  }

  private func isOlder(_ database: GeoDatabase, than running: GeoDatabase) -> Bool {
    !configuration.reload.allowsOlder && database.type == running.type
      && database.buildEpoch < running.buildEpoch
  }

  /// Two times of builds for one message: the days, or with the time where the day is the same.
  private func buildTimes(_ first: UInt64, _ second: UInt64) -> (String, String) {
    let days = (isoDate(epoch: first), isoDate(epoch: second))
    if days.0 != days.1 { return ("on \(days.0)", days.1) }
    return ("at \(isoTime(epoch: Int64(clamping: first)))", isoTime(epoch: Int64(clamping: second)))
  }

  /// The smallest share of the known IPv4 addresses whose loss keeps a database out: a thousandth.
  private static let leastShare: UInt64 = 1_000

  /// The countries that rules name, the running database has for a notable share of its IPv4 addresses and the
  /// other does not have, each with its addresses.
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
