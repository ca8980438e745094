/// Why a text is not an address, a CIDR block or a range.
package enum AddressRangeError: Error, Hashable, Sendable {
  /// The text is empty.
  case empty
  /// The text, or the part of it that should be one, is not an address.
  case notAnAddress(String)
  /// An octet of an IPv4 address begins with a zero, which some programs read as octal.
  case leadingZero(String)
  /// What follows the slash is not a decimal number.
  case notAPrefixLength(String, maximum: Int)
  /// The prefix is longer than an address of its family.
  case prefixTooLong(Int, maximum: Int)
  /// A range whose end is itself a CIDR block.
  case blockInRange(String)
  /// The ends of a range are an IPv4 and an IPv6 address.
  case mixedFamilies
  /// The last address of a range lies before the first.
  case reversed

  /// The mistake and its correction, as the middle of a sentence.
  package var message: String {
    switch self {
    case .empty: "the address is empty"
    case .notAnAddress(let text): "\"\(Self.shortened(text))\" is not an IPv4 or IPv6 address"
    case .leadingZero(let text):
      "\"\(Self.shortened(text))\" has an octet with a leading zero, write it without"
    case .notAPrefixLength(let text, let maximum):
      "\"\(Self.shortened(text))\" is not a prefix length, a number from 0 to \(maximum) without"
        + " leading zeros"
    case .prefixTooLong(let length, let maximum): "prefix length \(length) is above \(maximum)"
    case .blockInRange(let text):
      "\"\(Self.shortened(text))\" is both a range and a prefix, write one of the two"
    case .mixedFamilies: "first and last address are of different families"
    case .reversed: "range ends before it begins"
    }
  }

  private static func shortened(_ text: String) -> String {
    let limit = 64
    return text.unicodeScalars.count <= limit
      ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "…"
  }
}

extension AddressRange {
  /// Reads `a.b.c.d`, `a.b.c.d/20` or `a.b.c.d-a.b.c.e`, and the same with IPv6 addresses.
  ///
  /// Host bits of a CIDR block are masked, and reported. A mapped IPv6 address becomes IPv4, and a block of mapped
  /// addresses with at least 96 prefix bits becomes an IPv4 block (`::ffff:10.0.0.0/104` is `10.0.0.0/8`). A shorter
  /// prefix stays IPv6. Blanks are allowed around the dash and nowhere else.
  package static func parse(
    _ text: String
  ) throws(AddressRangeError) -> (range: AddressRange, hasHostBits: Bool) {
    try parse(text.utf8.span)
  }

  /// The same from the bytes of the text. Allocates only on an error.
  package static func parse(
    _ text: Span<UInt8>
  ) throws(AddressRangeError) -> (range: AddressRange, hasHostBits: Bool) {
    if text.isEmpty { throw .empty }
    if let dash = firstIndex(of: "-", in: text) {
      return (try parseRange(text, dash: dash), false)
    }
    if let slash = firstIndex(of: "/", in: text) { return try parseBlock(text, slash: slash) }
    return (AddressRange(try parseAddress(text)), false)
  }

  private static func parseRange(
    _ text: Span<UInt8>, dash: Int
  ) throws(AddressRangeError) -> AddressRange {
    if firstIndex(of: "/", in: text) != nil { throw .blockInRange(string(text)) }
    let first = try parseAddress(text.extracting(withoutBlanks(0..<dash, in: text)))
    let last = try parseAddress(text.extracting(withoutBlanks((dash + 1)..<text.count, in: text)))
    if first.isIPv4 != last.isIPv4 { throw .mixedFamilies }
    guard let range = AddressRange(first: first, last: last) else { throw .reversed }
    return range
  }

  private static func parseBlock(
    _ text: Span<UInt8>, slash: Int
  ) throws(AddressRangeError) -> (range: AddressRange, hasHostBits: Bool) {
    let addressText = text.extracting(0..<slash)
    let address = try parseAddress(addressText)
    let isDotted = firstIndex(of: ":", in: addressText) == nil
    let maximum = isDotted ? 32 : 128
    let length = try parseLength(text.extracting((slash + 1)..<text.count), maximum: maximum)
    let prefixLength = isDotted ? length + 96 : length
    let hostMask = hostMask(prefixLength: prefixLength)
    let range = AddressRange(bits: address.bits, prefixLength: prefixLength)
    return (range, address.bits & hostMask != 0)
  }

  private static func parseLength(
    _ text: Span<UInt8>, maximum: Int
  ) throws(AddressRangeError) -> Int {
    var length = 0
    let hasLeadingZero = text.count > 1 && text[0] == UInt8(ascii: "0")
    // More digits could overflow.
    guard (1...18).contains(text.count), !hasLeadingZero else {
      throw .notAPrefixLength(string(text), maximum: maximum)
    }
    for index in text.indices {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { throw .notAPrefixLength(string(text), maximum: maximum) }
      length = length * 10 + Int(digit)
    }
    if length > maximum { throw .prefixTooLong(length, maximum: maximum) }
    return length
  }

  private static func parseAddress(_ text: Span<UInt8>) throws(AddressRangeError) -> Address {
    if let address = Address(text) { return address }
    if text.isEmpty { throw .empty }
    let text = string(text)
    let octets = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let stripped = octets.map { octet in
      let digits = Substring(octet).drop { $0 == "0" }
      return digits.isEmpty && !octet.isEmpty ? "0" : digits
    }
    if octets.count == 4, Address(stripped.joined(separator: ".")) != nil {
      throw .leadingZero(text)
    }
    throw .notAnAddress(text)
  }

  private static func firstIndex(of character: Unicode.Scalar, in text: Span<UInt8>) -> Int? {
    let byte = UInt8(ascii: character)
    for index in text.indices where text[index] == byte { return index }
    return nil
  }

  private static func withoutBlanks(_ range: Range<Int>, in text: Span<UInt8>) -> Range<Int> {
    let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isBlank(text[start]) { start += 1 }
    while end > start, isBlank(text[end - 1]) { end -= 1 }
    return start..<end
  }

  private static func string(_ text: Span<UInt8>) -> String {
    unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
