/// From offsets of a data section to numbers: what a dictionary does, many times faster where neighbours are asked
/// for one after the other.
///
/// Takes an eighth of the section's size in memory.
struct OffsetMap {
  /// For each 32 bytes of the section 0, or of the first offset in them its last five bits below its number
  /// plus one.
  private var cells: [UInt32]
  /// What has found no cell. Where many records are as small as that, they are few after all: countries.
  private var others: [UInt32: UInt32] = [:]

  init(dataSize: Int) {
    cells = Array(repeating: 0, count: dataSize / 32 + 1)
  }

  /// What is kept for an offset below the section's size and its neighbours.
  ///
  /// Apart from `number(at:in:)` so that callers with many offsets can have the processor wait for the memory of
  /// several at once.
  @inline(__always)
  func cell(of offset: UInt32) -> UInt32 {
    cells[Int(offset / 32)]
  }

  /// The number at an offset, given its cell.
  @inline(__always)
  func number(at offset: UInt32, in cell: UInt32) -> UInt32? {
    if cell >= 32, cell & 31 == offset & 31 { return cell / 32 - 1 }
    return others.isEmpty ? nil : others[offset]
  }

  /// Remembers the number of an offset that is not there yet.
  mutating func insert(_ number: UInt32, at offset: UInt32) {
    if cells[Int(offset / 32)] == 0, number < UInt32.max / 32 {
      cells[Int(offset / 32)] = (number + 1) * 32 | offset & 31
    } else {
      others[offset] = number
    }
  }
}
