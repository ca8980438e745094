/// The fields of a database record that rules read.
package struct Record: Hashable, Sendable {
  /// A record's country.
  package enum CountryField: Hashable, Sendable {
    /// The record has no country, or an empty text or `-` in its place.
    case absent
    /// `country.iso_code`, else the flat `country_code`, else a `country` that is a text of two letters.
    case code(CountryCode)
    /// The country is not a text.
    case unreadable
  }

  /// The country.
  package var country: CountryField
  /// The flags that are set.
  package var flags: AnonymityFlags
  /// The flags that are not booleans. None of them is in `flags`.
  package var unreadableFlags: AnonymityFlags

  /// A record from its parts.
  package init(
    country: CountryField = .absent, flags: AnonymityFlags = [],
    unreadableFlags: AnonymityFlags = []
  ) {
    self.country = country
    self.flags = flags
    self.unreadableFlags = unreadableFlags
  }

  /// Replaces a record that cannot be decoded.
  package static let unreadable = Record(country: .unreadable, unreadableFlags: .all)
}

/// The flags of an anonymity database.
package struct AnonymityFlags: OptionSet, Hashable, Sendable {
  /// The bits. They have no meaning outside the process.
  package let rawValue: UInt16

  /// A set from its bits.
  package init(rawValue: UInt16) {
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

  /// Every flag.
  package static let all = AnonymityFlags(table.map(\.flag))

  /// Every flag with its name in a configuration and its field at the root of a record, in documentation order.
  package static let table: [(flag: AnonymityFlags, name: String, field: String)] = [
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
