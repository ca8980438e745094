import Glibc

extension Address {
  /// An address as `inet_pton` reads it, from the bytes of its text: the same as `init(_ text:)`, without a
  /// string. Does not allocate or trap.
  package init?(_ text: Span<UInt8>) {
    if let number = Self.dottedNumber(text) {
      self.init(ipv4: number)
      return
    }
    let longest = 45  // "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"
    guard text.count <= longest else { return nil }
    var hasColon = false
    var index = 0
    while index < text.count {
      let byte = unsafe text[unchecked: index]
      if byte == 0 { return nil }
      if byte == UInt8(ascii: ":") { hasColon = true }
      index &+= 1
    }
    guard hasColon else { return nil }
    var address = UInt128.zero
    let result = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: longest + 1) {
      copy in
      var index = 0
      while index < text.count {
        unsafe copy[index] = CChar(bitPattern: text[unchecked: index])
        index &+= 1
      }
      unsafe copy[text.count] = 0
      guard let start = copy.baseAddress else { return CInt.zero }
      return unsafe inet_pton(AF_INET6, start, &address)
    }
    guard result == 1 else { return nil }
    self.init(ipv6: UInt128(bigEndian: address))
  }

  /// The number of `a.b.c.d`, each of one to three digits, at most 255, without a leading zero.
  @inline(__always)
  private static func dottedNumber(_ text: Span<UInt8>) -> UInt32? {
    guard text.count >= 7, text.count <= 15 else { return nil }
    var number: UInt32 = 0
    var octet: UInt32 = 0
    var digits = 0
    var points = 0
    var index = 0
    while index < text.count {
      let byte = unsafe text[unchecked: index]
      index &+= 1
      let digit = byte &- UInt8(ascii: "0")
      if digit <= 9 {
        if digits > 0 && octet == 0 { return nil }
        octet = octet &* 10 &+ UInt32(digit)
        digits &+= 1
        if digits > 3 || octet > 255 { return nil }
      } else {
        guard byte == UInt8(ascii: "."), digits > 0, points < 3 else { return nil }
        number = number &<< 8 | octet
        octet = 0
        digits = 0
        points &+= 1
      }
    }
    return points == 3 && digits > 0 ? number &<< 8 | octet : nil
  }
}
