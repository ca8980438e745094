/// A field of a record.
package enum FieldValue<Value: Hashable & Sendable>: Hashable, Sendable {
  /// The record has no such field, or an empty text or `-` in its place.
  case absent
  case value(Value)
  /// The field has a wrong type, or its value is out of range.
  case unreadable

  /// The value. Nil: the field is absent or unreadable.
  package var readable: Value? {
    if case .value(let value) = self { value } else { nil }
  }
}

/// A field that a load can read, in the order of the rule kinds. The raw value is the name in a configuration.
package enum RecordField: String, CaseIterable, Hashable, Sendable {
  case asn, country, subdivision, continent
  case registeredCountry = "registered_country"
  case organisation
}

/// The fields of a database record that rules read. Fields outside the load's `FieldSelection` are absent.
package struct Record: Hashable, Sendable {
  /// The country.
  package var country: FieldValue<PlaceCode>
  /// The country in which the network is registered.
  package var registeredCountry: FieldValue<PlaceCode>
  /// The continent, such as `EU`.
  package var continent: FieldValue<PlaceCode>
  /// The subdivisions with their country, such as `GB-ENG`, in the order of the record: the largest first. At most 8,
  /// and never empty.
  package var subdivisions: FieldValue<[PlaceCode]>
  /// The number of the autonomous system. Never 0.
  package var asn: FieldValue<UInt32>
  /// The name of the autonomous system's organisation, without control characters. At most 256 bytes of the database.
  package var organisation: String?
  /// The flags that are set.
  package var flags: AnonymityFlags
  /// The flags that are neither booleans nor their texts. None of them is in `flags`.
  package var unreadableFlags: AnonymityFlags

  /// A record from its parts.
  package init(
    country: FieldValue<PlaceCode> = .absent, registeredCountry: FieldValue<PlaceCode> = .absent,
    continent: FieldValue<PlaceCode> = .absent, subdivisions: FieldValue<[PlaceCode]> = .absent,
    asn: FieldValue<UInt32> = .absent, organisation: String? = nil, flags: AnonymityFlags = [],
    unreadableFlags: AnonymityFlags = []
  ) {
    self.country = country
    self.registeredCountry = registeredCountry
    self.continent = continent
    self.subdivisions = subdivisions
    self.asn = asn
    self.organisation = organisation
    self.flags = flags
    self.unreadableFlags = unreadableFlags
  }

  /// Replaces a record that cannot be decoded.
  package static let unreadable = Record(
    country: .unreadable, registeredCountry: .unreadable, continent: .unreadable,
    subdivisions: .unreadable, asn: .unreadable, unreadableFlags: .all)

  /// Whether the record has a field, and whether the field can be read.
  package func state(of field: RecordField) -> FieldState {
    switch field {
    case .asn: FieldState(asn)
    case .country: FieldState(country)
    case .subdivision: FieldState(subdivisions)
    case .continent: FieldState(continent)
    case .registeredCountry: FieldState(registeredCountry)
    case .organisation: organisation == nil ? .absent : .readable
    }
  }

  /// A `FieldValue` without its value.
  package enum FieldState: Hashable, Sendable {
    case absent, readable, unreadable

    init<Value>(_ value: FieldValue<Value>) {
      self =
        switch value {
        case .absent: .absent
        case .value: .readable
        case .unreadable: .unreadable
        }
    }
  }
}
