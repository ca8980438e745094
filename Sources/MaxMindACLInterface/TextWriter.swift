import GeoDatabase

/// Writes bytes into a C buffer up to its size, and counts all of them.
///
/// Neither allocates nor traps, since it writes for each request.
@safe struct TextWriter: ~Copyable {
  private let start: UnsafeMutablePointer<CChar>?
  private let room: Int
  /// The length of the whole text.
  private(set) var length = 0

  init(_ buffer: UnsafeMutablePointer<CChar>?, _ size: Int) {
    unsafe start = buffer
    unsafe room = buffer != nil && size > 0 ? size &- 1 : 0
    if size > 0 { unsafe start?.pointee = 0 }
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    if length < room { unsafe start?[length] = CChar(bitPattern: byte) }
    length &+= 1
  }

  @inline(__always)
  mutating func append(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
    let fitting = min(count, room &- length)
    if let start = unsafe start, fitting > 0 {
      unsafe UnsafeMutableRawPointer(start + length).copyMemory(from: bytes, byteCount: fitting)
    }
    length &+= count
  }

  @inline(__always)
  mutating func append(_ text: StaticString) {
    unsafe append(text.utf8Start, text.utf8CodeUnitCount)
  }

  /// Appends a text up to its NUL.
  mutating func append(upToNUL text: UnsafePointer<CChar>) {
    var index = 0
    while unsafe text[index] != 0 {
      append(unsafe UInt8(bitPattern: text[index]))
      index &+= 1
    }
  }

  /// Appends a digit from 0 to 15.
  mutating func append(hexadecimal digit: UInt8) {
    append(digit &+ (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "A") &- 10))
  }

  mutating func append(decimal number: UInt32) {
    // Four bits a digit. The first decimal digit is in the lowest four.
    var digits: UInt64 = 0
    var rest = number
    var count = 0
    repeat {
      digits = digits &<< 4 | UInt64(rest % 10)
      rest /= 10
      count &+= 1
    } while rest > 0
    while count > 0 {
      append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digits & 0xf))
      digits = digits &>> 4
      count &-= 1
    }
  }

  /// Appends a text of a database as a part of a header field: `_` replaces bytes other than printable ASCII.
  mutating func append(printable text: PlaceCode.Bytes) {
    for byte in text { append(printable: byte) }
  }

  /// The same for a text.
  mutating func append(printable text: String) {
    let span = text.utf8.span
    var index = 0
    while index < span.count {
      append(printable: unsafe span[unchecked: index])
      index &+= 1
    }
  }

  private mutating func append(printable byte: UInt8) {
    append(byte >= 0x20 && byte < 0x7f ? byte : UInt8(ascii: "_"))
  }

  /// Terminates the text with a NUL. Returns the length of the whole text.
  consuming func finish() -> Int {
    if let start = unsafe start, length < room {
      unsafe start[length] = 0
    } else if let start = unsafe start, room > 0 {
      unsafe start[room] = 0
    }
    return length
  }
}
