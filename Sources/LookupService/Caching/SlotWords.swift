import Addresses
import Synchronization

/// The memory of an `AnswerCache`: slots of six atomic words.
///
/// One thread at a time writes, any thread reads. Each slot has a version, which is odd while its other words change.
///
/// INVARIANT: `words` has `6 * count` words from `init` to `deinit`, and every index is below `count`, because
/// `slot & mask` is taken of each.
@safe final class SlotWords: @unchecked Sendable {
  /// A word of a slot.
  enum Word: Int {
    case version, keyHigh, keyLow, value, times
    /// 1: a reader has found the entry since the last look for an entry to evict.
    case used
  }

  private static let wordsPerSlot = 6

  /// How many slots there are. A power of two.
  let count: Int
  private let mask: Int
  private let words: UnsafeMutablePointer<Atomic<UInt64>>

  /// Free slots: all words are zero.
  ///
  /// - Parameter count: At least this many slots.
  init(atLeast count: Int) {
    var size = 8
    while size < count { size *= 2 }
    self.count = size
    mask = size - 1
    unsafe words = .allocate(capacity: Self.wordsPerSlot * size)
    for index in 0..<(Self.wordsPerSlot * size) {
      unsafe (words + index).initialize(to: Atomic(0))
    }
  }

  deinit {
    unsafe words.deinitialize(count: Self.wordsPerSlot * count)
    unsafe words.deallocate()
  }

  @inline(__always)
  private func index(_ slot: Int, _ word: Word) -> Int {
    (slot & mask) &* Self.wordsPerSlot &+ word.rawValue
  }

  /// Reads a word. No later read of the thread moves before it.
  @inline(__always)
  func load(_ slot: Int, _ word: Word) -> UInt64 {
    unsafe words[index(slot, word)].load(ordering: .acquiring)
  }

  /// Writes a word. No earlier write of the thread moves after it.
  @inline(__always)
  private func store(_ value: UInt64, _ slot: Int, _ word: Word) {
    unsafe words[index(slot, word)].store(value, ordering: .releasing)
  }

  // MARK: - Readers

  /// The entry of a key in a slot. Nil: the slot has another key or none, or it changes all the time.
  ///
  /// Does not wait, allocate or trap.
  @inline(__always)
  func entry(_ slot: Int, high: UInt64, low: UInt64) -> CachedAnswer? {
    guard load(slot, .keyLow) == low, load(slot, .keyHigh) == high else { return nil }
    var attempts = 8
    while attempts > 0 {
      attempts &-= 1
      let version = load(slot, .version)
      let isKey = load(slot, .keyHigh) == high && load(slot, .keyLow) == low
      let value = load(slot, .value)
      let times = load(slot, .times)
      // The words above were read before the version is read again, and a writer changes the version first.
      guard version & 1 == 0, load(slot, .version) == version else { continue }
      return isKey && value != 0 ? CachedAnswer(packedValue: value, packedTimes: times) : nil
    }
    return nil
  }

  /// Marks an entry as used. Writes only if it is not yet marked, so that readers of one entry share its memory.
  @inline(__always)
  func markUsed(_ slot: Int) {
    if load(slot, .used) == 0 { store(1, slot, .used) }
  }

  // MARK: - The writer

  /// The network and entry of a slot. Nil: the slot is free. Only for the writer.
  func content(_ slot: Int) -> (network: Address, entry: CachedAnswer)? {
    let value = load(slot, .value)
    guard value != 0 else { return nil }
    let bits = UInt128(load(slot, .keyHigh)) << 64 | UInt128(load(slot, .keyLow))
    return (
      Address(ipv6: bits), CachedAnswer(packedValue: value, packedTimes: load(slot, .times))
    )
  }

  /// Replaces the content of a slot. Nil: frees the slot. The entry is not marked as used.
  func set(_ slot: Int, _ content: (network: Address, entry: CachedAnswer)?) {
    let version = load(slot, .version)
    store(version &+ 1, slot, .version)
    store(content?.network.highBits ?? 0, slot, .keyHigh)
    store(content?.network.lowBits ?? 0, slot, .keyLow)
    store(content?.entry.packedValue ?? 0, slot, .value)
    store(content?.entry.packedTimes ?? 0, slot, .times)
    store(0, slot, .used)
    store(version &+ 2, slot, .version)
  }

  /// Clears the mark of use. Returns whether it was set.
  func takeUsed(_ slot: Int) -> Bool {
    guard load(slot, .used) != 0 else { return false }
    store(0, slot, .used)
    return true
  }
}
