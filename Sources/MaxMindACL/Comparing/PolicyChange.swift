import Addresses
import GeoDatabase

/// The addresses that two policies decide otherwise: with another outcome.
///
/// Aliases of IPv4 addresses in a database, such as 6to4, do not count, because their IPv4 addresses do.
///
/// ```swift
/// let change = PolicyChange(from: old, to: new)
/// print(change.ipv4Share, change.groups.first?.examples ?? [])
/// ```
package struct PolicyChange: Sendable {
  /// The changed addresses with the same countries and outcomes.
  package struct Group: Sendable {
    /// The country before; nil: none.
    package var oldCountry: PlaceCode?
    /// The country after; nil: none.
    package var newCountry: PlaceCode?
    /// The outcomes in words.
    package var oldOutcome: String
    package var newOutcome: String
    /// How many addresses the group has.
    package fileprivate(set) var ipv4Count: UInt64 = 0
    package fileprivate(set) var ipv6Count: UInt128 = 0
    /// The first CIDR blocks of the group.
    package fileprivate(set) var examples: [AddressRange] = []
    /// How many CIDR blocks the group has.
    package fileprivate(set) var blockCount = 0
    private var prefixes = PrefixAggregation()

    fileprivate init(_ walk: borrowing PolicyWalk, _ old: ClientOutcome, _ new: ClientOutcome) {
      oldCountry = walk.country(of: 0)
      newCountry = walk.country(of: 1)
      oldOutcome = old.description
      newOutcome = new.description
    }

    fileprivate mutating func add(_ range: AddressRange) {
      if range.isIPv4 {
        ipv4Count += UInt64(truncatingIfNeeded: range.addressCount)
      } else {
        ipv6Count += range.addressCount
      }
      var blocks: [AddressRange] = []
      prefixes.append(range) { blocks.append($0) }
      count(blocks)
    }

    fileprivate mutating func finish() {
      var blocks: [AddressRange] = []
      prefixes.finish { blocks.append($0) }
      count(blocks)
    }

    private mutating func count(_ blocks: [AddressRange]) {
      blockCount += blocks.count
      examples += blocks.prefix(PolicyChange.mostExamples - examples.count)
    }
  }

  private struct Key: Hashable {
    var oldCountry, newCountry: PlaceCode?
    var oldOutcome, newOutcome: String
  }

  /// The maximum number of examples of a group.
  package static let mostExamples = 3

  /// The groups, the largest in IPv4 first, then the largest in IPv6.
  package private(set) var groups: [Group] = []
  /// How many IPv4 addresses change.
  package private(set) var ipv4Count: UInt64 = 0
  /// How many IPv6 addresses change that a database of either policy has.
  package private(set) var ipv6Count: UInt128 = 0
  /// How many IPv6 addresses the databases of either policy have.
  package private(set) var knownIPv6Count: UInt128 = 0

  /// The changed share of all IPv4 addresses, from 0 to 1.
  package var ipv4Share: Double { Double(ipv4Count) / 0x1p32 }

  /// The changed share of the IPv6 addresses in the databases, from 0 to 1.
  package var ipv6Share: Double {
    knownIPv6Count == 0 ? 0 : Double(ipv6Count) / Double(knownIPv6Count)
  }

  /// Compares the outcomes of all addresses. Time: a walk over the databases of both policies, about a second for two
  /// City databases.
  package init(from old: Policy, to new: Policy) {
    var places: [Key: Int] = [:]
    var walk = PolicyWalk([old, new])
    while let range = walk.next() {
      let isKnownIPv6 = !range.isIPv4 && walk.isKnown
      if isKnownIPv6 { knownIPv6Count += range.addressCount }
      guard let old = walk.outcome(of: 0), let new = walk.outcome(of: 1), old != new else {
        continue
      }
      if range.isIPv4 { ipv4Count += UInt64(truncatingIfNeeded: range.addressCount) }
      if isKnownIPv6 { ipv6Count += range.addressCount }
      let group = Group(walk, old, new)
      let key = Key(
        oldCountry: group.oldCountry, newCountry: group.newCountry, oldOutcome: group.oldOutcome,
        newOutcome: group.newOutcome)
      let place = places[key] ?? groups.count
      if place == groups.count {
        places[key] = place
        groups.append(group)
      }
      groups[place].add(range)
    }
    for index in groups.indices { groups[index].finish() }
    groups.sort { ($0.ipv4Count, $0.ipv6Count) > ($1.ipv4Count, $1.ipv6Count) }
  }
}
