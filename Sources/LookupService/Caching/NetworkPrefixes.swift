import Addresses

/// How many leading bits of an address are its network: all addresses of a network share one answer.
///
/// ```swift
/// let prefixes = NetworkPrefixes(ipv4: 32, ipv6: 64)
/// prefixes?.network(of: client)  // 2001:db8:1:2:: for 2001:db8:1:2::3
/// ```
package struct NetworkPrefixes: Hashable, Sendable {
  /// The prefix length of IPv4 addresses, from 0 to 32.
  package let ipv4: Int
  /// The prefix length of IPv6 addresses, from 0 to 128.
  package let ipv6: Int
  private let ipv4Mask: UInt128
  private let ipv6Mask: UInt128

  /// Prefixes from their lengths. Nil: a length is too long or negative.
  package init?(ipv4: Int, ipv6: Int) {
    guard (0...32).contains(ipv4), (0...128).contains(ipv6) else { return nil }
    self.ipv4 = ipv4
    self.ipv6 = ipv6
    // A shift by all bits gives zero.
    ipv4Mask = ~UInt128.zero << UInt128(32 - ipv4)
    ipv6Mask = ~UInt128.zero << UInt128(128 - ipv6)
  }

  /// One question per IPv4 address and per IPv6 /64.
  package static let standard = NetworkPrefixes()

  private init() {
    (ipv4, ipv6, ipv4Mask, ipv6Mask) = (32, 64, .max, .max << 64)
  }

  /// The first address of the address's network. Does not allocate.
  package func network(of address: Address) -> Address {
    Address(ipv6: address.bits & (address.isIPv4 ? ipv4Mask : ipv6Mask))
  }

  /// Whether a network of the address's family is one customer: a single IPv4 address, or at most an IPv6 /64. An
  /// anonymity flag of one address says nothing about the others of a larger network.
  package func isOneCustomer(_ address: Address) -> Bool {
    address.isIPv4 ? ipv4 == 32 : ipv6 >= 64
  }
}
