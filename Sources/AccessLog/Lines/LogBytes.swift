import Glibc

/// The bytes of a block while its lines are looked at.
///
/// INVARIANT: `base` points to `count` initialised bytes that stay where they are as long as this value is in
/// use. Every index that comes in lies in a range that was cut from `0..<count`, which debug builds check.
@safe struct LogBytes {
  private let base: UnsafeMutablePointer<UInt8>
  let count: Int

  @unsafe init?(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
    guard let base = buffer.baseAddress else { return nil }
    unsafe self.base = base
    count = buffer.count
  }

  @inline(__always)
  subscript(index: Int) -> UInt8 {
    get {
      assert(index >= 0 && index < count)
      return unsafe base[index]
    }
    nonmutating set {
      assert(index >= 0 && index < count)
      unsafe base[index] = newValue
    }
  }

  /// The bytes as code of other modules takes them: by its `span`.
  @inline(__always)
  var buffer: UnsafeBufferPointer<UInt8> { unsafe UnsafeBufferPointer(start: base, count: count) }

  /// The first place of a byte in a range, by the C library's vector code: for what is probably far away.
  @inline(__always)
  func find(_ byte: UInt8, in range: Range<Int>) -> Int? {
    assert(range.lowerBound >= 0 && range.upperBound <= count)
    guard
      let found = unsafe memchr(base + range.lowerBound, CInt(byte), range.count)
    else { return nil }
    return unsafe UnsafeRawPointer(base).distance(to: found)
  }

  /// The first quote that no backslash escapes.
  @inline(__always)
  func endOfQuoted(_ range: Range<Int>) -> Int? {
    var start = range.lowerBound
    while let quote = find(UInt8(ascii: "\""), in: start..<range.upperBound) {
      var slashes = quote
      while slashes > range.lowerBound, self[slashes - 1] == UInt8(ascii: "\\") { slashes -= 1 }
      if (quote - slashes) & 1 == 0 { return quote }
      start = quote + 1
    }
    return nil
  }

  /// Where the version begins that ends a request line, with the blank before it; nil if it ends without one.
  @inline(__always)
  func startOfVersion(_ request: Range<Int>) -> Int? {
    if hasVersion(at: request.upperBound - 9, in: request) { return request.upperBound - 9 }
    return hasVersion(at: request.upperBound - 7, in: request) ? request.upperBound - 7 : nil
  }

  @inline(__always)
  private func hasVersion(at start: Int, in request: Range<Int>) -> Bool {
    start > request.lowerBound && has(" HTTP/", at: start, before: request.upperBound)
      && digit(self[start + 6]) <= 9
  }

  /// Whether as many bytes as the first range has are the same at another place.
  @inline(__always)
  func isEqual(_ range: Range<Int>, to start: Int) -> Bool {
    assert(range.upperBound <= count && start >= 0 && start + range.count <= count)
    return unsafe memcmp(base + range.lowerBound, base + start, range.count) == 0
  }

  /// Whether some text stands at a place; false where the bytes end before.
  @inline(__always)
  func has(_ text: StaticString, at start: Int, before end: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard start >= 0, end - start >= length, end <= count else { return false }
    return unsafe memcmp(base + start, text.utf8Start, length) == 0
  }
}

/// Whether a byte separates the words of a line.
@inline(__always)
func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

/// The value of a decimal digit, and more than 9 for any other byte.
@inline(__always)
func digit(_ byte: UInt8) -> UInt8 { byte &- 0x30 }
