import Addresses
import Files
import GeoDatabase
import Text

/// Loads the databases of a configuration and collects their problems.
struct DatabaseFiles {
  let configuration: Configuration
  let document: YAMLDocument
  let directory: String
  private(set) var found = DiagnosticList()

  init(configuration: Configuration, document: YAMLDocument, directory: String) {
    self.configuration = configuration
    self.document = document
    self.directory = directory
  }

  /// A database file of a load.
  private struct Source {
    /// The name in the configuration.
    var name: Located<String>?
    /// The name of the file that replaces it; nil: the configured file is read.
    var other: String?
    var path: String
  }

  /// Loads the databases, or `others` in their place. Nil: one is corrupt, or they cannot serve the rules.
  ///
  /// - Parameters:
  ///   - replacement: The file in place of a configured one, and its name in reports; nil: none.
  ///   - running: The policy in use. A database of it stays if it is newer than its file, or if the rules use a country
  ///     that the file has lost.
  mutating func load(
    _ others: [String], inPlaceOf replacement: (String) -> (file: String, name: String)?,
    replacing running: Policy?, now: Int64, _ willRead: (String) throws(FileError) -> Void
  ) -> [GeoDatabase]? {
    let names = configuration.databases
    let sources =
      others.isEmpty
      ? names.map { name in
        let path = resolve(name.value, in: directory)
        let other = replacement(path)
        return Source(name: name, other: other?.name, path: other?.file ?? path)
      }
      : others.enumerated().map { index, other in
        Source(name: names.indices.contains(index) ? names[index] : nil, other: other, path: other)
      }
    var databases: [GeoDatabase] = []
    for (index, source) in sources.enumerated() {
      let before = running.flatMap { database(of: source, at: index, in: $0) }
      guard let database = load(source, replacing: before, now: now, willRead) else { continue }
      warnOfRecords(database, source.other, at: source.name?.range)
      databases.append(database)
    }
    guard databases.count == sources.count else {
      checkCountries(nil, replacing: running)
      return nil
    }
    check(databases, sources.lazy.compactMap(\.other).first, replacing: running)
    return databases
  }

  /// The database of a running policy that a file replaces: the one of the same name, else the one at the same index
  /// of the list, unless the list still has that name. Nil: none.
  private func database(of source: Source, at index: Int, in running: Policy) -> GeoDatabase? {
    let names = running.configuration.databases.map(\.value)
    let kept = Set(configuration.databases.map(\.value))
    let renamed = names.indices.contains(index) && !kept.contains(names[index]) ? index : nil
    guard let place = names.firstIndex(where: { $0 == source.name?.value }) ?? renamed,
      running.databases.indices.contains(place)
    else { return nil }
    return running.databases[place]
  }

  private mutating func load(
    _ source: Source, replacing running: GeoDatabase?, now: Int64,
    _ willRead: (String) throws(FileError) -> Void
  ) -> GeoDatabase? {
    func named(_ message: String) -> String {
      source.other == nil ? "\(source.path): \(message)" : message
    }
    do throws(FileError) {
      try willRead(source.path)
    } catch {
      report(
        .error, .fileUnreadable, ofDatabase: named(error.message), source.other,
        at: source.name?.range)
      return nil
    }
    do throws(GeoDatabaseError) {
      let database = try GeoDatabase.load(path: source.path, reading: configuration.selection)
      if let running, let range = source.name?.range,
        refuses(database, replacing: running, now: now, at: range)
      {
        return running
      }
      return database
    } catch {
      let isUnread = [.missing, .unreadable, .noResources].contains(error.kind)
      let id = isUnread ? DiagnosticID.fileUnreadable : .databaseInvalid
      report(.error, id, ofDatabase: named(error.message), source.other, at: source.name?.range)
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
    let lost = Set(configuration.named(.country).map(\.value))
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

  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange?
  ) {
    found.append(document.diagnostic(severity, id, message, at: range), severity)
  }

  /// Reports a problem of a database, at its name in the configuration or in the file that replaces it.
  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, ofDatabase message: String,
    _ other: String?, at range: SourceRange?
  ) {
    guard let other else {
      report(severity, id, "database: \(message)", at: range)
      return
    }
    found.append(Diagnostic(severity: severity, id: id, message: message, file: other), severity)
  }
}

// Checks that the databases can serve the rules.
extension DatabaseFiles {
  private mutating func check(
    _ databases: [GeoDatabase], _ other: String?, replacing running: Policy?
  ) {
    if databases.isEmpty { return }
    let range = configuration.databases.first?.range
    for field in RecordField.decisive where configuration.reads(field) {
      let sources = field == .country ? configuration.countryFrom : [field]
      if !databases.contains(where: { !$0.readable.isDisjoint(with: sources) }) {
        report(
          configuration.severity, .databaseKind,
          ofDatabase: lack(of: field, sources, databases, reader: "rules read one"), other,
          at: range)
      }
    }
    for field in RecordField.allCases
    where configuration.reporting.reads(field) && !configuration.reads(field) {
      let sources = field == .country ? configuration.countryFrom : [field]
      if !databases.contains(where: { !$0.readable.isDisjoint(with: sources) }) {
        report(
          .warning, .databaseField,
          ofDatabase: lack(of: field, sources, databases, reader: "annotate: names it"), other,
          at: range)
      }
    }
    if configuration.reads(.country) {
      let hasCountries = databases.contains {
        !$0.readable.isDisjoint(with: configuration.countryFrom)
      }
      if hasCountries, configuration.stock == nil { checkAddresses(databases) }
      checkCountries(hasCountries ? databases : nil, replacing: running)
    }
    checkValues(databases)
    checkFlags(databases, other, at: range)
    if configuration.stock != nil { checkSize(databases[0], other, at: range) }
    if other == nil { warnOfUnused(databases) }
  }

  /// Reports a database with more decisions than a policy of the stock plugin's ladder can have.
  private mutating func checkSize(
    _ database: GeoDatabase, _ other: String?, at range: SourceRange?
  ) {
    let most = Int(UInt16.max)
    guard database.records.count >= most,
      Set(database.records.lazy.map { Record(country: $0.country, flags: $0.flags) }).count >= most
    else { return }
    report(
      .error, .databaseKind,
      ofDatabase: "there are more than \(grouped(most)) different countries in its records", other,
      at: range)
  }

  /// The message for a field that is read and that no database has.
  private func lack(
    of field: RecordField, _ sources: [RecordField], _ databases: [GeoDatabase], reader: String
  ) -> String {
    let isUnreadable = databases.contains { !$0.unreadable.isDisjoint(with: sources) }
    let what =
      switch field {
      case .asn: "an autonomous system number"
      case .country: "a country"
      case .registeredCountry: "a registered country"
      case .organisation: "an organisation"
      case .subdivision: "a subdivision code"
      case .continent: "a continent code"
      }
    let subject =
      databases.count == 1
      ? "no record of this \(databases[0].type) database has" : "no record of the databases has"
    return "\(subject) \(what)\(isUnreadable ? " that can be read" : ""), but \(reader)"
      + lookedFor(sources.flatMap { configuration.selection.places(of: $0) }, databases)
  }

  /// The places of a field, and the fields that the databases have, for the end of a message.
  private func lookedFor(_ places: [String], _ databases: [GeoDatabase]) -> String {
    let fields = databases.map { database in
      let names = database.rootFields.isEmpty ? "no fields" : listed(database.rootFields)
      return databases.count == 1 ? "its records have \(names)" : "\(database.type) has \(names)"
    }
    return "; looked for \(listed(places)); \(fields.joined(separator: "; "))"
  }

  private func listed(_ names: [String]) -> String {
    let most = 12
    return names.prefix(most).joined(separator: ", ") + (names.count > most ? ", …" : "")
  }

  /// Warns of records that cannot be read completely.
  private mutating func warnOfRecords(
    _ database: GeoDatabase, _ other: String?, at range: SourceRange?
  ) {
    let mask = configuration.readFlags.reduce(into: AnonymityFlags()) { $0.formUnion($1.value) }
    let fields = Set(RecordField.decisive.filter(configuration.reads))
    let read = fields.contains(.country) ? fields.union(configuration.countryFrom) : fields
    let isAnyUnreadable =
      database.unreadableRecords > 0 || !database.unreadable.isDisjoint(with: read)
      || database.records.contains { !$0.unreadableFlags.isDisjoint(with: mask) }
    guard isAnyUnreadable else { return }
    let problem =
      configuration.stock != nil
      ? "some records have no country.iso_code; their addresses are denied, even if allow.ip has them"
      : "some records cannot be read completely; on_error decides for their addresses"
    report(.warning, .databaseRecords, ofDatabase: problem, other, at: range)
  }

  /// Warns of databases without a field that rules or header fields read.
  private mutating func warnOfUnused(_ databases: [GeoDatabase]) {
    guard databases.count > 1, databases.count == configuration.databases.count else { return }
    let fields = configuration.selection.fields
    let flags = configuration.readFlags.reduce(into: AnonymityFlags()) { $0.formUnion($1.value) }
    for (name, database) in zip(configuration.databases, databases)
    where database.readable.union(database.unreadable).isDisjoint(with: fields)
      && database.anonymityFields.isDisjoint(with: flags)
    {
      report(
        .warning, .unusedDatabase,
        "database: no rule and no header field reads \(name.text)", at: name.range)
    }
  }

  /// Reports flags of rules that no record has as a boolean.
  private mutating func checkFlags(
    _ databases: [GeoDatabase], _ other: String?, at range: SourceRange?
  ) {
    let flags = configuration.readFlags
    if flags.isEmpty { return }
    var (known, unreadable) = (AnonymityFlags(), AnonymityFlags())
    for database in databases {
      known.formUnion(database.anonymityFields)
      unreadable.formUnion(database.servedFlags.subtracting(database.anonymityFields))
    }
    if known.isEmpty, unreadable.isEmpty {
      let subject =
        databases.count == 1
        ? "no record of this \(databases[0].type) database has" : "no record of the databases has"
      let places = Set(flags.flatMap { configuration.selection.places(of: $0.value) })
      report(
        configuration.severity, .databaseKind,
        ofDatabase: "\(subject) an anonymity flag, but anonymous: reads some"
          + lookedFor(places.sorted(), databases), other, at: range)
      return
    }
    for flag in flags where !known.contains(flag.value) {
      if unreadable.contains(flag.value) {
        report(
          configuration.severity, .databaseKind,
          "\(flag.text): no record of the database has this flag as a boolean",
          at: flag.range)
      } else {
        report(
          .warning, .databaseFlag, "\(flag.text): no record of the database carries this flag",
          at: flag.range)
      }
    }
  }

  /// Warns of networks, subdivisions and continents that no record has.
  private mutating func checkValues(_ databases: [GeoDatabase]) {
    func warn(_ values: [Located<PlaceCode>], _ known: Set<PlaceCode>, _ name: String) {
      if known.isEmpty { return }
      for value in values where value.group?.isBuiltIn != true && !known.contains(value.value) {
        report(
          .warning, .unknownValue,
          "\(name): no record of the databases has \(value.value)\(value.origin)", at: value.range)
      }
    }
    warn(
      configuration.named(.subdivision),
      databases.reduce(into: []) { $0.formUnion($1.subdivisions) }, "subdivision")
    warn(
      configuration.named(.continent), databases.reduce(into: []) { $0.formUnion($1.continents) },
      "continent")
    let numbers = (configuration.allow.matches(of: .asn) + configuration.deny.matches(of: .asn))
      .compactMap { match -> (number: UInt32, place: Located<Configuration.FieldMatch>)? in
        guard case .asns(let range) = match.value, range.count == 1 else { return nil }
        return (range.lowerBound, match)
      }
    if numbers.isEmpty { return }
    let known: Set<UInt32> = databases.reduce(into: []) { $0.formUnion($1.asns) }
    for (number, place) in numbers where !known.isEmpty && !known.contains(number) {
      report(
        .warning, .unknownValue, "asn: no record of the databases has AS\(number)\(place.origin)",
        at: place.range)
    }
  }

  /// Reports countries that no record has.
  ///
  /// A database can use any text as a country, so only the databases show that a text is not a country code.
  ///
  /// - Parameters:
  ///   - databases: Nil: they cannot be loaded.
  ///   - running: A country that only the databases in use have is a warning, so the other changes of the reload are
  ///     loaded.
  private mutating func checkCountries(_ databases: [GeoDatabase]?, replacing running: Policy?) {
    let known = databases.map { countries(of: $0) }
    let before = countries(of: running?.databases ?? [])
    for country in configuration.named(.country) {
      let code = country.value
      if known?.contains(code) == true { continue }
      // A built-in group names countries that a test database need not have.
      if !code.isShort, !before.contains(code), configuration.stock == nil {
        let has = known == nil ? "" : ", and no record of the database has it"
        report(
          .error, .badCountry,
          "country: \(noCountryCode(country.quoted))\(has)"
            + hint(for: code, in: known), at: country.range)
      } else if let known, country.group?.isBuiltIn != true {
        report(
          .warning, .unknownCountry,
          "country: no record of the database has the code \(code)\(country.origin)"
            + hint(for: code, in: known), at: country.range)
      }
    }
  }

  /// The countries of all records, also in a field that `country_from` leaves out: they show that a text is a country.
  private func countries(of databases: [GeoDatabase]) -> Set<PlaceCode> {
    let fields = configuration.countryFrom + [.country]
    return databases.reduce(into: []) { $0.formUnion($1.countries(from: fields)) }
  }

  /// The end of a message about a country that a database does not have: the likely spelling.
  private func hint(for code: PlaceCode, in known: Set<PlaceCode>?) -> String {
    let text = code.description
    let upper = text.uppercased()
    let countries = known?.map(\.description) ?? []
    let meant =
      commonMistakes[upper] ?? countries.first { $0.uppercased() == upper }
      // Most short codes resemble one another.
      ?? (code.isShort ? nil : suggestion(for: text, among: countries.sorted()))
    return meant.map { "; did you mean \($0)?" } ?? ""
  }

  /// The maximum number of addresses that the check looks up in a range.
  private static let lookedUp = 256

  /// Warns of addresses in `allow.ip` that `deny.country` denies.
  private mutating func checkAddresses(_ databases: [GeoDatabase]) {
    let denied = Dictionary(
      configuration.deny.countries.map { ($0.value, $0.range.start.line) },
      uniquingKeysWith: { first, _ in first })
    if denied.isEmpty { return }
    for range in configuration.allow.addresses {
      var next: Address? = range.value.first
      var inner: PlaceCode?
      var count = 0
      while let address = next, range.value.contains(address), count < Self.lookedUp,
        let code = country(of: address, in: databases), denied[code] != nil
      {
        inner = inner ?? code
        count += 1
        next = address == range.value.last ? nil : address.next
      }
      guard next == nil, let inner, let line = denied[inner] else { continue }
      report(
        .warning, .unreachableRule,
        "ip: \(range.text)\(range.origin) is in \(inner), which is denied on line \(line), "
          + "and deny rules always win", at: range.range)
    }
  }
}

extension GeoDatabase {
  /// The readable countries of all records in some fields.
  func countries(from fields: [RecordField]) -> Set<PlaceCode> {
    var codes: Set<PlaceCode> = fields.contains(.country) ? countries : []
    if fields.contains(.registeredCountry) {
      codes.formUnion(records.lazy.compactMap(\.registeredCountry.readable))
    }
    return codes
  }
}

/// The country of an address: of the first database that has one.
private func country(of address: Address, in databases: [GeoDatabase]) -> PlaceCode? {
  for database in databases {
    switch database.record(for: address)?.country {
    case .value(let code)?: return code
    case .unreadable?: return nil
    case .absent?, nil: break
    }
  }
  return nil
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
