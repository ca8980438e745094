import Files

/// The hosts and networks that all workers count together.
final class SharedKeys: Sendable {
  fileprivate let hosts: Locked<HostCounts>
  fileprivate let networks: Locked<NetworkCounts>

  /// - Parameter share: The divisor of a summary's capacity: 4 for a fourth of the hosts and networks.
  init(share: Int = 1) {
    hosts = Locked(
      HostCounts(
        capacity: HostCounts.capacity / share, byteCapacity: HostCounts.byteCapacity / share))
    networks = Locked(NetworkCounts(capacity: NetworkCounts.capacity / share))
  }

  /// The counts by host. Empties the table, to free its memory.
  func takeHosts() -> FrequentKeys<VerdictCounts> {
    hosts.withLock { counts in
      defer { counts = HostCounts() }
      return counts.frequentKeys
    }
  }

  /// The counts by network. Empties the table, to free its memory.
  func takeNetworks() -> FrequentKeys<Int> {
    networks.withLock { counts in
      defer { counts = NetworkCounts() }
      return counts.frequentKeys
    }
  }
}

/// The hosts and networks that one worker counts: up to `ownCapacity` in tables of its own, then in the shared ones.
///
/// So there is one large table for any number of workers, and its lock is rarely taken.
struct KeyTally: Sendable {
  /// The most hosts or networks in a table of a worker.
  private static let ownCapacity = 4096

  private let shared: SharedKeys
  private var hosts = HostCounts()
  private var networks = NetworkCounts()

  init(_ shared: SharedKeys) {
    self.shared = shared
  }

  mutating func add(host: Span<UInt8>, isAllowed: Bool) {
    hosts.add(host, isAllowed: isAllowed)
    if hosts.count >= Self.ownCapacity { shareHosts() }
  }

  mutating func add(_ network: ClientNetwork) {
    networks.add(network)
    if networks.used >= Self.ownCapacity { shareNetworks() }
  }

  /// Adds the worker's own counts to the shared ones.
  mutating func share() {
    shareHosts()
    shareNetworks()
  }

  private mutating func shareHosts() {
    let own = hosts
    shared.hosts.withLock { $0.add(own) }
    hosts = HostCounts()
  }

  private mutating func shareNetworks() {
    let own = networks
    shared.networks.withLock { $0.add(own) }
    networks = NetworkCounts()
  }
}
