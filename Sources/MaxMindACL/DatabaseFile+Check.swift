import GeoDatabase

// Whether the database can serve the rules.
extension DatabaseFile {
  mutating func check(_ database: GeoDatabase, _ other: String?, at range: SourceRange) {
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

  /// How many addresses of a range are looked up: an office's, not a provider's.
  private static let lookedUp = 256

  /// Warns of addresses in `allow.ip` that are all denied by their country before.
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

/// Codes that people write for countries whose ISO 3166-1 alpha-2 code is another one.
private let commonMistakes = [
  "UK": "GB", "EN": "GB", "GBR": "GB", "EL": "GR", "USA": "US", "SP": "ES", "ESP": "ES",
  "DEU": "DE", "GER": "DE", "FRA": "FR", "CHN": "CN", "RUS": "RU", "IND": "IN", "JPN": "JP",
  "JAP": "JP", "KOR": "KR", "BRA": "BR", "CAN": "CA", "AUS": "AU", "ITA": "IT", "NLD": "NL",
  "POL": "PL", "PRT": "PT", "SWE": "SE", "CHE": "CH", "AUT": "AT", "TUR": "TR", "UKR": "UA",
  "MEX": "MX", "NOR": "NO", "DNK": "DK", "FIN": "FI", "IRL": "IE", "BEL": "BE", "GRC": "GR",
]
