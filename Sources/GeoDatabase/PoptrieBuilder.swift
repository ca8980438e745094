/// Makes the blocks of a `Poptrie` from a tree, in one pass over it.
struct PoptrieBuilder {
  private(set) var root: [UInt32] = []
  private(set) var nodes: [Poptrie.Node] = []
  private(set) var leaves: [UInt32] = []
  let rootBits: Int

  /// What nodes in the making hold, each the part of its own from where it began.
  private var branchStack: [Poptrie.Node] = []
  private var runStack: [UInt32] = []

  /// - Parameters:
  ///   - sizeHint: About how many prefixes the tree has. A first table that is larger than its list would be
  ///     most of a small policy's memory.
  init<Tree: PrefixTree>(
    _ tree: inout Tree, _ whole: PrefixTreeSlot<Tree.Subtree>, sizeHint: Int
  ) throws(Tree.Failure) {
    rootBits = sizeHint < 32 ? 4 : sizeHint < 2_048 ? 10 : 16
    var slots: [PrefixTreeSlot<Tree.Subtree>] = []
    switch whole {
    case .leaf(let leaf, _): slots = [.leaf(leaf, width: 1 << rootBits)]
    case .subtree(let subtree): try tree.expand(subtree, bits: rootBits, into: &slots)
    }
    root.reserveCapacity(1 << rootBits)
    for index in slots.indices {
      switch slots[index] {
      case .leaf(let leaf, let width):
        root.append(contentsOf: repeatElement(leaf | Poptrie.leafMark, count: width))
      case .subtree(let subtree):
        switch try built(subtree, of: &tree, &slots) {
        case .leaf(let leaf): root.append(leaf | Poptrie.leafMark)
        case .node(let node):
          root.append(UInt32(truncatingIfNeeded: nodes.count))
          nodes.append(node)
        }
      }
    }
  }

  private enum Built {
    case leaf(UInt32)
    /// What stands below the node has its place already.
    case node(Poptrie.Node)
  }

  /// Builds a subtree; `slots` is a stack.
  ///
  /// Recurses at most 21 deep: 6 bits a level.
  private mutating func built<Tree: PrefixTree>(
    _ subtree: Tree.Subtree, of tree: inout Tree, _ slots: inout [PrefixTreeSlot<Tree.Subtree>]
  ) throws(Tree.Failure) -> Built {
    let (firstSlot, firstBranch, firstRun) = (slots.count, branchStack.count, runStack.count)
    try tree.expand(subtree, bits: 6, into: &slots)
    var node = Poptrie.Node()
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
    node.beforeLeaves = UInt32(truncatingIfNeeded: leaves.count) &- 1
    node.beforeNodes = UInt32(truncatingIfNeeded: nodes.count) &- 1
    leaves.append(contentsOf: runStack[firstRun...])
    nodes.append(contentsOf: branchStack[firstBranch...])
    runStack.removeLast(runStack.count - firstRun)
    branchStack.removeLast(branchStack.count - firstBranch)
    return .node(node)
  }
}
