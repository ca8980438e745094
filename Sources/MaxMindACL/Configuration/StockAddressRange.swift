import Addresses
import Platform

extension AddressRange {
  /// The addresses of a text as a version of Traffic Server reads it. Nil: it ignores the text.
  ///
  /// Source: `ats_ip_range_parse` in 9.2, `swoc::IPRange::load` in 10.2.
  init?(_ text: String, as semantics: StockSemantics) {
    let reader = StockAddressReader(semantics: semantics, isIPv6: text.utf8.contains(colon))
    guard let range = reader.range(Array(text.utf8)[...]) else { return nil }
    self = range
  }
}

private let colon = UInt8(ascii: ":")

private struct StockAddressReader {
  let semantics: StockSemantics
  /// Whether the whole text has a colon. 9.2 looks at each address for itself.
  let isIPv6: Bool

  func range(_ text: ArraySlice<UInt8>) -> AddressRange? {
    guard
      let separator = text.firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "-") })
    else { return address(text).map { AddressRange($0) } }
    let rest = text[(separator + 1)...]
    guard !rest.isEmpty, let first = address(text[..<separator]) else { return nil }
    if text[separator] == UInt8(ascii: "-") {
      return address(rest).flatMap { AddressRange(first: first, last: $0) }
    }
    guard let length = prefixLength(rest, isIPv4: first.isIPv4),
      let range = try? AddressRange.parse("\(first)/\(length)").range,
      range.isIPv4 == first.isIPv4
    else { return nil }
    return range
  }

  // MARK: - Prefix lengths

  private func prefixLength(_ text: ArraySlice<UInt8>, isIPv4: Bool) -> Int? {
    let longest = isIPv4 ? 32 : 128
    switch semantics {
    case .trafficServer9:
      // Text after the number is ignored.
      var digits = text.drop(while: isSpace)
      let isNegative = digits.first == UInt8(ascii: "-")
      if isNegative { digits = digits.dropFirst() }
      guard let (length, _) = number(digits), !isNegative || length == 0 else { return nil }
      return length <= longest ? length : nil
    case .trafficServer10:
      guard let (length, rest) = number(text), rest.isEmpty else { return nil }
      // The length is a byte. A prefix that is too long leaves one IPv4 address, and no IPv6 address.
      let byte = Int(UInt8(truncatingIfNeeded: length))
      return byte <= longest ? byte : isIPv4 ? 32 : nil
    }
  }

  /// A number with an optional prefix for its base, as in C. Nil: there is no digit.
  private func number(
    _ text: ArraySlice<UInt8>, base: Int? = nil
  ) -> (value: Int, rest: ArraySlice<UInt8>)? {
    var rest = text
    var radix = base ?? 10
    if base == nil, rest.first == UInt8(ascii: "0") {
      rest = rest.dropFirst()
      radix = 8
      switch rest.first.map({ $0 | 0x20 }) {
      case UInt8(ascii: "x"): radix = 16
      case UInt8(ascii: "b") where semantics == .trafficServer10: radix = 2
      default: break
      }
      if radix != 8 { rest = rest.dropFirst() }
    }
    var value = 0
    while let digit = rest.first.flatMap({ Int(String(UnicodeScalar($0)), radix: radix) }) {
      // Longer numbers stay too large for each use.
      value = min(value * radix + digit, 1 << 40)
      rest = rest.dropFirst()
    }
    return rest.startIndex > text.startIndex ? (value, rest) : nil
  }

  // MARK: - Addresses

  private func address(_ text: ArraySlice<UInt8>) -> Address? {
    switch semantics {
    case .trafficServer9: return addressOf9(text)
    case .trafficServer10:
      let text = text.drop(while: isSpace).trimmingSuffix(while: isSpace)
      return isIPv6 ? ipv6Of10(text) : ipv4Of10(text)
    }
  }

  /// Takes off brackets or a port, then asks the C library.
  private func addressOf9(_ text: ArraySlice<UInt8>) -> Address? {
    var text = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    if text.first == UInt8(ascii: "[") {
      text = text.dropFirst().prefix { $0 != UInt8(ascii: "]") }
    } else if text.count(where: { $0 == colon }) == 1 {
      text = text.prefix { $0 != colon }
    }
    let name = String(decoding: text, as: UTF8.self)
    guard !name.isEmpty else { return nil }
    if text.contains(colon) {
      var bytes = in6_addr()
      guard unsafe inet_pton(AF_INET6, name, &bytes) == 1 else { return nil }
      let bits = unsafe withUnsafeBytes(of: &bytes) { unsafe $0.loadUnaligned(as: UInt128.self) }
      return ipv6(UInt128(bigEndian: bits))
    }
    var bytes = in_addr()
    guard unsafe inet_aton(name, &bytes) != 0 else { return nil }
    return Address(ipv4: UInt32(bigEndian: bytes.s_addr))
  }

  /// Numbers between dots. The last one fills the rest of the address, and a number without digits is 0.
  private func ipv4Of10(_ text: ArraySlice<UInt8>) -> Address? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (1...4).contains(parts.count), let last = parts.last, !last.isEmpty else { return nil }
    var bits = 0
    for (index, part) in parts.enumerated() {
      let (value, rest) = number(part) ?? (0, part)
      let isLast = index == parts.count - 1
      guard rest.isEmpty, value < (isLast ? 1 << (8 * (4 - index)) : 256) else { return nil }
      bits += isLast ? value : value << (8 * (3 - index))
    }
    return Address(ipv4: UInt32(truncatingIfNeeded: bits))
  }

  /// Groups of hexadecimal digits. An IPv4 address at the end is not read.
  private func ipv6Of10(_ text: ArraySlice<UInt8>) -> Address? {
    var text = text
    if text.first == UInt8(ascii: "[") {
      guard text.last == UInt8(ascii: "]") else { return nil }
      text = text.dropFirst().dropLast()
    }
    guard text.count >= 2 else { return nil }
    var groups: [Int] = []
    var gap: Int?
    if text.first == colon {
      guard text.dropFirst().first == colon else { return nil }
      gap = 0
      text = text.dropFirst(2)
    }
    while groups.count < 8, !text.isEmpty {
      let group = text.prefix { $0 != colon }
      if group.isEmpty {
        guard gap == nil else { return nil }
        gap = groups.count
      } else {
        guard let (value, rest) = number(group, base: 16), rest.isEmpty, value <= 0xffff else {
          return nil
        }
        groups.append(value)
      }
      text = text[group.endIndex...].dropFirst()
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: Array(repeating: 0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8, text.isEmpty else { return nil }
    return ipv6(groups.reduce(0) { $0 << 16 | UInt128($1) })
  }

  /// An address that only IPv6 clients can have. Nil: a mapped one, which no client has.
  private func ipv6(_ bits: UInt128) -> Address? {
    let address = Address(ipv6: bits)
    return address.isIPv4 ? nil : address
  }
}

private func isSpace(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || (9...13).contains(byte)
}

extension ArraySlice {
  fileprivate func trimmingSuffix(while holds: (Element) -> Bool) -> ArraySlice {
    var rest = self
    while let last = rest.last, holds(last) { rest = rest.dropLast() }
    return rest
  }
}
