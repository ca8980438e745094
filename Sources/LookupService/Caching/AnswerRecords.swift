import GeoDatabase

/// The distinct records of the entries, each with a number and a reference count.
struct AnswerRecords: Sendable {
  private struct Slot {
    var record: Record
    var generation: UInt32
    /// How many entries have the record. 0: the slot is free.
    var references: Int
  }

  private let capacity: Int
  private var slots: [Slot] = []
  private var free: [UInt32] = []
  private var indexes: [Record: UInt32] = [:]

  /// - Parameter capacity: The most distinct records.
  init(capacity: Int) {
    self.capacity = capacity
  }

  /// How many distinct records there are.
  var count: Int { indexes.count }

  /// The number of a record, with one reference more. Nil: there are too many records.
  mutating func retain(_ record: Record) -> AnswerNumber? {
    if let index = indexes[record] {
      slots[Int(index)].references += 1
      return AnswerNumber(index: index, generation: slots[Int(index)].generation)
    }
    guard let index = unusedIndex() else { return nil }
    // 0 is no generation.
    let generation = max(1, (slots[Int(index)].generation &+ 1) & 0x7FFF_FFFF)
    slots[Int(index)] = Slot(record: record, generation: generation, references: 1)
    indexes[record] = index
    return AnswerNumber(index: index, generation: generation)
  }

  private mutating func unusedIndex() -> UInt32? {
    if let index = free.popLast() { return index }
    guard slots.count < capacity else { return nil }
    slots.append(Slot(record: Record(), generation: 0, references: 0))
    return UInt32(slots.count - 1)
  }

  /// Takes one reference back.
  mutating func release(_ number: AnswerNumber) {
    guard let index = index(of: number) else { return }
    slots[index].references -= 1
    guard slots[index].references == 0 else { return }
    indexes[slots[index].record] = nil
    slots[index].record = Record()
    free.append(number.index)
  }

  /// The record of a number. Nil: no entry has it any more.
  subscript(number: AnswerNumber) -> Record? {
    index(of: number).map { slots[$0].record }
  }

  private func index(of number: AnswerNumber) -> Int? {
    let index = Int(number.index)
    guard index < slots.count, slots[index].generation == number.generation,
      slots[index].references > 0
    else { return nil }
    return index
  }
}
