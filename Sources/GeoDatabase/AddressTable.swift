/// From an address to a number: the one structure behind address lists and databases.
///
/// Immutable, and safe to look up from any number of threads. A look-up takes no lock, allocates nothing
/// and cannot trap; its time grows with the logarithm of the number of ranges.
public struct AddressTable: Sendable {
  private let ipv4: SegmentStorage<UInt32>
  private let ipv6: SegmentStorage<UInt128>

  /// A table of ranges, each with its number.
  ///
  /// Where ranges overlap, the smallest that holds an address wins, and of equally large ones the first.
  public init(_ entries: [(range: AddressRange, value: UInt32)]) {
    var ipv4: [Segment<UInt32>] = []
    var ipv6: [Segment<UInt128>] = []
    for (range, value) in entries {
      if range.isIPv4 {
        ipv4.append(Segment(first: range.first.low32, last: range.last.low32, value: value))
      } else {
        ipv6.append(Segment(first: range.first.bits, last: range.last.bits, value: value))
      }
    }
    self.init(ipv4: flattened(ipv4), ipv6: flattened(ipv6))
  }

  /// A table of segments that are in order and do not overlap.
  init(ipv4: SegmentList<UInt32>, ipv6: SegmentList<UInt128>) {
    self.ipv4 = SegmentStorage(ipv4.segments)
    self.ipv6 = SegmentStorage(ipv6.segments)
  }

  /// The number of the smallest range that holds the address, or nil where none does.
  public func value(for address: Address) -> UInt32? {
    address.isIPv4 ? ipv4.value(at: address.low32) : ipv6.value(at: address.bits)
  }

  /// How many ranges without overlap the table keeps.
  public var segmentCount: Int {
    ipv4.count &+ ipv6.count
  }
}

/// Segments in the order of their addresses, laid out for binary search.
///
/// Bytes a segment: 12 for IPv4, 36 for IPv6.
///
/// INVARIANT: the three blocks hold `count` initialized elements from `init` to `deinit` and are never
/// written in between, so that any thread may read them; an index stays below `count` because the binary
/// search only forms indices between 0 and `count`, and reads below its upper bound.
@safe private final class SegmentStorage<Bits: FixedWidthInteger & Sendable>: @unchecked Sendable {
  let count: Int
  private let firsts: UnsafeMutablePointer<Bits>
  private let lasts: UnsafeMutablePointer<Bits>
  private let values: UnsafeMutablePointer<UInt32>

  init(_ segments: [Segment<Bits>]) {
    count = segments.count
    unsafe firsts = .allocate(capacity: segments.count)
    unsafe lasts = .allocate(capacity: segments.count)
    unsafe values = .allocate(capacity: segments.count)
    for (index, segment) in segments.enumerated() {
      unsafe (firsts + index).initialize(to: segment.first)
      unsafe (lasts + index).initialize(to: segment.last)
      unsafe (values + index).initialize(to: segment.value)
    }
  }

  deinit {
    unsafe firsts.deallocate()
    unsafe lasts.deallocate()
    unsafe values.deallocate()
  }

  func value(at bits: Bits) -> UInt32? {
    var low = 0
    var remaining = count
    while remaining > 0 {
      let half = remaining &>> 1
      let middle = low &+ half
      if unsafe firsts[middle] <= bits {
        low = middle &+ 1
        remaining = remaining &- half &- 1
      } else {
        remaining = half
      }
    }
    guard low > 0 else { return nil }
    let index = low &- 1
    return unsafe bits <= lasts[index] ? values[index] : nil
  }
}
