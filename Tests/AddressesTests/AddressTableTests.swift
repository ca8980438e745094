import SeededRandom
import Testing

@testable import Addresses

@Suite struct AddressTableTests {
  typealias Entry = (range: AddressRange, value: UInt32)

  /// What a table must say, from the definition: of the ranges that hold the address the smallest, and of
  /// equally large ones the first; those that are covered only where there is no other.
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

  /// Each end of each range, the addresses beside them, and the ends of both families.
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
    let table = AddressTable(entries, above: covered)
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
    // Around where a number no longer fits into two bytes, and where a large one is kept in two.
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

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `the addresses of all leaves are all addresses`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var entries: [Entry] = []
    var expected: [UInt32: UInt64] = [:]
    var next: UInt64 = 0
    // Ranges one after the other, few or many, so that the first table takes 4, 10 or 16 bits.
    let most: UInt64 =
      seed.isMultiple(of: 10) ? 1_000_000 : seed.isMultiple(of: 2) ? 20_000_000 : 200_000_000
    while true {
      let first = next + .random(in: 0...most, using: &random)
      let last = first + .random(in: 0...(random.once(in: 3) ? 3 : most), using: &random)
      guard last <= UInt64(UInt32.max) else { break }
      let value = UInt32.random(in: 0...5, using: &random)
      entries.append((AddressRange(ipv4: UInt32(first), UInt32(last)), value))
      expected[value + 1, default: 0] += last - first + 1
      next = last + 1
    }
    expected[0] = (1 << 32) - expected.values.reduce(0, +)
    var counted: [UInt32: UInt64] = [:]
    AddressTable(entries).forEachIPv4Leaf { counted[$0, default: 0] += $1 }
    #expect(
      counted.mapValues { $0 / 4 }.filter { $0.value > 0 } == expected.filter { $0.value > 0 })
    #expect(counted.values.allSatisfy { $0.isMultiple(of: 4) })
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
    // Few bits that differ, so that ranges meet, nest and repeat.
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

  /// The longest prefix that holds an address, by asking for every length.
  private struct PrefixOracle {
    private var valuesByLength: [Int: [UInt128: UInt32]] = [:]

    mutating func insert(_ bits: UInt128, length: Int, _ value: UInt32) {
      let prefix = bits & ~AddressRange.hostMask(prefixLength: length)
      if valuesByLength[length]?[prefix] == nil {
        valuesByLength[length, default: [:]][prefix] = value
      }
    }

    func value(for address: Address) -> UInt32? {
      for (length, values) in valuesByLength.sorted(by: { $0.key > $1.key }) {
        if let value = values[address.bits & ~AddressRange.hostMask(prefixLength: length)] {
          return value
        }
      }
      return nil
    }
  }

  @Test(arguments: [(true, 64), (false, 64), (false, 512)])
  func `a large table agrees with the definition on a million addresses`(
    isIPv4: Bool, placeCount: Int
  ) {
    var random = SeededGenerator(seed: isIPv4 ? 4 : 6)
    // Few places, so that most addresses meet prefixes of several lengths.
    let places = (0..<UInt128(placeCount)).map { index in
      let place = UInt128(UInt64.random(in: 0...UInt64.max, using: &random))
      // Up to 64 of them begin with the same 16 bits.
      return isIPv4 ? place : (0x2001 + index / 64 * (index % 64)) << 48 | place >> 16
    }
    func randomBits() -> UInt128 {
      let place = places[Int.random(in: 0..<placeCount, using: &random)]
      let open = UInt128(UInt64.random(in: 0...UInt64.max, using: &random))
      return isIPv4
        ? Address(ipv4: 0).bits | (place & 0xfff0_0000) | (open & 0xf_ffff)
        : (place & ~0xffff) << 64 | (open & 0xffff) << 64 | open
    }
    let lengths = isIPv4 ? [116, 119, 122, 125, 128] : [56, 61, 64, 96, 128]
    var oracle = PrefixOracle()
    let entries: [Entry] = (0..<40_000).map { index in
      let bits = randomBits()
      let length = lengths[index % lengths.count]
      oracle.insert(bits, length: length, UInt32(index))
      return (AddressRange(bits: bits, prefixLength: length), UInt32(index))
    }
    let table = AddressTable(entries)
    var known = 0
    var wrong = edges(of: entries).count { table.value(for: $0) != oracle.value(for: $0) }
    for _ in 0..<1_000_000 {
      let address = Address(ipv6: randomBits())
      let value = table.value(for: address)
      if value != nil { known += 1 }
      if value != oracle.value(for: address) { wrong += 1 }
    }
    #expect(wrong == 0)
    #expect(known > 40_000 && known < 1_000_000)
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
