/// From an address to a number: the one structure behind address lists and databases.
///
/// Immutable, and safe to look up from any number of threads. A look-up takes no lock, allocates nothing
/// and cannot trap; its time does not grow with the number of ranges, but for their fit in the caches.
///
/// INVARIANT: the views are of the two tries beside them, which are never replaced.
@safe public struct AddressTable: Sendable {
  private let ipv4: Poptrie
  private let ipv6: Poptrie
  @usableFromInline let ipv4View: Poptrie.View
  @usableFromInline let ipv6View: Poptrie.View

  /// The largest number that a range can have; larger ones are read as this one.
  public static let largestValue = Poptrie.largestValue

  /// A table of ranges, each with its number.
  ///
  /// Where ranges overlap, the smallest that holds an address wins, and of equally large ones the first.
  ///
  /// - Parameter covered: Ranges that count only where none of `entries` holds an address.
  public init(
    _ entries: [(range: AddressRange, value: UInt32)],
    above covered: [(range: AddressRange, value: UInt32)] = []
  ) {
    var all = AddressTableEntries()
    for entry in entries { all.append(entry.range, value: entry.value) }
    all.coverRest()
    for entry in covered { all.append(entry.range, value: entry.value) }
    self.init(all)
  }

  /// The same of entries that were collected.
  package init(_ entries: consuming AddressTableEntries) {
    let (coveredIPv4, coveredIPv6) = (entries.coveredIPv4, entries.coveredIPv6)
    var flatIPv4 = flattened(entries.ipv4, coveredFrom: coveredIPv4)
    var flatIPv6 = flattened(entries.ipv6, coveredFrom: coveredIPv6)
    self.init(
      ipv4: PoptrieBuilder(
        &flatIPv4, flatIPv4.whole, isIPv6: false, sizeHint: flatIPv4.segments.count),
      ipv6: PoptrieBuilder(
        &flatIPv6, flatIPv6.whole, isIPv6: true, sizeHint: flatIPv6.segments.count))
  }

  package init(ipv4: consuming PoptrieBuilder, ipv6: consuming PoptrieBuilder) {
    self.ipv4 = Poptrie(ipv4)
    self.ipv6 = Poptrie(ipv6)
    unsafe ipv4View = self.ipv4.view
    unsafe ipv6View = self.ipv6.view
  }

  /// The number of the smallest range that holds the address, or nil where none does.
  @inlinable @inline(__always)
  public func value(for address: Address) -> UInt32? {
    let leaf = leaf(for: address)
    return leaf == 0 ? nil : leaf &- 1
  }

  /// The number plus one, or 0 where no range holds the address.
  @inlinable @inline(__always)
  package func leaf(for address: Address) -> UInt32 {
    defer { extendLifetime(self) }
    return address.isIPv4
      ? unsafe ipv4View.leaf(ipv4: address.low32)
      : unsafe ipv6View.leaf(address.highBits, address.lowBits)
  }

  /// The same for an IPv4 address.
  @inlinable @inline(__always)
  package func leaf(ipv4 address: UInt32) -> UInt32 {
    defer { extendLifetime(self) }
    return unsafe ipv4View.leaf(ipv4: address)
  }

  /// Calls the body with runs of IPv4 addresses: their leaf, and four times their count.
  package func forEachIPv4Leaf(_ body: (_ leaf: UInt32, _ quarters: UInt64) -> Void) {
    ipv4.forEachLeaf(body)
  }

  /// Whether no range is in it.
  public var isEmpty: Bool { ipv4.isEmpty && ipv6.isEmpty }

  /// The bytes that the table occupies.
  public var byteCount: Int { ipv4.byteCount + ipv6.byteCount }
}
