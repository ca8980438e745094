/// The ranges of an `AddressTable` that is to be made, each with its number.
package struct AddressTableEntries: Sendable {
  private(set) var ipv4: [Segment<UInt32>] = []
  private(set) var ipv6: [Segment<UInt128>] = []
  private var covered: (ipv4: Int, ipv6: Int)?

  package init() {}

  /// What a table of so many ranges takes at most while it is made, in bytes, the list that they come from
  /// among it: sparse single IPv6 addresses take a node for every 6 of their bits.
  package static func memory(ipv4: Int, ipv6: Int) -> Int { 600 * ipv4 + 2_500 * ipv6 }

  /// Where those begin that count only where none before them holds an address.
  var coveredIPv4: Int { covered?.ipv4 ?? ipv4.count }
  var coveredIPv6: Int { covered?.ipv6 ?? ipv6.count }

  package mutating func append(_ range: AddressRange, value: UInt32) {
    let value = min(value, AddressTable.largestValue)
    if range.isIPv4 {
      ipv4.append(Segment(first: range.first.low32, last: range.last.low32, value: value))
    } else {
      ipv6.append(Segment(first: range.first.bits, last: range.last.bits, value: value))
    }
  }

  /// Appends what a list lists; its first range has the number `firstValue`, and so on.
  package mutating func append(_ list: AddressRangeList, firstValue: UInt32) {
    let segments = list.segments(firstValue: firstValue)
    ipv4 += segments.ipv4
    ipv6 += segments.ipv6
  }

  /// What is appended from here on counts only where none of what was appended before holds an address.
  package mutating func coverRest() {
    covered = (ipv4.count, ipv6.count)
  }
}
