import Addresses
import GeoDatabase
import Text

// The values of rules for fields of the client's record.
extension ConfigurationReader {
  /// The values of a list for a field.
  mutating func fieldMatches(
    _ items: [NodeID], _ field: RecordField
  ) -> [Located<Configuration.FieldMatch>] {
    let name = field.rawValue
    let what =
      switch field {
      case .asn: "an AS number such as AS64496"
      case .country, .registeredCountry, .organisation: "a country code such as US"
      case .subdivision: "a subdivision code such as US-CA"
      case .continent: "a continent code such as EU"
      }
    let values: [Located<Configuration.FieldMatch>] = values(of: items, name, what) {
      switch field {
      case .asn: $0.asns($1).map { .asns($0) }
      case .country, .registeredCountry, .organisation: $0.countryCode($1).map { .place($0) }
      case .subdivision: $0.subdivision($1).map { .place($0) }
      case .continent: $0.continent($1).map { .place($0) }
      }
    }
    warnOfRepeated(values, name)
    return values
  }

  mutating func warnOfRepeated(
    _ values: [Located<Configuration.FieldMatch>], _ name: String
  ) {
    var first: [Configuration.FieldMatch: Located<Configuration.FieldMatch>] = [:]
    for value in values {
      if let earlier = first[value.value] {
        warning(
          .duplicateRule, "\(name): \(value.value)\(value.origin) is already \(earlier.place)",
          at: value.range)
      } else {
        first[value.value] = value
      }
    }
    warnOfCoveredNumbers(Array(first.values))
  }

  /// Warns of a range of numbers inside another one.
  private mutating func warnOfCoveredNumbers(_ values: [Located<Configuration.FieldMatch>]) {
    var widest: (numbers: ClosedRange<UInt32>, value: Located<Configuration.FieldMatch>)?
    let numbers = values.compactMap { value in
      if case .asns(let numbers) = value.value { (numbers: numbers, value: value) } else { nil }
    }
    let ordered = numbers.sorted {
      ($0.numbers.lowerBound, $1.numbers.upperBound) < (
        $1.numbers.lowerBound, $0.numbers.upperBound
      )
    }
    for (numbers, value) in ordered {
      if let outer = widest, outer.numbers.upperBound >= numbers.upperBound {
        // Groups may overlap.
        if outer.value.group != nil, value.group != nil { continue }
        warning(
          .rangeCovered,
          "asn: \(value.text)\(value.origin) is covered by \(outer.value.text) \(outer.value.place)",
          at: value.range)
      } else {
        widest = (numbers, value)
      }
    }
  }

  /// A database can use any text as a country. Only the length is checked here, and that a group has no addresses.
  mutating func countryCode(_ text: Located<String>) -> PlaceCode? {
    guard let code = PlaceCode(text.value),
      text.group == nil || code.isShort || (try? AddressRange.parse(text.value)) == nil
    else {
      error(.badCountry, "country: \(noCountryCode(text.quoted))", at: text.range)
      return nil
    }
    if text.value.utf8.count == 2, text.value != code.description {
      warning(
        .lowerCaseCountry, "country: codes are written in upper case: \(code)\(text.origin)",
        at: text.range)
    }
    return code
  }

  /// ISO 3166-2: a country, a hyphen, and one to three letters or digits.
  private mutating func subdivision(_ text: Located<String>) -> PlaceCode? {
    guard let code = PlaceCode(subdivision: text.value) else {
      error(
        .badSubdivision,
        "subdivision: \(text.quoted) is not a subdivision code (ISO 3166-2, such as US-CA)",
        at: text.range)
      return nil
    }
    warnOfLowerCase(text, code.description, "subdivision")
    return code
  }

  private mutating func continent(_ text: Located<String>) -> PlaceCode? {
    let upper = text.value.uppercased()
    guard continentCodes.contains(upper), let code = PlaceCode(upper) else {
      error(
        .badContinent,
        "continent: \(text.quoted) is not a continent code "
          + "(\(continentCodes.joined(separator: ", ")))", at: text.range)
      return nil
    }
    warnOfLowerCase(text, upper, "continent")
    return code
  }

  private mutating func warnOfLowerCase(
    _ text: Located<String>, _ upper: String, _ name: String
  ) {
    guard text.value != upper else { return }
    warning(
      .lowerCaseCode, "\(name): codes are written in upper case: \(upper)\(text.origin)",
      at: text.range)
  }

  /// A number, with or without `AS`, or a range of two numbers.
  private mutating func asns(_ text: Located<String>) -> ClosedRange<UInt32>? {
    let parts = text.value.utf8.split(
      separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    let numbers = parts.map { asn($0) }
    guard parts.count <= 2, let first = numbers.first ?? nil, let last = numbers.last ?? nil else {
      let isNumber = text.value.utf8.allSatisfy(\.isASCIIDigit)
      error(
        .badASN,
        "asn: \(text.quoted) is not "
          + (isNumber
            ? "an AS number: the largest is \(UInt32.max)"
            : "an AS number such as 64496 or AS64496, nor a range such as 64512-65534"),
        at: text.range)
      return nil
    }
    guard first <= last else {
      error(
        .badASN, "asn: \(text.quoted): the range ends before it begins", at: text.range)
      return nil
    }
    return first...last
  }

  private func asn(_ text: Substring.UTF8View) -> UInt32? {
    let isPrefixed =
      text.prefix(2).elementsEqual("AS".utf8) || text.prefix(2).elementsEqual("as".utf8)
    let digits = isPrefixed ? text.dropFirst(2) : text
    guard !digits.isEmpty, digits.allSatisfy(\.isASCIIDigit) else { return nil }
    return UInt32(Substring(digits))
  }

  // MARK: - The origin of fields

  /// `country_from`: one or both of `country` and `registered_country`.
  mutating func readCountryFrom(_ entry: Entry) {
    let known: [RecordField] = [.country, .registeredCountry]
    var fields: [RecordField] = []
    for item in list(entry, "country_from", "country_from") ?? [] {
      let names = known.map(\.rawValue).joined(separator: " and ")
      guard let text = text(item, "country_from", "one of \(names)") else { continue }
      guard let field = known.first(where: { $0.rawValue == text.value }) else {
        error(
          .badField, "country_from: unknown field \(text.quoted); expected one or both of \(names)",
          at: text.range)
        continue
      }
      if fields.contains(field) {
        error(.duplicateKey, "country_from: \(text.value) is already in the list", at: text.range)
      } else {
        fields.append(field)
      }
    }
    if !fields.isEmpty { configuration.countryFrom = fields }
  }

  /// `fields`: a JSON pointer for each field of a vendor's own.
  mutating func readFields(_ entry: Entry) {
    if isNothing(entry.value) {
      warning(.emptySection, "fields: has nothing under it and does nothing", at: entry.key)
      return
    }
    guard let keys = keys(of: entry.value, in: "fields", known: nil) else { return }
    for name in keys.order {
      guard let entry = keys[name],
        let text = text(entry.value, "fields.\(name)", "a JSON pointer such as /geo/country")
      else { continue }
      let pointer: JSONPointer
      do throws(JSONPointerError) {
        pointer = try JSONPointer(text.value)
      } catch {
        self.error(.badField, "fields.\(name): \(error.message)", at: text.range)
        continue
      }
      let located = Located(value: pointer, text: text.text, range: text.range)
      if let field = RecordField(rawValue: name) {
        configuration.fields.records[field] = located
      } else if let flag = flag(named: name, at: entry.key) {
        configuration.fields.flags[flag] = located
      }
    }
  }

  /// A known flag, or a flag of the configuration's own. Reports an invalid name.
  private mutating func flag(named name: String, at key: NodeID) -> AnonymityFlags? {
    if let known = AnonymityFlags.table.first(where: { $0.name == name }) { return known.flag }
    guard Group.isName(name) else {
      error(
        .badField,
        "fields: \"\(name)\" cannot be the name of a flag; use at most \(Group.longestName) of "
          + "a-z, 0-9, _ and -, and begin with a letter", at: key)
      return nil
    }
    let names = RecordField.allCases.map(\.rawValue)
    if let near = suggestion(for: name, among: names) {
      error(.badField, "fields: unknown field \"\(name)\"; did you mean \(near)?", at: key)
      return nil
    }
    guard let flag = AnonymityFlags.own(configuration.fields.ownFlags.count) else {
      error(
        .badField,
        "fields: there are too many flags; at most \(AnonymityFlags.ownCount) can be added", at: key
      )
      return nil
    }
    configuration.fields.ownFlags.append(name)
    return flag
  }
}

private let continentCodes = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"]

extension Configuration.FieldMatch: CustomStringConvertible {
  package var description: String {
    switch self {
    case .place(let code): code.description
    case .asns(let numbers):
      numbers.count == 1
        ? "AS\(numbers.lowerBound)" : "AS\(numbers.lowerBound)-\(numbers.upperBound)"
    }
  }
}
