import Addresses
import GeoDatabase

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
          "country: \(noCountryCode(country.text))\(has)"
            + hint(for: code, in: database), at: country.range)
      } else if let database {
        report(
          .warning, .unknownCountry,
          "country: no record of the database has the code \(code)"
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
        "ip: \(range.text) is in \(country), which is denied on line \(line), "
          + "and deny rules always win", at: range.range)
    }
  }
}

/// The message for a text that is not a country code.
func noCountryCode(_ text: String) -> String {
  "\"\(text)\" is not a country code (ISO 3166-1, such as US)"
}

/// Common mistakes for ISO 3166-1 alpha-2 codes.
private let commonMistakes = [
  "UK": "GB", "EN": "GB", "GBR": "GB", "EL": "GR", "USA": "US", "SP": "ES", "ESP": "ES",
  "DEU": "DE", "GER": "DE", "FRA": "FR", "CHN": "CN", "RUS": "RU", "IND": "IN", "JPN": "JP",
  "JAP": "JP", "KOR": "KR", "BRA": "BR", "CAN": "CA", "AUS": "AU", "ITA": "IT", "NLD": "NL",
  "POL": "PL", "PRT": "PT", "SWE": "SE", "CHE": "CH", "AUT": "AT", "TUR": "TR", "UKR": "UA",
  "MEX": "MX", "NOR": "NO", "DNK": "DK", "FIN": "FI", "IRL": "IE", "BEL": "BE", "GRC": "GR",
]
