import Addresses
import GeoDatabase
import Testing

func address(_ text: String) throws -> Address {
  try #require(Address(text), "\(text)")
}

func code(_ text: String) throws -> PlaceCode {
  try #require(PlaceCode(text), "\(text)")
}

/// A record with a country and nothing else.
func record(_ country: String) throws -> Record {
  Record(country: .value(try code(country)))
}

extension Record {
  /// The fields that the record has, in the order of the rule kinds, for comparisons.
  var summary: String {
    var parts: [String] = []
    if case .value(let asn) = asn { parts.append("AS\(asn)") }
    if case .value(let country) = country { parts.append("\(country)") }
    if case .value(let parts2) = subdivisions { parts += parts2.map(\.description) }
    if case .value(let continent) = continent { parts.append("in \(continent)") }
    if case .value(let country) = registeredCountry { parts.append("registered \(country)") }
    if let organisation { parts.append(organisation) }
    parts += AnonymityFlags.table.filter { flags.contains($0.flag) }.map(\.name)
    return parts.joined(separator: ", ")
  }
}
