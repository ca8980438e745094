import Addresses
import GeoDatabase
import SeededRandom
import Synchronization
import Testing

@testable import LookupService

/// Caches answers by network.
@Suite struct AnswerCacheTests {
  private func cache(_ entries: Int, _ ipv4: Int = 32, _ ipv6: Int = 64) throws -> AnswerCache {
    AnswerCache(
      entries: entries, prefixes: try #require(NetworkPrefixes(ipv4: ipv4, ipv6: ipv6)),
      seed: (1, 2))
  }

  private func answer(_ country: String) throws -> LookupAnswer {
    LookupAnswer(record: try record(country), isNegative: false)
  }

  @Test(
    "the first address of a network stands for all of them",
    arguments: [
      ("192.0.2.77", 32, 64, "192.0.2.77"), ("192.0.2.77", 24, 64, "192.0.2.0"),
      ("192.0.2.77", 0, 64, "0.0.0.0"), ("2001:db8:1:2:3:4:5:6", 32, 64, "2001:db8:1:2::"),
      ("2001:db8:1:2:3:4:5:6", 32, 128, "2001:db8:1:2:3:4:5:6"),
      ("2001:db8:1:2:3:4:5:6", 32, 0, "::"), ("2001:db8:1:2:3:4:5:6", 32, 56, "2001:db8:1::"),
      ("::ffff:192.0.2.77", 31, 0, "192.0.2.76"), ("::fffe:192.0.2.77", 32, 96, "::fffe:0:0"),
    ])
  func networks(_ text: String, _ ipv4: Int, _ ipv6: Int, _ network: String) throws {
    let prefixes = try #require(NetworkPrefixes(ipv4: ipv4, ipv6: ipv6))
    #expect(try prefixes.network(of: address(text)).description == address(network).description)
  }

  @Test(
    "a prefix is not longer than an address", arguments: [(33, 64), (-1, 64), (32, 129), (32, -1)])
  func prefixes(_ ipv4: Int, _ ipv6: Int) {
    #expect(NetworkPrefixes(ipv4: ipv4, ipv6: ipv6) == nil)
  }

  @Test(
    "an entry is fresh, then stale, then gone",
    arguments: [(0, true), (99, true), (100, false), (199, false), (200, nil), (.max, nil)]
      as [(UInt32, Bool?)])
  func times(_ now: UInt32, _ isFresh: Bool?) throws {
    let cache = try cache(10)
    let client = try address("192.0.2.1")
    cache.store(try answer("US"), for: client, freshUntil: 100, staleUntil: 200, at: 0)
    #expect(cache.find(client, at: now)?.isFresh(at: now) == isFresh)
  }

  @Test("all addresses of a network find its entry, others do not")
  func shared() throws {
    let cache = try cache(10, 24, 48)
    for (client, country) in [("192.0.2.1", "US"), ("2001:db8:1::1", "DE")] {
      cache.store(
        try answer(country), for: try address(client), freshUntil: 9, staleUntil: 9, at: 0)
    }
    for (client, country) in [
      ("192.0.2.255", "US"), ("2001:db8:1:ffff::", "DE"), ("192.0.3.1", nil), ("2001:db8:2::", nil),
    ] {
      let found = cache.find(try address(client), at: 1)
      #expect(found.flatMap { cache.record(of: $0.number)?.summary } == country, "\(client)")
    }
  }

  @Test(
    "a network of more than one customer has no flags",
    arguments: [
      ("192.0.2.1", 32, 64, true), ("192.0.2.1", 31, 64, false), ("2001:db8::1", 32, 64, true),
      ("2001:db8::1", 24, 128, true), ("2001:db8::1", 32, 63, false),
    ])
  func flags(_ client: String, _ ipv4: Int, _ ipv6: Int, _ hasFlags: Bool) throws {
    let cache = try cache(10, ipv4, ipv6)
    var answer = try answer("US")
    answer.record.flags = [.vpn]
    let entry = try #require(
      cache.store(answer, for: address(client), freshUntil: 9, staleUntil: 9, at: 0))
    #expect(cache.record(of: entry.number)?.flags == (hasFlags ? [.vpn] : []))
  }

  @Test("equal records share a number, which is not used again for another record")
  func numbers() throws {
    let cache = try cache(10)
    let clients = try (1...3).map { try address("192.0.2.\($0)") }
    let first = try #require(
      cache.store(answer("US"), for: clients[0], freshUntil: 9, staleUntil: 9, at: 0))
    let second = cache.store(try answer("US"), for: clients[1], freshUntil: 8, staleUntil: 9, at: 0)
    #expect(first.number == second?.number)
    #expect(cache.recordCount == 1)
    cache.remove(clients[0])
    #expect(cache.record(of: first.number)?.summary == "US")
    cache.remove(clients[1])
    cache.remove(clients[1])
    #expect(cache.record(of: first.number) == nil)
    #expect(cache.count == 0)
    let third = try #require(
      cache.store(answer("DE"), for: clients[2], freshUntil: 9, staleUntil: 9, at: 0))
    #expect(third.number.index == first.number.index)
    #expect(third.number != first.number)
    #expect(cache.record(of: first.number) == nil)
  }

  @Test("another answer for a network replaces the earlier one")
  func replaced() throws {
    let cache = try cache(1)
    let client = try address("192.0.2.1")
    for country in ["US", "DE", "FR"] {
      cache.store(try answer(country), for: client, freshUntil: 9, staleUntil: 9, at: 0)
      let entry = try #require(cache.find(client, at: 0))
      #expect(cache.record(of: entry.number)?.summary == country)
    }
    #expect(cache.count == 1)
    #expect(cache.recordCount == 1)
    cache.store(.unknown, for: client, freshUntil: 9, staleUntil: 0, at: 0)
    let entry = try #require(cache.find(client, at: 0))
    #expect(entry.isNegative)
    #expect(entry.staleUntil == 9)
  }

  @Test("entries that are found outlive a scan of other networks")
  func scan() throws {
    let cache = try cache(1000)
    let regulars = (0..<100).map { Address(ipv4: 0xC000_0200 + $0) }
    let answer = try answer("US")
    for client in regulars {
      cache.store(answer, for: client, freshUntil: 9, staleUntil: 9, at: 0)
    }
    for number in 0..<UInt32(20_000) {
      cache.store(
        answer, for: Address(ipv4: 0x0A00_0000 + number), freshUntil: 9, staleUntil: 9, at: 0)
      if number % 50 == 0 { for client in regulars { _ = cache.find(client, at: 0) } }
    }
    #expect(cache.count <= 1000)
    #expect(regulars.count { cache.find($0, at: 0) != nil } >= 95)
  }

  @Test("expired entries leave before others")
  func expired() throws {
    let cache = try cache(1000)
    let answer = try answer("US")
    for number in 0..<UInt32(1000) {
      let until: UInt32 = number % 2 == 0 ? 5 : 100
      cache.store(
        answer, for: Address(ipv4: number), freshUntil: until, staleUntil: until, at: 0)
    }
    let before = (0..<UInt32(1000)).count { cache.find(Address(ipv4: $0), at: 10) != nil }
    for number in 0..<UInt32(300) {
      cache.store(
        answer, for: Address(ipv6: UInt128(1 + number) << 64), freshUntil: 100, staleUntil: 100,
        at: 10)
    }
    let after = (0..<UInt32(1000)).count { cache.find(Address(ipv4: $0), at: 10) != nil }
    #expect(before > 450)
    #expect(after > before - 10)
  }

  @Test("most of the room is used before an entry leaves")
  func filled() throws {
    let cache = try cache(10_000)
    let answer = try answer("US")
    for number in 0..<UInt32(10_000) {
      cache.store(answer, for: Address(ipv4: number), freshUntil: 9, staleUntil: 9, at: 0)
    }
    #expect(cache.count > 9_700)
    #expect(
      (0..<UInt32(10_000)).count { cache.find(Address(ipv4: $0), at: 0) != nil } == cache.count)
  }

  @Test("what is found is what was stored last, as in a dictionary", arguments: 0..<UInt64(8))
  func dictionary(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let entries = [1, 7, 64, 500][Int(seed) % 4]
    let cache = AnswerCache(
      entries: entries, prefixes: .standard, seed: (random.next(), random.next()))
    let records = try ["US", "DE", "FR", "GB", "unknown"].map { try record($0) }
    var expected: [Address: (record: Record, fresh: UInt32, stale: UInt32)] = [:]
    var now: UInt32 = 1
    // So few networks never need an eviction where there are many entries.
    let networks = seed < 4 ? UInt32(2 * entries) : UInt32(max(1, entries / 20))
    for _ in 0..<5_000 {
      let number = UInt32.random(in: 0..<networks, using: &random)
      let client =
        number % 2 == 0 ? Address(ipv4: number) : Address(ipv6: UInt128(number) << 64 | 7)
      switch Int.random(in: 0..<8, using: &random) {
      case 0..<3:
        let picked = try #require(records.randomElement(using: &random))
        let fresh = now + UInt32.random(in: 0..<50, using: &random)
        let stale = fresh + UInt32.random(in: 0..<50, using: &random)
        let stored = cache.store(
          LookupAnswer(record: picked, isNegative: false), for: client, freshUntil: fresh,
          staleUntil: stale, at: now)
        #expect(stored != nil)
        expected[client] = (picked, fresh, stale)
      case 3:
        if random.once(in: 4) {
          cache.remove(client)
          expected[client] = nil
        }
      case 4: now += UInt32.random(in: 0..<3, using: &random)
      default:
        let found = cache.find(client, at: now)
        let known = expected[client].flatMap { now < $0.stale ? $0 : nil }
        if let found {
          #expect(cache.record(of: found.number) == known?.record)
          #expect(found.freshUntil == known?.fresh)
          #expect(found.staleUntil == known?.stale)
        } else if seed >= 4 {
          #expect(known == nil)
        }
      }
      #expect(cache.count <= entries)
      #expect(cache.recordCount <= min(records.count, entries))
    }
  }

  /// Clients that share few slots, and many that need evictions.
  @Test("readers never see a mix of two entries", arguments: [(8, 4), (64, 96)] as [(Int, UInt32)])
  func threads(_ entries: Int, _ clients: UInt32) async throws {
    let cache = AnswerCache(entries: entries, prefixes: .standard)
    let organisations = (0..<200).map { "\($0)" }
    // The times follow from the network and the round, and so do the record and the sign.
    @Sendable func times(_ client: UInt32, _ round: UInt32) -> (fresh: UInt32, stale: UInt32) {
      (1_000 + client * 10_000 + round, 2_000_000 + client * 10_000 + round)
    }
    let writers = Atomic<Int>(2)
    let found = Atomic<Int>(0)
    let mixed = Atomic<Int>(0)
    let otherRecords = Atomic<Int>(0)
    await onThreads(4) { thread in
      var random = SeededGenerator(seed: UInt64(thread))
      guard thread >= 2 else {
        for _ in 0..<20_000 {
          let client = UInt32.random(in: 0..<clients, using: &random)
          let round = UInt32.random(in: 0..<200, using: &random)
          let (fresh, stale) = times(client, round)
          let record = Record(organisation: organisations[Int((client + round) % 200)])
          cache.store(
            LookupAnswer(record: record, isNegative: round % 2 == 0),
            for: Address(ipv4: client), freshUntil: fresh, staleUntil: stale, at: 1)
          if random.once(in: 50) { cache.remove(Address(ipv4: client)) }
        }
        writers.subtract(1, ordering: .relaxed)
        return
      }
      while writers.load(ordering: .relaxed) > 0 {
        let client = UInt32.random(in: 0..<clients, using: &random)
        guard let entry = cache.find(Address(ipv4: client), at: 1) else { continue }
        found.add(1, ordering: .relaxed)
        let round = entry.freshUntil &- 1_000 &- client * 10_000
        guard round < 200, times(client, round) == (entry.freshUntil, entry.staleUntil),
          entry.isNegative == (round % 2 == 0)
        else {
          mixed.add(1, ordering: .relaxed)
          continue
        }
        // The record may be gone, but it is never another one.
        if random.once(in: 16), let record = cache.record(of: entry.number),
          record.organisation != organisations[Int((client + round) % 200)]
        {
          otherRecords.add(1, ordering: .relaxed)
        }
      }
    }
    #expect(found.load(ordering: .relaxed) > 0)
    #expect(mixed.load(ordering: .relaxed) == 0)
    #expect(otherRecords.load(ordering: .relaxed) == 0)
    #expect(cache.count <= entries)
    #expect(cache.recordCount <= entries)
  }
}
