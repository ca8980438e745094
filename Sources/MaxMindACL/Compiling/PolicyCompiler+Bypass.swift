import Addresses

/// The compiled bypass header.
struct BypassHeader: Sendable {
  var name: String
  var value: [UInt8]
  var rule: UInt32
  /// The clients whose field counts, besides trusted proxies; nil: trusted proxies only.
  var sources: AddressTable?
}

// The requests that pass before all rules.
extension PolicyCompiler {
  /// The bypass header and the bypass addresses. With a header, the addresses limit the clients whose field counts.
  mutating func bypass() -> (header: BypassHeader?, addresses: AddressTable?) {
    warnOfCoveredRanges(configuration.client?.trusted ?? [], "trusted")
    guard let bypass = configuration.bypass else { return (nil, nil) }
    let ranges = bypass.addresses
    warnOfCoveredRanges(ranges, "ip")
    guard let header = bypass.header, let value = bypass.value else {
      let table = AddressTable(
        ranges.map { (range: $0.value, value: add(.bypass, $0.shown, $0.range)) })
      return (nil, table.isEmpty ? nil : table)
    }
    let sources = AddressTable(ranges.map { (range: $0.value, value: 0) })
    return (
      BypassHeader(
        name: header.value, value: Array(value.value.utf8),
        rule: add(.bypass, header.text, header.range), sources: sources.isEmpty ? nil : sources),
      nil
    )
  }
}
