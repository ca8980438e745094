/// Maps addresses to numbers, for address lists and for databases.
///
/// Immutable; any number of threads may look up at once. A look-up takes no lock, allocates nothing and cannot trap.
/// Its time grows with the number of ranges only as far as they no longer fit in the caches.
///
/// INVARIANT: `ipv4View` and `ipv6View` belong to `ipv4` and `ipv6`, which are never replaced.
@safe @usableFromInline package struct AddressTable: Sendable {
  private let ipv4: Poptrie
  private let ipv6: Poptrie
  @usableFromInline let ipv4View: Poptrie.View
  @usableFromInline let ipv6View: Poptrie.View

  /// The largest number of a range. Larger numbers are replaced by this one.
  package static let largestValue = Poptrie.largestValue

  /// A table without a range.
  package static let empty = AddressTable(flattening: AddressTableEntries())

  /// A table of ranges, each with its number.
  ///
  /// The smallest range that contains an address wins, and of equally large ones the first.
  package init(_ entries: [(range: AddressRange, value: UInt32)]) {
    var all = AddressTableEntries()
    for entry in entries { all.append(entry.range, value: entry.value) }
    self.init(all)
  }

  /// A table of collected entries.
  package init(_ entries: consuming AddressTableEntries) {
    self = entries.isEmpty ? .empty : AddressTable(flattening: entries)
  }

  private init(flattening entries: consuming AddressTableEntries) {
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

  /// The number of the smallest range that contains the address. Nil: no range contains it.
  @inlinable @inline(__always)
  package func value(for address: Address) -> UInt32? {
    let leaf = leaf(for: address)
    return leaf == 0 ? nil : leaf &- 1
  }

  /// The number plus one. 0: no range contains the address.
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

  /// Whether the table has no ranges.
  package var isEmpty: Bool { ipv4.isEmpty && ipv6.isEmpty }

  /// The size of the table in bytes.
  package var byteCount: Int { ipv4.byteCount + ipv6.byteCount }
}

extension AddressTable: AddressMap {
  package func run(at address: Address) -> (leaf: UInt32, last: Address) {
    defer { extendLifetime(self) }
    if address.isIPv4 {
      let (leaf, last) = unsafe ipv4View.run(at: address.bits &<< 96)
      return (leaf, Address(ipv4: UInt32(truncatingIfNeeded: last &>> 96)))
    }
    let (leaf, last) = unsafe ipv6View.run(at: address.bits)
    let endsBeforeMapped = address.bits < Address.mappedPrefix && last >= Address.mappedPrefix
    return (leaf, Address(ipv6: endsBeforeMapped ? Address.mappedPrefix &- 1 : last))
  }
}
