import Text

/// Counts the allowed and denied requests of each host in bounded memory: the host's length and 40 bytes each.
///
/// Exact up to `capacity` hosts of at most 255 bytes, and `byteCapacity` bytes of all names. Requests for further
/// hosts count in `others`.
struct HostCounts: Sendable {
  private struct Host: Sendable {
    var hash: UInt64
    var name: Range<Int>
    var counts = VerdictCounts()
  }

  /// The longest name that DNS allows.
  private static let longest = 255

  /// The most hosts of a summary, and the most bytes of UTF-8 in their names.
  static let capacity = 50_000
  static let byteCapacity = 4 << 20

  private let capacity: Int
  private let byteCapacity: Int
  private var hosts: [Host] = []
  /// The names in lower case, one after the other.
  private var names: [UInt8] = []
  /// The size of the names as text. A byte that is not ASCII may become three.
  private var textSize = 0
  /// Indices into `hosts`, plus one. 0: a free slot.
  private var slots: [UInt32]
  /// The host of the last request. The next request often has the same.
  private var last = 0
  /// The requests for hosts that are not kept.
  private(set) var others = VerdictCounts()

  init(capacity: Int = Self.capacity, byteCapacity: Int = Self.byteCapacity) {
    self.capacity = capacity
    self.byteCapacity = byteCapacity
    slots = Array(repeating: 0, count: 256)
  }

  /// Counts a request. Ignores the case of the host's letters and one dot at its end.
  mutating func add(_ host: Span<UInt8>, isAllowed: Bool) {
    var count = host.count
    if count > 0, host[count - 1] == UInt8(ascii: ".") { count -= 1 }
    guard let index = index(of: host, count) else {
      others.add(isAllowed: isAllowed)
      return
    }
    hosts[index].counts.add(isAllowed: isAllowed)
  }

  var count: Int { hosts.count }

  mutating func add(_ other: HostCounts) {
    let names = other.names.span
    for host in other.hosts {
      let name = names.extracting(host.name)
      if let index = index(of: name, name.count) {
        hosts[index].counts.add(host.counts)
      } else {
        others.add(host.counts)
      }
    }
    others.add(other.others)
  }

  private mutating func index(of host: Span<UInt8>, _ count: Int) -> Int? {
    if last < hosts.count, isEqual(hosts[last].name, host, count) { return last }
    let hash = Self.hash(of: host, count)
    var slot = Int(truncatingIfNeeded: hash & UInt64(slots.count - 1))
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if hosts[index].hash == hash, isEqual(hosts[index].name, host, count) {
        last = index
        return index
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    guard hosts.count < capacity, count <= Self.longest else { return nil }
    var size = count
    for index in 0..<count where host[index] >= 0x80 { size += 2 }
    guard textSize + size <= byteCapacity else { return nil }
    textSize += size
    let start = names.count
    for index in 0..<count { names.append(host[index].asciiLowerCased) }
    hosts.append(Host(hash: hash, name: start..<names.count))
    slots[slot] = UInt32(truncatingIfNeeded: hosts.count)
    last = hosts.count - 1
    if 2 * hosts.count > slots.count { grow() }
    return last
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: 2 * slots.count)
    for (index, host) in hosts.enumerated() {
      var slot = Int(truncatingIfNeeded: host.hash & UInt64(slots.count - 1))
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(truncatingIfNeeded: index + 1)
    }
  }

  private func isEqual(_ name: Range<Int>, _ host: Span<UInt8>, _ count: Int) -> Bool {
    guard name.count == count else { return false }
    for index in 0..<count where names[name.lowerBound + index] != host[index].asciiLowerCased {
      return false
    }
    return true
  }

  /// FNV-1a with a random start, so that clients cannot choose hosts that share a slot.
  private static func hash(of host: Span<UInt8>, _ count: Int) -> UInt64 {
    var hash = seed
    for index in 0..<count {
      hash = (hash ^ UInt64(host[index].asciiLowerCased)) &* 0x100_0000_01B3
    }
    return hash ^ hash >> 32
  }

  /// The counts by the name of the host; `-`: the URL has none.
  var frequentKeys: FrequentKeys<VerdictCounts> {
    var counts: [String: VerdictCounts] = [:]
    counts.reserveCapacity(hosts.count)
    for host in hosts {
      let name = String(decoding: names[host.name], as: UTF8.self)
      // Different names that are not UTF-8 may have one text.
      counts[name.isEmpty ? "-" : name, default: VerdictCounts()].add(host.counts)
    }
    return FrequentKeys(counts: counts, others: others.total == 0 ? nil : others)
  }
}

/// Random in each process.
private let seed = UInt64.random(in: .min ... .max)
