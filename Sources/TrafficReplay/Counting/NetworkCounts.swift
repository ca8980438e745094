import Addresses

/// Counts the requests of each network in bounded memory: 16 bytes for each of at most twice the kept networks.
///
/// Exact up to `capacity` networks. After that, the half with the fewest requests goes into `others`, so that the
/// large ones stay.
struct NetworkCounts: Sendable {
  private struct Slot: Sendable {
    var key: UInt64
    var count: Int
  }

  /// The most networks of a summary.
  static let capacity = 250_000

  private let capacity: Int
  private var slots: [Slot]
  private(set) var used = 0
  /// The requests of networks that are not kept.
  private(set) var others = 0

  init(capacity: Int = Self.capacity) {
    self.capacity = max(capacity, 2)
    slots = Array(repeating: Slot(key: 0, count: 0), count: 1024)
  }

  mutating func add(_ network: ClientNetwork) {
    add(network.key, 1)
  }

  mutating func add(_ other: NetworkCounts) {
    for slot in other.slots where slot.key != 0 { add(slot.key, slot.count) }
    others += other.others
  }

  private mutating func add(_ key: UInt64, _ count: Int) {
    var place = self.place(of: key)
    while slots[place].key != key {
      if slots[place].key == 0 {
        if used >= capacity {
          prune()
          return add(key, count)
        }
        if 2 * used >= slots.count {
          rebuild(slotCount: 2 * slots.count, keeping: { _ in true })
          return add(key, count)
        }
        slots[place].key = key
        used += 1
        break
      }
      place = (place + 1) & (slots.count - 1)
    }
    slots[place].count += count
  }

  private func place(of key: UInt64) -> Int {
    // The golden ratio spreads neighbours. With the seed, clients cannot choose networks that share a slot.
    let mixed = (key ^ seed) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: (mixed ^ mixed >> 32) & UInt64(slots.count - 1))
  }

  private mutating func prune() {
    let counts = slots.lazy.filter { $0.key != 0 }.map(\.count).sorted()
    let middle = counts[counts.count / 2]
    // Of the networks with the middle count, drop just enough to leave half, evenly over the table: the rest must
    // not crowd one part of it.
    let first = counts.firstIndex(of: middle) ?? 0
    let surplus = counts.count / 2 - first
    let equal = counts[first...].prefix { $0 == middle }.count
    var met = 0
    var dropped = 0
    rebuild(slotCount: slots.count) { slot in
      var isKept = slot.count > middle
      if slot.count == middle {
        isKept = (met + 1) * surplus / equal == met * surplus / equal
        met += 1
      }
      if !isKept { dropped += slot.count }
      return isKept
    }
    others += dropped
  }

  private mutating func rebuild(slotCount: Int, keeping: (Slot) -> Bool) {
    let old = slots
    slots = Array(repeating: Slot(key: 0, count: 0), count: slotCount)
    used = 0
    for slot in old where slot.key != 0 && keeping(slot) { add(slot.key, slot.count) }
  }

  /// The longest run of used slots: the longest look-up.
  var longestRun: Int {
    slots.split { $0.key == 0 }.map(\.count).max() ?? 0
  }

  /// The counts by the text of the network.
  var frequentKeys: FrequentKeys<Int> {
    var counts: [String: Int] = [:]
    counts.reserveCapacity(used)
    for slot in slots where slot.key != 0 {
      counts[ClientNetwork(key: slot.key).description] = slot.count
    }
    return FrequentKeys(counts: counts, others: others == 0 ? nil : others)
  }
}

/// Random in each process.
private let seed = UInt64.random(in: .min ... .max)

/// The network of a client in a report: the /24 of an IPv4 address, the /48 of an IPv6 one.
struct ClientNetwork: Hashable, Sendable {
  /// The bits of the prefix, and above them one bit for the family. Never 0.
  let key: UInt64

  private static let isIPv4: UInt64 = 1 << 56
  private static let isIPv6: UInt64 = 2 << 56

  init(of client: Address) {
    key =
      client.isIPv4
      ? Self.isIPv4 | UInt64(truncatingIfNeeded: client.bits) >> 8 & 0xff_ffff
      : Self.isIPv6 | UInt64(truncatingIfNeeded: client.bits >> 80)
  }

  init(key: UInt64) {
    self.key = key
  }
}

extension ClientNetwork: CustomStringConvertible {
  var description: String {
    key & Self.isIPv4 != 0
      ? "\(Address(ipv4: UInt32(truncatingIfNeeded: key << 8)))/24"
      : "\(Address(ipv6: UInt128(key & 0xffff_ffff_ffff) << 80))/48"
  }
}
