/// What an anonymity database says of an address.
public struct AnonymityFlags: OptionSet, Hashable, Sendable {
  /// The bits; which flag has which bit is nobody's business outside a process.
  public let rawValue: UInt16

  /// A set from its bits.
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// Any kind of anonymity network.
  public static let ip = AnonymityFlags(rawValue: 1 << 0)
  /// An anonymizing VPN.
  public static let vpn = AnonymityFlags(rawValue: 1 << 1)
  /// A hosting provider.
  public static let hosting = AnonymityFlags(rawValue: 1 << 2)
  /// A public proxy.
  public static let publicProxy = AnonymityFlags(rawValue: 1 << 3)
  /// A Tor exit node.
  public static let tor = AnonymityFlags(rawValue: 1 << 4)
  /// A residential proxy.
  public static let residential = AnonymityFlags(rawValue: 1 << 5)
  /// A VPN in a data center (GeoGuard).
  public static let vpnDatacenter = AnonymityFlags(rawValue: 1 << 6)
  /// A relay proxy (GeoGuard).
  public static let relayProxy = AnonymityFlags(rawValue: 1 << 7)
  /// A proxy behind a VPN (GeoGuard).
  public static let proxyOverVPN = AnonymityFlags(rawValue: 1 << 8)
  /// A DNS proxy that pretends another place (GeoGuard).
  public static let smartDNSProxy = AnonymityFlags(rawValue: 1 << 9)

  /// Every flag.
  public static let all = AnonymityFlags(table.map(\.flag))

  /// Every flag with its name in a configuration and its field at the root of a database record, in the
  /// order of the documentation.
  public static let table: [(flag: AnonymityFlags, name: String, field: String)] = [
    (.ip, "ip", "is_anonymous"),
    (.vpn, "vpn", "is_anonymous_vpn"),
    (.hosting, "hosting", "is_hosting_provider"),
    (.publicProxy, "public", "is_public_proxy"),
    (.tor, "tor", "is_tor_exit_node"),
    (.residential, "residential", "is_residential_proxy"),
    (.vpnDatacenter, "vpn_datacenter", "is_vpn_datacenter"),
    (.relayProxy, "relay_proxy", "is_relay_proxy"),
    (.proxyOverVPN, "proxy_over_vpn", "is_proxy_over_vpn"),
    (.smartDNSProxy, "smart_dns_proxy", "is_smart_dns_proxy"),
  ]
}
