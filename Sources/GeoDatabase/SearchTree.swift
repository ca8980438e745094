/// A database's search tree, unrolled into segments: what its addresses have for a record number.
///
/// Where the IPv6 tree leads to the root of its IPv4 part (`::/96`, and the aliases that writers set for
/// `::ffff:0:0/96`, `2002::/16` and others), the segment's number is an `Alias`.
struct SearchTree {
  private(set) var ipv4 = SegmentList<UInt32>()
  private(set) var ipv6 = SegmentList<UInt128>()

  private let nodeCount: UInt64
  private let dataSize: UInt64
  private var visited: [UInt64]
  private var ipv4Root: UInt64?

  /// Walks the tree once, in the order of the addresses.
  ///
  /// A node that is reached twice, the root of the IPv4 part aside, is an error: a tree with a cycle has
  /// no end, one whose branches join can have more ways than there are addresses.
  init(
    of database: borrowing MaxMindDB, metadata: Metadata, records: inout RecordReader
  ) throws(DatabaseFault) {
    nodeCount = UInt64(database.nodeCount)
    dataSize = UInt64(metadata.markerStart - metadata.dataStart)
    visited = Array(repeating: 0, count: metadata.nodeCount / 64 + 1)
    // An IPv4 tree is walked as what it would be in an IPv6 one.
    let start = Branch(prefix: 0, length: metadata.ipVersion == 4 ? 96 : 0, target: 0)
    // Each level leaves at most its right branch here.
    var pending = [start]
    while let branch = pending.popLast() {
      guard branch.target < nodeCount else {
        try addLeaf(branch, of: database, records: &records)
        continue
      }
      if branch.isIPv4Root {
        ipv4Root = branch.target
        if metadata.ipVersion == 6 { try addAlias(branch) }
      } else if branch.target == ipv4Root {
        try addAlias(branch)
        continue
      }
      try visit(branch)
      guard let children = database.children(of: UInt32(branch.target)) else {
        throw .corrupt("the search tree has no node \(branch.target)")
      }
      pending.append(branch.child(1, target: children.right))
      pending.append(branch.child(0, target: children.left))
    }
    visited = []
  }

  private mutating func visit(_ branch: Branch) throws(DatabaseFault) {
    guard branch.length < 128 else {
      throw .corrupt("the search tree is deeper than an address has bits")
    }
    let word = Int(branch.target / 64)
    let bit: UInt64 = 1 << (branch.target % 64)
    guard visited[word] & bit == 0 else {
      throw .corrupt("the search tree leads to node \(branch.target) in two ways")
    }
    visited[word] |= bit
  }

  private mutating func addAlias(_ branch: Branch) throws(DatabaseFault) {
    guard let alias = Alias(prefixLength: branch.length) else {
      throw .corrupt("the search tree leads to the root of its IPv4 part from within")
    }
    ipv6.append(first: branch.prefix, last: branch.last, value: alias.number)
  }

  private mutating func addLeaf(
    _ branch: Branch, of database: borrowing MaxMindDB, records: inout RecordReader
  ) throws(DatabaseFault) {
    if branch.target == nodeCount { return }
    let separator: UInt64 = 16
    let offset = branch.target - nodeCount
    guard offset >= separator, offset - separator < dataSize else {
      throw .corrupt("the search tree points outside of the data, at record \(branch.target)")
    }
    let number = try records.number(ofRecordAt: UInt32(offset - separator), in: database)
    if branch.isInsideIPv4 {
      ipv4.append(
        first: UInt32(truncatingIfNeeded: branch.prefix),
        last: UInt32(truncatingIfNeeded: branch.last), value: number)
      return
    }
    if branch.prefix == 0 { ipv4.append(first: 0, last: .max, value: number) }
    ipv6.append(first: branch.prefix, last: branch.last, value: number)
  }

  /// A way from the root: the addresses below, and the record of the last node on it.
  private struct Branch {
    var prefix: UInt128
    var length: Int
    /// The number of a node, the node count for nothing, or beyond it a place in the data.
    var target: UInt64

    var last: UInt128 { prefix | AddressRange.hostMask(prefixLength: length) }
    var isIPv4Root: Bool { length == 96 && prefix == 0 }
    var isInsideIPv4: Bool { length > 96 && prefix &>> 32 == 0 }

    func child(_ bit: UInt128, target: UInt64) -> Branch {
      Branch(prefix: prefix | bit &<< (127 - UInt128(length)), length: length + 1, target: target)
    }
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
