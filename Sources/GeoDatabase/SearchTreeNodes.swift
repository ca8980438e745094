/// The nodes of a search tree: pairs of numbers of 24, 28 or 32 bits.
///
/// What `MMDB_read_node` does, without a call for each of millions of nodes.
///
/// INVARIANT: the file has as many nodes from `start` on, and at least eight bytes behind them, as long as the
/// value is used.
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

  /// What a node leads to: another node, or from `count` on nothing or a record. Nothing where there is no such
  /// node.
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
      // The byte in the middle has the upper bits of both.
      (left, right) = (bytes >> 40 | bytes >> 12 & 0xf00_0000, bytes >> 8 & 0xfff_ffff)
    default: (left, right) = (bytes >> 32, bytes & 0xffff_ffff)
    }
    return (UInt32(truncatingIfNeeded: left), UInt32(truncatingIfNeeded: right))
  }
}
