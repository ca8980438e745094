"""The broken databases, put together byte by byte after the MaxMind DB format specification 2.0."""

import struct

from well_formed import BUILD_EPOCH, prefix_bits

MARKER = b"\xab\xcd\xefMaxMind.com"
STRING, UINT16, UINT32, MAP, UINT64, ARRAY = 2, 5, 6, 7, 9, 11
LARGEST_SIZE = 65821 + 0xFFFFFF


def control(kind, size):
    """The control byte(s) of a data field of any type but pointer."""
    if size < 29:
        low, more = size, b""
    elif size < 285:
        low, more = 29, struct.pack(">B", size - 29)
    elif size < 65821:
        low, more = 30, struct.pack(">H", size - 285)
    else:
        low, more = 31, struct.pack(">I", size - 65821)[1:]
    head = bytes([kind << 5 | low]) if kind <= 7 else bytes([low, kind - 7])
    return head + more


def pointer(offset):
    return struct.pack(">BI", 0x38, offset)


def string(value):
    value = value if isinstance(value, bytes) else value.encode()
    return control(STRING, len(value)) + value


def unsigned(kind, value):
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return control(kind, len(digits)) + digits


def array(items):
    return control(ARRAY, len(items)) + b"".join(items)


def mapping(**fields):
    return control(MAP, len(fields)) + b"".join(string(k) + v for k, v in fields.items())


def bare_country(iso_code):
    return mapping(country=mapping(iso_code=string(iso_code)))


class DataSection:
    """The bytes of a data section; `add` returns where a record starts."""

    def __init__(self):
        self.bytes = b""

    def add(self, record):
        """Append a record, or what `record(offset)` makes when it must know where it stands."""
        offset = len(self.bytes)
        self.bytes += record(offset) if callable(record) else record
        return offset


class Record:
    """A leaf of a tree: `value(node_count)` is its value in the file."""

    def __init__(self, value):
        self.value = value

    @classmethod
    def at(cls, offset):
        return cls(lambda node_count: node_count + 16 + offset)


class Tree:
    """A search tree whose nodes are two-item lists: None, a node (any, also an ancestor) or a Record."""

    def __init__(self, ip_version):
        self.ip_version = ip_version
        self.root = [None, None]

    def set(self, network, child):
        """Put a child at a network. Returns it."""
        *first, last = prefix_bits(network)
        if self.ip_version == 6 and "." in network:
            first = [0] * 96 + first
        node = self.root
        for bit in first:
            if node[bit] is None:
                node[bit] = [None, None]
            node = node[bit]
        node[last] = child
        return child

    def encode(self):
        """The node count, and the bytes with 24-bit records."""
        numbers, nodes = {id(self.root): 0}, [self.root]
        for node in nodes:
            for child in node:
                if isinstance(child, list) and id(child) not in numbers:
                    numbers[id(child)] = len(nodes)
                    nodes.append(child)

        def value(child):
            if child is None:
                return len(nodes)
            return child.value(len(nodes)) if isinstance(child, Record) else numbers[id(child)]

        return len(nodes), b"".join(value(c).to_bytes(3, "big") for node in nodes for c in node)


def metadata(node_count, ip_version, /, **replaced):
    fields = {
        "binary_format_major_version": unsigned(UINT16, 2),
        "binary_format_minor_version": unsigned(UINT16, 0),
        "build_epoch": unsigned(UINT64, BUILD_EPOCH),
        "database_type": string("GeoLite2-Country"),
        "description": mapping(en=string("a broken test database")),
        "ip_version": unsigned(UINT16, ip_version),
        "languages": array([string("en")]),
        "node_count": unsigned(UINT32, node_count),
        "record_size": unsigned(UINT16, 24),
    }
    return mapping(**(fields | replaced))


def assemble(tree, data, **replaced):
    node_count, nodes = tree.encode()
    head = nodes + bytes(16) + data.bytes + MARKER
    return head + metadata(node_count, tree.ip_version, **replaced)


def with_records(records, ip_version=4):
    """A tree and its data: 127.3.0.0/16 is a sound GB, beside `records`: network → record."""
    tree, data = Tree(ip_version), DataSection()
    tree.set("127.3.0.0/16", Record.at(data.add(bare_country("GB"))))
    for network, record in records.items():
        tree.set(network, Record.at(data.add(record)))
    return tree, data


def cyclic_tree():
    tree, data = with_records({"127.1.0.0/16": bare_country("US")}, ip_version=6)
    ipv4_root = tree.root
    for _ in range(96):
        ipv4_root = ipv4_root[0]
    tree.set("127.2.0.0/16", tree.root)
    itself = tree.set("127.4.0.0/16", [None, Record.at(data.add(bare_country("NO")))])
    itself[0] = itself
    # Looks like an alias of the IPv4 tree, but lies inside it.
    tree.set("127.6.0.0/16", ipv4_root)
    both = tree.set("2001:db8:8::/48", [None, None])
    both[:] = [both, both]
    return assemble(tree, data)


def exponential_tree():
    tree, data = Tree(6), DataSection()
    below = Record.at(data.add(bare_country("US")))
    for _ in range(128):
        below = [below, below]
    tree.root = below
    return assemble(tree, data)


def pointer_out_of_range():
    tree, data = with_records({"127.4.0.0/16": bare_country("NO")})
    size = len(data.bytes)
    tree.set("127.1.0.0/16", Record.at(1_000_000))  # past the end of the file
    tree.set("127.2.0.0/16", Record.at(size))  # on the metadata marker
    tree.set("127.5.0.0/16", Record(lambda _: 0xFFFFFF))
    return assemble(tree, data)


def pointer_into_separator():
    tree, data = with_records({"127.4.0.0/16": bare_country("NO")})
    tree.set("127.1.0.0/16", Record(lambda node_count: node_count + 8))
    tree.set("127.2.0.0/16", Record(lambda node_count: node_count + 15))
    tree.set("127.5.0.0/16", Record(lambda node_count: node_count + 1))
    return assemble(tree, data)


def deep_record():
    # Two bytes a level: a map of one item with an empty key, or an array of one item.
    maps = (control(MAP, 1) + string("")) * 50_000
    arrays = control(ARRAY, 1) * 50_000
    nest = maps + arrays + control(MAP, 0)
    # The nest comes before the country, so that a reader must get past it.
    wrapped = mapping(a=nest, country=mapping(iso_code=string("US")))
    tree, data = with_records({"127.1.0.0/16": wrapped, "127.4.0.0/16": bare_country("NO")})
    tree.set("127.2.0.0/16", Record.at(data.bytes.index(nest)))
    return assemble(tree, data)


def pointer_cycle():
    def two_pointers(at):
        return pointer(at + 5) + pointer(at)

    def country_is_its_own_record(at):
        return mapping(country=pointer(at))

    def code_is_itself(at):
        before = mapping(country=mapping(iso_code=b""))
        return before + pointer(at + len(before))

    def key_is_itself(at):
        return control(MAP, 1) + pointer(at + 1) + string("US")

    return assemble(
        *with_records(
            {
                "127.1.0.0/16": pointer,
                "127.2.0.0/16": two_pointers,
                "127.4.0.0/16": country_is_its_own_record,
                "127.5.0.0/16": code_is_itself,
                "127.6.0.0/16": key_is_itself,
            }
        )
    )


def huge_claim():
    # The last of them ends the data section; the claimed lengths of the others overlap the following ones.
    return assemble(
        *with_records(
            {
                "127.4.0.0/16": mapping(country=mapping(iso_code=control(STRING, LARGEST_SIZE))),
                "127.2.0.0/16": mapping(country=control(ARRAY, LARGEST_SIZE)),
                "127.1.0.0/16": control(MAP, LARGEST_SIZE),
            }
        )
    )


def amplifying_metadata():
    tree, data = with_records({"127.1.0.0/16": bare_country("US")})
    levels, width = 12, 32

    def with_target(start):
        return {"description": mapping(en=pointer(start)), "languages": pointer(start)}

    node_count, _ = tree.encode()
    # Pointers of metadata count from its start. A pointer has one length, so a first try tells where
    # the metadata map ends, and the arrays follow it.
    start = len(metadata(node_count, 4, **with_target(0)))
    size = len(array([pointer(0)] * width))
    arrays = [array([pointer(start + (n + 1) * size)] * width) for n in range(levels)]
    return assemble(tree, data, **with_target(start)) + b"".join(arrays) + array([string("en")])


def write_broken(folder, country_database):
    tree, data = with_records(
        {"127.1.0.0/16": bare_country("US"), "127.2.0.0/16": bare_country("DE")}
    )
    sound = assemble(tree, data)
    start = country_database.index(MARKER) + len(MARKER)
    sound_start = sound.index(MARKER) + len(MARKER)
    codes = {
        "127.1.0.0/16": b'U\n"\xff',
        "127.2.0.0/16": b"DE\nforged: line",
        "127.4.0.0/16": b'N"O',
        "127.5.0.0/16": b"C\xffA",
        "127.6.0.0/16": b"FR\0",
        "127.7.0.0/16": b"\x1b[31mUS",
    }
    lengths = {
        "127.1.0.0/16": b"US" * 150,
        "127.2.0.0/16": b"",
        "127.4.0.0/16": b"N",
        "127.5.0.0/16": b"CAN",
    }
    files = {
        "truncated": country_database[: len(country_database) // 2],
        "truncated-data": country_database[:start] + metadata(1_000_000, 6),
        "not-a-database": b"This is a text file, not a MaxMind DB.\n" * 40,
        "zero-bytes": b"",
        "metadata-only-marker": sound[:sound_start],
        "bad-metadata-record-size": assemble(tree, data, record_size=unsigned(UINT16, 13)),
        "bad-metadata-ip-version": assemble(tree, data, ip_version=unsigned(UINT16, 5)),
        "bad-metadata-format": assemble(
            tree, data, binary_format_major_version=unsigned(UINT16, 3)
        ),
        "bad-metadata-types": assemble(tree, data, node_count=string("many")),
        "cyclic-tree": cyclic_tree(),
        "exponential-tree": exponential_tree(),
        "pointer-out-of-range": pointer_out_of_range(),
        "pointer-into-separator": pointer_into_separator(),
        "deep-record": deep_record(),
        "pointer-cycle": pointer_cycle(),
        "huge-claim": huge_claim(),
        "amplifying-metadata": amplifying_metadata(),
        "control-bytes-in-country": assemble(
            *with_records({network: bare_country(code) for network, code in codes.items()})
        ),
        "long-country": assemble(
            *with_records({network: bare_country(code) for network, code in lengths.items()})
        ),
    }
    for name, content in files.items():
        (folder / f"{name}.mmdb").write_bytes(content)
