import Addresses
import MaxMindACL
import Platform
import Text

/// The bytes of a block while its lines are parsed.
///
/// INVARIANT: `base` points to `count` initialised bytes that outlive this value. Every index lies in `0..<count`,
/// which debug builds check.
@safe struct LogBytes: ByteText {
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

  /// The bytes for other modules, which take its `span`.
  @inline(__always)
  var buffer: UnsafeBufferPointer<UInt8> { unsafe UnsafeBufferPointer(start: base, count: count) }

  /// The first place of a byte in a range, by the C library's vector code. Fast if the byte is far away.
  @inline(__always)
  func find(_ byte: UInt8, in range: Range<Int>) -> Int? {
    assert(range.lowerBound >= 0 && range.upperBound <= count)
    guard
      let found = unsafe memchr(base + range.lowerBound, CInt(byte), range.count)
    else { return nil }
    return unsafe UnsafeRawPointer(base).distance(to: found)
  }

  /// The start of the version at the end of a request line, with the blank before it. Nil: there is no version.
  @inline(__always)
  func startOfVersion(_ request: Range<Int>) -> Int? {
    if hasVersion(at: request.upperBound - 9, in: request) { return request.upperBound - 9 }
    return hasVersion(at: request.upperBound - 7, in: request) ? request.upperBound - 7 : nil
  }

  @inline(__always)
  private func hasVersion(at start: Int, in request: Range<Int>) -> Bool {
    start > request.lowerBound && has(" HTTP/", at: start, before: request.upperBound)
      && self[start + 6].isASCIIDigit
  }

  /// Whether the bytes of a range stand at another place too.
  @inline(__always)
  func isEqual(_ range: Range<Int>, to start: Int) -> Bool {
    assert(range.upperBound <= count && start >= 0 && start + range.count <= count)
    return unsafe memcmp(base + range.lowerBound, base + start, range.count) == 0
  }

  /// Whether a text stands at a place. False if the bytes end before it does.
  @inline(__always)
  func has(_ text: StaticString, at start: Int, before end: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard start >= 0, end - start >= length, end <= count else { return false }
    return unsafe memcmp(base + start, text.utf8Start, length) == 0
  }
}

extension LogBytes {
  /// The address in a field with more than an address: the first of a list (`X-Forwarded-For` begins with the client
  /// of the first proxy), without brackets and port.
  func firstAddress(_ field: Range<Int>) -> Address? {
    var field = field
    if let comma = find(UInt8(ascii: ","), in: field) { field = field.lowerBound..<comma }
    while let last = field.last, isBlank(self[last]) { field = field.lowerBound..<last }
    while let first = field.first, isBlank(self[first]) {
      field = (first + 1)..<field.upperBound
    }
    if let address = unsafe Address(buffer.span.extracting(field)) { return address }
    guard let (host, _) = unsafe URLParts.hostAndPort(field, in: buffer.span) else { return nil }
    let isBracketed = self[field.lowerBound] == UInt8(ascii: "[")
    guard let address = unsafe Address(buffer.span.extracting(host)) else { return nil }
    return isBracketed || address.isIPv4 ? address : nil
  }

  /// The address before the last colon, as load balancers write it: `2001:db8::1:50718` is `2001:db8::1`.
  func addressBeforePort(_ field: Range<Int>) -> Address? {
    guard let colon = field.last(where: { self[$0] == UInt8(ascii: ":") }) else { return nil }
    var host = field.lowerBound..<colon
    if let first = host.first, self[first] == UInt8(ascii: "["), let last = host.last,
      self[last] == UInt8(ascii: "]")
    {
      host = (first + 1)..<last
    }
    return unsafe Address(buffer.span.extracting(host))
  }

  /// The start of the address that is the next word after some blanks. Nil: the next word is not an address.
  func startOfAddress(_ range: Range<Int>) -> Int? {
    guard let start = range.first(where: { !isBlank(self[$0]) }) else { return nil }
    let rest = start..<range.upperBound
    let end = rest.first { isBlank(self[$0]) } ?? rest.upperBound
    return firstAddress(start..<end) == nil ? nil : start
  }
}

/// Whether a byte separates the words of a line.
@inline(__always)
func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
