/// Paths of lines. Finds the first line in the file whose path is a prefix of a request's path.
///
/// Paths are compared by bytes, not by segments, and the first one wins, not the longest: `/a` before `/ab/` takes all
/// paths that begin with `/a`.
///
/// Source: Traffic Server's `Trie::Search`, which keeps the lowest rank on its way down.
struct PathPrefixes: Sendable {
  /// One path. 16 bytes.
  private struct Node {
    /// The place of the path in `bytes`.
    var start: UInt32
    var count: UInt32
    /// The longest other path that is a prefix of this one; -1: none.
    var parent: Int32
    /// The first line with this path or a prefix of it.
    var line: Int32
  }

  private let bytes: [UInt8]
  /// Sorted by bytes, so a path comes before the paths that begin with it.
  private let nodes: [Node]

  /// - Parameter paths: Each with its line's number, in growing order. A path that occurs twice belongs to its first
  ///   line.
  init(_ paths: [(path: [UInt8], line: Int)]) {
    let sorted = paths.enumerated().sorted { left, right in
      if left.element.path == right.element.path { return left.offset < right.offset }
      return left.element.path.lexicographicallyPrecedes(right.element.path)
    }
    var bytes: [UInt8] = []
    var nodes: [Node] = []
    var last: [UInt8]?
    // The prefixes of the current path, each a prefix of the next.
    var open: [(path: [UInt8], node: Int)] = []
    for (_, (path, line)) in sorted where path != last {
      last = path
      while let top = open.last, !path.starts(with: top.path) { open.removeLast() }
      let parent = open.last.map { nodes[$0.node] }
      nodes.append(
        Node(
          start: UInt32(truncatingIfNeeded: bytes.count),
          count: UInt32(truncatingIfNeeded: path.count),
          parent: Int32(truncatingIfNeeded: open.last?.node ?? -1),
          line: min(Int32(truncatingIfNeeded: line), parent?.line ?? Int32.max)))
      bytes += path
      open.append((path, nodes.count - 1))
    }
    self.bytes = bytes
    self.nodes = nodes
  }

  /// The first line whose path is a prefix of this one.
  func line(_ path: Range<Int>, in text: Span<UInt8>) -> Int? {
    var low = 0
    var high = nodes.count
    while low < high {
      let middle = (low + high) / 2
      if isGreater(nodes[middle], path, text) { high = middle } else { low = middle + 1 }
    }
    var index = low - 1
    while index >= 0 {
      if isBeginning(nodes[index], path, text) { return Int(nodes[index].line) }
      index = Int(nodes[index].parent)
    }
    return nil
  }

  private func isGreater(_ node: Node, _ path: Range<Int>, _ text: Span<UInt8>) -> Bool {
    let shared = min(Int(node.count), path.count)
    for offset in 0..<shared {
      let left = bytes[Int(node.start) + offset]
      let right = text[path.lowerBound + offset]
      if left != right { return left > right }
    }
    return Int(node.count) > path.count
  }

  private func isBeginning(_ node: Node, _ path: Range<Int>, _ text: Span<UInt8>) -> Bool {
    guard Int(node.count) <= path.count else { return false }
    for offset in 0..<Int(node.count)
    where bytes[Int(node.start) + offset] != text[path.lowerBound + offset] { return false }
    return true
  }
}
