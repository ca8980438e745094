/// A binary tree over the bits of addresses, the input of a `PoptrieBuilder`. Each address leads to a leaf.
package protocol PrefixTree {
  /// The part of the tree below a prefix.
  associatedtype Subtree
  associatedtype Failure: Error

  /// Appends the slots below a subtree's prefix after so many more bits, from left to right. Their widths add up to
  /// 2^bits. If fewer bits are left, the missing bits count as zeros.
  mutating func expand(
    _ subtree: Subtree, bits: Int, into slots: inout [PrefixTreeSlot<Subtree>]
  ) throws(Failure)
}

/// The content below a prefix.
package enum PrefixTreeSlot<Subtree> {
  /// One number plus one, or 0 for none, for all addresses below `width` prefixes of the same length.
  case leaf(UInt32, width: Int)
  case subtree(Subtree)
}

/// Builds the parts of a `Poptrie` from a tree, in one pass.
package struct PoptrieBuilder {
  /// A node: a bit for each branch to a node, and a bit for each branch where a run of leaves begins.
  struct Node {
    /// Branches that lead to nodes.
    var branches: UInt64 = 0
    /// Branches whose leaf differs from the leaf before.
    var runs: UInt64 = 0
    /// The index of the first of the node's leaves.
    var firstLeaf = 0
    /// The index of the first of the nodes below.
    var firstNode = 0
  }

  /// Indexed by the first bits: a leaf with its mark, or the index of a node, or of a second table if there are any.
  private(set) var root: [UInt32] = []
  /// The second tables, one after the other. Indexed by the next bits: a leaf with its mark, or the index of a node.
  private(set) var second: [UInt32] = []
  private(set) var nodes: [Node] = []
  private(set) var leaves: [UInt32] = []
  let rootBits: Int
  let isIPv6: Bool

  /// If more entries of the first table lead on, there are no second tables: 2 MB would be too much.
  private static let mostSecondTables = 128

  /// The contents of unfinished nodes. Each node owns the part from its own start.
  private var branchStack: [Node] = []
  private var runStack: [UInt32] = []

  /// - Parameters:
  ///   - tree: The input. `whole` is its root.
  ///   - isIPv6: Whether addresses have more than 32 bits.
  ///   - sizeHint: The approximate number of prefixes. A small list gets a small first table, because a full one would
  ///     take most of a small policy's memory.
  package init<Tree: PrefixTree>(
    _ tree: inout Tree, _ whole: PrefixTreeSlot<Tree.Subtree>, isIPv6: Bool, sizeHint: Int
  ) throws(Tree.Failure) {
    self.isIPv6 = isIPv6
    rootBits = sizeHint < 32 ? 4 : sizeHint < 2_048 ? 10 : 16
    var slots: [PrefixTreeSlot<Tree.Subtree>] = []
    switch whole {
    case .leaf(let leaf, _): slots = [.leaf(leaf, width: 1 << rootBits)]
    case .subtree(let subtree): try tree.expand(subtree, bits: rootBits, into: &slots)
    }
    root.reserveCapacity(1 << rootBits)
    let subtrees = slots.count { if case .subtree = $0 { true } else { false } }
    guard isIPv6, rootBits == 16, subtrees <= Self.mostSecondTables else {
      root = try table(slots, of: &tree)
      return
    }
    for slot in slots {
      switch slot {
      case .leaf(let leaf, let width):
        root.append(contentsOf: repeatElement(leaf | Poptrie.leafMark, count: width))
      case .subtree(let subtree):
        root.append(UInt32(truncatingIfNeeded: second.count >> Int(Poptrie.secondBits)))
        slots.removeLast(slots.count)
        try tree.expand(subtree, bits: Int(Poptrie.secondBits), into: &slots)
        second += try table(slots, of: &tree)
      }
    }
  }

  /// The entries for slots.
  private mutating func table<Tree: PrefixTree>(
    _ slots: [PrefixTreeSlot<Tree.Subtree>], of tree: inout Tree
  ) throws(Tree.Failure) -> [UInt32] {
    var entries: [UInt32] = []
    var stack: [PrefixTreeSlot<Tree.Subtree>] = []
    for slot in slots {
      switch slot {
      case .leaf(let leaf, let width):
        entries.append(contentsOf: repeatElement(leaf | Poptrie.leafMark, count: width))
      case .subtree(let subtree):
        switch try built(subtree, of: &tree, &stack) {
        case .leaf(let leaf): entries.append(leaf | Poptrie.leafMark)
        case .node(let node):
          entries.append(UInt32(truncatingIfNeeded: nodes.count))
          nodes.append(node)
        }
      }
    }
    return entries
  }

  private enum Built {
    case leaf(UInt32)
    /// The nodes and leaves below this node have their places already.
    case node(Node)
  }

  /// Builds a subtree. `slots` is a stack.
  ///
  /// Recursion depth: at most 21, with 6 bits a level.
  private mutating func built<Tree: PrefixTree>(
    _ subtree: Tree.Subtree, of tree: inout Tree, _ slots: inout [PrefixTreeSlot<Tree.Subtree>]
  ) throws(Tree.Failure) -> Built {
    let (firstSlot, firstBranch, firstRun) = (slots.count, branchStack.count, runStack.count)
    try tree.expand(subtree, bits: 6, into: &slots)
    var node = Node()
    var bit: UInt64 = 1
    func addRun(_ leaf: UInt32) {
      guard runStack.count == firstRun || runStack[runStack.count - 1] != leaf else { return }
      node.runs |= bit
      runStack.append(leaf)
    }
    for index in firstSlot..<slots.count {
      switch slots[index] {
      case .leaf(let leaf, let width):
        addRun(leaf)
        bit <<= UInt64(width)
      case .subtree(let subtree):
        switch try built(subtree, of: &tree, &slots) {
        case .leaf(let leaf): addRun(leaf)
        case .node(let branch):
          node.branches |= bit
          branchStack.append(branch)
        }
        bit <<= 1
      }
    }
    slots.removeLast(slots.count - firstSlot)
    if branchStack.count == firstBranch, runStack.count == firstRun + 1,
      let leaf = runStack.popLast()
    {
      return .leaf(leaf)
    }
    node.firstLeaf = leaves.count
    node.firstNode = nodes.count
    leaves.append(contentsOf: runStack[firstRun...])
    nodes.append(contentsOf: branchStack[firstBranch...])
    runStack.removeLast(runStack.count - firstRun)
    branchStack.removeLast(branchStack.count - firstBranch)
    return .node(node)
  }
}
