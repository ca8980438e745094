import Addresses
import GeoDatabase

extension AnswerCache {
  /// Stores the answer for an address's network in place of the earlier one, and evicts another entry if there is no
  /// room.
  ///
  /// Expired entries leave first, then entries that no reader has found for a while.
  ///
  /// - Parameters:
  ///   - address: An address of the network.
  ///   - freshUntil: Until when the answer needs no question.
  ///   - staleUntil: Until when the answer serves while the service fails. At least `freshUntil`.
  /// - Returns: The entry. A network of more than one customer gets a record without flags.
  @discardableResult
  package func store(
    _ answer: LookupAnswer, for address: Address, freshUntil: UInt32, staleUntil: UInt32,
    at now: UInt32
  ) -> CachedAnswer? {
    let network = prefixes.network(of: address)
    var record = answer.record
    if !prefixes.isOneCustomer(address) {
      record.flags = []
      record.unreadableFlags = []
    }
    return writer.withLock { writer in
      let slot = slot(for: network, at: now, &writer)
      // Every entry has one record at most, so that there is always a number.
      guard let number = writer.records.retain(record) else { return nil }
      let entry = CachedAnswer(
        number: number, isNegative: answer.isNegative, freshUntil: freshUntil,
        staleUntil: max(freshUntil, staleUntil))
      if let old = words.content(slot) {
        writer.records.release(old.entry.number)
      } else {
        writer.count += 1
      }
      words.set(slot, (network, entry))
      return entry
    }
  }

  /// Removes the entry of an address's network.
  package func remove(_ address: Address) {
    let network = prefixes.network(of: address)
    writer.withLock { writer in
      if let slot = slot(of: network) { free(slot, &writer) }
    }
  }

  /// The slot of a network that has an entry. Only under the lock.
  private func slot(of network: Address) -> Int? {
    let place = place(of: network)
    return (0..<Self.slotsPerBucket).lazy.map { place.slot($0) }.first {
      self.words.content($0)?.network == network
    }
  }

  /// The slot for an entry of a network: its own, a free one, or the one of an entry to evict.
  private func slot(for network: Address, at now: UInt32, _ writer: inout Writer) -> Int {
    if let slot = slot(of: network) { return slot }
    let place = place(of: network)
    let slots = (0..<Self.slotsPerBucket).lazy.map { place.slot($0) }
    if let slot = slots.first(where: { self.words.content($0) == nil }) {
      if writer.count >= entries { evict(at: now, &writer) }
      return slot
    }
    if let slot = slots.first(where: { self.isExpired($0, at: now) }) { return slot }
    // The first pass clears the marks of use. From another start each time, so that no slot is always the victim.
    writer.hand &+= 1
    let start = writer.hand
    for step in 0..<(2 * Self.slotsPerBucket) {
      let slot = place.slot(start &+ step)
      if !words.takeUsed(slot) { return slot }
    }
    return place.slot(start)
  }

  /// Frees the slot of an expired or unused entry. Looks at each slot at most twice.
  private func evict(at now: UInt32, _ writer: inout Writer) {
    for _ in 0..<(2 * words.count) {
      writer.hand = (writer.hand &+ 1) & (words.count - 1)
      let slot = writer.hand
      guard words.content(slot) != nil else { continue }
      if isExpired(slot, at: now) || !words.takeUsed(slot) {
        free(slot, &writer)
        return
      }
    }
    // Readers set each mark again meanwhile: any entry leaves.
    let next = (0..<words.count).first { words.content($0) != nil }
    if let next { free(next, &writer) }
  }

  private func isExpired(_ slot: Int, at now: UInt32) -> Bool {
    words.content(slot).map { $0.entry.staleUntil <= now } ?? false
  }

  private func free(_ slot: Int, _ writer: inout Writer) {
    guard let content = words.content(slot) else { return }
    writer.records.release(content.entry.number)
    writer.count -= 1
    words.set(slot, nil)
  }
}
