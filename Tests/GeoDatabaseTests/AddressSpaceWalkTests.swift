import Addresses
import SeededRandom
import TestDatabases
import Testing

@testable import GeoDatabase

@Suite struct AddressSpaceWalkTests {
  /// Checks that a walk's ranges are all addresses in order, and that the look-up finds the same records.
  private func expectExactWalk(of database: GeoDatabase, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var walk = AddressSpaceWalk([database])
    var expected: Address? = Address(ipv4: 0)
    var wrong: [AddressRange] = []
    var ends: [Address] = []
    var previous: UInt32?
    while let range = walk.next() {
      let leaf = walk.leaves[0]
      let inside = UInt128.random(in: range.first.bits...range.last.bits, using: &random)
      // A number between the ends may be a mapped address.
      let samples = [range.first, range.last, Address(ipv6: inside)].filter(range.contains)
      let isExact = samples.allSatisfy { database.recordLeaf(for: $0) == leaf }
      if range.first != expected || !isExact || leaf == previous { wrong.append(range) }
      let next = range.last.next
      previous = next == nil ? nil : leaf
      expected = next ?? (range.isIPv4 ? Address(ipv6: 0) : nil)
      ends.append(range.last)
    }
    #expect(wrong.isEmpty)
    #expect(expected == nil)
    // No change of the record within a range is missed where aliases lead to an IPv4 address that ends a range.
    for (prefix, shift) in [(0, 0), (0x2002 << 112, 80), (0x2001 << 112, 64)]
      as [(UInt128, UInt128)]
    {
      for end in ends where end.isIPv4 && end.low32 != .max {
        let address = Address(ipv6: prefix | (UInt128(end.low32) + 1) << shift)
        let leaves = [address.bits - 1, address.bits].map {
          database.recordLeaf(for: Address(ipv6: $0))
        }
        let isEnd = ends.contains { !$0.isIPv4 && $0.next == address }
        #expect(isEnd == (leaves[0] != leaves[1]), "\(address)")
      }
    }
  }

  @Test(arguments: [
    "country-texts", "empty", "flat-country", "ipv4-only-country", "loopback-anonymous",
    "loopback-city", "loopback-country", "loopback-geoguard", "mistyped-records", "rare-countries",
  ])
  func `a walk over a database is exact`(name: String) throws {
    try expectExactWalk(of: GeoDatabase.load(path: fixture(name + ".mmdb")), seed: 7)
  }

  @Test func `a walk follows aliases of the IPv4 part`() throws {
    let database = try GeoDatabase.load(path: fixture("loopback-country.mmdb"))
    let us = Record(country: .value(try code("US")))
    var walk = AddressSpaceWalk([database])
    var ranges: [String] = []
    while let range = walk.next() {
      let leaf = Int(walk.leaves[0])
      if leaf != 0, database.records[leaf - 1] == us { ranges.append(range.description) }
    }
    #expect(
      ranges == [
        "127.1.0.0/16", "192.0.2.0/24", "::7f01:0/112", "::c000:200/120", "2001:0:7f01::/48",
        "2001:0:c000:200::/56", "2001:db8:1::/48", "2002:7f01::/32", "2002:c000:200::/40",
      ])
  }

  /// A chain of nodes along the zero bits, with the IPv4 root at depth 96, and aliases at other depths.
  @Test(arguments: [1, 2, 7, 40, 95] as [Int])
  func `a walk follows an alias at any depth`(depth: Int) throws {
    var database = DatabaseBytes(ipVersion: 6)
    database.data = DatabaseBytes.map([("country_code", DatabaseBytes.text("US"))])
    let count = 98
    database.nodes = (0..<count).map { (UInt32($0 + 1), UInt32(count)) }
    // The IPv4 part: 0.0.0.0/2 and 128.0.0.0/1 have a record.
    database.nodes[96] = (97, database.record(0))
    database.nodes[97] = (database.record(0), UInt32(count))
    // The alias at the first one bit.
    database.nodes[depth - 1].right = 96
    let folder = try TemporaryFolder()
    let path = try folder.write(database.bytes, to: "alias.mmdb")
    let loaded = try GeoDatabase.load(path: path)
    try expectExactWalk(of: loaded, seed: UInt64(depth))
    let first = UInt128(1) << (128 - depth)
    var walk = AddressSpaceWalk([loaded])
    while let range = walk.next() {
      guard range.contains(Address(ipv6: first)) else { continue }
      #expect(walk.leaves == [1])
      #expect(range.description == "\(Address(ipv6: first))/\(depth + 2)")
    }
  }
}
