import Glibc

extension Address: CustomStringConvertible {
  /// An address as `inet_pton` reads it: no port, no brackets, no zone, no octet with a leading zero.
  public init?(_ text: some StringProtocol) {
    let longest = 45  // "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"
    guard text.utf8.count <= longest, !text.utf8.contains(0) else { return nil }
    if text.utf8.contains(UInt8(ascii: ":")) {
      var address = UInt128.zero
      guard unsafe text.withCString({ unsafe inet_pton(AF_INET6, $0, &address) }) == 1 else {
        return nil
      }
      self.init(ipv6: UInt128(bigEndian: address))
    } else {
      var address = UInt32.zero
      guard unsafe text.withCString({ unsafe inet_pton(AF_INET, $0, &address) }) == 1 else {
        return nil
      }
      self.init(ipv4: UInt32(bigEndian: address))
    }
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

  /// The first of the longest runs of zero groups; a single group is not shortened.
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
