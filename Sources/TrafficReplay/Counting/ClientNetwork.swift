import Addresses

/// The network that stands for a client in a report: the /24 of an IPv4 address, the /48 of an IPv6 one.
struct ClientNetwork: Hashable, Sendable {
  /// The bits of the prefix, and above them which of the two it is. Never 0.
  let key: UInt64

  private static let isIPv4: UInt64 = 1 << 56
  private static let isIPv6: UInt64 = 2 << 56

  init(of client: Address) {
    key =
      client.isIPv4
      ? Self.isIPv4 | UInt64(truncatingIfNeeded: client.bits) >> 8 & 0xff_ffff
      : Self.isIPv6 | UInt64(truncatingIfNeeded: client.bits >> 80)
  }

  init(key: UInt64) {
    self.key = key
  }
}

extension ClientNetwork: CustomStringConvertible {
  /// The prefix in CIDR notation.
  var description: String {
    key & Self.isIPv4 != 0
      ? "\(Address(ipv4: UInt32(truncatingIfNeeded: key << 8)))/24"
      : "\(Address(ipv6: UInt128(key & 0xffff_ffff_ffff) << 80))/48"
  }
}
