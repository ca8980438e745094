/// Consecutive addresses of one family with one number.
struct Segment<Bits: FixedWidthInteger & Sendable>: Hashable, Sendable {
  var first: Bits
  var last: Bits
  var value: UInt32
}

/// Segments in ascending order without overlap; neighbours with one number are one segment.
struct SegmentList<Bits: FixedWidthInteger & Sendable>: Sendable {
  private(set) var segments: [Segment<Bits>] = []

  /// Adds a segment that begins after the end of the last one.
  mutating func append(first: Bits, last: Bits, value: UInt32) {
    if let previous = segments.last, previous.value == value, previous.last &+ 1 == first {
      segments[segments.count - 1].last = last
    } else {
      segments.append(Segment(first: first, last: last, value: value))
    }
  }
}

extension SegmentList: PrefixTree {
  /// The addresses from `first` that share `depth` bits with it.
  struct Subtree {
    var first: Bits
    var depth: Int
    /// The first segment that does not end before them.
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

/// The same numbers as segments that do not overlap: at each address, that of the smallest segment there,
/// and of equally large ones the first in the array. Those from `coveredFrom` on count only where no other is.
///
/// Sweeps over the addresses in order and keeps the segments that may cover the current one in a heap
/// with the smallest on top: O(n log n), whatever the overlaps.
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

/// A segment that may be the one at the current address: the smaller, then the earlier one wins, but one that
/// is covered loses to all others.
private struct Candidate<Bits: FixedWidthInteger>: Comparable {
  var isCovered: Bool
  var size: Bits
  var index: Int

  static func < (left: Self, right: Self) -> Bool {
    if left.isCovered != right.isCovered { return right.isCovered }
    return (left.size, left.index) < (right.size, right.index)
  }
}

/// A binary heap with its smallest element on top.
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
