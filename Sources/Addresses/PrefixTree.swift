/// A binary tree over the bits of addresses, as a `PoptrieBuilder` reads it: each address leads to a leaf.
package protocol PrefixTree {
  /// A part of the tree that lies below some prefix.
  associatedtype Subtree
  associatedtype Failure: Error

  /// Appends what stands below a subtree's prefix after so many more bits, from left to right: slots with a
  /// width of 2^bits together. Where fewer bits are left than that, those that are not there count as zeros.
  mutating func expand(
    _ subtree: Subtree, bits: Int, into slots: inout [PrefixTreeSlot<Subtree>]
  ) throws(Failure)
}

/// What stands below a prefix.
package enum PrefixTreeSlot<Subtree> {
  /// One number plus one for all addresses, 0 for none, below so many prefixes of one length.
  case leaf(UInt32, width: Int)
  case subtree(Subtree)
}
