import Platform

/// Maps the bits of an address to a number: a compressed multibit trie.
///
/// A table is indexed by the first bits of the address. Nodes of 64 branches (6 bits each) follow. A node stores only
/// the branches that lead to nodes, and each run of equal leaves once. All of a node is in one place, so that a
/// look-up mostly reads one cache line of it. If only few entries of the first table lead on, as in the allocated part
/// of IPv6, tables of 12 bits stand between it and the nodes. An address has 128 bits, or 32 for IPv4.
///
/// Bytes: 4 for each entry of a table; 16 a node, 4 a branch to a node, 2 a run of leaves, or 4 if a number is
/// larger than `largestNarrow`, rounded up to 8 a node.
///
/// Source: Asai and Ohara, "Poptrie: A Compressed Trie with Population Count for Fast and Scalable
/// Software IP Routing Table Lookup", SIGCOMM 2015.
///
/// INVARIANT: only `init` writes the blocks. They live as long as the trie, so that any thread may read them.
/// `PoptrieBuilder` makes all places, so that they stay within the blocks: an entry without the leaf mark is the place
/// of a node or of a second table, and a node's own bits count its branches and leaves.
@safe @usableFromInline final class Poptrie: @unchecked Sendable {
  /// Marks an entry of a table that is a leaf.
  @usableFromInline static var leafMark: UInt32 { 0x8000_0000 }
  /// The largest number. A leaf is the number plus one, or 0 for none, and must fit beside the mark.
  static let largestValue: UInt32 = 0x7fff_fffe
  /// The bits of a second table. After them nodes still never take bits of both words.
  @usableFromInline static var secondBits: UInt64 { 12 }
  /// The largest leaf of two bytes that stands for itself. A larger one, in IPv6 only, stands for a leaf as far above
  /// `firstLarge`: an alias of a database.
  @usableFromInline static var largestNarrow: UInt32 { 0xff00 }
  @usableFromInline static var firstLarge: UInt32 { 0x4000_0000 }

  /// The bits of the first table: 4, 10 or 16, so that nodes never take bits of both words.
  let rootBits: UInt64
  private let root: UnsafeMutablePointer<UInt32>
  private let second: UnsafeMutablePointer<UInt32>?
  private let nodes: UnsafeMutableRawPointer
  private let isWide: Bool
  /// The size of the trie in bytes.
  let byteCount: Int
  /// Whether no address has a number.
  let isEmpty: Bool

  init(_ builder: consuming PoptrieBuilder) {
    rootBits = UInt64(builder.rootBits)
    let packed = PackedNodes(builder.nodes, leaves: builder.leaves, isIPv6: builder.isIPv6)
    isWide = packed.isWide
    let places = { (entry: UInt32) in
      entry & Self.leafMark != 0 ? entry : packed.places[Int(entry)]
    }
    // The first table leads either to second tables or to nodes.
    let root = builder.second.isEmpty ? builder.root.map(places) : builder.root
    let second = builder.second.map(places)
    isEmpty = root.allSatisfy { $0 == Self.leafMark }
    byteCount = (root.count + second.count) * 4 + packed.bytes.count
    unsafe self.root = Self.copy(of: root)
    unsafe self.second = second.isEmpty ? nil : Self.copy(of: second)
    unsafe nodes = .allocate(byteCount: packed.bytes.count, alignment: 64)
    unsafe packed.bytes.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { unsafe memcpy(nodes, start, bytes.count) }
    }
  }

  private static func copy(of elements: [UInt32]) -> UnsafeMutablePointer<UInt32> {
    let copy = UnsafeMutablePointer<UInt32>.allocate(capacity: elements.count)
    _ = unsafe UnsafeMutableBufferPointer(start: copy, count: elements.count)
      .initialize(from: elements)
    return unsafe copy
  }

  deinit {
    unsafe root.deallocate()
    unsafe second?.deallocate()
    unsafe nodes.deallocate()
  }

  /// The blocks for a look-up, without reference counting.
  var view: View {
    unsafe View(
      root: UnsafePointer(root), second: UnsafePointer(second), nodes: UnsafeRawPointer(nodes),
      rootShift: 64 &- rootBits, rootBits: rootBits, isWide: isWide)
  }
}

extension Poptrie {
  /// Plain pointers to a trie's blocks. The caller keeps the trie alive.
  @unsafe @usableFromInline struct View: @unchecked Sendable {
    @usableFromInline let root: UnsafePointer<UInt32>
    @usableFromInline let second: UnsafePointer<UInt32>?
    @usableFromInline let nodes: UnsafeRawPointer
    @usableFromInline let rootShift: UInt64
    @usableFromInline let rootBits: UInt64
    @usableFromInline let isWide: Bool

    /// The number plus one for an IPv4 address, 0 for none.
    @inlinable @inline(__always)
    func leaf(ipv4 address: UInt32) -> UInt32 {
      let word = UInt64(address) &<< 32
      var entry = unsafe root[Int(truncatingIfNeeded: word &>> rootShift)]
      if entry & Poptrie.leafMark != 0 { return entry & ~Poptrie.leafMark }
      var rest = unsafe word &<< rootBits
      while unsafe !step(&entry, rest) { rest &<<= 6 }
      return entry
    }

    /// The number plus one for an address given as two words, 0 for none.
    @inlinable @inline(__always)
    func leaf(_ high: UInt64, _ low: UInt64) -> UInt32 {
      var entry = unsafe root[Int(truncatingIfNeeded: high &>> rootShift)]
      if entry & Poptrie.leafMark != 0 { return entry & ~Poptrie.leafMark }
      var rest = unsafe high &<< rootBits
      var used = unsafe rootBits
      if let second = unsafe second {
        let place = UInt64(entry) &<< Poptrie.secondBits | rest &>> (64 &- Poptrie.secondBits)
        entry = unsafe second[Int(truncatingIfNeeded: place)]
        if entry & Poptrie.leafMark != 0 { return entry & ~Poptrie.leafMark }
        rest &<<= Poptrie.secondBits
        used &+= Poptrie.secondBits
      }
      while unsafe !step(&entry, rest) {
        rest &<<= 6
        used &+= 6
        // The first word ends exactly between two nodes.
        if used == 64 { rest = low }
      }
      return unsafe widened(entry)
    }

    /// The number plus one for an address whose bits begin at the top, 0 for none, and the last address of the run of
    /// equal leaves that the trie stores there. The next run may have the same leaf.
    ///
    /// For walks. `leaf` is faster for a single address.
    func run(at address: UInt128) -> (leaf: UInt32, last: UInt128) {
      var used = unsafe rootBits
      var entry = unsafe root[Int(truncatingIfNeeded: address &>> (128 &- UInt128(used)))]
      if entry & Poptrie.leafMark == 0, let second = unsafe second {
        used &+= Poptrie.secondBits
        let rest = address &>> (128 &- UInt128(used)) & ((1 &<< UInt128(Poptrie.secondBits)) &- 1)
        let place = UInt64(entry) &<< Poptrie.secondBits | UInt64(truncatingIfNeeded: rest)
        entry = unsafe second[Int(truncatingIfNeeded: place)]
      }
      if entry & Poptrie.leafMark != 0 {
        return (entry & ~Poptrie.leafMark, address | UInt128.max &>> UInt128(used))
      }
      var rest: UInt64
      var node: UnsafeRawPointer
      repeat {
        unsafe node = unsafe nodes + Int(truncatingIfNeeded: entry) &* 8
        rest = UInt64(truncatingIfNeeded: (address &<< UInt128(used)) &>> 64)
        used &+= 6
      } while unsafe !step(&entry, rest)
      // The run ends before the next branch to a node or the next run. The last nodes have branches for two bits more
      // than an address, so that one address has four branches.
      let starts = unsafe node.load(as: UInt64.self) | node.load(fromByteOffset: 8, as: UInt64.self)
      let branch = rest &>> 58
      let end = branch &+ 1 &+ UInt64(((starts &>> branch) &>> 1).trailingZeroBitCount)
      let first = address & ~(UInt128.max &>> UInt128(used &- 6))
      let last = first &+ UInt128(min(end, 64)) << (128 &- Int(truncatingIfNeeded: used)) &- 1
      return unsafe (widened(entry), last)
    }

    /// The leaf that a leaf in a node stands for.
    @inlinable @inline(__always)
    func widened(_ leaf: UInt32) -> UInt32 {
      if unsafe leaf <= Poptrie.largestNarrow || isWide { return leaf }
      return leaf &- Poptrie.largestNarrow &+ Poptrie.firstLarge
    }

    /// Follows the branch for the first six bits of `rest`. Returns true if it leads to a leaf, false for a node.
    @inlinable @inline(__always)
    func step(_ entry: inout UInt32, _ rest: UInt64) -> Bool {
      let node = unsafe nodes + Int(truncatingIfNeeded: entry) &* 8
      // Shifts the branch's own bit to the top, after all lower bits.
      let toTop = ~(rest &>> 58)
      let branches = unsafe node.load(as: UInt64.self)
      let upToBranch = branches &<< toTop
      if Int64(bitPattern: upToBranch) < 0 {
        // The entry for the last branch bit up to there. Entries start after the two words of bits.
        entry = unsafe node.load(
          fromByteOffset: 12 &+ 4 &* upToBranch.nonzeroBitCount, as: UInt32.self)
        return false
      }
      let runs = unsafe node.load(fromByteOffset: 8, as: UInt64.self) &<< toTop
      let leaves = unsafe node + (16 &+ 4 &* branches.nonzeroBitCount)
      let count = runs.nonzeroBitCount
      entry =
        unsafe isWide
        ? leaves.load(fromByteOffset: 4 &* count &- 4, as: UInt32.self)
        : UInt32(leaves.load(fromByteOffset: 2 &* count &- 2, as: UInt16.self))
      return true
    }
  }
}

/// The nodes of a `PoptrieBuilder` in the layout of a `Poptrie`.
private struct PackedNodes {
  /// All nodes.
  private(set) var bytes: [UInt8] = []
  /// The offset of each node, in units of eight bytes.
  private(set) var places: [UInt32] = []
  /// Whether leaves take four bytes.
  let isWide: Bool

  init(_ nodes: [PoptrieBuilder.Node], leaves: [UInt32], isIPv6: Bool) {
    let highest = Poptrie.firstLarge + (UInt32(UInt16.max) - Poptrie.largestNarrow)
    isWide = leaves.contains { leaf in
      if leaf <= Poptrie.largestNarrow { return false }
      return !isIPv6 || leaf <= Poptrie.firstLarge || leaf > highest
    }
    let leafSize = isWide ? 4 : 2
    var end = 0
    places.reserveCapacity(nodes.count)
    for node in nodes {
      places.append(UInt32(truncatingIfNeeded: end / 8))
      let size = 16 + 4 * node.branches.nonzeroBitCount + leafSize * node.runs.nonzeroBitCount
      end += (size + 7) & ~7
    }
    bytes.reserveCapacity(end)
    for node in nodes {
      append(node.branches)
      append(node.runs)
      for branch in 0..<node.branches.nonzeroBitCount { append(places[node.firstNode + branch]) }
      for run in 0..<node.runs.nonzeroBitCount {
        let leaf = leaves[node.firstLeaf + run]
        if isWide {
          append(leaf)
        } else {
          let isLarge = leaf > Poptrie.firstLarge
          append(UInt16(isLarge ? leaf - Poptrie.firstLarge + Poptrie.largestNarrow : leaf))
        }
      }
      while bytes.count % 8 != 0 { bytes.append(0) }
    }
  }

  private mutating func append(_ number: some FixedWidthInteger) {
    unsafe withUnsafeBytes(of: number) { unsafe bytes.append(contentsOf: $0) }
  }
}
