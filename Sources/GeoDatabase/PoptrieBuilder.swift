/// Makes the blocks of a `Poptrie` from segments in order.
struct PoptrieBuilder {
  private(set) var root: [UInt32] = []
  private(set) var nodes: [Poptrie.Node] = []
  private(set) var leaves: [UInt32] = []
  let rootBits: Int

  private let segments: [Segment<UInt128>]

  /// Segments that do not overlap, in ascending order, over all 128 bits; an IPv4 address stands in the
  /// first 32 of them.
  init(_ segments: [Segment<UInt128>]) {
    self.segments = segments
    // A first table that is larger than its list would be most of a small policy's memory.
    rootBits = segments.count < 32 ? 4 : segments.count < 2_048 ? 10 : 16
    root = Array(repeating: Poptrie.leafMark, count: 1 << rootBits)
    let width = UInt128(1) << (128 - rootBits)
    var next = 0
    for index in root.indices {
      let first = UInt128(index) * width
      let last = first + (width - 1)
      skip(&next, before: first)
      if let leaf = uniformLeaf(first, last, next) {
        root[index] = leaf | Poptrie.leafMark
      } else {
        let node = nodes.count
        nodes.append(Poptrie.Node())
        root[index] = UInt32(truncatingIfNeeded: node)
        fill(node, first: first, depth: rootBits, next: next)
      }
    }
  }

  /// Moves on to the first segment that does not end before an address.
  private func skip(_ next: inout Int, before address: UInt128) {
    while next < segments.count, segments[next].last < address { next += 1 }
  }

  /// The leaf that all addresses of a range have in common; nil if they differ.
  private func uniformLeaf(_ first: UInt128, _ last: UInt128, _ next: Int) -> UInt32? {
    guard next < segments.count, segments[next].first <= last else { return 0 }
    let segment = segments[next]
    return segment.first <= first && last <= segment.last ? segment.value + 1 : nil
  }

  /// Fills a node that stands for the addresses from `first` that share `depth` bits with it.
  ///
  /// Recurses at most 21 deep: 6 bits a level.
  private mutating func fill(_ index: Int, first: UInt128, depth: Int, next: Int) {
    var node = Poptrie.Node()
    node.beforeLeaves = UInt32(truncatingIfNeeded: leaves.count) &- 1
    var below: [(first: UInt128, next: Int)] = []
    var next = next
    var latest: UInt32?
    for slot in 0..<64 {
      // The last level has fewer bits than a node takes: the rest of the slot's number is zero for all
      // addresses there are.
      let left = 128 - depth
      let start = left >= 6 ? UInt128(slot) << (left - 6) : UInt128(slot) >> (6 - left)
      let width = left >= 6 ? UInt128(1) << (left - 6) : 1
      let slotFirst = first + start
      skip(&next, before: slotFirst)
      if let leaf = uniformLeaf(slotFirst, slotFirst + (width - 1), next) {
        if leaf != latest {
          node.runs |= 1 << UInt64(slot)
          leaves.append(leaf)
          latest = leaf
        }
      } else {
        node.branches |= 1 << UInt64(slot)
        below.append((first: slotFirst, next: next))
      }
    }
    let firstNode = nodes.count
    node.beforeNodes = UInt32(truncatingIfNeeded: firstNode) &- 1
    nodes[index] = node
    nodes.append(contentsOf: repeatElement(Poptrie.Node(), count: below.count))
    for (offset, branch) in below.enumerated() {
      fill(firstNode + offset, first: branch.first, depth: depth + 6, next: branch.next)
    }
  }
}
