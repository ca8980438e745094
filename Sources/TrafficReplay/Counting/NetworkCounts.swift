/// How many requests came from each network, counted in bounded memory: 16 bytes for each of up to twice the
/// networks that are kept.
///
/// Exact up to `capacity` networks. Beyond, the half with the fewest requests goes into `others`, so that the
/// large ones stay.
struct NetworkCounts: Sendable {
  private struct Slot: Sendable {
    var key: UInt64
    var count: Int
  }

  /// How many networks a summary has at most.
  static let capacity = 250_000

  private let capacity: Int
  private var slots: [Slot]
  /// How many networks were kept.
  private(set) var used = 0
  /// The requests of networks that were not kept.
  private(set) var others = 0

  init(capacity: Int = Self.capacity) {
    self.capacity = max(capacity, 2)
    slots = Array(repeating: Slot(key: 0, count: 0), count: 1024)
  }

  mutating func add(_ network: ClientNetwork) {
    add(network.key, 1)
  }

  /// Adds what was counted apart.
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
    // The golden ratio spreads neighbours; the seed keeps clients from choosing who shares a slot.
    let mixed = (key ^ seed) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: (mixed ^ mixed >> 32) & UInt64(slots.count - 1))
  }

  private mutating func prune() {
    let counts = slots.lazy.filter { $0.key != 0 }.map(\.count).sorted()
    let middle = counts[counts.count / 2]
    // Of those with the middle's count just as many as leave half, evenly from all of the table: what stays must
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

  /// The longest run of used slots: how far a look-up may have to go.
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

/// Another one in each process.
private let seed = UInt64.random(in: .min ... .max)
