extension AddressRange {
  /// How many addresses the range has. Mapped addresses do not count for an IPv6 range.
  package var addressCount: UInt128 {
    let mappedCount: UInt128 = 1 << 32
    let hasMapped = !isIPv4 && first.bits < Address.mappedPrefix && last.bits > Address.mappedPrefix
    // `::/0` would overflow without the subtraction.
    return last.bits &- first.bits &- (hasMapped ? mappedCount : 0) &+ 1
  }

  /// Calls the body with the fewest CIDR blocks that have exactly the range's addresses, in ascending order.
  fileprivate func forEachPrefix<Failure: Error>(
    _ body: (AddressRange) throws(Failure) -> Void
  ) throws(Failure) {
    // An IPv6 block may contain the mapped addresses, because they are IPv4 everywhere.
    let endsBeforeMapped = last.bits == Address.mappedPrefix &- 1
    let end = endsBeforeMapped ? last.bits &+ 1 &<< 32 : last.bits
    var start = first.bits
    while true {
      let others = end &- start
      let hostBits = min(
        start.trailingZeroBitCount,
        others == .max ? 128 : 127 - (others &+ 1).leadingZeroBitCount)
      // Between other blocks, the mapped addresses can be a block.
      if isIPv4 || start != Address.mappedPrefix {
        try body(AddressRange(bits: start, prefixLength: 128 - hostBits))
      }
      let blockLast = start | Self.hostMask(prefixLength: 128 - hostBits)
      if blockLast >= last.bits { return }
      start = blockLast &+ 1
    }
  }
}

/// Turns ranges into the fewest CIDR blocks with exactly their addresses.
///
/// Memory and time do not depend on the number of ranges before.
///
/// ```swift
/// var aggregation = PrefixAggregation()
/// for range in ranges { aggregation.append(range) { print($0) } }
/// aggregation.finish { print($0) }
/// ```
package struct PrefixAggregation: Sendable {
  /// The ranges that touch, as one range.
  private var open: AddressRange?

  package init() {}

  /// Adds a range. Ranges ascend and do not overlap; each family is one sequence.
  ///
  /// - Parameter body: Gets the blocks that are complete, in ascending order. A single address is a block too.
  package mutating func append<Failure: Error>(
    _ range: AddressRange, _ body: (AddressRange) throws(Failure) -> Void
  ) throws(Failure) {
    if let first = open?.first, open?.last.next == range.first {
      open = AddressRange(first: first, last: range.last)
      return
    }
    try finish(body)
    open = range
  }

  /// Ends the sequence: calls the body with the remaining blocks.
  package mutating func finish<Failure: Error>(
    _ body: (AddressRange) throws(Failure) -> Void
  ) throws(Failure) {
    defer { open = nil }
    try open?.forEachPrefix(body)
  }
}
