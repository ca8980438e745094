import Addresses
import GeoDatabase

/// A walk over all addresses with the outcomes of some policies. Yields the largest ranges within which no record and
/// no address rule changes.
///
/// An alias of the IPv4 part of a database, such as 6to4, is left out unless an address rule decides, or the walk follows
/// aliases: its addresses have the records of IPv4 addresses, which the walk visits.
///
/// Time: one decision for each range and policy. Memory: the distinct outcomes.
///
/// ```swift
/// var walk = PolicyWalk([old, new])
/// while let range = walk.next() {
///   if walk.outcome(of: 0) != walk.outcome(of: 1) { print(range) }
/// }
/// ```
package struct PolicyWalk: Sendable {
  private var walk: AddressSpaceWalk
  private var readers: [OutcomeReader]
  /// The databases are the first maps of the walk.
  private let databases: [GeoDatabase]
  private let followsAliases: Bool
  private var first: Address?
  private var outcomes: [ClientOutcome?]

  /// - Parameters:
  ///   - ignoringBypass: Whether the outcomes leave out requests that `bypass` lets through by a header field or the URL.
  ///   - followingAliases: Whether addresses in an alias have outcomes. The walk then takes several times as long.
  ///   - ignoringSubjects: Whether one pattern is one condition, although the policies match it against other texts.
  package init(
    _ policies: [Policy], ignoringBypass: Bool = false, followingAliases: Bool = false,
    ignoringSubjects: Bool = false
  ) {
    readers = policies.map {
      OutcomeReader($0, ignoringBypass: ignoringBypass, ignoringSubjects: ignoringSubjects)
    }
    var databases: [GeoDatabase] = []
    for database in policies.flatMap(\.databases)
    where !databases.contains(where: { $0 === database }) {
      databases.append(database)
    }
    self.databases = databases
    followsAliases = followingAliases
    outcomes = policies.map { _ in nil }
    let withoutAliases = databases.map { GeoDatabase.WithoutAliases($0) }
    // A range is inside of an alias or outside of it, also where it follows aliases.
    walk = AddressSpaceWalk(
      (followingAliases ? databases : []) + withoutAliases + readers.flatMap(\.addressMaps))
  }

  /// The next range. Nil: all addresses are done.
  package mutating func next() -> AddressRange? {
    guard let range = walk.next() else {
      first = nil
      return nil
    }
    first = range.first
    let isAlias = isAlias
    for index in readers.indices {
      outcomes[index] =
        isAlias
        ? readers[index].outcomeWithoutRecord(of: range.first)
        : readers[index].outcome(of: range.first)
    }
    return range
  }

  private var isAlias: Bool {
    if followsAliases { return false }
    for index in databases.indices
    where walk.leaves[index] == GeoDatabase.WithoutAliases.aliasLeaf {
      return true
    }
    return false
  }

  /// The IPv4 address whose record the first address of the range has. Nil: the range is in no alias.
  package var aliased: Address? {
    guard let first, !first.isIPv4 else { return nil }
    return databases.lazy.compactMap { $0.aliased(first) }.first
  }

  /// Whether all policies have the outcomes of the range for another address, too.
  package mutating func hasSameOutcomes(at address: Address) -> Bool {
    for index in readers.indices where readers[index].outcome(of: address) != outcomes[index] {
      return false
    }
    return true
  }

  /// The outcome of a policy for the range. Nil: the range is in an alias.
  package func outcome(of policy: Int) -> ClientOutcome? { outcomes[policy] }

  /// The country of the range in a policy's databases, independent of any rule. Nil: none, or the range is in an alias.
  package func country(of policy: Int) -> PlaceCode? {
    isAlias ? nil : first.flatMap { readers[policy].policy.country(of: $0) }
  }

  /// Whether a database has a record for the range. False for an alias.
  package var isKnown: Bool {
    if isAlias { return false }
    for index in databases.indices where walk.leaves[index] != 0 { return true }
    return false
  }
}
