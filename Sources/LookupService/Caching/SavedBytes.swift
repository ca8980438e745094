/// Writes numbers and texts of a file of saved answers. Numbers are in little-endian order.
struct SavedBytesWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ number: some FixedWidthInteger) {
    var rest = number
    for _ in 0..<(type(of: number).bitWidth / 8) {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  /// Writes the length in two bytes, then at most 65,535 bytes of the text.
  mutating func append(text: some Collection<UInt8>) {
    let text = text.prefix(Int(UInt16.max))
    append(UInt16(text.count))
    bytes += text
  }

  /// Writes the checksum of all bytes so far.
  mutating func appendChecksum() { append(savedChecksum(bytes[...])) }
}

/// Reads what `SavedBytesWriter` writes. Never reads over the end.
struct SavedBytesReader {
  private let bytes: [UInt8]
  private(set) var place = 0

  /// A reader of the bytes before the checksum. Throws if the checksum is wrong.
  init(_ bytes: [UInt8]) throws(SavedAnswersError) {
    let size = MemoryLayout<UInt64>.size
    guard bytes.count >= size else {
      throw SavedAnswersError("the file ends too early", at: bytes.count)
    }
    let content = bytes.dropLast(size)
    let sum = bytes.suffix(size).reversed().reduce(UInt64.zero) { $0 << 8 | UInt64($1) }
    guard sum == savedChecksum(content) else {
      throw SavedAnswersError("the checksum does not match the content", at: content.count)
    }
    self.bytes = Array(content)
  }

  var isAtEnd: Bool { place == bytes.count }

  mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type = Number.self
  ) throws(SavedAnswersError) -> Number {
    let part = try take(Number.bitWidth / 8)
    return part.reversed().reduce(Number.zero) { $0 << 8 | Number(truncatingIfNeeded: $1) }
  }

  mutating func text() throws(SavedAnswersError) -> ArraySlice<UInt8> {
    try take(Int(try number(UInt16.self)))
  }

  /// The count of items that follow, each of at least `size` bytes.
  mutating func count(ofItems size: Int) throws(SavedAnswersError) -> Int {
    let start = place
    let count = Int(try number(UInt32.self))
    guard count <= (bytes.count - place) / size else {
      throw SavedAnswersError("the file has fewer items than it says", at: start)
    }
    return count
  }

  private mutating func take(_ count: Int) throws(SavedAnswersError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - place else {
      throw SavedAnswersError("the file ends too early", at: bytes.count)
    }
    defer { place += count }
    return bytes[place..<(place + count)]
  }
}

/// FNV-1a, 64 bits. Finds damage, not forgery.
private func savedChecksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}
