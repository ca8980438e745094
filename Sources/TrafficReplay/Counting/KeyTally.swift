import Files

/// The hosts and networks that all workers together count.
final class SharedKeys: Sendable {
  fileprivate let hosts: Locked<HostCounts>
  fileprivate let networks: Locked<NetworkCounts>

  /// - Parameter share: What part of the hosts and networks of a summary it may keep, such as a fourth.
  init(share: Int = 1) {
    hosts = Locked(
      HostCounts(
        capacity: HostCounts.capacity / share, byteCapacity: HostCounts.byteCapacity / share))
    networks = Locked(NetworkCounts(capacity: NetworkCounts.capacity / share))
  }

  /// The counts by the name of the host. What they were made of is gone afterwards, for its memory.
  func takeHosts() -> FrequentKeys<VerdictCounts> {
    hosts.withLock { counts in
      defer { counts = HostCounts() }
      return counts.frequentKeys
    }
  }

  /// The counts by the text of the network, as `takeHosts()`.
  func takeNetworks() -> FrequentKeys<Int> {
    networks.withLock { counts in
      defer { counts = NetworkCounts() }
      return counts.frequentKeys
    }
  }
}

/// The hosts and networks that one worker counts: some of them by itself, and those of all workers together.
///
/// So the memory is that of one large table, however many workers there are, and the table's lock is rarely
/// taken.
struct KeyTally: Sendable {
  /// How many hosts or networks a worker counts by itself.
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

  /// Hands over what the worker counted by itself.
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
