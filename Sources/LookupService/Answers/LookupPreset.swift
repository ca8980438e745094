import GeoDatabase

/// A service whose answers are known. The raw value is the name in a configuration.
///
/// A preset has the places of all of the service's products and versions, so that one name fits each of them.
///
/// Source: the vendors' documentation of their JSON answers.
package enum LookupPreset: String, CaseIterable, Hashable, Sendable {
  /// AbstractAPI's IP Geolocation and IP Intelligence.
  case abstractAPI = "abstractapi"
  /// IPinfo's Lite, Core and Plus, and the API before them.
  case ipinfo
  /// ip-api.com. Its fields have to include `countryCode` and, for the comparison, `query`.
  case ipAPI = "ip-api"
  /// ipgeolocation.io, versions 1 to 3.
  case ipgeolocation
  /// ipdata.co.
  case ipdata
  /// MaxMind's GeoIP web services: Country, City Plus and Insights, and GeoLite.
  case maxmind
  /// DB-IP, version 2.
  case dbIP = "db-ip"

  /// The places of the fields in the service's answers.
  package var shape: AnswerShape {
    switch self {
    case .abstractAPI: Self.shapeOfAbstractAPI
    case .ipinfo: Self.shapeOfIPinfo
    case .ipAPI: Self.shapeOfIPAPI
    case .ipgeolocation: Self.shapeOfIPgeolocation
    case .ipdata: Self.shapeOfIPdata
    case .maxmind: Self.shapeOfMaxMind
    case .dbIP: Self.shapeOfDBIP
    }
  }

  private static let shapeOfAbstractAPI = AnswerShape(
    fields: [
      .country: pointers("/location/country_code", "/country_code"),
      .continent: pointers("/location/continent_code", "/continent_code"),
      .subdivision: pointers("/location/region_iso_code", "/region_iso_code"),
      .asn: pointers("/asn/asn", "/connection/autonomous_system_number"),
      .organisation: pointers("/asn/name", "/connection/autonomous_system_organization"),
    ],
    flags: [
      .vpn: pointers("/security/is_vpn"), .proxy: pointers("/security/is_proxy"),
      .tor: pointers("/security/is_tor"), .hosting: pointers("/security/is_hosting"),
      .relay: pointers("/security/is_relay"),
    ],
    address: pointers("/ip_address"),
    failure: failure("/error", codes: pointers("/error/code"), messages: pointers("/error/message"))
  )

  private static let shapeOfIPinfo = AnswerShape(
    fields: [
      .country: pointers("/country_code", "/geo/country_code", "/country"),
      .continent: pointers("/continent_code", "/geo/continent_code", "/continent/code"),
      .subdivision: pointers("/geo/region_code"),
      .asn: pointers("/as/asn", "/asn/asn", "/asn", "/org"),
      .organisation: pointers("/as/name", "/asn/name", "/as_name", "/org"),
    ],
    flags: [
      .ip: pointers("/is_anonymous"),
      .vpn: pointers("/anonymous/is_vpn", "/privacy/vpn"),
      .proxy: pointers("/anonymous/is_proxy", "/privacy/proxy"),
      .tor: pointers("/anonymous/is_tor", "/privacy/tor"),
      .relay: pointers("/anonymous/is_relay", "/privacy/relay"),
      .hosting: pointers("/is_hosting", "/privacy/hosting"),
    ],
    address: pointers("/ip"),
    failure: failure("/error", messages: pointers("/error/message", "/error/title", "/error"))
  )

  private static let shapeOfIPAPI = AnswerShape(
    fields: [
      .country: pointers("/countryCode"), .continent: pointers("/continentCode"),
      .subdivision: pointers("/region"), .asn: pointers("/as"), .organisation: pointers("/as"),
    ],
    flags: [.proxy: pointers("/proxy"), .hosting: pointers("/hosting")],
    address: pointers("/query"),
    failure: failure(
      "/status", markedBy: "fail", codes: pointers("/message"), messages: pointers("/message"),
      unknownAddressCodes: ["private range", "reserved range"]))

  private static let shapeOfIPgeolocation = AnswerShape(
    fields: [
      .country: pointers("/location/country_code2", "/country_code2"),
      .continent: pointers("/location/continent_code", "/continent_code"),
      .subdivision: pointers("/location/state_code", "/state_code"),
      .asn: pointers("/asn/as_number", "/network/asn/as_number", "/asn"),
      .organisation: pointers(
        "/asn/organization", "/network/asn/organization", "/organization"),
    ],
    flags: [
      .ip: pointers("/security/is_anonymous"), .vpn: pointers("/security/is_vpn"),
      .proxy: pointers("/security/is_proxy"), .tor: pointers("/security/is_tor"),
      .relay: pointers("/security/is_relay"),
      .residential: pointers("/security/is_residential_proxy"),
      .hosting: pointers("/security/is_cloud_provider"),
    ],
    address: pointers("/ip"),
    failure: failure("/message", messages: pointers("/message")))

  private static let shapeOfIPdata = AnswerShape(
    fields: [
      .country: pointers("/country_code"), .continent: pointers("/continent_code"),
      .subdivision: pointers("/region_code"), .asn: pointers("/asn/asn", "/asn"),
      .organisation: pointers("/asn/name", "/organisation"),
    ],
    flags: [
      .ip: pointers("/threat/is_anonymous"), .vpn: pointers("/threat/is_vpn"),
      .proxy: pointers("/threat/is_proxy"), .tor: pointers("/threat/is_tor"),
      .relay: pointers("/threat/is_icloud_relay"), .hosting: pointers("/threat/is_datacenter"),
    ],
    address: pointers("/ip"),
    failure: failure("/message", messages: pointers("/message")))

  private static let shapeOfMaxMind = AnswerShape(
    fields: [
      .country: pointers("/country/iso_code"),
      .registeredCountry: pointers("/registered_country/iso_code"),
      .continent: pointers("/continent/code"),
      .subdivision: pointers("/subdivisions/0/iso_code", "/subdivisions/1/iso_code"),
      .asn: pointers("/traits/autonomous_system_number"),
      .organisation: pointers("/traits/autonomous_system_organization"),
    ],
    flags: [
      .ip: pointers("/anonymizer/is_anonymous", "/traits/is_anonymous"),
      .vpn: pointers("/anonymizer/is_anonymous_vpn", "/traits/is_anonymous_vpn"),
      .hosting: pointers("/anonymizer/is_hosting_provider", "/traits/is_hosting_provider"),
      .publicProxy: pointers("/anonymizer/is_public_proxy", "/traits/is_public_proxy"),
      .residential: pointers("/anonymizer/is_residential_proxy", "/traits/is_residential_proxy"),
      .tor: pointers("/anonymizer/is_tor_exit_node", "/traits/is_tor_exit_node"),
    ],
    address: pointers("/traits/ip_address"),
    failure: failure(
      "/error", codes: pointers("/code"), messages: pointers("/error"),
      unknownAddressCodes: ["IP_ADDRESS_NOT_FOUND", "IP_ADDRESS_RESERVED"]))

  private static let shapeOfDBIP = AnswerShape(
    fields: [
      .country: pointers("/countryCode"), .continent: pointers("/continentCode"),
      .subdivision: pointers("/stateProvCode"), .asn: pointers("/asNumber"),
      .organisation: pointers("/asName"),
    ],
    flags: [.proxy: pointers("/isProxy")],
    address: pointers("/ipAddress"),
    failure: failure("/error", codes: pointers("/errorCode"), messages: pointers("/error")))

  /// Pointers from their texts. A test has every text read.
  private static func pointers(_ texts: String...) -> [JSONPointer] {
    texts.compactMap { try? JSONPointer($0) }
  }

  private static func failure(
    _ mark: String, markedBy: String? = nil, codes: [JSONPointer] = [],
    messages: [JSONPointer], unknownAddressCodes: Set<String> = []
  ) -> ServiceFailure? {
    pointers(mark).first.map {
      ServiceFailure(
        mark: $0, markedBy: markedBy, codes: codes, messages: messages,
        unknownAddressCodes: unknownAddressCodes)
    }
  }
}
