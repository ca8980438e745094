/// Maps each address to a leaf: a number plus one, or 0 for none.
package protocol AddressMap: Sendable {
  /// The leaf of an address, and an address up to which all addresses of the family have this leaf. The address after
  /// may have the same leaf. An IPv6 run does not go beyond the mapped addresses.
  func run(at address: Address) -> (leaf: UInt32, last: Address)
}

/// A walk over all addresses, first IPv4, then IPv6. Yields the largest ranges within which no map changes its leaf.
///
/// The ranges ascend, and each address of a family is in one of them. Mapped addresses are IPv4 only: an IPv6 range goes
/// on after them if the leaves are the same.
///
/// A walk takes no memory but the leaves. Its time is that of one look-up for each range of each map.
///
/// ```swift
/// var walk = AddressSpaceWalk([database, list])
/// while let range = walk.next() {
///   if walk.leaves[1] != 0 { print(range, walk.leaves[0]) }
/// }
/// ```
package struct AddressSpaceWalk: Sendable {
  /// The leaves of the last range, one for each map. Copy an element rather than the array: the next range would
  /// allocate.
  package private(set) var leaves: [UInt32]

  private let maps: [any AddressMap]
  /// The first address of the next range. Nil: there is none.
  private var start: Address?
  /// The run of each map that contains `start`.
  private var runs: [(leaf: UInt32, last: Address)]
  /// The first end of a run.
  private var nearestLast: Address

  /// A walk over some maps. Without maps, each family is one range.
  package init(_ maps: [any AddressMap]) {
    self.maps = maps
    leaves = Array(repeating: 0, count: maps.count)
    let none = Address(ipv6: 0)
    runs = Array(repeating: (0, none), count: maps.count)
    nearestLast = none
    begin(Address(ipv4: 0))
  }

  /// The next range. Nil: all addresses are done.
  package mutating func next() -> AddressRange? {
    guard let first = start else { return nil }
    for index in runs.indices { leaves[index] = runs[index].leaf }
    while true {
      let last = nearestLast
      guard let following = last.next else {
        if first.isIPv4 { begin(Address(ipv6: 0)) } else { start = nil }
        return AddressRange(first: first, last: last)
      }
      if advance(to: following) {
        start = following
        return AddressRange(first: first, last: last)
      }
    }
  }

  /// Goes to the first address of a family. All runs have ended.
  private mutating func begin(_ first: Address) {
    start = first
    _ = advance(to: first)
  }

  /// Replaces the runs that have ended by those at an address. Returns whether a leaf differs from the last range's.
  private mutating func advance(to address: Address) -> Bool {
    let ended = nearestLast
    nearestLast = address.isIPv4 ? Address(ipv4: .max) : Address(ipv6: .max)
    var hasChanged = false
    for index in runs.indices {
      if runs[index].last == ended {
        runs[index] = maps[index].run(at: address)
        if runs[index].leaf != leaves[index] { hasChanged = true }
      }
      nearestLast = min(nearestLast, runs[index].last)
    }
    return hasChanged
  }
}
