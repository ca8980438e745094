"""The well-formed databases, written by mmdb-writer.

An outside writer, so that our reader and the author of its files do not share a mistake.
"""

import mmdb_writer
from mmdb_writer import MmdbU16, MmdbU32
from netaddr import IPNetwork, IPSet

BUILD_EPOCH = 1788220800  # 2026-09-01T00:00:00Z
ONE_WEEK = 7 * 24 * 60 * 60


# --- The writer ---------------------------------------------------------------------------------


class Encoder(mmdb_writer.Encoder):
    """The stock encoder, without three of its habits.

    Its cache takes True for 1 and {} for [], and does not know two equal typed integers again; and it
    makes a pointer of everything, even of values as short as a pointer.
    """

    def _freeze(self, value):
        if isinstance(value, dict):
            return ("map", tuple((key, self._freeze(item)) for key, item in value.items()))
        if isinstance(value, list):
            return ("array", tuple(self._freeze(item) for item in value))
        if isinstance(value, mmdb_writer.MmdbBaseType):
            return (type(value).__name__, value.value)
        return (type(value).__name__, value)

    def encode(self, value, type_id=None, return_offset=False):
        if self.cache and not return_offset and not isinstance(value, (dict, list)):
            inline = Encoder(cache=False).encode(value, type_id)
            if len(inline) <= 2:
                return inline
        return super().encode(value, type_id, return_offset)


class TreeWriter(mmdb_writer.TreeWriter):
    encoder_cls = Encoder
    minimum_record_size = 24

    def _adjust_record_size(self):
        super()._adjust_record_size()
        self.record_size = max(self.record_size, self.minimum_record_size)


def prefix_bits(prefix):
    network = IPNetwork(prefix)
    width = 32 if network.version == 4 else 128
    return [int(bit) for bit in f"{network.value:0{width}b}"[: network.prefixlen]]


def write_database(
    path, database_type, records, *, ip_version=6, aliases=True, record_size=24, epoch=BUILD_EPOCH
):
    """Write `records`, pairs of a network and its content; a later one lies over an earlier one.

    With `aliases`, the IPv4-mapped, 6to4 and Teredo prefixes lead to the node of ::/96, as in GeoLite2.
    """
    writer = mmdb_writer.MMDBWriter(
        ip_version=ip_version,
        ipv4_compatible=ip_version == 6,
        database_type=database_type,
        languages=["en"],
        description={"en": f"{path.stem}, a test database"},
    )
    for network, content in records:
        writer.insert_network(IPSet([network]), content)
    if ip_version == 6 and aliases:
        ipv4_root = writer.tree
        for bit in prefix_bits("::/96"):
            ipv4_root = ipv4_root.get_or_create(bit)
        for prefix in ("::ffff:0:0/96", "2002::/16", "2001::/32"):
            *first, last = prefix_bits(prefix)
            node = writer.tree
            for bit in first:
                node = node.get_or_create(bit)
            node[last] = ipv4_root
    metadata = writer._build_meta() | {"build_epoch": epoch}
    tree = TreeWriter(writer.tree, metadata)
    tree.minimum_record_size = record_size
    tree.write(str(path))


# --- The records --------------------------------------------------------------------------------

EUROPE = {"code": "EU", "geoname_id": MmdbU32(6255148), "names": {"en": "Europe"}}
NORTH_AMERICA = {"code": "NA", "geoname_id": MmdbU32(6255149), "names": {"en": "North America"}}

# code: name, geoname id, in the European Union, continent
COUNTRIES = {
    "US": ("United States", 6252001, False, NORTH_AMERICA),
    "DE": ("Germany", 2921044, True, EUROPE),
    "GB": ("United Kingdom", 2635167, False, EUROPE),
    "NO": ("Norway", 3144096, False, EUROPE),
    "CA": ("Canada", 6251999, False, NORTH_AMERICA),
    "FR": ("France", 3017382, True, EUROPE),
}

IPV4_COUNTRIES = [
    ("127.1.0.0/16", "US"),
    ("127.2.0.0/16", "DE"),
    ("127.3.0.0/16", "GB"),
    ("127.4.0.0/16", "NO"),
    ("127.5.0.0/16", "CA"),
    ("127.6.0.0/16", "FR"),
    ("192.0.2.0/24", "US"),
    ("198.51.100.0/24", "DE"),
    ("203.0.113.0/25", "GB"),
    ("203.0.113.128/25", "NO"),
]
IPV6_COUNTRIES = [
    ("::1/128", "FR"),
    ("2001:db8:1::/48", "US"),
    ("2001:db8:2::/48", "DE"),
    ("2001:db8:4::/48", "NO"),
]


def country(code):
    name, geoname_id, european_union, _ = COUNTRIES[code]
    fields = {"geoname_id": MmdbU32(geoname_id)}
    if european_union:  # as in GeoLite2: absent where it would be false
        fields["is_in_european_union"] = True
    return fields | {"iso_code": code, "names": {"en": name}}


def country_record(code):
    # Canada's is registered elsewhere, so that a reader that takes the wrong field is found out.
    registered = "US" if code == "CA" else code
    return {
        "continent": COUNTRIES[code][3],
        "country": country(code),
        "registered_country": country(registered),
    }


# Records that a country rule cannot use, in the shapes that GeoLite2 has them.
IPV4_WITHOUT_COUNTRY = [
    ("127.7.0.0/16", {"continent": EUROPE}),
    ("127.8.0.0/16", {"registered_country": country("US")}),
    ("127.9.0.0/16", {"traits": {}}),
]
IPV6_WITHOUT_COUNTRY = [("2001:db8:7::/48", {"continent": EUROPE})]

# city, subdivision code, subdivision, postal code, latitude, longitude, time zone
CITIES = {
    "US": [
        ("New York", "NY", "New York", "10001", 40.7, -74.0, "America/New_York"),
        ("Los Angeles", "CA", "California", "90001", 34.0, -118.2, "America/Los_Angeles"),
        ("Chicago", "IL", "Illinois", "60601", 41.9, -87.6, "America/Chicago"),
    ],
    "DE": [
        ("Berlin", "BE", "Berlin", "10115", 52.5, 13.4, "Europe/Berlin"),
        ("Munich", "BY", "Bavaria", "80331", 48.1, 11.6, "Europe/Berlin"),
        ("Hamburg", "HH", "Hamburg", "20095", 53.6, 10.0, "Europe/Berlin"),
    ],
    "GB": [
        ("London", "ENG", "England", "EC1A", 51.5, -0.1, "Europe/London"),
        ("Edinburgh", "SCT", "Scotland", "EH1", 55.9, -3.2, "Europe/London"),
        ("Cardiff", "WLS", "Wales", "CF10", 51.5, -3.2, "Europe/London"),
    ],
    "NO": [
        ("Oslo", "03", "Oslo", "0150", 59.9, 10.8, "Europe/Oslo"),
        ("Bergen", "46", "Vestland", "5003", 60.4, 5.3, "Europe/Oslo"),
        ("Trondheim", "50", "Trøndelag", "7010", 63.4, 10.4, "Europe/Oslo"),
    ],
    "CA": [
        ("Toronto", "ON", "Ontario", "M5H", 43.7, -79.4, "America/Toronto"),
        ("Montreal", "QC", "Quebec", "H2Y", 45.5, -73.6, "America/Toronto"),
        ("Vancouver", "BC", "British Columbia", "V5K", 49.3, -123.1, "America/Vancouver"),
    ],
    "FR": [
        ("Paris", "IDF", "Île-de-France", "75001", 48.9, 2.4, "Europe/Paris"),
        ("Lyon", "ARA", "Auvergne-Rhône-Alpes", "69001", 45.8, 4.8, "Europe/Paris"),
        ("Marseille", "PAC", "Provence-Alpes-Côte d'Azur", "13001", 43.3, 5.4, "Europe/Paris"),
    ],
}


def city_record(code, index):
    """The record of a country's city, or of the country alone where it has no such city."""
    record = country_record(code)
    if index >= len(CITIES[code]):
        return record
    city, subdivision_code, subdivision, postal, latitude, longitude, zone = CITIES[code][index]
    made_up_id = 90_000_000 + 100 * sorted(CITIES).index(code) + 2 * index
    return {
        "city": {"geoname_id": MmdbU32(made_up_id), "names": {"en": city}},
        "continent": record["continent"],
        "country": record["country"],
        "location": {
            "accuracy_radius": MmdbU16(20),
            "latitude": latitude,
            "longitude": longitude,
            "time_zone": zone,
        },
        "postal": {"code": postal},
        "registered_country": record["registered_country"],
        "subdivisions": [
            {
                "geoname_id": MmdbU32(made_up_id + 1),
                "iso_code": subdivision_code,
                "names": {"en": subdivision},
            }
        ],
    }


def city_records(countries):
    """Each network in quarters: three cities of its country, then the country without a city."""
    for network, code in countries:
        if network.endswith("/128"):
            yield network, city_record(code, 0)
            continue
        whole = IPNetwork(network)
        for index, quarter in enumerate(whole.subnet(whole.prefixlen + 2)):
            yield str(quarter), city_record(code, index)


def flags(*names):
    return {name: True for name in names}


ANONYMOUS = [
    ("127.11.0.0/16", flags("is_anonymous", "is_anonymous_vpn")),
    ("127.12.0.0/16", flags("is_anonymous", "is_hosting_provider")),
    ("127.13.0.0/16", flags("is_anonymous", "is_public_proxy")),
    ("127.14.0.0/16", flags("is_anonymous", "is_tor_exit_node")),
    ("127.15.0.0/16", flags("is_anonymous", "is_residential_proxy")),
    ("127.16.0.0/16", flags("is_anonymous", "is_anonymous_vpn", "is_hosting_provider")),
    ("127.17.0.0/16", flags("is_hosting_provider")),
    ("127.18.0.0/16", flags("is_tor_exit_node")),
    ("2001:db8:11::/48", flags("is_anonymous", "is_anonymous_vpn")),
]
GEOGUARD_FLAGS = ("is_vpn_datacenter", "is_relay_proxy", "is_proxy_over_vpn", "is_smart_dns_proxy")
GEOGUARD = [(f"127.{21 + i}.0.0/16", flags(name)) for i, name in enumerate(GEOGUARD_FLAGS)]
GEOGUARD += [("127.25.0.0/16", {name: False for name in GEOGUARD_FLAGS})]

# code: autonomous system (documentation numbers), name, domain
NETWORKS = {
    "US": (64500, "Example Transit", "transit.example"),
    "DE": (64501, "Beispiel Netz", "netz.example"),
    "GB": (64502, "Example Broadband", "broadband.example"),
    "NO": (64503, "Eksempel Fiber", "fiber.example"),
    "CA": (64504, "Example Cable", "cable.example"),
    "FR": (64505, "Exemple Mobile", "mobile.example"),
}


def ipinfo_record(code):
    number, name, domain = NETWORKS[code]
    continent = COUNTRIES[code][3]
    return {
        "as_domain": domain,
        "as_name": name,
        "asn": f"AS{number}",
        "continent": continent["names"]["en"],
        "continent_code": continent["code"],
        "country": COUNTRIES[code][0],
        "country_code": code,
    }


def asn_record(code):
    number, name, _ = NETWORKS[code]
    return {"autonomous_system_number": MmdbU32(number), "autonomous_system_organization": name}


def ipinfo_flat_record(code):
    """IPinfo's older shape: texts at the root, the country's is the code."""
    return {"asn": f"AS{NETWORKS[code][0]}", "continent": COUNTRIES[code][3]["code"], "country": code}


#: Countries that are no ISO 3166-1 codes, or stand where others do not have them.
COUNTRY_TEXTS = [
    ("127.1.0.0/16", {"country": {"iso_code": "CLOUDFLARE"}}),
    ("127.2.0.0/16", {"country_code": "Tor \"exit\"\r\nX-Evil: <b>,\u202e"}),
    ("127.3.0.0/16", {"country": {"iso_code": "L" * 300}}),
    ("127.4.0.0/16", {"country": {"iso_code": ""}}),
    ("127.5.0.0/16", {"country_code": "-"}),
    ("127.6.0.0/16", {"country": "Canada"}),
    ("127.7.0.0/16", {"country": {"iso_code": ""}, "country_code": "NO"}),
    ("127.8.0.0/16", {"country": {"iso_code": "de"}}),
    ("127.9.0.0/16", {"country": "FR", "country_code": ""}),
    ("127.10.0.0/16", {"country": "US"}),
    ("127.11.0.0/16", {"country": "A1"}),
    ("127.12.0.0/16", {"country": {"iso_code": "Europe"}}),
    ("127.13.0.0/16", {"country": {"iso_code": "-"}, "country_code": "CLOUDFLARE"}),
    ("127.14.0.0/16", {"country": {"iso_code": "L" * 299 + "M"}}),
]


def lower_case_record(code):
    record = country_record(code)
    return record | {"country": record["country"] | {"iso_code": code.lower()}}


def write_well_formed(folder):
    ipv4 = [(network, country_record(code)) for network, code in IPV4_COUNTRIES]
    ipv6 = [(network, country_record(code)) for network, code in IPV6_COUNTRIES]
    countries = ipv4 + IPV4_WITHOUT_COUNTRY + ipv6 + IPV6_WITHOUT_COUNTRY
    everywhere = IPV4_COUNTRIES + IPV6_COUNTRIES
    swapped = [("127.1.0.0/16", country_record("DE")), ("127.2.0.0/16", country_record("US"))]
    us, de = ({"country": country(code)} for code in ("US", "DE"))

    def write(name, database_type, records, **options):
        write_database(folder / f"{name}.mmdb", database_type, records, **options)

    write("loopback-country", "GeoLite2-Country", countries)
    write(
        "loopback-country-swapped",
        "GeoLite2-Country",
        countries + swapped,
        epoch=BUILD_EPOCH + ONE_WEEK,
    )
    write(
        "loopback-city",
        "GeoLite2-City",
        [*city_records(everywhere), *IPV4_WITHOUT_COUNTRY, *IPV6_WITHOUT_COUNTRY],
        record_size=28,
    )
    write("loopback-anonymous", "GeoIP2-Anonymous-IP", ANONYMOUS)
    write("loopback-geoguard", "GeoGuard", GEOGUARD, aliases=False)
    write(
        "loopback-country-anonymous",
        "Test-Country-Anonymous",
        [
            ("127.1.0.0/16", us),
            ("127.1.200.0/24", us | flags("is_anonymous", "is_anonymous_vpn")),
            ("127.2.0.0/16", de),
            ("127.2.200.0/24", de | flags("is_anonymous", "is_tor_exit_node")),
        ],
    )
    write("ipv4-only-country", "GeoLite2-Country", ipv4 + IPV4_WITHOUT_COUNTRY, ip_version=4)
    write(
        "flat-country",
        "ip-location-db country",
        [(network, {"country_code": code}) for network, code in everywhere],
        aliases=False,
    )
    write(
        "ipinfo-lite",
        "ipinfo lite.mmdb",
        [(network, ipinfo_record(code)) for network, code in everywhere],
        aliases=False,
        record_size=32,
    )
    write(
        "lower-case-country",
        "GeoLite2-Country",
        [(network, lower_case_record(code)) for network, code in everywhere],
    )
    write(
        "no-country",
        "GeoLite2-ASN",
        [(network, asn_record(code)) for network, code in everywhere],
    )
    write("empty", "GeoLite2-Country", [], aliases=False)
    write(
        "mistyped-records",
        "GeoLite2-Country",
        [
            ("127.1.0.0/16", {"country": ["US"]}),
            ("127.2.0.0/16", {"country": {"iso_code": MmdbU32(7)}}),
            ("127.3.0.0/16", country_record("GB")),
            ("127.4.0.0/16", country_record("NO") | {"is_anonymous": "yes"}),
            ("127.5.0.0/16", "a string instead of a map"),
            ("127.6.0.0/16", country_record("FR") | {"is_anonymous": False}),
        ],
    )
    write(
        "ipinfo-flat",
        "ipinfo standard_location.mmdb",
        [(network, ipinfo_flat_record(code)) for network, code in everywhere],
        aliases=False,
    )
    write("country-texts", "Test-Country-Texts", COUNTRY_TEXTS)
    write(
        "unreadable-country",
        "Test-Unreadable-Country",
        [
            ("127.1.0.0/16", {"country": {"iso_code": MmdbU32(7)}, "is_anonymous": "yes"}),
            ("127.2.0.0/16", {"country": ["DE"], "is_hosting_provider": True}),
            ("127.3.0.0/16", {"country": {"iso_code": ""}, "is_hosting_provider": False}),
            ("127.4.0.0/16", {"country": "Norway"}),
        ],
    )
    one_country = [("127.1.0.0/16", us)]
    write("one-country", "GeoLite2-Country", one_country, epoch=BUILD_EPOCH + ONE_WEEK)
    write(
        "rare-countries",
        "GeoLite2-Country",
        [*one_country, ("127.2.0.0/26", de), ("127.3.0.0/25", {"country": country("GB")})],
        epoch=BUILD_EPOCH + ONE_WEEK,
    )
