/// The fields of a database record that rules read.
public struct Record: Hashable, Sendable {
  /// A record's country.
  public enum CountryField: Hashable, Sendable {
    /// The record has no country, or an empty text or `-` in its place.
    case absent
    /// `country.iso_code`, else the flat `country_code`, else a `country` that is a text of two letters.
    case code(CountryCode)
    /// The country is not a text.
    case unreadable
  }

  /// The country.
  public var country: CountryField
  /// The flags that are set.
  public var flags: AnonymityFlags
  /// The flags that are not booleans. None of them is in `flags`.
  public var unreadableFlags: AnonymityFlags

  /// A record from its parts.
  public init(
    country: CountryField = .absent, flags: AnonymityFlags = [],
    unreadableFlags: AnonymityFlags = []
  ) {
    self.country = country
    self.flags = flags
    self.unreadableFlags = unreadableFlags
  }

  /// Replaces a record that cannot be decoded.
  public static let unreadable = Record(country: .unreadable, unreadableFlags: .all)
}

/// The flags of an anonymity database.
public struct AnonymityFlags: OptionSet, Hashable, Sendable {
  /// The bits. They have no meaning outside the process.
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
  /// A proxy that is reached through a VPN (GeoGuard).
  public static let proxyOverVPN = AnonymityFlags(rawValue: 1 << 8)
  /// A DNS proxy that hides the client's place (GeoGuard).
  public static let smartDNSProxy = AnonymityFlags(rawValue: 1 << 9)

  /// Every flag.
  public static let all = AnonymityFlags(table.map(\.flag))

  /// Every flag with its name in a configuration and its field at the root of a record, in documentation order.
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
