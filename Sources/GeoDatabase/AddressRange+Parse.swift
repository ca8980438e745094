/// Why a text is not an address, a CIDR block or a range.
public enum AddressRangeError: Error, Hashable, Sendable {
  /// Nothing is written there.
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

  /// What is wrong and what would be right, as the middle of a sentence.
  public var message: String {
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
  /// Host bits of a CIDR block are masked, and reported. Mapped IPv6 addresses become IPv4, so do
  /// prefixes of at least 96 bits on one (`::ffff:10.0.0.0/104` is `10.0.0.0/8`); a shorter prefix is
  /// one of IPv6. Blanks are allowed around the dash and nowhere else.
  public static func parse(
    _ text: String
  ) throws(AddressRangeError) -> (range: AddressRange, hasHostBits: Bool) {
    let bytes = text.utf8
    if bytes.isEmpty { throw .empty }
    if let dash = bytes.firstIndex(of: UInt8(ascii: "-")) {
      let last = text[bytes.index(after: dash)...]
      return (try parseRange(text, first: text[..<dash], last: last), false)
    }
    if let slash = bytes.firstIndex(of: UInt8(ascii: "/")) {
      return try parseBlock(text[..<slash], length: text[bytes.index(after: slash)...])
    }
    return (AddressRange(try parseAddress(text[...])), false)
  }

  private static func parseRange(
    _ text: String, first: Substring, last: Substring
  ) throws(AddressRangeError) -> AddressRange {
    if text.utf8.contains(UInt8(ascii: "/")) { throw .blockInRange(text) }
    let first = try parseAddress(withoutBlanks(first))
    let last = try parseAddress(withoutBlanks(last))
    if first.isIPv4 != last.isIPv4 { throw .mixedFamilies }
    guard let range = AddressRange(first: first, last: last) else { throw .reversed }
    return range
  }

  private static func parseBlock(
    _ text: Substring, length lengthText: Substring
  ) throws(AddressRangeError) -> (range: AddressRange, hasHostBits: Bool) {
    let address = try parseAddress(text)
    let isDotted = !text.utf8.contains(UInt8(ascii: ":"))
    let maximum = isDotted ? 32 : 128
    let digits = lengthText.utf8
    let areDigits = digits.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    let hasLeadingZero = digits.count > 1 && digits.first == UInt8(ascii: "0")
    guard areDigits, !hasLeadingZero, let length = Int(lengthText) else {
      throw .notAPrefixLength(String(lengthText), maximum: maximum)
    }
    if length > maximum { throw .prefixTooLong(length, maximum: maximum) }
    let prefixLength = isDotted ? length + 96 : length
    let hostMask = hostMask(prefixLength: prefixLength)
    let range = AddressRange(bits: address.bits, prefixLength: prefixLength)
    return (range, address.bits & hostMask != 0)
  }

  private static func parseAddress(_ text: Substring) throws(AddressRangeError) -> Address {
    if text.utf8.isEmpty { throw .empty }
    guard let address = Address(text) else {
      let octets = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      let stripped = octets.map { octet in
        let digits = Substring(octet).drop { $0 == "0" }
        return digits.isEmpty && !octet.isEmpty ? "0" : digits
      }
      if octets.count == 4, Address(stripped.joined(separator: ".")) != nil {
        throw .leadingZero(String(text))
      }
      throw .notAnAddress(String(text))
    }
    return address
  }

  private static func withoutBlanks(_ text: Substring) -> Substring {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }
}
