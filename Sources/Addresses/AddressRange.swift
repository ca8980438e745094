/// All addresses from a first to a last one of the same family, both included.
///
/// An IPv6 range contains no IPv4 addresses, not even `::/0`: a mapped address is IPv4.
package struct AddressRange: Hashable, Sendable {
  /// The lowest address of the range.
  package let first: Address
  /// The highest address of the range.
  package let last: Address

  /// The range of a single address.
  package init(_ address: Address) {
    first = address
    last = address
  }

  /// A range from its ends. Nil: they are in the wrong order or of different families.
  package init?(first: Address, last: Address) {
    guard first.isIPv4 == last.isIPv4, first.bits <= last.bits else { return nil }
    self.first = first
    self.last = last
  }

  /// An IPv4 range from the numbers of its ends. They must be in order.
  init(ipv4 first: UInt32, _ last: UInt32) {
    self.first = Address(ipv4: first)
    self.last = Address(ipv4: last)
  }

  /// An IPv6 range from the numbers of its ends. They must be in order.
  init(ipv6 first: UInt128, _ last: UInt128) {
    self.first = Address(ipv6: first)
    self.last = Address(ipv6: last)
  }

  /// All addresses whose first `length` of 128 bits are the same as in `bits`. `bits` may have host bits.
  init(bits: UInt128, prefixLength length: Int) {
    let hostMask = Self.hostMask(prefixLength: length)
    let first = Address(ipv6: bits & ~hostMask)
    let last = Address(ipv6: bits | hostMask)
    self.first = first
    // Below 96 bits the first address is IPv6. If the last would be mapped, the range ends before the mapped
    // addresses.
    let endsWithMapped = last.isIPv4 && !first.isIPv4
    self.last = endsWithMapped ? Address(ipv6: Address.mappedPrefix - 1) : last
  }

  /// The host bits of a prefix with `length` of 128 bits.
  static func hostMask(prefixLength length: Int) -> UInt128 {
    length <= 0 ? .max : (1 << (128 - length)) - 1
  }

  /// Whether this is an IPv4 range.
  package var isIPv4: Bool {
    first.isIPv4
  }

  /// Whether the address lies in the range.
  package func contains(_ address: Address) -> Bool {
    address.isIPv4 == isIPv4 && first.bits <= address.bits && address.bits <= last.bits
  }

  /// Whether the other range lies in this one or equals it.
  package func contains(_ other: AddressRange) -> Bool {
    other.isIPv4 == isIPv4 && first.bits <= other.first.bits && other.last.bits <= last.bits
  }

  /// Whether the range is larger than an IPv4 /8 or an IPv6 /16 and contains public addresses.
  ///
  /// From 224.0.0.0 on, IPv4 has only multicast and reserved addresses. Public IPv6 addresses are in 2000::/3.
  package var isShortPublicPrefix: Bool {
    let others = last.bits - first.bits
    if isIPv4 { return others >= 1 << 24 && first.low32 < 0xE000_0000 }
    let publicRange = AddressRange(bits: 2 << 124, prefixLength: 3)
    return others >= 1 << 112 && first <= publicRange.last && last >= publicRange.first
  }
}

extension AddressRange: CustomStringConvertible {
  /// `a.b.c.d` for one address, `a.b.c.d/n` for a CIDR block, else `a-b`.
  package var description: String {
    if first == last { return first.description }
    // A block that ends with the mapped addresses has no IPv4 addresses, as in `::/80`.
    let endsBeforeMapped = last.bits == Address.mappedPrefix - 1
    for last in endsBeforeMapped ? [last.bits, last.bits + 1 << 32] : [last.bits] {
      let hostMask = first.bits ^ last
      if hostMask & (hostMask &+ 1) == 0, first.bits & hostMask == 0 {
        return "\(first)/\((isIPv4 ? 32 : 128) - hostMask.nonzeroBitCount)"
      }
    }
    return "\(first)-\(last)"
  }
}
