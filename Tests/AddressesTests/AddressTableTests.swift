import SeededRandom
import Testing

@testable import Addresses

@Suite struct AddressTableTests {
  typealias Entry = (range: AddressRange, value: UInt32)

  /// The definition: the smallest range that contains the address decides, and of equally large ones the first. Covered
  /// ranges count only where there is no other.
  private func oracle(
    _ entries: [Entry], above covered: [Entry] = [], _ address: Address
  ) -> UInt32? {
    oracle(entries, address) ?? oracle(covered, address)
  }

  private func oracle(_ entries: [Entry], _ address: Address) -> UInt32? {
    var best: (size: UInt128, value: UInt32)?
    for (range, value) in entries where range.contains(address) {
      let size = range.last.bits - range.first.bits
      if let known = best, known.size <= size { continue }
      best = (size, value)
    }
    return best?.value
  }

  /// Each end of each range, the addresses next to it, and the ends of both families.
  private func edges(of entries: [Entry]) -> [Address] {
    let ends = entries.flatMap { [$0.range.first, $0.range.last] }
    let beside = ends.flatMap { end -> [Address] in
      end.isIPv4
        ? [Address(ipv4: end.low32 &- 1), end, Address(ipv4: end.low32 &+ 1)]
        : [Address(ipv6: end.bits &- 1), end, Address(ipv6: end.bits &+ 1)]
    }
    return beside + [
      Address(ipv4: 0), Address(ipv4: .max), Address(ipv6: 0), Address(ipv6: .max),
      Address(ipv6: 0xfffe_ffff_ffff), Address(ipv6: 0x1_0000_0000_0000),
    ]
  }

  private func expectAgreement(
    _ entries: [Entry], above covered: [Entry] = [], also addresses: [Address] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var all = AddressTableEntries()
    for entry in entries { all.append(entry.range, value: entry.value) }
    all.coverRest()
    for entry in covered { all.append(entry.range, value: entry.value) }
    let table = AddressTable(all)
    let wrong = (edges(of: entries + covered) + addresses).filter {
      table.value(for: $0) != oracle(entries, above: covered, $0)
    }
    #expect(wrong.isEmpty, sourceLocation: sourceLocation)
  }

  @Test func `an empty table knows no address`() {
    let table = AddressTable([])
    #expect(table.value(for: Address(ipv4: 1)) == nil)
    #expect(table.value(for: Address(ipv6: 1)) == nil)
    #expect(table.isEmpty)
  }

  @Test(arguments: [
    ["0.0.0.0/0"],
    ["::/0"],
    ["0.0.0.0/0", "::/0"],
    ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3"],
    ["10.1.2.3", "10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8"],
    ["10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/9"],
    ["10.0.0.0-10.0.0.9", "10.0.0.5-10.0.0.14"],
    ["10.0.0.5-10.0.0.14", "10.0.0.0-10.0.0.9"],
    ["10.0.0.0-10.0.0.20", "10.0.0.5-10.0.0.14", "10.0.0.10-10.0.0.30"],
    ["255.255.255.255", "0.0.0.0", "0.0.0.0/0"],
    ["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"],
    ["::/80", "::/96", "::1", "0.0.0.0/0"],
    ["2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::-2001:db8:2::"],
    ["::ffff:10.0.0.0/104", "10.0.0.0/16"],
    ["0.0.0.0/1", "128.0.0.0/1"],
  ])
  func `the smallest range wins, and of equal ones the first`(texts: [String]) throws {
    let ranges = try texts.map(range)
    expectAgreement(ranges.enumerated().map { ($1, UInt32($0)) })
    expectAgreement(ranges.map { ($0, 7) })
    expectAgreement(ranges.enumerated().map { ($1, AddressTable.largestValue - UInt32($0)) })
    // Numbers around the largest of two bytes, and large ones that are stored in two bytes.
    for base: UInt32 in [0xfefe, 0xff00, 0xfffe, 0x3fff_fffe, 0x4000_0000, 0x4000_00fd] {
      expectAgreement(ranges.enumerated().map { ($1, base + UInt32($0)) })
      expectAgreement(ranges.enumerated().map { ($1, $0 == 0 ? 7 : base + UInt32($0)) })
    }
  }

  @Test(arguments: [0xfefe, 0xfeff, 0xff00] as [UInt32])
  func `below the first table numbers of two bytes end at 0xff00`(largest: UInt32) {
    // The largest leaf is the number plus one; the addresses share more bits than the first tables take.
    let first = UInt128(0x2001_0db8) << 96
    let table = AddressTable(
      (0...largest).map { number in
        let address = Address(ipv6: first + UInt128(number))
        return (AddressRange(bits: address.bits, prefixLength: 128), number)
      })
    let wrong = (0...largest).filter {
      table.value(for: Address(ipv6: first + UInt128($0))) != $0
    }
    #expect(wrong.isEmpty)
  }

  @Test func `neighbours with one number take no more room than one range`() throws {
    let whole = AddressTable([(try range("10.0.0.0/8"), 1)])
    let parts = ["10.0.0.0/10", "10.64.0.0/10", "10.128.0.0/10", "10.192.0.0/10"]
    let equal = AddressTable(try parts.map { (try range($0), 1) })
    let different = AddressTable(try parts.enumerated().map { (try range($1), UInt32($0)) })
    #expect(equal.byteCount == whole.byteCount)
    #expect(different.byteCount > whole.byteCount)
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `small random tables agree with the definition`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    // Only a few bits differ, so that ranges meet, nest and repeat.
    let openBits = UInt128(3 + seed % 8)
    func number(_ isIPv4: Bool) -> UInt128 {
      let low = UInt128.random(in: 0..<(1 << openBits), using: &random)
      let shift = UInt128.random(in: 0...1, using: &random) * (isIPv4 ? 32 - openBits : 60)
      return low << shift
    }
    let entries: [Entry] = (0..<Int(seed)).compactMap { index in
      let isIPv4 = Bool.random(using: &random)
      let make = { (bits: UInt128) in
        isIPv4 ? Address(ipv4: UInt32(truncatingIfNeeded: bits)) : Address(ipv6: bits)
      }
      let value = UInt32.random(in: 0..<4, using: &random) + UInt32(index % 3)
      if Bool.random(using: &random) {
        let length = Int.random(in: isIPv4 ? 96...128 : 0...128, using: &random)
        return (AddressRange(bits: make(number(isIPv4)).bits, prefixLength: length), value)
      }
      let (a, b) = (make(number(isIPv4)), make(number(isIPv4)))
      return AddressRange(first: a, last: b).map { ($0, value) }
        ?? AddressRange(first: b, last: a).map { ($0, value) }
    }
    let addresses = (0..<500).flatMap { _ in
      let bits = number(true)
      return [Address(ipv4: UInt32(truncatingIfNeeded: bits)), Address(ipv6: number(false))]
    }
    expectAgreement(entries, also: addresses)
    let half = entries.count / 2
    expectAgreement(Array(entries[..<half]), above: Array(entries[half...]), also: addresses)
  }

  /// The definition for many ascending addresses: assigns the larger ranges first, and of equally large ones the last,
  /// so that a later assignment wins.
  private func oracle(_ entries: [Entry], _ addresses: [UInt128]) -> [UInt32?] {
    /// The index of the first address that is not below a number.
    func index(_ bits: UInt128) -> Int {
      var (low, high) = (0, addresses.count)
      while low < high {
        let middle = (low + high) / 2
        if addresses[middle] < bits { low = middle + 1 } else { high = middle }
      }
      return low
    }
    var values = [UInt32?](repeating: nil, count: addresses.count)
    let sizes = entries.map { $0.range.last.bits - $0.range.first.bits }
    let order = entries.indices.sorted { (sizes[$0], $0) > (sizes[$1], $1) }
    for entry in order {
      var place = index(entries[entry].range.first.bits)
      while place < addresses.count, addresses[place] <= entries[entry].range.last.bits {
        values[place] = entries[entry].value
        place += 1
      }
    }
    return values
  }

  @Test(arguments: [(true, 64), (false, 64), (false, 512)])
  func `a large table agrees with the definition on a million addresses`(
    isIPv4: Bool, placeCount: Int
  ) {
    var random = SeededGenerator(seed: isIPv4 ? 4 : 6)
    // Few places, so that most addresses are in prefixes of several lengths.
    let places = Set(
      (0..<UInt128(placeCount)).map { index in
        let place = UInt128(random.next())
        // Up to 64 of them begin with the same 16 bits.
        return isIPv4
          ? Address(ipv4: 0).bits | place & 0xfff0_0000
          : (0x2001 + index / 64 * (index % 64)) << 112 | (place >> 32) << 80
      }
    ).sorted()
    let openCount: UInt64 = isIPv4 ? 1 << 20 : 1 << 16
    func bits(_ place: UInt128, _ open: UInt64) -> UInt128 {
      isIPv4 ? place + UInt128(open) : place + UInt128(open) << 64 | UInt128(random.next())
    }
    let lengths = isIPv4 ? [116, 119, 122, 125, 128] : [56, 58, 60, 62, 64]
    let entries: [Entry] = (0..<40_000).map { index in
      let place = places[Int(random.next() % UInt64(places.count))]
      // Some IPv6 prefixes are longer than a subnet's.
      let length = !isIPv4 && index % 8 == 0 ? index % 16 == 0 ? 96 : 128 : lengths[index % 5]
      return (
        AddressRange(bits: bits(place, random.next() % openCount), prefixLength: length),
        UInt32(index)
      )
    }
    let table = AddressTable(entries)
    // Ascending, because sorting a million addresses takes long.
    let perPlace = 1_000_000 / places.count
    let steps = openCount * 19 / 10 / UInt64(perPlace)
    var addresses: [UInt128] = []
    for place in places {
      var open: UInt64 = 0
      for _ in 0..<perPlace {
        addresses.append(bits(place, open))
        open += 1 + random.next() % steps
      }
    }
    let ends = edges(of: entries).map(\.bits).sorted()
    var known = 0
    var wrong = 0
    for addresses in [ends, addresses] {
      let values = oracle(entries, addresses)
      for index in addresses.indices {
        let value = table.value(for: Address(ipv6: addresses[index]))
        if value != nil { known += 1 }
        if value != values[index] { wrong += 1 }
      }
    }
    #expect(wrong == 0)
    #expect((120_000..<1_200_000).contains(known))
  }

  @Test func `a larger table of nested prefixes agrees with the definition`() {
    var random = SeededGenerator(seed: 42)
    let entries: [Entry] = (0..<600).map { index in
      let isIPv4 = index % 2 == 0
      let bits = UInt128.random(in: 0...UInt128.max, using: &random)
      let length = Int.random(in: 0...12, using: &random) + (isIPv4 ? 96 : index % 40)
      let first = isIPv4 ? Address(ipv4: UInt32(truncatingIfNeeded: bits)).bits : bits
      return (AddressRange(bits: first, prefixLength: length), UInt32(index))
    }
    let addresses = (0..<2000).flatMap { _ in
      [
        Address(ipv4: UInt32.random(in: 0...UInt32.max, using: &random)),
        Address(ipv6: UInt128.random(in: 0...UInt128.max, using: &random)),
      ]
    }
    expectAgreement(entries, also: addresses)
  }
}
