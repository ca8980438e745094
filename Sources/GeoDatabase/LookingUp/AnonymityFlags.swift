/// The flags of an anonymity database.
package struct AnonymityFlags: OptionSet, Hashable, Sendable {
  /// The bits. They have no meaning outside the process.
  package let rawValue: UInt32

  /// A set from its bits.
  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Any kind of anonymity network.
  package static let ip = AnonymityFlags(rawValue: 1 << 0)
  /// An anonymizing VPN.
  package static let vpn = AnonymityFlags(rawValue: 1 << 1)
  /// A hosting provider.
  package static let hosting = AnonymityFlags(rawValue: 1 << 2)
  /// A public proxy.
  package static let publicProxy = AnonymityFlags(rawValue: 1 << 3)
  /// A Tor exit node.
  package static let tor = AnonymityFlags(rawValue: 1 << 4)
  /// A residential proxy.
  package static let residential = AnonymityFlags(rawValue: 1 << 5)
  /// A VPN in a data center (GeoGuard).
  package static let vpnDatacenter = AnonymityFlags(rawValue: 1 << 6)
  /// A relay proxy (GeoGuard).
  package static let relayProxy = AnonymityFlags(rawValue: 1 << 7)
  /// A proxy that is reached through a VPN (GeoGuard).
  package static let proxyOverVPN = AnonymityFlags(rawValue: 1 << 8)
  /// A DNS proxy that hides the client's place (GeoGuard).
  package static let smartDNSProxy = AnonymityFlags(rawValue: 1 << 9)
  /// A proxy of any kind (IPinfo).
  package static let proxy = AnonymityFlags(rawValue: 1 << 10)
  /// A relay service that hides the client's address from websites (IPinfo).
  package static let relay = AnonymityFlags(rawValue: 1 << 11)

  /// How many flags an operator can define.
  package static let ownCount = 16

  /// A flag of the operator's own, which only `FieldSelection.flagPointers` reads. Nil: the index is not in 0..<16.
  package static func own(_ index: Int) -> AnonymityFlags? {
    (0..<ownCount).contains(index) ? AnonymityFlags(rawValue: 1 << UInt32(16 + index)) : nil
  }

  /// Every flag of the table, and every flag that an operator can define.
  package static let all = AnonymityFlags(table.map(\.flag)).union(
    AnonymityFlags((0..<ownCount).compactMap(own)))

  /// Every flag with its name in a configuration and its fields at the root of a record, in documentation order. The
  /// flag is set if any of its fields is true.
  package static let table: [(flag: AnonymityFlags, name: String, fields: [String])] = [
    (.ip, "ip", ["is_anonymous"]),
    (.vpn, "vpn", ["is_anonymous_vpn", "is_vpn", "vpn"]),
    (.hosting, "hosting", ["is_hosting_provider", "is_hosting", "hosting"]),
    (.publicProxy, "public", ["is_public_proxy"]),
    (.tor, "tor", ["is_tor_exit_node", "is_tor", "tor"]),
    (.residential, "residential", ["is_residential_proxy"]),
    (.vpnDatacenter, "vpn_datacenter", ["is_vpn_datacenter"]),
    (.relayProxy, "relay_proxy", ["is_relay_proxy"]),
    (.proxyOverVPN, "proxy_over_vpn", ["is_proxy_over_vpn"]),
    (.smartDNSProxy, "smart_dns_proxy", ["is_smart_dns_proxy"]),
    (.proxy, "proxy", ["is_proxy", "proxy"]),
    (.relay, "relay", ["is_relay", "relay"]),
  ]

  /// Fields of records that are listed because they are residential proxies (MaxMind Residential Proxy, IPinfo
  /// Residential Proxy). A record with one of them and without any flag has the flag `residential`.
  static let residentialMarks = ["network_last_seen", "percent_days_seen"]
}
