import Addresses
import SeededRandom
import Testing

@testable import MaxMindACL

/// The denials that are enforced.
@Suite struct EnforcementTests {
  private func policy(_ rest: String) throws -> Policy {
    try MaxMindACLTests.policy("maxmind: { database: \(Fixture.country)\(rest) }")
  }

  private func share(_ hundredths: Int) throws -> Policy {
    try policy(", enforce_percent: \(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)")
  }

  @Test("without keys every denial is enforced")
  func complete() throws {
    for rest in ["", ", mode: enforce", ", enforce_percent: 100", ", enforce_percent: 100.00"] {
      let policy = try policy(rest)
      for time in [Int64.min, 0, .max] {
        #expect(policy.enforces(denialOf: Address("192.0.2.1"), at: time))
        #expect(policy.enforces(denialOf: nil, at: time))
      }
    }
  }

  @Test(
    "monitor mode enforces no denial, with any other key",
    arguments: [
      "", ", enforce_percent: 100", ", enforce_from: 2020-01-01T00:00:00Z",
      ", enforce_until: 2999-01-01T00:00:00Z",
    ])
  func monitor(rest: String) throws {
    let policy = try policy(", mode: monitor\(rest)")
    #expect(!policy.enforces(denialOf: Address("192.0.2.1"), at: 1_800_000_000))
    #expect(!policy.enforces(denialOf: nil, at: 1_800_000_000))
  }

  @Test(
    "denials are enforced from the start to before the end",
    arguments: [
      (", enforce_from: 2026-12-01T06:00:00Z", 1_796_104_799, false),
      (", enforce_from: 2026-12-01T06:00:00Z", 1_796_104_800, true),
      (", enforce_until: 2026-12-01T07:00:00+01:00", 1_796_104_799, true),
      (", enforce_until: 2026-12-01T07:00:00+01:00", 1_796_104_800, false),
      (
        ", enforce_from: 2026-12-01T06:00:00Z, enforce_until: 2026-12-01T06:00:01Z", 1_796_104_800,
        true
      ),
      (
        ", enforce_from: 2026-12-01T06:00:00Z, enforce_until: 2026-12-01T06:00:01Z", 1_796_104_801,
        false
      ),
      (", enforce_from: 2026-12-01T06:00:00Z, enforce_until: 2026-12-01T06:00:01Z", 0, false),
    ])
  func times(rest: String, now: Int64, expected: Bool) throws {
    #expect(try policy(rest).enforces(denialOf: Address("192.0.2.1"), at: now) == expected)
  }

  @Test("a share of 0 is empty, and a client without an address is only in a share of 100")
  func noShare() throws {
    let none = try share(0)
    for number in 0..<1_000 as Range<UInt32> {
      #expect(!none.enforces(denialOf: Address(ipv4: number << 12), at: 0))
    }
    #expect(try !share(9_999).enforces(denialOf: nil, at: 0))
    #expect(try share(10_000).enforces(denialOf: nil, at: 0))
  }

  /// The number as docs/semantics.md defines it.
  private func oracle(_ network: [UInt8]) -> UInt32 {
    var hash: UInt64 = 14_695_981_039_346_656_037
    for byte in network {
      hash = (hash ^ UInt64(byte)).multipliedReportingOverflow(by: 1_099_511_628_211).partialValue
    }
    return UInt32((hash ^ (hash / 4_294_967_296)) % 10_000)
  }

  @Test("all addresses of a network have the number of its bytes")
  func numbers() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<2_000 {
      let bytes = (0..<6).map { _ in UInt8.random(in: 0...255, using: &random) }
      let number = bytes.prefix(3).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
      let low = UInt32.random(in: 0...255, using: &random)
      let ipv4 = Address(ipv4: number << 8 | low)
      #expect(ipv4.networkShare(of: 10_000) == oracle(Array(bytes.prefix(3))))
      let wide = bytes.reduce(0 as UInt128) { $0 << 8 | UInt128($1) } | 1 << 45
      let ipv6 = Address(ipv6: wide << 80 | UInt128(random.next()))
      let wideBytes = [bytes[0] | 0x20] + bytes.dropFirst()
      #expect(ipv6.networkShare(of: 10_000) == oracle(Array(wideBytes)))
    }
  }

  @Test("the numbers of networks never change")
  func fixedNumbers() throws {
    let found = try ["192.0.2.1", "::ffff:192.0.2.255", "198.51.100.7", "2001:db8::1"].map {
      try #require(Address($0)).networkShare(of: 10_000)
    }
    #expect(found == [7617, 7617, 5570, 9652])
  }

  @Test("a network is in a share if its number is less than the share")
  func boundary() throws {
    let client = Address("192.0.2.1")
    #expect(try !share(7_617).enforces(denialOf: client, at: 0))
    #expect(try share(7_618).enforces(denialOf: client, at: 0))
  }

  @Test("raising the share only adds networks")
  func monotony() throws {
    var random = SeededGenerator(seed: 8)
    let shares = try [0, 1, 50, 100, 1_000, 5_000, 9_999, 10_000].map { try share($0) }
    for _ in 0..<5_000 {
      let client =
        random.once(in: 2)
        ? Address(ipv4: UInt32.random(in: 0...(.max), using: &random))
        : Address(ipv6: UInt128.random(in: 0...(.max), using: &random))
      let enforced = shares.map { $0.enforces(denialOf: client, at: 0) }
      #expect(enforced == enforced.sorted { !$0 && $1 })
    }
  }

  @Test(
    "networks spread evenly over the shares, including neighbours",
    arguments: [
      { (number: UInt32) in Address(ipv4: 0x0a00_0000 &+ number << 8) },
      { (number: UInt32) in Address(ipv4: number &* 0x9e37_79b1) },
      { (number: UInt32) in Address(ipv6: 0x2001_0db8 << 96 | UInt128(number) << 80) },
      { (number: UInt32) in
        Address(ipv6: UInt128(0x2a00 + number % 64) << 112 | UInt128(number) << 80)
      },
    ] as [@Sendable (UInt32) -> Address])
  func spread(network: @Sendable (UInt32) -> Address) throws {
    var counts = Array(repeating: 0, count: 100)
    let total = 65_536
    for number in 0..<UInt32(total) {
      counts[Int(network(number).networkShare(of: 10_000) / 100)] += 1
    }
    // Chi-square with 99 degrees of freedom: 160 occurs by chance once in ten thousand times.
    let expected = Double(total) / 100
    let chiSquare = counts.reduce(0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    #expect(chiSquare < 160)
  }

  @Test(
    "the summary names the limits of enforcement",
    arguments: [
      ("", nil),
      (", mode: monitor, enforce_percent: 5", "monitor mode: no denial is enforced"),
      (", enforce_percent: 10", "denials are enforced for 10 % of the networks"),
      (", enforce_percent: 0.05", "denials are enforced for 0.05 % of the networks"),
      (
        ", enforce_percent: 99.5, enforce_from: 2026-12-01T07:00:00+01:00",
        "denials are enforced for 99.5 % of the networks from 2026-12-01T06:00:00Z"
      ),
      (", enforce_until: 2026-12-01T06:00:00Z", "denials are enforced until 2026-12-01T06:00:00Z"),
    ] as [(String, String?)])
  func summaries(rest: String, expected: String?) throws {
    let policy = try policy(rest)
    #expect(policy.configuration.enforcement.limits == expected)
    #expect(policy.summary.hasSuffix(expected.map { "; \($0)" } ?? ")"))
  }
}
