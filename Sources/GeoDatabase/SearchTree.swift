import Addresses

/// A database's search tree: from an address to the number of its record.
///
/// Where the IPv6 tree leads to the root of its IPv4 part (`::/96`, and the aliases that writers set for
/// `::ffff:0:0/96`, `2002::/16` and others), the number is an `Alias`.
struct SearchTree: PrefixTree {
  /// The tree below a node.
  struct Subtree {
    var node: UInt32
    /// How many bits lead to it; an IPv4 tree is walked as what it would be in an IPv6 one.
    var length: UInt32
  }

  private(set) var records: RecordReader
  private let nodes: SearchTreeNodes
  private let isIPv6: Bool
  /// The root of the IPv4 part of an IPv6 tree; the number of nodes where there is none.
  private var ipv4Root: UInt32
  private var isInIPv4 = true
  /// How many nodes may still be visited. Each has one way to it but for aliases; where branches join more often, a
  /// tree can have more ways than there are addresses.
  private var visitsLeft: Int
  /// Where the walk below a node has ended.
  private var ends: [End] = []

  private struct End {
    var target: UInt32
    var length: UInt32
    var width: Int
    /// What was known of the record there.
    var known: UInt32 = 0
  }

  init(nodes: SearchTreeNodes, ipVersion: Int, records: RecordReader) {
    self.nodes = nodes
    self.records = records
    isIPv6 = ipVersion == 6
    ipv4Root = nodes.count
    visitsLeft = Int(nodes.count) + Int(nodes.count) / 8 + 1_024
  }

  /// Walks the tree.
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

  /// Where 96 zeros lead to: a node, or before that a record or nothing.
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
    // The memory that this touches is all over the place: the processor waits for several of these at once.
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
      throw .corrupt("the search tree leads to its nodes in too many ways")
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

  /// What stands at an end: another node, the root of the IPv4 part, nothing, or a record.
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

  /// Where a target is in the data section; nil where it is not.
  @inline(__always)
  private func recordOffset(_ target: UInt32) -> UInt32? {
    let start = nodes.count + 16
    guard target >= start, target - start < records.dataSize else { return nil }
    return target - start
  }
}

/// A number of an address table that stands for the IPv4 part of the database.
@usableFromInline struct Alias {
  /// How many bits stand before the IPv4 address.
  private let prefixLength: UInt32
  /// Above any record number: the data of a file of 2 GiB has fewer records.
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

  /// The IPv4 address behind the prefix.
  func address(in address: Address) -> Address {
    Address(ipv4: UInt32(truncatingIfNeeded: address.bits &>> (96 &- UInt128(prefixLength))))
  }
}
