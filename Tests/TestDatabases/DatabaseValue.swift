/// A value of a record, as a database stores it.
package indirect enum DatabaseValue: Hashable, Sendable {
  case text(String)
  case number(UInt64)
  case boolean(Bool)
  case list([DatabaseValue])
  /// Fields in the order of their names.
  case map([String: DatabaseValue])

  /// The value in the MaxMind DB format.
  package var bytes: [UInt8] {
    switch self {
    case .text(let text): DatabaseBytes.text(text)
    case .number(let number):
      // An unsigned number of 64 bits is type 9, and one of 32 bits is type 6.
      number > UInt32.max
        ? [8, 2] + Self.bigEndian(number) : [6 << 5 | 4] + Self.bigEndian(number).suffix(4)
    case .boolean(let isTrue): [isTrue ? 1 : 0, 7]
    case .list(let items): DatabaseBytes.array(items.map(\.bytes))
    case .map(let fields):
      DatabaseBytes.map(fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value.bytes) })
    }
  }

  private static func bigEndian(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
  }

  /// The value at the end of a path of names. Nil: there is none.
  package func value(at path: some Collection<String>) -> DatabaseValue? {
    guard let name = path.first else { return self }
    guard case .map(let fields) = self else { return nil }
    return fields[name]?.value(at: path.dropFirst())
  }
}

/// A network of a database.
package struct DatabaseNetwork: Hashable, Sendable {
  /// The first address. For IPv4, the lower 32 bits.
  package var first: UInt128
  /// The length of the prefix.
  package var length: Int
  package var isIPv4: Bool

  package init(first: UInt128, length: Int, isIPv4: Bool) {
    self.first = first
    self.length = length
    self.isIPv4 = isIPv4
  }

  /// Whether an address of the same family is in the network.
  package func contains(_ address: UInt128) -> Bool {
    let host = (isIPv4 ? 32 : 128) - length
    return host == 128 || first >> UInt128(host) == address >> UInt128(host)
  }
}

extension DatabaseBytes {
  /// A database of networks with a record each. The record of an address is the one of the smallest network.
  ///
  /// The tree has IPv6 addresses. IPv4 addresses are in ::/96.
  package init(_ networks: [(network: DatabaseNetwork, record: DatabaseValue)]) {
    self.init(ipVersion: 6)
    var tree = Tree()
    var offsets: [DatabaseValue: Int] = [:]
    for (network, record) in networks.sorted(by: { $0.network.length < $1.network.length }) {
      if offsets[record] == nil {
        offsets[record] = data.count
        data += record.bytes
      }
      let length = network.length + (network.isIPv4 ? 96 : 0)
      tree.insert(network.first, length, .record(offsets[record] ?? 0))
    }
    nodes = tree.nodes.map { _ in (0, 0) }
    for (index, children) in tree.nodes.enumerated() {
      let numbers = children.map { child in
        switch child {
        case .nothing: UInt32(tree.nodes.count)
        case .node(let index): UInt32(index)
        case .record(let offset): self.record(offset)
        }
      }
      nodes[index] = (numbers[0], numbers[1])
    }
  }

  private struct Tree {
    enum Child { case nothing, node(Int), record(Int) }

    /// Each node with its two children.
    var nodes: [[Child]] = [[.nothing, .nothing]]

    mutating func insert(_ first: UInt128, _ length: Int, _ child: Child) {
      var node = 0
      for depth in 0..<length - 1 {
        let bit = Self.bit(depth, of: first)
        if case .node(let next) = nodes[node][bit] {
          node = next
        } else {
          // A larger network covers both halves.
          nodes.append([nodes[node][bit], nodes[node][bit]])
          nodes[node][bit] = .node(nodes.count - 1)
          node = nodes.count - 1
        }
      }
      nodes[node][Self.bit(length - 1, of: first)] = child
    }

    private static func bit(_ depth: Int, of address: UInt128) -> Int {
      Int(address >> UInt128(127 - depth) & 1)
    }
  }
}
