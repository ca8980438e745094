import Addresses
import Text

extension Policy {
  /// Whether all denials are enforced at all times.
  package var enforcesAll: Bool { enforcement.isComplete }

  /// Whether a denial is enforced. Otherwise the request passes as if it were allowed.
  ///
  /// Does not allocate, lock or trap. Any thread may call.
  ///
  /// - Parameters:
  ///   - client: The client of the decision. A client without an address is only part of a share of 100 %.
  ///   - now: Seconds since 1970.
  package func enforces(denialOf client: Address?, at now: Int64) -> Bool {
    if enforcement.isMonitoring { return false }
    if let start = enforcement.start, now < start { return false }
    if let end = enforcement.end, now >= end { return false }
    let all = allHundredthsOfPercent
    guard enforcement.share < all else { return true }
    return (client.map { $0.networkShare(of: all) } ?? all) < enforcement.share
  }
}

extension Configuration.Enforcement {
  /// The limits of enforcement in words, such as `monitor mode: no denial is enforced`; nil: none.
  package var limits: String? {
    if isMonitoring { return "monitor mode: no denial is enforced" }
    var words: [String] = []
    if share < allHundredthsOfPercent {
      words.append("for \(percent(hundredths: share)) % of the networks")
    }
    if let start { words.append("from \(isoTime(epoch: start))") }
    if let end { words.append("until \(isoTime(epoch: end))") }
    return words.isEmpty ? nil : "denials are enforced " + words.joined(separator: " ")
  }
}

extension Address {
  /// A number below `count`, equal for all addresses of a network: the /24 of an IPv4 address, the /48 of an IPv6
  /// address. Networks spread evenly over the numbers.
  ///
  /// The 64-bit FNV-1a hash of the network's three or six bytes in network order; its upper half is XORed into the
  /// lower, and the remainder is the result.
  package func networkShare(of count: UInt32) -> UInt32 {
    var shift: UInt128 = isIPv4 ? 32 : 128
    let end: UInt128 = isIPv4 ? 8 : 80
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    while shift > end {
      shift &-= 8
      hash = (hash ^ UInt64(truncatingIfNeeded: bits &>> shift & 0xff)) &* 0x100_0000_01b3
    }
    hash ^= hash &>> 32
    // A division by 0 would trap.
    return UInt32(truncatingIfNeeded: hash % UInt64(max(count, 1)))
  }
}
