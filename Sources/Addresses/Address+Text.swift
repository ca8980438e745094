import Platform

extension Address: CustomStringConvertible {
  /// An address as `inet_pton` reads it: no port, no brackets, no zone, no octet with a leading zero.
  ///
  /// ```swift
  /// Address("2001:db8::1")
  /// Address("192.0.2.1:80")  // nil
  /// ```
  public init?(_ text: some StringProtocol) {
    let text = String(text)
    self.init(text.utf8.span)
  }

  /// The same from the bytes of the text. Does not allocate or trap.
  package init?(_ text: Span<UInt8>) {
    if let number = Self.dottedNumber(text) {
      self.init(ipv4: number)
      return
    }
    let longest = 45  // "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"
    guard text.count <= longest else { return nil }
    var address = UInt128.zero
    let result = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: longest + 1) {
      copy in
      var index = 0
      while index < text.count {
        let byte = unsafe text[unchecked: index]
        if byte == 0 { return CInt.zero }
        unsafe copy[index] = CChar(bitPattern: byte)
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

  /// The address as RFC 5952 writes it: `192.0.2.1`, `2001:db8::1`.
  public var description: String {
    isIPv4 ? Self.dotted(low32) : Self.colons(bits)
  }

  private static func dotted(_ value: UInt32) -> String {
    "\(value &>> 24).\(value &>> 16 & 0xff).\(value &>> 8 & 0xff).\(value & 0xff)"
  }

  private static func colons(_ bits: UInt128) -> String {
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits &>> (112 - 16 * UInt128($0))) }
    let zeros = longestZeroRun(of: groups)
    func joined(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard let zeros else { return joined(groups[...]) }
    return joined(groups[..<zeros.lowerBound]) + "::" + joined(groups[zeros.upperBound...])
  }

  /// The first of the longest runs of zero groups. A single zero group stays as it is.
  private static func longestZeroRun(of groups: [UInt16]) -> Range<Int>? {
    var longest: Range<Int>?
    var start: Int?
    for (index, group) in groups.enumerated() {
      guard group == 0 else {
        start = nil
        continue
      }
      let run = (start ?? index)..<(index + 1)
      start = run.lowerBound
      if run.count > max(1, longest?.count ?? 0) { longest = run }
    }
    return longest
  }
}
