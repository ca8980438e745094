/// From the bits of an address to a number: a compressed multibit trie.
///
/// A table indexed by the first bits of the address, then nodes of 64 branches (6 bits each). A node keeps
/// only the branches that lead to nodes, and runs of equal leaves once. An address is 128 bits, or the 32
/// of an IPv4 address followed by zeros.
///
/// Bytes: 4 for each entry of the first table, 24 a node, 4 a run of leaves.
///
/// Source: Asai and Ohara, "Poptrie: A Compressed Trie with Population Count for Fast and Scalable
/// Software IP Routing Table Lookup", SIGCOMM 2015.
///
/// INVARIANT: the three blocks are written by `init` alone and live as long as the trie, so that any
/// thread may read them. Indices stay within them because `PoptrieBuilder` made them: an entry without
/// the leaf mark is a node's index, and a node's branches and leaves are counted by its own bits.
@safe @usableFromInline final class Poptrie: @unchecked Sendable {
  /// A node: which branches lead on, and at which a run of leaves begins.
  @usableFromInline struct Node {
    /// Branches that lead to nodes.
    @usableFromInline var branches: UInt64 = 0
    /// Branches at which another leaf begins than at the leaf before.
    @usableFromInline var runs: UInt64 = 0
    /// The index of the first of the node's leaves.
    @usableFromInline var firstLeaf: UInt32 = 0
    /// The index of the first of the nodes below.
    @usableFromInline var firstNode: UInt32 = 0
  }

  /// Marks an entry of the first table that is a leaf.
  @usableFromInline static var leafMark: UInt32 { 0x8000_0000 }
  /// The most that a number can be: a leaf is the number plus one, 0 for none, beside the mark.
  static let largestValue: UInt32 = 0x7fff_fffe

  /// The bits that the first table takes: 4, 10 or 16, so that nodes never take bits of both words.
  let rootBits: UInt64
  private let root: UnsafeMutableBufferPointer<UInt32>
  private let nodes: UnsafeMutableBufferPointer<Node>
  private let leaves: UnsafeMutableBufferPointer<UInt32>

  init(_ builder: consuming PoptrieBuilder) {
    rootBits = UInt64(builder.rootBits)
    unsafe root = .allocate(capacity: builder.root.count)
    unsafe nodes = .allocate(capacity: builder.nodes.count)
    unsafe leaves = .allocate(capacity: builder.leaves.count)
    _ = unsafe root.initialize(from: builder.root)
    _ = unsafe nodes.initialize(from: builder.nodes)
    _ = unsafe leaves.initialize(from: builder.leaves)
  }

  deinit {
    unsafe root.deallocate()
    unsafe nodes.deallocate()
    unsafe leaves.deallocate()
  }

  /// The bytes that the trie occupies.
  var byteCount: Int {
    unsafe root.count * 4 + nodes.count * MemoryLayout<Node>.stride + leaves.count * 4
  }

  /// What a look-up needs, without a reference to count.
  var view: View {
    unsafe View(
      root: UnsafePointer(root.baseAddress), nodes: UnsafePointer(nodes.baseAddress),
      leaves: UnsafePointer(leaves.baseAddress), rootShift: 64 &- rootBits, rootBits: rootBits)
  }
}

extension Poptrie {
  /// Where a trie's blocks are: plain addresses, to be read while the trie is kept alive.
  @unsafe @usableFromInline struct View: @unchecked Sendable {
    @usableFromInline let root: UnsafePointer<UInt32>?
    @usableFromInline let nodes: UnsafePointer<Node>?
    @usableFromInline let leaves: UnsafePointer<UInt32>?
    @usableFromInline let rootShift: UInt64
    @usableFromInline let rootBits: UInt64

    /// The number plus one of an address, 0 for none.
    ///
    /// `high` and `low`: the first and the last 64 bits of the address.
    @inlinable @inline(__always)
    func leaf(_ high: UInt64, _ low: UInt64) -> UInt32 {
      guard let root = unsafe root, let nodes = unsafe nodes, let leaves = unsafe leaves else {
        return 0
      }
      var entry = unsafe root[Int(truncatingIfNeeded: high &>> rootShift)]
      if entry & Poptrie.leafMark != 0 { return entry & ~Poptrie.leafMark }
      var word = unsafe high &<< rootBits
      var used = unsafe rootBits
      while true {
        let node = unsafe nodes + Int(truncatingIfNeeded: entry)
        let bit: UInt64 = 1 &<< (word &>> 58)
        let branches = unsafe node.pointee.branches
        if branches & bit == 0 {
          let upTo = bit | (bit &- 1)
          let run = unsafe UInt32(truncatingIfNeeded: (node.pointee.runs & upTo).nonzeroBitCount)
          return unsafe leaves[Int(truncatingIfNeeded: node.pointee.firstLeaf &+ run &- 1)]
        }
        let before = UInt32(truncatingIfNeeded: (branches & (bit &- 1)).nonzeroBitCount)
        entry = unsafe node.pointee.firstNode &+ before
        word &<<= 6
        used &+= 6
        // The first word ends exactly between two nodes.
        if used == 64 { word = low }
      }
    }
  }
}
