import Addresses
import GeoDatabase

/// The addresses that two policies decide otherwise: with another outcome.
///
/// An alias of an IPv4 address in a database, such as 6to4, counts only if it changes otherwise than that address.
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
    /// The conditions that only one of the outcomes has: `deny if regex /video/`.
    package var oldConditions: [String]
    package var newConditions: [String]
    /// How many addresses the group has.
    package fileprivate(set) var ipv4Count: UInt64 = 0
    package fileprivate(set) var ipv6Count: UInt128 = 0
    /// The first CIDR blocks of the group, ascending.
    package fileprivate(set) var examples: [AddressRange] = []
    /// How many CIDR blocks the group has.
    package fileprivate(set) var blockCount = 0
    private var prefixes = PrefixAggregation()
    private let mostExamples: Int

    fileprivate init(_ key: Key, mostExamples: Int) {
      oldCountry = key.oldCountry
      newCountry = key.newCountry
      oldOutcome = key.old.description
      newOutcome = key.new.description
      oldConditions = key.old.conditions(unlike: key.new)
      newConditions = key.new.conditions(unlike: key.old)
      self.mostExamples = mostExamples
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
      examples += blocks.prefix(mostExamples - examples.count)
    }
  }

  fileprivate struct Key: Hashable {
    var oldCountry, newCountry: PlaceCode?
    var old, new: ClientOutcome
  }

  /// The groups, the largest in IPv4 first, then the largest in IPv6.
  package private(set) var groups: [Group] = []
  /// How many IPv4 addresses change.
  package private(set) var ipv4Count: UInt64 = 0
  /// How many IPv6 addresses change that a database of either policy has.
  package private(set) var ipv6Count: UInt128 = 0
  /// How many IPv6 addresses the databases of either policy have.
  package private(set) var knownIPv6Count: UInt128 = 0

  /// The keys besides the rules that decide and whose values differ, such as `client`.
  package private(set) var keys: [String] = []

  /// Whether both policies decide each request of each client equally.
  package var isEmpty: Bool { groups.isEmpty && keys.isEmpty }

  /// The changed share of all IPv4 addresses, from 0 to 1.
  package var ipv4Share: Double { Double(ipv4Count) / 0x1p32 }

  /// The changed share of the IPv6 addresses in the databases, from 0 to 1.
  package var ipv6Share: Double {
    knownIPv6Count == 0 ? 0 : Double(ipv6Count) / Double(knownIPv6Count)
  }

  /// Compares the outcomes of all addresses. Time: a walk over the databases of both policies, a few seconds for two
  /// City databases.
  ///
  /// - Parameters:
  ///   - mostExamples: The maximum number of examples of a group. Memory grows with it.
  ///   - ignoringSubjects: See `PolicyWalk`.
  package init(
    from old: Policy, to new: Policy, mostExamples: Int = 3, ignoringSubjects: Bool = false
  ) {
    keys = old.deciders(unlike: new)
    var places: [Key: Int] = [:]
    var walk = PolicyWalk(
      [old, new], followingAliases: true, ignoringSubjects: ignoringSubjects)
    while let range = walk.next() {
      let aliased = walk.aliased
      let isKnownIPv6 = !range.isIPv4 && aliased == nil && walk.isKnown
      if isKnownIPv6 { knownIPv6Count += range.addressCount }
      guard let old = walk.outcome(of: 0), let new = walk.outcome(of: 1), old != new else {
        continue
      }
      if let aliased, walk.hasSameOutcomes(at: aliased) { continue }
      if range.isIPv4 { ipv4Count += UInt64(truncatingIfNeeded: range.addressCount) }
      if isKnownIPv6 { ipv6Count += range.addressCount }
      let key = Key(
        oldCountry: walk.country(of: 0), newCountry: walk.country(of: 1), old: old, new: new)
      let place = places[key] ?? groups.count
      if place == groups.count {
        places[key] = place
        groups.append(Group(key, mostExamples: mostExamples))
      }
      groups[place].add(range)
    }
    for index in groups.indices { groups[index].finish() }
    groups.sort { ($0.ipv4Count, $0.ipv6Count) > ($1.ipv4Count, $1.ipv6Count) }
  }
}

extension Policy {
  /// The keys besides the rules that decide, and whose values differ from another policy's.
  fileprivate func deciders(unlike other: Policy) -> [String] {
    let (client, others) = (configuration.client, other.configuration.client)
    let isSameClient =
      client?.header?.value.lowercased() == others?.header?.value.lowercased()
      && client?.readsVerified == others?.readsVerified && trustsSameProxies(as: other)
    return [
      ("client", isSameClient),
      (
        "mode, enforce_percent, enforce_from or enforce_until", enforcement == other.enforcement
      ),
      ("on_error", errorVerdict == other.errorVerdict),
    ].filter { !$0.1 }.map(\.0)
  }

  private func trustsSameProxies(as other: Policy) -> Bool {
    var walk = AddressSpaceWalk([
      clientRules?.trusted ?? .empty, other.clientRules?.trusted ?? .empty,
    ])
    while walk.next() != nil {
      if (walk.leaves[0] != 0) != (walk.leaves[1] != 0) { return false }
    }
    return true
  }
}
