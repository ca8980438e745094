import Platform

/// Writes a text into a C buffer, NUL-terminated if there is room for a byte. Cuts a longer text at the boundary of a
/// UTF-8 sequence. Returns the length of the whole text.
@discardableResult
func write(_ text: String, to buffer: UnsafeMutablePointer<CChar>?, size: Int) -> Int {
  let bytes = Array(text.utf8)
  guard let buffer = unsafe buffer, size > 0 else { return bytes.count }
  var length = min(bytes.count, size - 1)
  if length < bytes.count {
    // A continuation byte (10xxxxxx) after the cut means that a sequence straddles it.
    while length > 0, bytes[length] & 0xC0 == 0x80 { length -= 1 }
  }
  for index in 0..<length {
    // A NUL inside the text would end it for C.
    unsafe buffer[index] = CChar(bitPattern: bytes[index] == 0 ? UInt8(ascii: "?") : bytes[index])
  }
  unsafe buffer[length] = 0
  return bytes.count
}

/// The text of a (pointer, length) pair, with invalid UTF-8 repaired. Nil for a NULL pointer.
func text(_ pointer: UnsafePointer<CChar>?, _ length: Int) -> String? {
  guard let pointer = unsafe pointer else { return nil }
  return unsafe UnsafeRawBufferPointer(start: pointer, count: length)
    .withMemoryRebound(to: UInt8.self) { unsafe String(decoding: $0, as: UTF8.self) }
}

/// The bytes of a (pointer, length) pair. None for a NULL pointer.
func bytes(_ pointer: UnsafePointer<CChar>?, _ length: Int) -> UnsafeBufferPointer<UInt8> {
  guard let pointer = unsafe pointer else {
    return unsafe UnsafeBufferPointer(start: nil, count: 0)
  }
  return unsafe UnsafeBufferPointer(
    start: UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt8.self), count: length)
}
