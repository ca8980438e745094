import Addresses
import Files
import GeoDatabase
import Platform
import SeededRandom
import Testing

@testable import LookupService

/// Saves a cache and reads it back.
@Suite struct SavedAnswersTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func cache(_ prefixes: NetworkPrefixes = .standard) -> AnswerCache {
    AnswerCache(entries: 100, prefixes: prefixes, seed: (3, 4))
  }

  /// A cache with each kind of field.
  private func filled() throws -> AnswerCache {
    let cache = cache()
    let whole = Record(
      country: .value(try code("GB")), registeredCountry: .value(try code("FR")),
      continent: .value(try code("EU")),
      subdivisions: .value([try code("GB-ENG"), try code("GB-WBK")]), asn: .value(64_496),
      organisation: "Café Ltd",
      flags: [.vpn, .smartDNSProxy, .relay, try #require(.own(0)), try #require(.own(15))])
    let answers: [(String, LookupAnswer, UInt32)] = [
      ("192.0.2.1", LookupAnswer(record: whole, isNegative: false), 300),
      (
        "2001:db8::1", LookupAnswer(record: try record("CLOUDFLARE-EUROPE"), isNegative: false), 300
      ),
      ("192.0.2.2", .unknown, 200),
      ("192.0.2.3", LookupAnswer(record: try record("US"), isNegative: false), 150),
    ]
    for (client, answer, until) in answers {
      cache.store(
        answer, for: try address(client), freshUntil: 100, staleUntil: until, at: 0)
    }
    return cache
  }

  /// The entries of some clients, with their records.
  private func contents(_ cache: AnswerCache, at now: UInt32) throws -> [String] {
    try ["192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.3"].map { text in
      guard let entry = cache.find(try address(text), at: now),
        let record = cache.record(of: entry.number)
      else { return "none" }
      let flags = record.flags.rawValue
      return
        "\(record.summary) \(flags) \(entry.freshUntil) \(entry.staleUntil) \(entry.isNegative)"
    }
  }

  @Test("entries survive the file, and expired ones stay out of it")
  func kept() throws {
    let saved = try filled()
    let path = folder.file("geo.cache")
    #expect(try saved.save(to: path, source: 7, at: 150) == 3)
    let loaded = cache()
    let counts = try loaded.read(from: path, source: 7, at: 150)
    #expect(counts == (3, 0))
    #expect(try contents(loaded, at: 150) == contents(saved, at: 150))
    #expect(
      try contents(loaded, at: 150).first
        == "AS64496, GB, GB-ENG, GB-WBK, in EU, registered FR, Café Ltd, vpn, smart_dns_proxy, relay \(filledFlags) 100 300 false"
    )
    let later = cache()
    #expect(try later.read(from: path, source: 7, at: 200) == (3, 1))
    #expect(later.count == 2)
  }

  private var filledFlags: UInt32 {
    let flags: AnonymityFlags = [.vpn, .smartDNSProxy, .relay]
    return flags.rawValue | 1 << 16 | 1 << 31
  }

  @Test("a file is replaced whole, and only its owner can read it")
  func replaced() throws {
    let path = folder.file("geo.cache")
    try folder.write([1, 2, 3], to: "geo.cache.new")
    let saved = try filled()
    try saved.save(to: path, source: 7, at: 0)
    try cache().save(to: path, source: 7, at: 0)
    #expect(try cache().read(from: path, source: 7, at: 0) == (0, 0))
    var status = stat()
    try #require(unsafe stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(FileState(path: path + ".new") == nil)
  }

  @Test("a file that cannot be written is an error, and the file stays")
  func unwritable() throws {
    let error = #expect(throws: FileError.self) {
      try cache().save(to: folder.path + "/none/geo.cache", source: 7, at: 0)
    }
    #expect(error?.kind == .unwritable)
    #expect(error?.message == "cannot write the file: No such file or directory")
  }

  @Test("a file of another source, prefix or kind is an error")
  func others() throws {
    let path = folder.file("geo.cache")
    try filled().save(to: path, source: 7, at: 0)
    let wide = try #require(NetworkPrefixes(ipv4: 24, ipv6: 56))
    let cases: [(AnswerCache, path: String, UInt64, String)] = [
      (
        cache(), path, 8, "the file has the answers of another service or configuration"
      ),
      (
        cache(wide), path, 7, "the file has the prefixes 32/64, the configuration has 24/56"
      ),
      (
        cache(), path + ".none", 7, "cannot open the file: No such file or directory"
      ),
      (
        cache(), try folder.write(Array("{}".utf8), to: "json"), 7,
        "the file is not one of saved answers at byte 1"
      ),
    ]
    for (cache, path, source, message) in cases {
      let error = #expect(throws: SavedAnswersError.self) {
        try cache.read(from: path, source: source, at: 0)
      }
      #expect(error?.description == message)
      #expect(cache.count == 0)
    }
  }

  @Test("a damaged file is an error, and nothing of it is used", arguments: 0..<UInt64(4))
  func damaged(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try filled().save(to: folder.file("geo.cache"), source: 7, at: 0)
    let bytes = try FileContents.read(path: folder.file("geo.cache"), limit: 1 << 20).bytes
    let loaded = cache()
    for _ in 0..<100 {
      var damaged = bytes
      let place = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: damaged.removeSubrange(place...)
      default: damaged.insert(damaged[place] ^ 0xFF, at: place)
      }
      let path = try folder.write(damaged, to: "damaged")
      #expect(throws: SavedAnswersError.self) { try loaded.read(from: path, source: 7, at: 0) }
    }
    #expect(loaded.count == 0)
  }

  @Test(
    "a forged file with a right checksum does not trap",
    arguments: 0..<UInt64(8))
  func forged(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try filled().save(to: folder.file("geo.cache"), source: 7, at: 0)
    let bytes = try FileContents.read(path: folder.file("geo.cache"), limit: 1 << 20).bytes
    for _ in 0..<200 {
      var forged = Array(bytes.dropLast(8))
      for _ in 0..<3 {
        forged[Int.random(in: 22..<forged.count, using: &random)] =
          [0, 1, 255, 16].randomElement(
            using: &random) ?? 0
      }
      if random.once(in: 3) { forged.removeLast(Int.random(in: 0..<50, using: &random)) }
      var writer = SavedBytesWriter()
      for byte in forged { writer.append(byte) }
      writer.appendChecksum()
      let path = try folder.write(writer.bytes, to: "forged")
      let loaded = cache()
      _ = try? loaded.read(from: path, source: 7, at: 0)
      #expect(loaded.count <= 100)
    }
  }

  @Test("a file with more entries than the cache fills it")
  func smaller() throws {
    let path = folder.file("geo.cache")
    let large = AnswerCache(entries: 500, prefixes: .standard)
    for number in 0..<UInt32(400) {
      large.store(.unknown, for: Address(ipv4: number), freshUntil: 9, staleUntil: 9, at: 0)
    }
    try large.save(to: path, source: 7, at: 0)
    let small = cache()
    try small.read(from: path, source: 7, at: 0)
    #expect((80...100).contains(small.count))
  }
}
