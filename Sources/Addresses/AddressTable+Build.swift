/// The ranges for an `AddressTable`, each with its number.
package struct AddressTableEntries: Sendable {
  private(set) var ipv4: [Segment<UInt32>] = []
  private(set) var ipv6: [Segment<UInt128>] = []
  private var covered: (ipv4: Int, ipv6: Int)?

  package init() {}

  var isEmpty: Bool { ipv4.isEmpty && ipv6.isEmpty }

  /// The most memory that building a table of so many ranges takes, in bytes, with the list itself. A sparse single
  /// IPv6 address takes one node for every 6 of its bits.
  package static func memory(ipv4: Int, ipv6: Int) -> Int { 600 * ipv4 + 2_500 * ipv6 }

  /// The index of the first covered entry; see `coverRest`.
  var coveredIPv4: Int { covered?.ipv4 ?? ipv4.count }
  var coveredIPv6: Int { covered?.ipv6 ?? ipv6.count }

  package mutating func append(_ range: AddressRange, value: UInt32) {
    let value = min(value, AddressTable.largestValue)
    if range.isIPv4 {
      ipv4.append(Segment(first: range.first.low32, last: range.last.low32, value: value))
    } else {
      ipv6.append(Segment(first: range.first.bits, last: range.last.bits, value: value))
    }
  }

  /// Appends a list. Its first range has the number `firstValue`, the next one `firstValue + 1`.
  package mutating func append(_ list: AddressRangeList, firstValue: UInt32) {
    let segments = list.segments(firstValue: firstValue)
    ipv4 += segments.ipv4
    ipv6 += segments.ipv6
  }

  /// Covers all later entries: they count only for addresses that no entry before this call contains.
  package mutating func coverRest() {
    covered = (ipv4.count, ipv6.count)
  }
}

/// Consecutive addresses of one family with one number.
struct Segment<Bits: FixedWidthInteger & Sendable>: Hashable, Sendable {
  var first: Bits
  var last: Bits
  var value: UInt32
}

/// Ascending segments without overlap. Neighbours with the same number are one segment.
struct SegmentList<Bits: FixedWidthInteger & Sendable>: Sendable {
  private(set) var segments: [Segment<Bits>] = []

  /// Adds a segment after the last one.
  mutating func append(first: Bits, last: Bits, value: UInt32) {
    if let previous = segments.last, previous.value == value, previous.last &+ 1 == first {
      segments[segments.count - 1].last = last
    } else {
      segments.append(Segment(first: first, last: last, value: value))
    }
  }
}

extension SegmentList: PrefixTree {
  /// The addresses that share their first `depth` bits with `first`.
  struct Subtree {
    var first: Bits
    var depth: Int
    /// The index of the first segment that does not end before these addresses.
    var next: Int
  }

  /// All addresses.
  var whole: PrefixTreeSlot<Subtree> {
    segments.isEmpty ? .leaf(0, width: 1) : .subtree(Subtree(first: 0, depth: 0, next: 0))
  }

  mutating func expand(
    _ subtree: Subtree, bits: Int, into slots: inout [PrefixTreeSlot<Subtree>]
  ) {
    let left = Bits.bitWidth - subtree.depth
    let taken = min(left, bits)
    let width = 1 << (bits - taken)
    var next = subtree.next
    for index in 0..<(1 << taken) {
      let first = subtree.first | Bits(truncatingIfNeeded: index) << (left - taken)
      let last = first | ~(Bits.max << (left - taken))
      while next < segments.count, segments[next].last < first { next += 1 }
      if next == segments.count || segments[next].first > last {
        slots.append(.leaf(0, width: width))
      } else if segments[next].first <= first, segments[next].last >= last {
        slots.append(.leaf(segments[next].value + 1, width: width))
      } else {
        slots.append(.subtree(Subtree(first: first, depth: subtree.depth + taken, next: next)))
      }
    }
  }
}

/// Turns overlapping segments into a list without overlap. The smallest segment at an address decides, and of equally
/// large ones the first in the array. Segments from `coveredFrom` on count only where there is no other.
///
/// Sweeps over the addresses in order. A heap holds the segments that may contain the current address, the smallest on
/// top. O(n log n) for any overlaps.
func flattened<Bits>(_ entries: [Segment<Bits>], coveredFrom: Int) -> SegmentList<Bits> {
  var flat = SegmentList<Bits>()
  let byFirst = entries.indices.sorted { entries[$0].first < entries[$1].first }
  var active = Heap<Candidate<Bits>>()
  var next = 0
  var position = Bits.zero
  while true {
    while let top = active.smallest, entries[top.index].last < position { active.removeSmallest() }
    if active.smallest == nil {
      guard next < byFirst.count else { break }
      position = entries[byFirst[next]].first
    }
    while next < byFirst.count, entries[byFirst[next]].first == position {
      let index = byFirst[next]
      active.insert(
        Candidate(
          isCovered: index >= coveredFrom, size: entries[index].last - entries[index].first,
          index: index))
      next += 1
    }
    guard let top = active.smallest else { break }
    var end = entries[top.index].last
    if next < byFirst.count { end = min(end, entries[byFirst[next]].first - 1) }
    flat.append(first: position, last: end, value: entries[top.index].value)
    if end == .max { break }
    position = end + 1
  }
  return flat
}

/// A segment that may decide at the current address. The smaller one wins, then the earlier one. A covered segment
/// loses to all others.
private struct Candidate<Bits: FixedWidthInteger>: Comparable {
  var isCovered: Bool
  var size: Bits
  var index: Int

  static func < (left: Self, right: Self) -> Bool {
    if left.isCovered != right.isCovered { return right.isCovered }
    return (left.size, left.index) < (right.size, right.index)
  }
}

/// A binary heap, the smallest element on top.
private struct Heap<Element: Comparable> {
  private var elements: [Element] = []

  var smallest: Element? { elements.first }

  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard elements[child] < elements[parent] else { break }
      elements.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeSmallest() {
    guard let last = elements.popLast() else { return }
    guard !elements.isEmpty else { return }
    elements[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < elements.count && elements[child] < elements[least] {
        least = child
      }
      guard least != parent else { break }
      elements.swapAt(parent, least)
      parent = least
    }
  }
}
