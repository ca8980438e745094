import SeededRandom
import Testing

@testable import Addresses

@Suite struct AddressRangeListTests {
  /// A range of a list, or an exception.
  private struct Entry {
    var range: AddressRange
    var isListed: Bool
    /// Its number in the list.
    var number = 0
  }

  private func range(_ text: String) throws -> AddressRange { try AddressRange.parse(text).range }

  private func list(_ texts: [String]) throws -> AddressRangeList {
    var list = AddressRangeList()
    for text in texts {
      if text.hasPrefix("!") {
        list.except(try range(String(text.dropFirst())))
      } else {
        list.append(try range(text))
      }
    }
    return list
  }

  private func table(_ list: AddressRangeList) -> AddressTable {
    var entries = AddressTableEntries()
    entries.append(list, firstValue: 100)
    return AddressTable(entries)
  }

  @Test func `ranges are numbered by family, each as it was appended`() throws {
    let list = try list(["10.0.0.0/8", "2001:db8::/32", "127.0.0.1", "::1", "10.0.0.1-10.0.0.9"])
    #expect(
      (0..<list.count).map { list[$0].description } == [
        "10.0.0.0/8", "127.0.0.1", "10.0.0.1-10.0.0.9", "2001:db8::/32", "::1",
      ])
    let table = table(list)
    #expect(table.value(for: try #require(Address("10.0.0.5"))) == 102)
    #expect(table.value(for: try #require(Address("::1"))) == 104)
  }

  @Test(
    arguments: [
      (["10.0.0.0/8", "!10.1.0.0/16", "10.1.2.0/24"], "10.1.2.3", 101),
      (["10.0.0.0/8", "!10.1.0.0/16", "10.1.2.0/24"], "10.1.3.3", nil),
      (["10.0.0.0/8", "!10.1.0.0/16", "10.1.2.0/24"], "10.2.3.3", 100),
      (["!10.1.0.0/16", "10.0.0.0/8"], "10.1.0.0", nil),
      (["10.1.0.0/16", "!10.0.0.0/8"], "10.1.0.0", 100),
      (["10.0.0.0/8", "!10.0.0.0/8"], "10.1.0.0", nil),
      (["!10.0.0.0/8", "10.0.0.0/8"], "10.1.0.0", 100),
      (["10.0.0.0/8", "!::/0"], "10.1.0.0", 100),
      (["::/0", "!2001:db8::/32"], "2001:db8::1", nil),
    ] as [([String], String, UInt32?)])
  func `an exception is not listed, and of equally large ranges the last decides`(
    _ texts: [String], _ address: String, _ value: UInt32?
  ) throws {
    #expect(table(try list(texts)).value(for: try #require(Address(address))) == value)
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `random lists agree with a naive reading`(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var list = AddressRangeList()
    var entries: [Entry] = []
    for _ in 0..<Int.random(in: 0...12, using: &random) {
      let ends = [UInt32.random(in: 0...40, using: &random), .random(in: 0...40, using: &random)]
      let base: UInt32 = 0x0a00_0000
      let range = AddressRange(ipv4: base + min(ends[0], ends[1]), base + max(ends[0], ends[1]))
      let isListed = !random.once(in: 3)
      entries.append(Entry(range: range, isListed: isListed, number: list.count))
      if isListed { list.append(range) } else { list.except(range) }
    }
    let table = table(list)
    var listed = 0.0
    for offset: UInt32 in 0...45 {
      let address = Address(ipv4: 0x0a00_0000 + offset)
      let holding = entries.enumerated().filter { $0.element.range.contains(address) }
      let best = holding.min { left, right in
        let sizes = [left, right].map {
          $0.element.range.last.bits - $0.element.range.first.bits
        }
        // Of equally large ranges the last decides. Without exceptions the first gives its number.
        let hasExceptions = entries.contains { !$0.isListed }
        return sizes[0] != sizes[1]
          ? sizes[0] < sizes[1] : hasExceptions == (left.offset > right.offset)
      }
      let expected = best.flatMap { $0.element.isListed ? UInt32($0.element.number) + 100 : nil }
      #expect(table.value(for: address) == expected, "seed \(seed), offset \(offset)")
      if expected != nil { listed += 1 }
    }
    #expect(list.addressCounts == AddressCounts(ipv4: listed, ipv6: 0))
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `the difference of two lists is counted as address by address`(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    func make() -> AddressRangeList {
      var list = AddressRangeList()
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let first = UInt128.random(in: 0...60, using: &random)
        let last = first + UInt128.random(in: 0...9, using: &random)
        list.append(AddressRange(ipv6: (1 << 100) + first, (1 << 100) + last))
        list.append(AddressRange(ipv4: UInt32(first) &* 3, UInt32(last) &* 3))
      }
      return list
    }
    let (left, right) = (make(), make())
    let (inLeft, inRight) = (table(left), table(right))
    var expected = AddressCounts()
    for number: UInt32 in 0...300 {
      let ipv4 = Address(ipv4: number)
      let ipv6 = Address(ipv6: (1 << 100) + UInt128(number))
      if inLeft.value(for: ipv4) != nil, inRight.value(for: ipv4) == nil { expected.ipv4 += 1 }
      if inLeft.value(for: ipv6) != nil, inRight.value(for: ipv6) == nil { expected.ipv6 += 1 }
    }
    #expect(left.addressCounts(notIn: right) == expected)
  }

  @Test func `whole families are counted without overflow`() throws {
    let all = try list(["0.0.0.0/0", "::/0"])
    let counts = all.addressCounts
    #expect(counts.ipv4 == 4_294_967_296)
    #expect(counts.ipv6 == 0x1p128)
    #expect(all.addressCounts(notIn: all) == AddressCounts())
    #expect(
      all.addressCounts(notIn: try list(["128.0.0.0/1", "::/1"]))
        == AddressCounts(ipv4: 0x1p31, ipv6: 0x1p127))
  }

  @Test func `sorted ranges have each range once, the larger ones first`() throws {
    let list = try list(["::1", "10.1.0.0/16", "10.0.0.0/8", "10.1.0.0/16", "10.0.0.0", "9.0.0.0"])
    #expect(
      list.sortedRanges.map(\.description) == [
        "9.0.0.0", "10.0.0.0/8", "10.0.0.0", "10.1.0.0/16", "::1",
      ])
  }
}
