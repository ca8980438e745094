/// From offsets of a data section to numbers: what a dictionary does, a few times faster.
struct OffsetMap {
  /// Each an offset plus one in the upper half, zero in a free place, and its number in the lower.
  private var slots = [UInt64](repeating: 0, count: 1 << 10)
  private var count = 0

  /// The number at an offset.
  subscript(_ offset: UInt32) -> UInt32? {
    let slot = slots[place(of: offset)]
    return slot == 0 ? nil : UInt32(truncatingIfNeeded: slot)
  }

  /// Remembers the number of an offset that is not there yet.
  mutating func insert(_ number: UInt32, at offset: UInt32) {
    if count > slots.count / 2 { grow() }
    slots[place(of: offset)] = (UInt64(offset) + 1) << 32 | UInt64(number)
    count += 1
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt64](repeating: 0, count: 2 * old.count)
    for slot in old where slot != 0 {
      slots[place(of: UInt32(truncatingIfNeeded: (slot >> 32) - 1))] = slot
    }
  }

  /// Where the offset is, or the free place where it belongs. At least half of the places are free.
  private func place(of offset: UInt32) -> Int {
    let mask = slots.count - 1
    // Fibonacci hashing: the upper bits of the product are well mixed.
    var place = Int((UInt64(offset) &* 0x9e37_79b9_7f4a_7c15) >> 32) & mask
    while slots[place] != 0, slots[place] >> 32 != UInt64(offset) + 1 { place = (place + 1) & mask }
    return place
  }
}
