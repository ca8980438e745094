/// A count of addresses by family. An IPv6 count is approximate.
package struct AddressCounts: Hashable, Sendable {
  package var ipv4 = 0.0
  package var ipv6 = 0.0
}

extension AddressRangeList {
  /// How many addresses the list contains.
  package var addressCounts: AddressCounts { addressCounts(notIn: AddressRangeList()) }

  /// How many addresses the list contains that the other list does not.
  package func addressCounts(notIn other: AddressRangeList) -> AddressCounts {
    let (own, others) = (segments(firstValue: 0), other.segments(firstValue: 0))
    return AddressCounts(
      ipv4: addressCount(merged(own.ipv4), notIn: merged(others.ipv4)),
      ipv6: addressCount(merged(own.ipv6), notIn: merged(others.ipv6)))
  }

  /// The listed ranges without repetitions, in the order of `AddressRange.isBefore`.
  package var sortedRanges: [AddressRange] {
    var sorted: [AddressRange] = []
    for range in (0..<count).map({ self[$0] }).sorted(by: AddressRange.isBefore)
    where sorted.last != range {
      sorted.append(range)
    }
    return sorted
  }
}

extension AddressRange {
  /// Orders IPv4 before IPv6, then by the first address, then the larger range first.
  package static func isBefore(_ left: AddressRange, _ right: AddressRange) -> Bool {
    if left.isIPv4 != right.isIPv4 { return left.isIPv4 }
    if left.first != right.first { return left.first < right.first }
    return left.last > right.last
  }
}

/// The same addresses as ascending segments that neither overlap nor touch.
private func merged<Bits>(_ segments: [Segment<Bits>]) -> [Segment<Bits>] {
  flattened(
    segments.map { Segment(first: $0.first, last: $0.last, value: 0) }, coveredFrom: segments.count
  ).segments
}

/// How many addresses lie in `segments` but not in `others`, two lists of merged segments.
private func addressCount<Bits>(_ segments: [Segment<Bits>], notIn others: [Segment<Bits>])
  -> Double
{
  var total = 0.0
  var next = 0
  for segment in segments {
    var start = segment.first
    var isExhausted = false
    while next < others.count, others[next].last < start { next += 1 }
    while next < others.count, others[next].first <= segment.last {
      let other = others[next]
      if other.first > start { total += Double(other.first - start) }
      guard other.last < segment.last else {
        isExhausted = true
        break
      }
      start = other.last + 1
      next += 1
    }
    if !isExhausted { total += Double(segment.last - start) + 1 }
  }
  return total
}
