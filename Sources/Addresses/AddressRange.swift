/// All addresses from a first to a last one, both included and of one family.
///
/// An IPv6 range never holds IPv4 addresses, not even `::/0`: a mapped address is IPv4.
public struct AddressRange: Hashable, Sendable {
  /// The lowest address of the range.
  public let first: Address
  /// The highest address of the range.
  public let last: Address

  /// The range of a single address.
  public init(_ address: Address) {
    first = address
    last = address
  }

  /// A range from its ends, or nil where they are in the wrong order or of different families.
  public init?(first: Address, last: Address) {
    guard first.isIPv4 == last.isIPv4, first.bits <= last.bits else { return nil }
    self.first = first
    self.last = last
  }

  /// A range of IPv4 addresses from the numbers of its ends, which are in order.
  init(ipv4 first: UInt32, _ last: UInt32) {
    self.first = Address(ipv4: first)
    self.last = Address(ipv4: last)
  }

  /// A range of IPv6 addresses from the numbers of its ends, which are in order.
  init(ipv6 first: UInt128, _ last: UInt128) {
    self.first = Address(ipv6: first)
    self.last = Address(ipv6: last)
  }

  /// All addresses that share the first `length` of 128 bits with `bits`, which may have host bits.
  init(bits: UInt128, prefixLength length: Int) {
    let hostMask = Self.hostMask(prefixLength: length)
    let first = Address(ipv6: bits & ~hostMask)
    let last = Address(ipv6: bits | hostMask)
    self.first = first
    // Below 96 bits the first address is IPv6, and where the last one would be a mapped address, the
    // IPv6 addresses end before those.
    let endsWithMapped = last.isIPv4 && !first.isIPv4
    self.last = endsWithMapped ? Address(ipv6: Address.mappedPrefix - 1) : last
  }

  /// The bits that a prefix of this many of 128 bits leaves open.
  static func hostMask(prefixLength length: Int) -> UInt128 {
    length <= 0 ? .max : (1 << (128 - length)) - 1
  }

  /// Whether the range is of IPv4 addresses.
  public var isIPv4: Bool {
    first.isIPv4
  }

  /// Whether the address lies in the range.
  public func contains(_ address: Address) -> Bool {
    address.isIPv4 == isIPv4 && first.bits <= address.bits && address.bits <= last.bits
  }

  /// Whether the other range lies in this one, or is this one.
  public func contains(_ other: AddressRange) -> Bool {
    other.isIPv4 == isIPv4 && first.bits <= other.first.bits && other.last.bits <= last.bits
  }

  /// Whether it is larger than a /8 of IPv4 or a /16 of IPv6 and holds addresses of the public internet.
  ///
  /// From 224.0.0.0 on, IPv4 has only multicast and reserved addresses. The public ones of IPv6 are in 2000::/3.
  package var isShortPublicPrefix: Bool {
    let others = last.bits - first.bits
    if isIPv4 { return others >= 1 << 24 && first.low32 < 0xE000_0000 }
    let publicRange = AddressRange(bits: 2 << 124, prefixLength: 3)
    return others >= 1 << 112 && first <= publicRange.last && last >= publicRange.first
  }
}

extension AddressRange: CustomStringConvertible {
  /// `a.b.c.d` for one address, `a.b.c.d/n` where the range is a CIDR block, else `a-b`.
  public var description: String {
    if first == last { return first.description }
    let hostMask = first.bits ^ last.bits
    let isBlock = hostMask & (hostMask &+ 1) == 0 && first.bits & hostMask == 0
    guard isBlock else { return "\(first)-\(last)" }
    let familyBits = isIPv4 ? 32 : 128
    return "\(first)/\(familyBits - hostMask.nonzeroBitCount)"
  }
}
