import Addresses
import SeededRandom
import Testing

@testable import TrafficReplay

@Suite("Counts in bounded memory")
struct CountsTests {
  static let networks: [(client: String, network: String)] = [
    ("203.0.113.7", "203.0.113.0/24"), ("0.0.0.0", "0.0.0.0/24"),
    ("255.255.255.255", "255.255.255.0/24"), ("::ffff:203.0.113.7", "203.0.113.0/24"),
    ("2001:db8:1:2::3", "2001:db8:1::/48"), ("::1", "::/48"),
    ("ffff:ffff:ffff:ffff::", "ffff:ffff:ffff::/48"),
  ]

  @Test(arguments: networks) func `a client stands for its network`(
    _ client: String, _ network: String
  ) throws {
    let address = try #require(Address(client))
    #expect(ClientNetwork(of: address).description == network)
  }

  @Test func `networks are counted as a dictionary counts them`() {
    var random = SeededGenerator(seed: 1)
    var counts = NetworkCounts(capacity: 100_000)
    var expected: [String: Int] = [:]
    for _ in 0..<50_000 {
      let client = Address(ipv4: UInt32.random(in: 0...0xffff, using: &random) << 8)
      counts.add(ClientNetwork(of: client))
      expected[ClientNetwork(of: client).description, default: 0] += 1
    }
    #expect(counts.frequentKeys == FrequentKeys(counts: expected))
  }

  @Test func `beyond the capacity the frequent networks stay, and nothing is lost`() {
    var random = SeededGenerator(seed: 2)
    var counts = NetworkCounts(capacity: 100)
    var total = 0
    for _ in 0..<20_000 {
      let isFrequent = Bool.random(using: &random)
      let number =
        isFrequent
        ? UInt32.random(in: 0..<10, using: &random)
        : UInt32.random(in: 1000..<1_000_000, using: &random)
      counts.add(ClientNetwork(of: Address(ipv4: number << 8)))
      total += 1
    }
    let keys = counts.frequentKeys
    #expect(keys.counts.count <= 100)
    #expect(keys.counts.values.reduce(0, +) + (keys.others ?? 0) == total)
    let most = keys.counts.sorted { $0.value > $1.value }.prefix(10).map(\.key)
    #expect(Set(most) == Set((0..<10).map { "0.0.\($0).0/24" }))
  }

  @Test func `the kept networks are spread over the table`() {
    var random = SeededGenerator(seed: 3)
    var counts = NetworkCounts(capacity: 2000)
    for _ in 0..<200_000 {
      counts.add(ClientNetwork(of: Address(ipv4: UInt32.random(in: 0 ... .max, using: &random))))
    }
    #expect(counts.longestRun < 200)
  }

  @Test func `the other requests of another worker are not lost`() {
    var networks = (own: NetworkCounts(capacity: 100), other: NetworkCounts(capacity: 100))
    var hosts = (own: HostCounts(capacity: 10), other: HostCounts(capacity: 10))
    for number in 0..<1_000 {
      networks.other.add(ClientNetwork(of: Address(ipv4: UInt32(number) << 8)))
      hosts.other.add(Array("h\(number)".utf8).span, isAllowed: number % 2 == 0)
    }
    #expect(networks.other.others > 0)
    #expect(hosts.other.others == VerdictCounts(allow: 495, deny: 495))
    networks.own.add(networks.other)
    hosts.own.add(hosts.other)
    let counted = networks.own.frequentKeys
    #expect(counted.counts.values.reduce(0, +) + (counted.others ?? 0) == 1_000)
    #expect(hosts.own.frequentKeys == hosts.other.frequentKeys)
  }

  @Test func `hosts are counted in lower case, without the dot at their end`() {
    var counts = HostCounts(capacity: 10)
    for host in ["a.example", "A.Example.", "b.example", "", "a.example"] {
      counts.add(Array(host.utf8).span, isAllowed: host != "b.example")
    }
    #expect(
      counts.frequentKeys
        == FrequentKeys(counts: [
          "a.example": VerdictCounts(allow: 3), "b.example": VerdictCounts(deny: 1),
          "-": VerdictCounts(allow: 1),
        ]))
  }

  @Test func `hosts beyond the capacity and invalid names are counted together`() {
    var counts = HostCounts(capacity: 1000)
    for number in 0..<1500 { counts.add(Array("h\(number)".utf8).span, isAllowed: true) }
    for number in 0..<1500 { counts.add(Array("h\(number)".utf8).span, isAllowed: false) }
    var long = HostCounts(capacity: 1000)
    long.add([UInt8](repeating: 0x61, count: 256).span, isAllowed: true)
    let keys = counts.frequentKeys
    #expect(keys.counts.count == 1000)
    #expect(keys.counts.values.allSatisfy { $0 == VerdictCounts(allow: 1, deny: 1) })
    #expect(keys.others == VerdictCounts(allow: 500, deny: 500))
    #expect(long.frequentKeys == FrequentKeys(others: VerdictCounts(allow: 1)))
  }

  @Test(arguments: [(0x61, 100), (0xFF, 45)])
  func `hosts are kept up to a number of bytes`(_ byte: UInt8, _ kept: Int) {
    var counts = HostCounts(capacity: 1000, byteCapacity: 1000)
    for number in 0..<500 {
      let digits = Array(String(1000 + number).utf8)
      counts.add((digits + [UInt8](repeating: byte, count: 6)).span, isAllowed: true)
    }
    let keys = counts.frequentKeys
    #expect(keys.counts.keys.reduce(0) { $0 + $1.utf8.count } <= 1000)
    // Ten bytes each, or 22 if six of them become three bytes each.
    #expect(keys.counts.count == kept)
    #expect(keys.counts.count + (keys.others?.total ?? 0) == 500)
  }

  @Test func `the counts of workers add up to the counts of one`() {
    var random = SeededGenerator(seed: 4)
    let shared = SharedKeys()
    var workers = (0..<3).map { _ in KeyTally(shared) }
    var hosts: [String: VerdictCounts] = [:]
    var networks: [String: Int] = [:]
    for _ in 0..<60_000 {
      let worker = Int.random(in: 0..<3, using: &random)
      let number = Int.random(in: 0..<9000, using: &random)
      let isAllowed = Bool.random(using: &random)
      workers[worker].add(host: Array("h\(number)".utf8).span, isAllowed: isAllowed)
      hosts["h\(number)", default: VerdictCounts()].add(isAllowed: isAllowed)
      let network = ClientNetwork(of: Address(ipv4: UInt32(number) << 8))
      workers[worker].add(network)
      networks[network.description, default: 0] += 1
    }
    for index in workers.indices { workers[index].share() }
    #expect(shared.takeHosts() == FrequentKeys(counts: hosts))
    #expect(shared.takeNetworks() == FrequentKeys(counts: networks))
  }
}

@Suite("Timeline")
struct TimelineTests {
  @Test func `requests are counted by the minute`() {
    var counts = TimelineCounts()
    for (time, isAllowed) in [(59, true), (60, false), (119, true), (0, true), (-1, true)] {
      counts.add(Int64(time), isAllowed: isAllowed)
    }
    counts.add(nil, isAllowed: true)
    #expect(
      counts.timeline
        == Timeline(
          width: 60,
          intervals: [
            .init(start: -60, decisions: VerdictCounts(allow: 1)),
            .init(start: 0, decisions: VerdictCounts(allow: 2)),
            .init(start: 60, decisions: VerdictCounts(allow: 1, deny: 1)),
          ], untimed: 1))
  }

  @Test func `each width is a multiple of the one before`() {
    for (width, wider) in zip(TimelineCounts.widths, TimelineCounts.widths.dropFirst()) {
      #expect(wider > width && wider % width == 0)
    }
  }

  @Test(arguments: [60, 3600, 86_400, 86_400 * 400])
  func `any split of the requests has the same sum`(_ step: Int) {
    var random = SeededGenerator(seed: 3)
    let times = (0..<5000).map { _ in Int64(Int.random(in: 0..<3000, using: &random) * step) }
    var whole = TimelineCounts()
    for time in times { whole.add(time, isAllowed: time % 7 != 0) }
    #expect(whole.timeline.intervals.count <= TimelineCounts.capacity)
    var joined = TimelineCounts()
    for part in [times[..<100], times[100..<101], times[101...]] {
      var counts = TimelineCounts()
      for time in part { counts.add(time, isAllowed: time % 7 != 0) }
      joined.add(counts.timeline)
    }
    let isEqual = joined.timeline == whole.timeline
    #expect(isEqual)
  }

  @Test(arguments: [Int64.min, .max, -100_000_000_001, 100_000_000_001])
  func `an impossible time counts as no time`(_ time: Int64) {
    var counts = TimelineCounts()
    counts.add(time, isAllowed: true)
    #expect(counts.timeline == Timeline(untimed: 1))
  }

  @Test func `a timeline from a file may hold anything`() {
    var counts = TimelineCounts()
    counts.add(
      Timeline(
        width: 7,
        intervals: [
          .init(start: .min, decisions: VerdictCounts(allow: 1)),
          .init(start: .max, decisions: VerdictCounts(deny: 2)),
          .init(start: 61, decisions: VerdictCounts(allow: 4)),
        ]))
    #expect(
      counts.timeline
        == Timeline(
          intervals: [.init(start: 60, decisions: VerdictCounts(allow: 4))], untimed: 3))
  }
}
