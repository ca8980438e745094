import Platform

/// A plain text that a URL must equal, begin with or end with. The test does not need PCRE2.
///
/// A plain value. A `PatternSearcher` owns the text.
@safe struct LiteralTest: @unchecked Sendable {
  // INVARIANT: `bytes` has `count > 0` bytes, is not written after `init`, and outlives this value, because
  // every holder of this value also holds its owner.

  private let bytes: UnsafeMutablePointer<UInt8>
  private let count: Int
  private let lastByte: UInt8
  private let place: Place

  private enum Place {
    case prefix
    case suffix
    /// A suffix, or a suffix before a final newline: the meaning of `$`.
    case suffixOfLine
    case whole
    case wholeLine
  }

  /// Nil: the expression is not a plain text tied to an end, or there is no memory.
  init?(_ syntax: PatternSyntax) {
    guard syntax.options.isEmpty, syntax.alternatives.count == 1 else { return nil }
    var items = syntax.alternatives[0][...]
    let isPrefix = items.first == .start
    if isPrefix { items.removeFirst() }
    switch (isPrefix, items.last) {
    case (true, .end): self.place = .wholeLine
    case (true, .veryEnd): self.place = .whole
    case (false, .end): self.place = .suffixOfLine
    case (false, .veryEnd): self.place = .suffix
    case (true, _): self.place = .prefix
    case (false, _): return nil
    }
    if place != .prefix { items.removeLast() }
    var text: [UInt8] = []
    for item in items {
      guard case .byte(let byte) = item else { return nil }
      text.append(byte)
    }
    guard let lastByte = text.last, let memory = unsafe malloc(text.count) else { return nil }
    unsafe self.bytes = memory.assumingMemoryBound(to: UInt8.self)
    self.count = text.count
    self.lastByte = lastByte
    for (index, byte) in text.enumerated() { unsafe bytes[index] = byte }
  }

  /// Frees the text. Copies must not be used after this.
  func free() {
    unsafe Glibc.free(bytes)
  }

  /// Whether the expression matches the text.
  @inline(__always)
  func matches(_ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    switch place {
    case .prefix: unsafe length >= count && isEqual(text)
    case .suffix: unsafe length >= count && isEqual(text + (length &- count))
    case .suffixOfLine:
      unsafe (length >= count && isEqual(text + (length &- count)))
        || (length > count && text[length &- 1] == UInt8(ascii: "\n")
          && isEqual(text + (length &- 1 &- count)))
    case .whole: unsafe length == count && isEqual(text)
    case .wholeLine:
      unsafe (length == count || (length == count &+ 1 && text[count] == UInt8(ascii: "\n")))
        && isEqual(text)
    }
  }

  /// Whether `count` bytes equal the text. The last byte nearly always differs.
  @inline(__always)
  private func isEqual(_ other: UnsafePointer<UInt8>) -> Bool {
    unsafe other[count &- 1] == lastByte && areAllEqual(other)
  }

  /// Compares both ends as words, which cover all of a text of up to sixteen bytes.
  private func areAllEqual(_ other: UnsafePointer<UInt8>) -> Bool {
    if count >= 8 {
      return unsafe word(bytes + (count &- 8)) == word(other + (count &- 8))
        && word(bytes) == word(other)
        && (count <= 16 || memcmp(bytes, other, count) == 0)
    }
    if count >= 4 {
      return unsafe halfWord(bytes) == halfWord(other)
        && halfWord(bytes + (count &- 4)) == halfWord(other + (count &- 4))
    }
    return unsafe bytes[0] == other[0] && bytes[count &- 1] == other[count &- 1]
      && bytes[count / 2] == other[count / 2]
  }

  private func word(_ address: UnsafePointer<UInt8>) -> UInt64 {
    unsafe UnsafeRawPointer(address).loadUnaligned(as: UInt64.self)
  }

  private func halfWord(_ address: UnsafePointer<UInt8>) -> UInt32 {
    unsafe UnsafeRawPointer(address).loadUnaligned(as: UInt32.self)
  }
}
