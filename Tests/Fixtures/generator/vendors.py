"""Databases with the records of each vendor, in the shapes of their sample files.

Read from the public repositories ipinfo/sample-database and maxmind/MaxMind-DB. The values are made up.
"""

from mmdb_writer import MmdbI32, MmdbU16, MmdbU32, MmdbU64
from well_formed import country, country_record, flags, write_database

NETWORK = {"autonomous_system_number": MmdbU32(64500), "autonomous_system_organization": "Example Transit"}
CALIFORNIA = {"geoname_id": MmdbU32(90_000_001), "iso_code": "CA", "names": {"en": "California"}}
ENGLAND = {"geoname_id": MmdbU32(90_000_003), "iso_code": "ENG", "names": {"en": "England"}}
BERKSHIRE = {"geoname_id": MmdbU32(90_000_005), "iso_code": "WBK", "names": {"en": "West Berkshire"}}
SEEN = {"network_last_seen": "2026-08-11", "provider_name": "example"}


def ipinfo(code, country_name, continent, continent_code, **more):
    names = {"continent": continent, "continent_code": continent_code, "country": country_name}
    return names | {"country_code": code} | more


JAPAN = ipinfo("JP", "Japan", "Asia", "AS", region="Tokyo", region_code="13")
AUSTRALIA = ipinfo("AU", "Australia", "Oceania", "OC", region="Victoria", region_code="VIC")
AS64500 = {"as_domain": "transit.example", "as_name": "Example Transit", "asn": "AS64500"}
CORE_FLAGS = ("is_anonymous", "is_anycast", "is_hosting", "is_mobile", "is_satellite")
PLUS_FLAGS = (*CORE_FLAGS, "is_proxy", "is_relay", "is_tor", "is_vpn")
PRIVACY_FLAGS = ("hosting", "proxy", "relay", "tor", "vpn")


def either(names, *true):
    return {name: name in true for name in names}


def texts(*true):
    return {name: "true" if name in true else "" for name in PRIVACY_FLAGS}


#: File: type, and the records of 127.1.0.0/16, 127.2.0.0/16 and so on.
VENDORS = {
    "maxmind-city": (
        "GeoLite2-City",
        [
            country_record("US") | {"subdivisions": [CALIFORNIA]},
            country_record("GB") | {"subdivisions": [ENGLAND, BERKSHIRE]},
            country_record("CA"),
            {"continent": country_record("DE")["continent"]},
            {"registered_country": country("US"), "subdivisions": [CALIFORNIA]},
        ],
    ),
    "maxmind-enterprise": (
        "GeoIP2-Enterprise",
        [
            country_record("US")
            | {"subdivisions": [CALIFORNIA], "traits": NETWORK | {"user_type": "business"}},
            country_record("DE") | {"traits": {"user_type": "residential"}},
        ],
    ),
    "dbip-city-lite": (
        "DBIP-City-Lite",
        [
            country_record("US") | {"subdivisions": [{"names": {"en": "California"}}]},
            country_record("DE") | {"subdivisions": [{"names": {"en": "Bavaria"}}]},
        ],
    ),
    "maxmind-isp": (
        "GeoIP2-ISP",
        [
            NETWORK | {"isp": "Example Internet", "organization": "Example Customer"},
            {"isp": "Example Internet", "organization": "Example Customer"},
            {"autonomous_system_number": MmdbU32(4_200_000_000)},
        ],
    ),
    "maxmind-anonymous-plus": (
        "GeoIP-Anonymous-Plus",
        [
            flags("is_anonymous", "is_anonymous_vpn")
            | {"anonymizer_confidence": MmdbU16(30)}
            | SEEN,
            flags("is_anonymous", "is_anonymous_vpn") | {"anonymizer_confidence": MmdbU16(99)},
            flags("is_anonymous", "is_residential_proxy"),
            {},
        ],
    ),
    "maxmind-ip-risk": (
        "GeoIP2-IP-Risk",
        [
            flags("is_anonymous", "is_public_proxy") | SEEN,
            {"ip_risk": 65.0},
            {"anonymizer_confidence": MmdbU16(70), "ip_risk": 30.0}
            | flags("is_anonymous", "is_hosting_provider"),
        ],
    ),
    "maxmind-residential-proxy": (
        "GeoIP-Residential-Proxy",
        [{"anonymizer_confidence": MmdbU16(82)} | SEEN, SEEN],
    ),
    "ipinfo-residential-proxy": (
        "ipinfo generic_privacy_proxy_residential_30d_sample.mmdb",
        [{"last_seen": "2026-08-03", "percent_days_seen": 3, "service": "example"}],
    ),
    "ipinfo-core": (
        "ipinfo bundle_location_core_sample.mmdb",
        [
            JAPAN | AS64500 | either(CORE_FLAGS, "is_anonymous", "is_hosting"),
            AUSTRALIA | either(CORE_FLAGS, "is_anycast"),
        ],
    ),
    "ipinfo-plus": (
        "ipinfo bundle_location_plus_sample.mmdb",
        [
            JAPAN | AS64500 | either(PLUS_FLAGS, "is_anonymous", "is_vpn"),
            AUSTRALIA | either(PLUS_FLAGS, "is_proxy", "is_relay", "is_tor"),
        ],
    ),
    "ipinfo-country-asn": (
        "ipinfo generic_country_free_country_asn_sample.mmdb",
        [
            AS64500
            | {"continent": "AS", "continent_name": "Asia", "country": "JP", "country_name": "Japan"},
            {"as_domain": "", "as_name": "", "asn": "", "continent": "OC", "continent_name": "Oceania"}
            | {"country": "AU", "country_name": "Australia"},
        ],
    ),
    "ipinfo-asn": (
        "ipinfo generic_asn_free_sample.mmdb",
        [{"asn": "AS64500", "domain": "", "name": "Example Transit", "route": "127.1.0.0/16"}],
    ),
    "ipinfo-company": (
        "ipinfo standard_company_sample.mmdb",
        [
            AS64500 | {"country": "JP", "name": "Example Customer", "type": "business"},
            {"as_name": "", "asn": "", "country": "JP", "name": "Example Customer", "type": "isp"},
        ],
    ),
    "ipinfo-location": (
        "ipinfo standard_location_mmdb_sample.mmdb",
        [
            {"city": "Moncofa", "country": "ES", "region": "Valencia", "region_code": "VC"},
            {"city": "Lausanne", "country": "CH", "region": "Vaud", "region_code": ""},
        ],
    ),
    "ipinfo-privacy": (
        "ipinfo standard_privacy_new_sample.mmdb",
        [
            either(PRIVACY_FLAGS, "vpn") | {"service": "example"},
            either(PRIVACY_FLAGS, "hosting", "proxy"),
            either(PRIVACY_FLAGS, "relay", "tor"),
        ],
    ),
    "ipinfo-privacy-text": (
        "ipinfo extended_privacy_sample.mmdb",
        [
            texts("vpn") | {"anycast": "false", "service": ""},
            texts("hosting", "proxy") | {"anycast": "false", "service": ""},
            texts() | {"anycast": "false", "service": ""},
        ],
    ),
    "flat-asn": (
        "ip-location-db asn",
        [
            {"country_code": "JP"} | NETWORK,
            {"autonomous_system_number": MmdbU32(64501), "autonomous_system_organization": ""},
        ],
    ),
    # One number in each type, and values that are none.
    "asn-values": (
        "Test-ASN-Values",
        [
            {"asn": value}
            for value in (
                MmdbU16(64500),
                MmdbU64(64500),
                MmdbI32(64500),
                "64500",
                "as64500",
                MmdbU32(0),
                "AS0",
                "-",
                "AS4294967296",
                MmdbU64(1 << 32),
                MmdbI32(-1),
                "AS",
                "AS64500 Example",
                True,
                {"number": MmdbU32(64500)},
            )
        ],
    ),
    # A record that no known path fits.
    "other-vendor": (
        "Test-Other-Vendor",
        [
            {
                "geo": {"cc": "de", "parts": [{"code": "BY"}, {"code": "DE-BE"}], "a/b~c": "EU"},
                "net": {"number": "AS64500", "owner": "Example Transit"},
                "risk": {"bot": True, "scraper": "TRUE", "vpn": False},
            },
            {"geo": "DE", "net": [MmdbU32(64500)], "risk": {"bot": MmdbU16(1), "scraper": ""}},
            {"geo": {"cc": MmdbU16(1), "parts": []}, "net": {"number": []}},
        ],
    ),
}


def write_vendors(folder):
    for name, (database_type, records) in VENDORS.items():
        networks = [(f"127.{index}.0.0/16", record) for index, record in enumerate(records, 1)]
        write_database(folder / f"{name}.mmdb", database_type, networks, aliases=False)
