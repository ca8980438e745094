import SeededRandom
import Testing

@testable import Addresses

/// All ranges of a walk with their leaves.
func steps(_ maps: [any AddressMap]) -> [(range: AddressRange, leaves: [UInt32])] {
  var walk = AddressSpaceWalk(maps)
  var steps: [(range: AddressRange, leaves: [UInt32])] = []
  while let range = walk.next() { steps.append((range, walk.leaves)) }
  return steps
}

@Suite struct AddressSpaceWalkTests {
  /// Checks that a walk's ranges are all addresses in order, as large as they can be, and that the tables have the
  /// leaves at both ends of each range and at the given addresses.
  private func expectExactWalk(
    of tables: [AddressTable], at addresses: [Address],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let steps = steps(tables)
    let leaves = { (address: Address) in tables.map { $0.leaf(for: address) } }
    var expected: Address? = Address(ipv4: 0)
    var previous: [UInt32]?
    var wrong: [AddressRange] = []
    var counts = (ipv4: 0 as UInt128, ipv6: 0 as UInt128)
    for (range, found) in steps {
      let isRight =
        range.first == expected && found == leaves(range.first) && found == leaves(range.last)
      if !isRight || found == previous { wrong.append(range) }
      if range.isIPv4 {
        counts.ipv4 += range.addressCount
      } else {
        counts.ipv6 += range.addressCount
      }
      let next = range.last.next
      previous = next == nil ? nil : found
      expected = next ?? (range.isIPv4 ? Address(ipv6: 0) : nil)
    }
    #expect(wrong.isEmpty, sourceLocation: sourceLocation)
    #expect(expected == nil, sourceLocation: sourceLocation)
    let ipv4Count: UInt128 = 1 << 32
    #expect(counts == (ipv4Count, .max - ipv4Count + 1), sourceLocation: sourceLocation)
    let ends = steps.map(\.range.last)
    let ipv6Start = ends.firstIndex { !$0.isIPv4 } ?? 0
    let missed = addresses.filter { address in
      // The first range that does not end before the address.
      var (low, high) = address.isIPv4 ? (0, ipv6Start) : (ipv6Start, ends.count)
      while low < high {
        let middle = (low + high) / 2
        if ends[middle] < address { low = middle + 1 } else { high = middle }
      }
      return steps[low].leaves != leaves(address)
    }
    #expect(missed.isEmpty, sourceLocation: sourceLocation)
  }

  @Test func `a walk yields the ranges of several tables`() throws {
    let countries = AddressTable([
      (try range("192.0.2.0/24"), 0), (try range("192.0.3.0/25"), 0),
      (try range("2001:db8::/32"), 1),
    ])
    let list = AddressTable([(try range("192.0.2.255-192.0.3.9"), 4)])
    #expect(
      steps([countries, list]).map { "\($0.range) \($0.leaves)" } == [
        "0.0.0.0-192.0.1.255 [0, 0]", "192.0.2.0-192.0.2.254 [1, 0]",
        "192.0.2.255-192.0.3.9 [1, 5]", "192.0.3.10-192.0.3.127 [1, 0]",
        "192.0.3.128-255.255.255.255 [0, 0]", "::-2001:db7:ffff:ffff:ffff:ffff:ffff:ffff [0, 0]",
        "2001:db8::/32 [2, 0]", "2001:db9::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff [0, 0]",
      ])
  }

  @Test func `without ranges or tables each family is one range`() {
    #expect(steps([]).map(\.range.description) == ["0.0.0.0/0", "::/0"])
    let empty = AddressTable([])
    #expect(steps([empty, empty]).map(\.leaves) == [[0, 0], [0, 0]])
  }

  @Test func `an IPv6 range goes on after the mapped addresses`() throws {
    let table = AddressTable([
      (try range("::fffe:0:0/95"), 1), (try range("::1:0:0:0-::1:0:0:5"), 1),
      (try range("0.0.0.0/0"), 2),
    ])
    #expect(
      steps([table]).dropFirst(2).prefix(1).map { "\($0.range) \($0.leaves)" }
        == ["::fffe:0:0-::1:0:0:5 [2]"])
  }

  @Test func `a walk goes on from the end after it has ended`() {
    var walk = AddressSpaceWalk([AddressTable([])])
    while walk.next() != nil {}
    #expect(walk.next() == nil)
  }

  /// Ranges of all lengths, some at the ends of the families and at the mapped addresses.
  private func randomTable(
    _ random: inout SeededGenerator, count: Int
  ) -> (table: AddressTable, edges: [Address]) {
    let places: [UInt128] = [
      Address(ipv4: 0).bits, Address(ipv4: .max).bits, 0, .max, 0xfffe_ffff_ffff,
      0x1_0000_0000_0000,
      Address(ipv4: 0xC000_0200).bits, 0x2001_0db8 << 96,
    ]
    var entries: [(range: AddressRange, value: UInt32)] = []
    for _ in 0..<count {
      let any = UInt128.random(in: 0 ... .max, using: &random)
      let openBits = Int.random(in: 0...100, using: &random)
      let place = places.randomElement(using: &random) ?? 0
      let isNear = random.once(in: 2)
      let ipv4 = Address(ipv4: UInt32(truncatingIfNeeded: any))
      let first =
        isNear
        ? Address(ipv6: place ^ (any >> openBits)) : random.once(in: 2) ? ipv4 : .init(ipv6: any)
      let length = Int.random(in: first.isIPv4 ? 96...128 : 0...128, using: &random)
      let size = UInt128.random(in: 0...(.max >> length), using: &random)
      let last = Address(ipv6: max(first.bits, first.bits &+ size))
      let prefix = AddressRange(bits: first.bits, prefixLength: length)
      let range = random.once(in: 3) ? prefix : AddressRange(first: first, last: last) ?? prefix
      // Leaves of one, two and four bytes, and those of aliases.
      let base: UInt32 = [0, 0, 0, 0xfefd, 0x4000_0000].randomElement(using: &random) ?? 0
      entries.append((range, base + .random(in: 0...3, using: &random)))
    }
    let edges = entries.flatMap { entry in
      [entry.range.first.previous, entry.range.first, entry.range.last, entry.range.last.next]
        .compactMap(\.self)
    }
    return (AddressTable(entries), edges)
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `a walk over random tables is exact`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    // So that the first tables take 4, 10 and 16 bits.
    let counts = seed < 2 ? [2_200] : [5, 20, 100]
    let made = (0..<Int(1 + seed % 3)).map { number in
      randomTable(&random, count: counts[(Int(seed) / 3 + number) % counts.count])
    }
    expectExactWalk(of: made.map(\.table), at: made.flatMap(\.edges))
  }

  @Test(
    arguments: [
      ("::", 0x2001_0db8_0000_0000), ("2001:db8:1:2::", 0x40), ("10.0.0.0", 0x100), ("::1", 0),
    ] as [(String, UInt128)])
  func `a walk over single addresses side by side is exact`(first: String, step: UInt128) throws {
    let first = try address(first)
    let entries = (0..<200 as Range<UInt128>).map { number in
      (AddressRange(Address(ipv6: first.bits + number * step + number % 3)), UInt32(number % 7))
    }
    expectExactWalk(of: [AddressTable(entries)], at: entries.map(\.0.first))
  }
}
