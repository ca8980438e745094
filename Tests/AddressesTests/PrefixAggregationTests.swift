import SeededRandom
import Testing

@testable import Addresses

@Suite struct PrefixAggregationTests {
  private func prefixes(_ ranges: [AddressRange]) -> [AddressRange] {
    var aggregation = PrefixAggregation()
    var prefixes: [AddressRange] = []
    for range in ranges { aggregation.append(range) { prefixes.append($0) } }
    aggregation.finish { prefixes.append($0) }
    return prefixes
  }

  @Test(
    arguments: [
      ([], []),
      (["192.0.2.1"], ["192.0.2.1"]),
      (["192.0.2.1-192.0.2.8"], ["192.0.2.1", "192.0.2.2/31", "192.0.2.4/30", "192.0.2.8"]),
      (["192.0.2.0/25", "192.0.2.128/25", "192.0.3.0/24"], ["192.0.2.0/23"]),
      (
        ["192.0.2.0/25", "192.0.2.129-192.0.2.255"],
        [
          "192.0.2.0/25", "192.0.2.129", "192.0.2.130/31", "192.0.2.132/30", "192.0.2.136/29",
          "192.0.2.144/28", "192.0.2.160/27", "192.0.2.192/26",
        ]
      ),
      (["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"], ["0.0.0.0/0", "::/0"]),
      (["255.255.255.255", "::"], ["255.255.255.255", "::"]),
      // The mapped addresses are IPv4, so that a block may contain them, and none is theirs.
      (["::/80"], ["::/80"]),
      (["::-::fffe:ffff:ffff", "::1:0:0:0/80"], ["::/79"]),
      (["::fffe:ffff:ffff-::1:0:0:0"], ["::fffe:ffff:ffff", "::1:0:0:0"]),
      (["::fffe:0:0/96", "::1:0:0:0"], ["::fffe:0:0/96", "::1:0:0:0"]),
      (["::8000:0:0-::1:0:0:0"], ["::8000:0:0/81", "::1:0:0:0"]),
    ] as [([String], [String])])
  func `ranges become the fewest blocks`(ranges: [String], expected: [String]) throws {
    let blocks = prefixes(try ranges.map(range))
    #expect(blocks.map(\.description) == expected)
    #expect(try expected.map(range) == blocks)
  }

  @Test(
    arguments: [
      ("192.0.2.1", 1), ("192.0.2.0/24", 256), ("0.0.0.0/0", 1 << 32), ("::1", 1),
      ("::/64", 1 << 64 - 1 << 32),
      ("::/0", .max - 1 << 32 + 1), ("::/80", 1 << 48 - 1 << 32), ("8000::/1", 1 << 127),
      ("::fffe:ffff:ffff-::1:0:0:0", 2), ("::1:0:0:0/80", 1 << 48),
    ] as [(String, UInt128)])
  func `the addresses of a range are counted without mapped ones`(
    text: String, count: UInt128
  ) throws {
    #expect(try range(text).addressCount == count)
  }

  /// The definition: a block with all addresses of the set is one block, and any other is its two halves. Units are
  /// blocks that the set has whole or not at all.
  private func oracle(
    _ units: ArraySlice<Bool?>, first: UInt128, unitBits: Int
  ) -> [AddressRange] {
    if !units.contains(true) { return [] }
    if !units.contains(false) {
      let hostBits = units.count.trailingZeroBitCount + unitBits
      return [AddressRange(bits: first, prefixLength: 128 - hostBits)]
    }
    let half = units.count / 2
    let middle = units.startIndex + half
    return oracle(units[..<middle], first: first, unitBits: unitBits)
      + oracle(units[middle...], first: first + UInt128(half) << unitBits, unitBits: unitBits)
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `random ranges become the blocks of the definition`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    // 256 units each. In the last place one is the block of the mapped addresses.
    let places: [(first: UInt128, unitBits: Int)] = [
      (Address(ipv4: 0).bits, 0), (Address(ipv4: 0xffff_ff00).bits, 0), (Address(ipv4: 0).bits, 24),
      (0, 0), (.max - 255, 0), (0, 120), (0x2001_0db8 << 96, 64), (0xff80 << 32, 32), (0, 41),
    ]
    let (start, unitBits) = places[Int(seed) % places.count]
    let unitSize: UInt128 = 1 << unitBits
    var units: [Bool?] = []
    var ranges: [AddressRange] = []
    var isMember = false
    for number in 0..<256 as Range<UInt128> {
      if random.once(in: 1 + Int(seed % 20)) { isMember.toggle() }
      let first = start + number << unitBits
      let isMapped = unitBits == 32 && first == Address.mappedPrefix
      units.append(isMapped ? nil : isMember)
      guard isMember, !isMapped else { continue }
      let last = Address(ipv6: first + (unitSize - 1))
      let before = unitBits == 41 && number == 127 ? Address(ipv6: Address.mappedPrefix - 1) : last
      ranges.append(try #require(AddressRange(first: Address(ipv6: first), last: before)))
    }
    let expected = oracle(units[...], first: start, unitBits: unitBits)
    #expect(prefixes(ranges) == expected)
    #expect(
      expected.reduce(0) { $0 + $1.addressCount } == ranges.reduce(0) { $0 + $1.addressCount })
  }

  @Test func `addresses follow each other without the mapped ones`() throws {
    let pairs = try [
      ("::fffe:ffff:ffff", "::1:0:0:0"), ("192.0.2.255", "192.0.3.0"), ("::", "::1"),
    ].map { (try address($0), try address($1)) }
    for (first, second) in pairs {
      #expect(first.next == second)
      #expect(second.previous == first)
    }
    let lasts = try ["255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"].map(address)
    #expect(lasts.map(\.next) == [nil, nil])
    #expect(try ["0.0.0.0", "::"].map { try address($0).previous } == [nil, nil])
  }
}
