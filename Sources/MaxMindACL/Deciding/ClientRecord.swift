import GeoDatabase

/// The effect of one value of a record's field, or of one set of flags, on the ladder.
struct FieldOutcome: Hashable, Sendable {
  /// Whether the record has the field. If not, the next database is asked.
  var isPresent = false
  /// Whether the field has a wrong type.
  var isUnreadable = false
  /// The first deny rule for the value.
  var deny = RuleReference.none
  /// The first allow rule for the value.
  var allow = RuleReference.none
  /// The named rules that the value may fulfil, as an index into the words of `NamedRules`.
  var ruleWords: UInt32 = 0
  /// Countries only: the handle in decisions.
  var countryHandle: UInt64 = 0
  /// Countries only: the deny patterns and the allow patterns, as indices into the policy's sets; 0: none.
  var denyPatterns: UInt32 = 0
  var allowPatterns: UInt32 = 0
  /// Flags only: the bits of those that are set, and of those that are not booleans. Not `AnonymityFlags`, whose
  /// operations another module cannot inline.
  var flags: UInt32 = 0
  var unreadableFlags: UInt32 = 0

  /// Whether the value has the effect of another one outside of the named rules, whether or not the record has the
  /// field.
  func hasEffect(of other: FieldOutcome) -> Bool {
    var own = self
    own.isPresent = other.isPresent
    own.ruleWords = other.ruleWords
    return own == other
  }
}

/// The outcomes of one client's fields, merged over the databases. Valid while the policy lives.
///
/// INVARIANT: the outcomes belong to the policy's `RecordTables`.
@safe struct ClientRecord {
  /// One for each of `RecordField.decisive`.
  private var outcomes: InlineArray<4, UnsafePointer<FieldOutcome>>
  /// The bits of the flags that are set in any database.
  var flags: UInt32 = 0
  /// The bits of the flags that are not booleans in any database.
  var unreadableFlags: UInt32 = 0

  init(_ outcomes: InlineArray<4, UnsafePointer<FieldOutcome>>) {
    unsafe self.outcomes = outcomes
  }

  /// The outcome of a slot.
  @inline(__always)
  subscript(slot: Int) -> UnsafePointer<FieldOutcome> {
    // In a release build, this subscript cannot trap.
    get { unsafe outcomes[unchecked: slot & 3] }
    set { unsafe outcomes[unchecked: slot & 3] = newValue }
  }
}

extension RecordField {
  /// The fields that rules read, in the order of the ladder. Their indices are the slots of `ClientRecord`.
  static let decisive: [RecordField] = [.asn, .country, .subdivision, .continent]

  /// The place of the field in tables of outcomes.
  var slot: Int {
    switch self {
    case .asn: 0
    case .country: 1
    case .subdivision: 2
    case .continent: 3
    case .registeredCountry: 4
    case .organisation: 5
    }
  }
}

/// A value of a field.
enum FieldKey: Hashable {
  case place(PlaceCode)
  /// The parts of a country that contain the client.
  case places([PlaceCode])
  case asn(UInt32)
}

extension FieldValue {
  func map<Other>(_ transform: (Value) -> Other) -> FieldValue<Other> {
    switch self {
    case .absent: .absent
    case .value(let value): .value(transform(value))
    case .unreadable: .unreadable
    }
  }
}

extension Record {
  /// The value of a field for rules.
  func key(of field: RecordField) -> FieldValue<FieldKey> {
    switch field {
    case .asn: asn.map(FieldKey.asn)
    case .country: country.map(FieldKey.place)
    case .registeredCountry: registeredCountry.map(FieldKey.place)
    case .subdivision: subdivisions.map(FieldKey.places)
    case .continent: continent.map(FieldKey.place)
    case .organisation: .absent
    }
  }
}
