import Addresses
import GeoDatabase
import MaxMindACL

/// Counts requests by the fields of clients' records that rules read, besides the country.
struct FieldCounts {
  /// The fields that each policy's rules read.
  private let fields: [[RecordField]]
  private var counts: [RecordField: [String: VerdictCounts]] = [:]

  init(of policies: [Policy]) {
    fields = policies.map(\.countedFields)
  }

  @inline(__always)
  mutating func add(_ client: Address?, by policy: Policy, number: Int, isAllowed: Bool) {
    if !fields[number].isEmpty { count(client, by: policy, fields[number], isAllowed: isAllowed) }
  }

  private mutating func count(
    _ client: Address?, by policy: Policy, _ fields: [RecordField], isAllowed: Bool
  ) {
    let record = client.map { policy.record(for: $0) } ?? Record()
    for field in fields {
      let text = record.text(of: field) ?? "-"
      counts[field, default: [:]][text, default: VerdictCounts()].add(isAllowed: isAllowed)
    }
  }

  /// By the field's name and its value; `-`: none. Nil: no rule reads such a field.
  var byName: [String: [String: VerdictCounts]]? {
    fields.allSatisfy(\.isEmpty)
      ? nil : Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
  }
}

extension Record {
  /// The value of a field for people; nil: absent or unreadable.
  fileprivate func text(of field: RecordField) -> String? {
    switch field {
    case .asn: asn.readable.map { "AS\($0)" }
    case .country: country.readable?.description
    case .registeredCountry: registeredCountry.readable?.description
    case .subdivision: subdivisions.readable?.first?.description
    case .continent: continent.readable?.description
    case .organisation: organisation
    }
  }
}
