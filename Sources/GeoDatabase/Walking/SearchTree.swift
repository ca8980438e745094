import Addresses

/// A database's search tree: maps addresses to numbers of records.
///
/// Where the IPv6 tree leads to the root of its IPv4 part (at `::/96`, and at the aliases that writers set for
/// `::ffff:0:0/96`, `2002::/16` and others), the number is an `Alias`.
struct SearchTree: PrefixTree {
  /// The tree below a node.
  struct Subtree {
    var node: UInt32
    /// The depth of the node in bits. An IPv4 tree begins at 96, like the IPv4 part of an IPv6 tree.
    var length: UInt32
  }

  private(set) var records: RecordReader
  private let nodes: SearchTreeNodes
  private let isIPv6: Bool
  /// The root of the IPv4 part of an IPv6 tree. The count of nodes: there is none.
  private var ipv4Root: UInt32
  private var isInIPv4 = true
  /// How many nodes may still be visited. A sound tree reaches each node once, except the aliased IPv4 root. A tree
  /// whose branches join can have more paths than there are addresses.
  private var visitsLeft: Int
  /// The ends of the walk below a node.
  private var ends: [End] = []

  private struct End {
    var target: UInt32
    var length: UInt32
    var width: Int
    /// The cached state of the record; see `RecordReader.known`.
    var known: UInt32 = 0
  }

  init(nodes: SearchTreeNodes, ipVersion: Int, records: RecordReader) {
    self.nodes = nodes
    self.records = records
    isIPv6 = ipVersion == 6
    ipv4Root = nodes.count
    visitsLeft = Int(nodes.count) + Int(nodes.count) / 8 + 1_024
  }

  mutating func table() throws(DatabaseFault) -> AddressTable {
    let size = Int(nodes.count)
    let ipv4Start = isIPv6 ? ipv4Target() : 0
    if isIPv6, ipv4Start < nodes.count { ipv4Root = ipv4Start }
    let ipv4Whole = try slot(End(target: ipv4Start, length: 96, width: 1))
    let ipv4 = try PoptrieBuilder(&self, ipv4Whole, isIPv6: false, sizeHint: size)
    isInIPv4 = false
    guard isIPv6 else {
      return AddressTable(
        ipv4: ipv4, ipv6: try PoptrieBuilder(&self, .leaf(0, width: 1), isIPv6: true, sizeHint: 0))
    }
    let ipv6Whole = try slot(End(target: 0, length: 0, width: 1))
    return AddressTable(
      ipv4: ipv4, ipv6: try PoptrieBuilder(&self, ipv6Whole, isIPv6: true, sizeHint: size))
  }

  /// The target of 96 zero bits, or the end of the path if it is shorter.
  private func ipv4Target() -> UInt32 {
    var target: UInt32 = 0
    for _ in 0..<96 where target < nodes.count { target = nodes.children(of: target).left }
    return target
  }

  mutating func expand(
    _ subtree: Subtree, bits: Int, into slots: inout [PrefixTreeSlot<Subtree>]
  ) throws(DatabaseFault) {
    ends.removeLast(ends.count)
    try walk(subtree.node, length: subtree.length, bits: bits)
    // A separate loop, because these reads miss the caches and the processor can wait for several at once.
    for index in ends.indices {
      if let offset = recordOffset(ends[index].target) {
        ends[index].known = records.known(ofRecordAt: offset)
      }
    }
    for end in ends { slots.append(try slot(end)) }
  }

  private mutating func walk(_ node: UInt32, length: UInt32, bits: Int) throws(DatabaseFault) {
    guard length < 128 else {
      throw .corrupt("the search tree is deeper than an address has bits")
    }
    guard visitsLeft > 0 else {
      throw .corrupt("too many branches of the search tree join")
    }
    visitsLeft -= 1
    let children = nodes.children(of: node)
    try go(to: children.left, length: length + 1, bits: bits - 1)
    try go(to: children.right, length: length + 1, bits: bits - 1)
  }

  @inline(__always)
  private mutating func go(to target: UInt32, length: UInt32, bits: Int) throws(DatabaseFault) {
    if target < nodes.count, target != ipv4Root, bits > 0 {
      try walk(target, length: length, bits: bits)
    } else {
      ends.append(End(target: target, length: length, width: 1 << bits))
    }
  }

  /// The slot of an end: another node, the root of the IPv4 part, nothing, or a record.
  @inline(__always)
  private mutating func slot(_ end: End) throws(DatabaseFault) -> PrefixTreeSlot<Subtree> {
    if end.target < nodes.count {
      guard end.target == ipv4Root, !(isInIPv4 && end.length == 96) else {
        return .subtree(Subtree(node: end.target, length: end.length))
      }
      guard let alias = Alias(prefixLength: Int(end.length)) else {
        throw .corrupt("the search tree leads to the root of its IPv4 part from within")
      }
      return .leaf(alias.number + 1, width: end.width)
    }
    guard let offset = recordOffset(end.target) else {
      if end.target == nodes.count { return .leaf(0, width: end.width) }
      throw .corrupt("the search tree points outside of the data, at record \(end.target)")
    }
    let number = try records.number(ofRecordAt: offset, known: end.known)
    return .leaf(number + 1, width: end.width)
  }

  /// The offset of a target in the data section. Nil: it is outside.
  @inline(__always)
  private func recordOffset(_ target: UInt32) -> UInt32? {
    let start = nodes.count + 16
    guard target >= start, target - start < records.dataSize else { return nil }
    return target - start
  }
}

/// A number in an address table that refers to the IPv4 part of the database.
@usableFromInline struct Alias {
  /// How many bits precede the IPv4 address.
  private let prefixLength: UInt32
  /// Above any record number: a file of 2 GiB has fewer records.
  @usableFromInline static var mark: UInt32 { 0x4000_0000 }

  init?(prefixLength: Int) {
    guard prefixLength <= 96, let prefixLength = UInt32(exactly: prefixLength) else { return nil }
    self.prefixLength = prefixLength
  }

  init?(number: UInt32) {
    guard number >= Self.mark else { return nil }
    prefixLength = number &- Self.mark
  }

  var number: UInt32 { Self.mark | prefixLength }

  /// The IPv4 address after the prefix.
  func address(in address: Address) -> Address {
    Address(ipv4: UInt32(truncatingIfNeeded: address.bits &>> (96 &- UInt128(prefixLength))))
  }
}

/// The nodes of a search tree: pairs of numbers of 24, 28 or 32 bits.
///
/// Replaces `MMDB_read_node`, because a call for each of millions of nodes is slow.
///
/// INVARIANT: as long as the value is used, the file has `count` nodes from `start` on, and at least eight bytes after
/// them.
///
/// Source: MaxMind DB File Format Specification 2.0, "Node Layout".
@safe struct SearchTreeNodes {
  private let start: UnsafeRawPointer
  let count: UInt32
  private let recordSize: Int

  @unsafe init?(_ file: UnsafeRawBufferPointer, by metadata: Metadata) {
    guard let start = file.baseAddress, let count = UInt32(exactly: metadata.nodeCount),
      metadata.nodeCount * metadata.recordSize / 4 + 8 <= file.count
    else { return nil }
    unsafe self.start = start
    self.count = count
    recordSize = metadata.recordSize
  }

  /// The two targets of a node: a number below `count` is a node, `count` means nothing, and a larger number is a
  /// record. A node that does not exist leads to nothing.
  @inline(__always)
  func children(of node: UInt32) -> (left: UInt32, right: UInt32) {
    guard node < count else { return (count, count) }
    let offset = Int(node) * (recordSize / 4)
    let bytes = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self).bigEndian
    let left: UInt64
    let right: UInt64
    switch recordSize {
    case 24: (left, right) = (bytes >> 40, bytes >> 16 & 0xff_ffff)
    case 28:
      // The middle byte holds the highest four bits of both.
      (left, right) = (bytes >> 40 | bytes >> 12 & 0xf00_0000, bytes >> 8 & 0xfff_ffff)
    default: (left, right) = (bytes >> 32, bytes & 0xffff_ffff)
    }
    return (UInt32(truncatingIfNeeded: left), UInt32(truncatingIfNeeded: right))
  }
}
