import Addresses
import Files
import GeoDatabase

/// The answers of a service, by network. The memory is bounded.
///
/// Readers take no lock and do not allocate. Writers take a lock. Entries that are not used leave first.
///
/// Times are seconds since 1970, until the year 2106, and come from the caller. Threads: any.
///
/// ```swift
/// let cache = AnswerCache(entries: 100_000, prefixes: .standard)
/// cache.store(answer, for: client, freshUntil: now + 86_400, staleUntil: now + 691_200, at: now)
/// if let entry = cache.find(client, at: now), entry.isFresh(at: now) { use(entry.number) }
/// ```
package final class AnswerCache: Sendable {
  /// The most entries that a cache can have.
  package static let mostEntries = 1 << 24
  /// How many slots a network can be in.
  static let slotsPerBucket = 8

  /// The most entries.
  package let entries: Int
  /// The networks that share an answer.
  package let prefixes: NetworkPrefixes
  let words: SlotWords
  let writer: Locked<Writer>
  private let seed: (UInt64, UInt64)

  /// What only writers use.
  struct Writer: Sendable {
    var records: AnswerRecords
    /// How many slots are not free.
    var count = 0
    /// The next slot to look at for an entry to evict.
    var hand = 0
  }

  /// An empty cache. Takes 60 to 120 bytes for each entry at once, and the memory of the records as they come.
  ///
  /// - Parameters:
  ///   - entries: The most entries, from 1 to `mostEntries`. Other numbers are brought into this range.
  ///   - seed: Places the networks. By default at random, so that clients cannot choose addresses that share a bucket.
  package init(
    entries: Int, prefixes: NetworkPrefixes,
    seed: (UInt64, UInt64) = (.random(in: .min ... .max), .random(in: .min ... .max))
  ) {
    self.entries = min(max(1, entries), Self.mostEntries)
    self.prefixes = prefixes
    self.seed = seed
    // A quarter of the slots is free, so that few buckets are full before the cache is.
    words = SlotWords(atLeast: self.entries + self.entries / 3)
    // An entry gets its new record before it gives back its old one.
    writer = Locked(Writer(records: AnswerRecords(capacity: self.entries + 1)))
  }

  /// The most distinct records, and the limit of `AnswerNumber.index`.
  package var mostRecords: Int { entries + 1 }

  /// The present number of entries, with the expired ones. Takes the lock.
  package var count: Int { writer.withLock { $0.count } }

  /// The present number of distinct records. Takes the lock.
  package var recordCount: Int { writer.withLock { $0.records.count } }

  /// The record of an entry. Nil: no entry has the number any more. Takes the lock, and may allocate.
  package func record(of number: AnswerNumber) -> Record? {
    writer.withLock { $0.records[number] }
  }

  /// The entry of an address's network. Nil: there is none, or it is expired.
  ///
  /// Takes no lock and does not allocate or trap. An entry may be missed while it is stored.
  package func find(_ address: Address, at now: UInt32) -> CachedAnswer? {
    let network = prefixes.network(of: address)
    let place = place(of: network)
    var step = 0
    while step < Self.slotsPerBucket {
      let slot = place.slot(step)
      if let entry = words.entry(slot, high: network.highBits, low: network.lowBits) {
        guard now < entry.staleUntil else { return nil }
        words.markUsed(slot)
        return entry
      }
      step &+= 1
    }
    return nil
  }

  /// The slots that a network can be in.
  struct Place {
    fileprivate let bucket: Int
    fileprivate let first: Int

    /// The slots in the order in which they are tried, from step 0 to 7.
    @inline(__always)
    func slot(_ step: Int) -> Int {
      bucket &+ ((first &+ step) & (AnswerCache.slotsPerBucket &- 1))
    }
  }

  /// The slots of a network. The first one differs among the networks of a bucket, so that most are found at once.
  @inline(__always)
  func place(of network: Address) -> Place {
    let product = (network.highBits ^ seed.0).multipliedFullWidth(
      by: network.lowBits ^ seed.1)
    var hash = product.high ^ product.low
    hash = (hash ^ (hash &>> 29)) &* 0x9E37_79B9_7F4A_7C15
    let bucketMask = UInt64(words.count / Self.slotsPerBucket &- 1)
    let bucket = Int(truncatingIfNeeded: (hash &>> 32) & bucketMask) &* Self.slotsPerBucket
    return Place(
      bucket: bucket,
      first: Int(truncatingIfNeeded: hash &>> 61))
  }
}
