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
    /// The index before the first of the node's leaves; wraps around.
    @usableFromInline var beforeLeaves: UInt32 = 0
    /// The index before the first of the nodes below; wraps around.
    @usableFromInline var beforeNodes: UInt32 = 0
  }

  /// Marks an entry of the first table that is a leaf.
  @usableFromInline static var leafMark: UInt32 { 0x8000_0000 }
  /// The most that a number can be: a leaf is the number plus one, 0 for none, beside the mark.
  static let largestValue: UInt32 = 0x7fff_fffe

  /// The bits that the first table takes: 4, 10 or 16, so that nodes never take bits of both words.
  let rootBits: UInt64
  private let root: UnsafeMutablePointer<UInt32>
  private let nodes: UnsafeMutablePointer<Node>
  private let leaves: UnsafeMutablePointer<UInt32>
  /// The bytes that the trie occupies.
  let byteCount: Int
  /// Whether no address has a number.
  let isEmpty: Bool

  init(_ builder: consuming PoptrieBuilder) {
    rootBits = UInt64(builder.rootBits)
    byteCount =
      builder.root.count * 4 + builder.nodes.count * MemoryLayout<Node>.stride
      + builder.leaves.count * 4
    isEmpty = builder.root.allSatisfy { $0 == Self.leafMark }
    unsafe root = Self.copy(of: builder.root)
    unsafe nodes = Self.copy(of: builder.nodes)
    unsafe leaves = Self.copy(of: builder.leaves)
  }

  private static func copy<Element>(of elements: [Element]) -> UnsafeMutablePointer<Element> {
    let copy = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
    _ = unsafe UnsafeMutableBufferPointer(start: copy, count: elements.count)
      .initialize(from: elements)
    return unsafe copy
  }

  deinit {
    unsafe root.deallocate()
    unsafe nodes.deallocate()
    unsafe leaves.deallocate()
  }

  /// What a look-up needs, without a reference to count.
  var view: View {
    unsafe View(
      root: UnsafePointer(root), nodes: UnsafePointer(nodes), leaves: UnsafePointer(leaves),
      rootShift: 64 &- rootBits, rootBits: rootBits)
  }
}

extension Poptrie {
  /// Where a trie's blocks are: plain addresses, to be read while the trie is kept alive.
  @unsafe @usableFromInline struct View: @unchecked Sendable {
    @usableFromInline let root: UnsafePointer<UInt32>
    @usableFromInline let nodes: UnsafePointer<Node>
    @usableFromInline let leaves: UnsafePointer<UInt32>
    @usableFromInline let rootShift: UInt64
    @usableFromInline let rootBits: UInt64

    /// The number plus one of an IPv4 address, 0 for none.
    @inlinable @inline(__always)
    func leaf(ipv4 address: UInt32) -> UInt32 {
      let word = UInt64(address) &<< 32
      var entry = unsafe root[Int(truncatingIfNeeded: word &>> rootShift)]
      if entry & Poptrie.leafMark != 0 { return entry & ~Poptrie.leafMark }
      var rest = unsafe word &<< rootBits
      while unsafe !step(&entry, rest) { rest &<<= 6 }
      return entry
    }

    /// The number plus one of an address by its first and its last 64 bits, 0 for none.
    @inlinable @inline(__always)
    func leaf(_ high: UInt64, _ low: UInt64) -> UInt32 {
      var entry = unsafe root[Int(truncatingIfNeeded: high &>> rootShift)]
      if entry & Poptrie.leafMark != 0 { return entry & ~Poptrie.leafMark }
      var rest = unsafe high &<< rootBits
      var used = unsafe rootBits
      while unsafe !step(&entry, rest) {
        rest &<<= 6
        used &+= 6
        // The first word ends exactly between two nodes.
        if used == 64 { rest = low }
      }
      return entry
    }

    /// Goes from a node to the branch that the first six bits of `rest` name: on to a node, false, or to a
    /// leaf, true.
    @inlinable @inline(__always)
    func step(_ entry: inout UInt32, _ rest: UInt64) -> Bool {
      let node = unsafe nodes + Int(truncatingIfNeeded: entry)
      // All bits up to the branch's own, that one on top.
      let toTop = ~(rest &>> 58)
      let branches = unsafe node.pointee.branches &<< toTop
      if Int64(bitPattern: branches) < 0 {
        let count = UInt32(truncatingIfNeeded: branches.nonzeroBitCount)
        entry = unsafe node.pointee.beforeNodes &+ count
        return false
      }
      let runs = unsafe node.pointee.runs &<< toTop
      let count = UInt32(truncatingIfNeeded: runs.nonzeroBitCount)
      entry = unsafe leaves[Int(truncatingIfNeeded: node.pointee.beforeLeaves &+ count)]
      return true
    }
  }
}
