import MaxMindACL

/// A header field of requests that rules read, and that lines of a log may carry.
package struct LogHeader: Hashable, Sendable {
  /// Its name. Upper and lower case are the same.
  package let name: String
  /// Whether several fields of this name are one list, as in `X-Forwarded-For`. Otherwise the first field counts.
  let isList: Bool
  /// The name as `isHeaderName` compares it.
  let bytes: [UInt8]

  package init(_ name: String, isList: Bool) {
    self.name = name
    self.isList = isList
    bytes = name.utf8.map(headerByte)
  }
}

/// A byte of a header field's name for comparisons. nginx and JSON write `http_x_pass` for `X-Pass`.
@inline(__always)
func headerByte(_ byte: UInt8) -> UInt8 {
  switch byte {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
  case UInt8(ascii: "_"): UInt8(ascii: "-")
  default: byte
  }
}

/// The places of the header fields in one line, while its block is parsed.
///
/// INVARIANT: `base` points to `count` initialised places that outlive this value. Every index lies in `0..<count`,
/// which debug builds check.
@safe struct HeaderPlaces {
  private let base: UnsafeMutablePointer<ByteRange>?
  let count: Int

  @unsafe init(_ buffer: UnsafeMutableBufferPointer<ByteRange>) {
    unsafe base = buffer.baseAddress
    count = buffer.count
  }

  /// The place of a field. At byte 0: the line does not carry it.
  @inline(__always)
  subscript(index: Int) -> ByteRange {
    get {
      assert(index >= 0 && index < count)
      return unsafe base?[index] ?? .empty
    }
    nonmutating set {
      assert(index >= 0 && index < count)
      unsafe base?[index] = newValue
    }
  }

  /// Forgets the fields of the line before.
  @inline(__always)
  func clear() {
    for index in 0..<count { self[index] = .empty }
  }
}
