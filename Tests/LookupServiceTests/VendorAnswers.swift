import LookupService

/// An answer in the form of a vendor's documentation.
struct VendorAnswer: Sendable {
  let preset: LookupPreset
  let address: String
  let body: String
  /// `Record.summary` of the answer.
  let summary: String

  static let all: [VendorAnswer] = [
    VendorAnswer(
      preset: .abstractAPI, address: "203.0.113.255",
      body: """
        {"ip_address": "203.0.113.255", "city": "San Jose", "city_geoname_id": 5392171,
         "region": "California", "region_iso_code": "CA", "postal_code": "95141",
         "country": "United States", "country_code": "US", "country_is_eu": false,
         "continent": "North America", "continent_code": "NA", "longitude": -121.7714,
         "latitude": 37.1835, "security": {"is_vpn": true},
         "timezone": {"name": "America/Los_Angeles", "gmt_offset": -7, "is_dst": true},
         "flag": {"emoji": "\\ud83c\\uddfa\\ud83c\\uddf8", "unicode": "U+1F1FA U+1F1F8"},
         "connection": {"autonomous_system_number": 64496,
           "autonomous_system_organization": "EXAMPLE-MOBILE-LLC", "connection_type": "Cellular",
           "isp_name": "Example Mobile LLC", "organization_name": "Example Corporation"}}
        """,
      summary: "AS64496, US, US-CA, in NA, EXAMPLE-MOBILE-LLC, vpn"),
    VendorAnswer(
      preset: .abstractAPI, address: "198.51.100.65",
      body: """
        {"ip_address": "198.51.100.65",
         "security": {"is_vpn": false, "is_proxy": true, "is_tor": false, "is_hosting": false,
           "is_relay": false, "is_mobile": false, "is_abuse": false},
         "asn": {"asn": 64499, "name": "Example S.A.", "domain": "example.net", "type": "isp"},
         "company": {"name": "Example S.A.", "domain": "example.net", "type": "isp"},
         "domains": {"domains": []},
         "location": {"city": "Miami", "region": "Florida", "region_iso_code": "FL",
           "country": "United States", "country_code": "US", "continent": "North America",
           "continent_code": "NA", "longitude": -80.19, "latitude": 25.77}}
        """,
      summary: "AS64499, US, US-FL, in NA, Example S.A., proxy"),
    VendorAnswer(
      preset: .ipinfo, address: "192.0.2.8",
      body: """
        {"ip": "192.0.2.8", "hostname": "dns.example", "city": "Mountain View",
         "region": "California", "country": "US", "loc": "38.0088,-122.1175",
         "org": "AS64496 Example LLC", "postal": "94043", "timezone": "America/Los_Angeles",
         "privacy": {"vpn": false, "proxy": false, "tor": true, "relay": false, "hosting": true,
           "service": ""}}
        """,
      summary: "AS64496, US, Example LLC, hosting, tor"),
    VendorAnswer(
      preset: .ipinfo, address: "192.0.2.8",
      body: """
        {"ip": "192.0.2.8", "asn": "AS64496", "as_name": "Example LLC",
         "as_domain": "example.com", "country_code": "US", "country": "United States",
         "continent_code": "NA", "continent": "North America"}
        """,
      summary: "AS64496, US, in NA, Example LLC"),
    VendorAnswer(
      preset: .ipinfo, address: "192.0.2.72",
      body: """
        {"ip": "192.0.2.72",
         "geo": {"city": "Lille", "region": "Hauts-de-France", "region_code": "HDF",
           "country": "France", "country_code": "FR", "continent": "Europe",
           "continent_code": "EU", "latitude": 50.63297, "longitude": 3.05858,
           "timezone": "Europe/Paris", "postal_code": "59000"},
         "as": {"asn": "AS64500", "name": "Exemple SAS", "domain": "example.org",
           "type": "hosting"},
         "anonymous": {"is_proxy": false, "is_relay": true, "is_tor": false, "is_vpn": false},
         "is_anonymous": true, "is_anycast": false, "is_hosting": true, "is_mobile": false,
         "is_satellite": false}
        """,
      summary: "AS64500, FR, FR-HDF, in EU, Exemple SAS, ip, hosting, relay"),
    VendorAnswer(
      preset: .ipAPI, address: "192.0.2.1",
      body: """
        {"query": "192.0.2.1", "status": "success", "continent": "North America",
         "continentCode": "NA", "country": "Canada", "countryCode": "CA", "region": "QC",
         "regionName": "Quebec", "city": "Montreal", "district": "", "zip": "H1K",
         "lat": 45.6085, "lon": -73.5493, "timezone": "America/Toronto", "offset": -18000,
         "currency": "CAD", "isp": "Exemple Ltee", "org": "Exemple Ltee",
         "as": "AS64501 Exemple Telecom Ltee", "asname": "EXEMPLE", "mobile": false,
         "proxy": false, "hosting": true}
        """,
      summary: "AS64501, CA, CA-QC, in NA, Exemple Telecom Ltee, hosting"),
    VendorAnswer(
      preset: .ipgeolocation, address: "192.0.2.196",
      body: """
        {"ip": "192.0.2.196",
         "location": {"continent_code": "EU", "continent_name": "Europe", "country_code2": "SE",
           "country_code3": "SWE", "country_name": "Sweden", "state_prov": "Stockholms l\\u00e4n",
           "state_code": "SE-AB", "city": "Stockholm", "zipcode": "164 40",
           "latitude": "59.40510", "longitude": "17.95510", "is_eu": true},
         "country_metadata": {"calling_code": "+46", "tld": ".se", "languages": ["sv-SE", "se"]},
         "asn": {"as_number": "AS64502", "organization": "Exempel AB", "country": "SE"},
         "security": {"threat_score": 80, "is_tor": false, "is_proxy": true,
           "proxy_provider_names": ["Example VPN"], "is_residential_proxy": true, "is_vpn": true,
           "is_relay": false, "is_anonymous": true, "is_known_attacker": true,
           "is_cloud_provider": false}}
        """,
      summary: "AS64502, SE, SE-AB, in EU, Exempel AB, ip, vpn, residential, proxy"),
    VendorAnswer(
      preset: .ipgeolocation, address: "192.0.2.246",
      body: """
        {"ip": "192.0.2.246", "continent_code": "NA", "country_code2": "US",
         "country_code3": "USA", "state_prov": "Ohio", "state_code": "US-OH",
         "isp": "Example Technologies Inc.", "organization": "Example, Inc.", "asn": "AS64503"}
        """,
      summary: "AS64503, US, US-OH, in NA, Example, Inc."),
    VendorAnswer(
      preset: .ipdata, address: "2001:db8:0::144",
      body: """
        {"ip": "2001:db8::144", "is_eu": false, "city": null, "region": null,
         "region_code": null, "country_name": "United States", "country_code": "US",
         "continent_name": "North America", "continent_code": "NA", "latitude": 37.751,
         "asn": {"asn": "AS64504", "name": "Example Wireless", "domain": "example.com",
           "route": "2001:db8::/32", "type": "business"},
         "languages": [{"name": "English", "native": "English", "code": "en"}],
         "threat": {"is_tor": false, "is_vpn": true, "is_icloud_relay": true, "is_proxy": false,
           "is_datacenter": true, "is_anonymous": true, "is_known_attacker": false,
           "blocklists": []}, "count": "1"}
        """,
      summary: "AS64504, US, in NA, Example Wireless, ip, vpn, hosting, relay"),
    VendorAnswer(
      preset: .maxmind, address: "203.0.113.4",
      body: """
        {"anonymizer": {"confidence": 99, "is_anonymous": true, "is_anonymous_vpn": true,
           "network_last_seen": "2025-01-15", "provider_name": "Example"},
         "city": {"geoname_id": 1, "names": {"en": "Boxford"}},
         "continent": {"code": "EU", "geoname_id": 6255148, "names": {"en": "Europe"}},
         "country": {"confidence": 75, "geoname_id": 2635167, "iso_code": "GB",
           "names": {"en": "United Kingdom"}},
         "location": {"accuracy_radius": 20, "latitude": 51.75, "longitude": -1.25},
         "registered_country": {"geoname_id": 3017382, "iso_code": "FR",
           "names": {"en": "France"}},
         "subdivisions": [{"confidence": 50, "iso_code": "ENG", "names": {"en": "England"}},
           {"iso_code": "WBK", "names": {"en": "West Berkshire"}}],
         "traits": {"autonomous_system_number": 64505,
           "autonomous_system_organization": "Example Networks", "domain": "example.com",
           "ip_address": "203.0.113.4", "is_tor_exit_node": true, "network": "203.0.113.0/29"},
         "maxmind": {"queries_remaining": 54321}}
        """,
      summary: "AS64505, GB, GB-ENG, GB-WBK, in EU, registered FR, Example Networks, ip, vpn, tor"),
    VendorAnswer(
      preset: .dbIP, address: "203.0.113.89",
      body: """
        {"ipAddress": "203.0.113.89", "continentCode": "NA", "continentName": "North America",
         "countryCode": "US", "countryName": "United States", "isEuMember": false,
         "currencyCode": "USD", "phonePrefix": "1", "languages": ["en-US", "es-US", "haw", "fr"],
         "stateProv": "California", "stateProvCode": "CA", "city": "Mountain View",
         "latitude": 37.3861, "timeZone": "America\\/Los_Angeles", "asNumber": 64506,
         "asName": "EXAMPLE", "isp": "Example Fiber", "linkType": "fttx",
         "isCrawler": false, "isProxy": true, "threatLevel": "low"}
        """,
      summary: "AS64506, US, US-CA, in NA, EXAMPLE, proxy"),
  ]

  /// Bodies of failures with the message that the reader gives.
  static let failures: [(LookupPreset, body: String, message: String)] = [
    (
      .abstractAPI,
      #"{"error": {"message": "Invalid API key provided.", "code": "unauthorized", "details": null}}"#,
      "the service reports: Invalid API key provided."
    ),
    (
      .ipinfo,
      #"{"status": 429, "error": {"title": "Rate limit exceeded", "message": "Upgrade."}}"#,
      "the service reports: Upgrade."
    ),
    (.ipinfo, #"{"error": "Unknown token"}"#, "the service reports: Unknown token"),
    (
      .ipAPI, #"{"status": "fail", "message": "invalid query", "query": "x"}"#,
      "the service reports: invalid query"
    ),
    (
      .ipgeolocation, #"{"message": "Provided API key is not valid."}"#,
      "the service reports: Provided API key is not valid."
    ),
    (
      .ipdata, #"{"message": "You have exceeded your quota.\n\u001b[31m"}"#,
      "the service reports: You have exceeded your quota.\u{FFFD}\u{FFFD}[31m"
    ),
    (
      .maxmind, #"{"code": "INSUFFICIENT_FUNDS", "error": "The account is out of queries"}"#,
      "the service reports: The account is out of queries"
    ),
    (
      .dbIP, #"{"errorCode": "INVALID_KEY", "error": "invalid API key"}"#,
      "the service reports: invalid API key"
    ),
  ]

  /// Answers about an address that the service does not know.
  static let unknown: [(LookupPreset, body: String)] = [
    (.ipAPI, #"{"status": "fail", "message": "private range", "query": "192.0.2.1"}"#),
    (.maxmind, #"{"code": "IP_ADDRESS_NOT_FOUND", "error": "not in the database"}"#),
    (.ipinfo, #"{"ip": "192.0.2.1", "bogon": true}"#),
    (.abstractAPI, #"{"ip_address": "192.0.2.1", "country_code": null, "country": null}"#),
    (.dbIP, #"{"ipAddress": "192.0.2.1", "countryCode": "-"}"#),
    (.ipdata, #"{}"#),
  ]
}
