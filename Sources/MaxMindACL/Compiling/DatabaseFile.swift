import Addresses
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

// Checks that the database can serve the rules.
extension DatabaseFile {
  mutating func check(
    _ database: GeoDatabase, _ other: String?, replacing running: GeoDatabase?,
    at range: SourceRange
  ) {
    if configuration.readsCountry {
      if database.hasCountries {
        checkAddresses(database)
      } else {
        let isUnreadable = database.records.contains { $0.country == .unreadable }
        report(
          .error, .databaseKind,
          ofDatabase: "no record of this \(database.type) database has a country"
            + "\(isUnreadable ? " that can be read" : ""), but rules read one", other, at: range)
      }
      checkCountries(database.hasCountries ? database : nil, replacing: running)
    }
    let blocked = configuration.anonymous.filter(\.blocked)
    checkFlags(blocked.map(\.flag), database, other, at: range)
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
        ofDatabase: "some records cannot be read completely; "
          + "on_error decides for their addresses", other, at: range)
    }
  }

  /// Reports blocked flags that no record has as a boolean.
  private mutating func checkFlags(
    _ blocked: [Located<AnonymityFlags>], _ database: GeoDatabase, _ other: String?,
    at range: SourceRange
  ) {
    if blocked.isEmpty { return }
    // A record that cannot be decoded says nothing about the flags of the database.
    let unreadable = database.records.reduce(into: AnonymityFlags()) { flags, record in
      if record != .unreadable { flags.formUnion(record.unreadableFlags) }
    }
    let known = database.anonymityFields
    if known.isEmpty, unreadable.isEmpty {
      report(
        .error, .databaseKind,
        ofDatabase: "no record of this \(database.type) database has an anonymity flag, "
          + "but anonymous: reads some", other, at: range)
      return
    }
    for flag in blocked where !known.contains(flag.value) {
      if unreadable.contains(flag.value) {
        report(
          .error, .databaseKind,
          "\(flag.text): no record of the database has this flag as a boolean",
          at: flag.range)
      } else {
        report(
          .warning, .databaseFlag, "\(flag.text): no record of the database carries this flag",
          at: flag.range)
      }
    }
  }

  /// Reports countries that no record has.
  ///
  /// A database can use any text as a country, so only the database shows that a text is not a country code.
  ///
  /// - Parameters:
  ///   - database: Nil: it cannot be loaded.
  ///   - running: A country that only this database has is a warning, so the other changes of the reload are loaded.
  mutating func checkCountries(_ database: GeoDatabase?, replacing running: GeoDatabase?) {
    for country in configuration.namedCountries {
      let code = country.value
      if database?.countries.contains(code) == true { continue }
      if !code.isShort, running?.countries.contains(code) != true {
        let has = database == nil ? "" : ", and no record of the database has it"
        report(
          .error, .badCountry,
          "country: \(noCountryCode(country.quoted))\(has)"
            + hint(for: code, in: database), at: country.range)
      } else if let database, country.group?.isBuiltIn != true {
        // The codes of built-in groups have no spelling mistakes.
        report(
          .warning, .unknownCountry,
          "country: no record of the database has the code \(code)\(country.origin)"
            + hint(for: code, in: database), at: country.range)
      }
    }
  }

  /// The end of a message about a country that a database does not have: the likely spelling.
  private func hint(for code: CountryCode, in database: GeoDatabase?) -> String {
    let text = code.description
    let upper = text.uppercased()
    let countries = database?.countries.map(\.description) ?? []
    let meant =
      commonMistakes[upper] ?? countries.first { $0.uppercased() == upper }
      // Most short codes resemble one another.
      ?? (code.isShort ? nil : suggestion(for: text, among: countries.sorted()))
    return meant.map { "; did you mean \($0)?" } ?? ""
  }

  /// The maximum number of addresses that the check looks up in a range.
  private static let lookedUp = 256

  /// Warns of addresses in `allow.ip` that `deny.country` denies.
  private mutating func checkAddresses(_ database: GeoDatabase) {
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
        "ip: \(range.text)\(range.origin) is in \(country), which is denied on line \(line), "
          + "and deny rules always win", at: range.range)
    }
  }
}

/// The message for a text that is not a country code.
func noCountryCode(_ quoted: String) -> String {
  "\(quoted) is not a country code (ISO 3166-1, such as US)"
}

/// Common mistakes for ISO 3166-1 alpha-2 codes.
private let commonMistakes = [
  "UK": "GB", "EN": "GB", "GBR": "GB", "EL": "GR", "USA": "US", "SP": "ES", "ESP": "ES",
  "DEU": "DE", "GER": "DE", "FRA": "FR", "CHN": "CN", "RUS": "RU", "IND": "IN", "JPN": "JP",
  "JAP": "JP", "KOR": "KR", "BRA": "BR", "CAN": "CA", "AUS": "AU", "ITA": "IT", "NLD": "NL",
  "POL": "PL", "PRT": "PT", "SWE": "SE", "CHE": "CH", "AUT": "AT", "TUR": "TR", "UKR": "UA",
  "MEX": "MX", "NOR": "NO", "DNK": "DK", "FIN": "FI", "IRL": "IE", "BEL": "BE", "GRC": "GR",
]
