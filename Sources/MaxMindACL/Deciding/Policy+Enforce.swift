import Addresses
import Text

extension Policy {
  /// Whether all denials are carried out, at any time.
  package var enforcesAll: Bool { enforcement.isComplete }

  /// Whether a denial is carried out, or the request goes through as if nothing had been decided.
  ///
  /// Does not allocate, lock or trap. Any thread may call.
  ///
  /// - Parameters:
  ///   - client: The client that was decided on. One without an address is part of no share but the whole.
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
  /// What of the denials is carried out, where that is not all: `monitor mode: no denial is enforced`.
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
  /// A number below `count` that is the same for all addresses of a network (the /24 of an IPv4 address, the /48
  /// of an IPv6 one), and is spread evenly over the networks.
  ///
  /// The 64-bit FNV-1a hash of the network's three or six bytes, in the order in which they are written; its upper
  /// half is added to its lower by exclusive or, and the remainder is taken.
  package func networkShare(of count: UInt32) -> UInt32 {
    var shift: UInt128 = isIPv4 ? 32 : 128
    let end: UInt128 = isIPv4 ? 8 : 80
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    while shift > end {
      shift &-= 8
      hash = (hash ^ UInt64(truncatingIfNeeded: bits &>> shift & 0xff)) &* 0x100_0000_01b3
    }
    hash ^= hash &>> 32
    // A count of 0 has no remainder.
    return UInt32(truncatingIfNeeded: hash % UInt64(max(count, 1)))
  }
}
