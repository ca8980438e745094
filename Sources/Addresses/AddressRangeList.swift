/// Many ranges in little memory: 8 bytes for an IPv4 range, 32 for an IPv6 range.
///
/// Numbered from 0: first the IPv4 ranges, then the IPv6 ranges, each family in the order of `append`. `except` adds
/// an exception. An address is listed if the smallest range that contains it is not an exception. Of equally large
/// ranges the last decides.
package struct AddressRangeList: Sendable {
  private var ipv4 = Family<UInt32>()
  private var ipv6 = Family<UInt128>()

  package init() {}

  /// How many ranges there are, without exceptions.
  package var count: Int { ipv4.listed.count + ipv6.listed.count }

  /// The most memory that building a table from the list takes, in bytes.
  package var memoryAsTable: Int {
    AddressTableEntries.memory(
      ipv4: ipv4.listed.count + ipv4.exceptions.count,
      ipv6: ipv6.listed.count + ipv6.exceptions.count)
  }

  /// A range by its number.
  package subscript(number: Int) -> AddressRange {
    if number < ipv4.listed.count {
      let bounds = ipv4.listed[number]
      return AddressRange(ipv4: bounds.first, bounds.last)
    }
    let bounds = ipv6.listed[number - ipv4.listed.count]
    return AddressRange(ipv6: bounds.first, bounds.last)
  }

  /// Adds a range.
  package mutating func append(_ range: AddressRange) {
    if range.isIPv4 {
      ipv4.listed.append(Bounds(first: range.first.low32, last: range.last.low32))
    } else {
      ipv6.listed.append(Bounds(first: range.first.bits, last: range.last.bits))
    }
  }

  /// Adds an exception: a range whose addresses are not listed.
  package mutating func except(_ range: AddressRange) {
    if range.isIPv4 {
      ipv4.except(Bounds(first: range.first.low32, last: range.last.low32))
    } else {
      ipv6.except(Bounds(first: range.first.bits, last: range.last.bits))
    }
  }

  /// One family's ranges or its exceptions. Each part is numbered from 0.
  package enum Part: Int, CaseIterable, Sendable {
    case listedIPv4, listedIPv6, exceptedIPv4, exceptedIPv6
  }

  /// How many ranges a part has.
  package func count(of part: Part) -> Int {
    switch part {
    case .listedIPv4: ipv4.listed.count
    case .listedIPv6: ipv6.listed.count
    case .exceptedIPv4: ipv4.exceptions.count
    case .exceptedIPv6: ipv6.exceptions.count
    }
  }

  /// Removes ranges of a part, as if they had never been added. The numbers ascend.
  package mutating func remove(_ part: Part, _ numbers: [UInt32]) {
    switch part {
    case .listedIPv4: ipv4.removeListed(numbers)
    case .listedIPv6: ipv6.removeListed(numbers)
    case .exceptedIPv4: ipv4.removeExceptions(numbers)
    case .exceptedIPv6: ipv6.removeExceptions(numbers)
    }
  }

  /// The listed addresses as segments. The value of a segment is `firstValue` plus the number of its range.
  func segments(
    firstValue: UInt32
  ) -> (ipv4: [Segment<UInt32>], ipv6: [Segment<UInt128>]) {
    let firstOfIPv6 = firstValue &+ UInt32(truncatingIfNeeded: ipv4.listed.count)
    return (ipv4.segments(firstValue: firstValue), ipv6.segments(firstValue: firstOfIPv6))
  }
}

/// The ends of a range.
private struct Bounds<Bits: FixedWidthInteger & Sendable>: Sendable {
  var first: Bits
  var last: Bits
}

/// The ranges of one family.
private struct Family<Bits: FixedWidthInteger & Sendable>: Sendable {
  var listed: [Bounds<Bits>] = []
  /// The exceptions, each with the number of listed ranges before it.
  private(set) var exceptions: [(bounds: Bounds<Bits>, place: Int)] = []

  mutating func except(_ bounds: Bounds<Bits>) {
    exceptions.append((bounds, place: listed.count))
  }

  mutating func removeListed(_ numbers: [UInt32]) {
    listed.remove(numbered: numbers)
    var removed = 0
    for index in exceptions.indices {
      while removed < numbers.count, Int(numbers[removed]) < exceptions[index].place {
        removed += 1
      }
      exceptions[index].place -= removed
    }
  }

  mutating func removeExceptions(_ numbers: [UInt32]) {
    exceptions.remove(numbered: numbers)
  }

  func segments(firstValue: UInt32) -> [Segment<Bits>] {
    func segment(_ number: Int) -> Segment<Bits> {
      let value = min(
        firstValue &+ UInt32(truncatingIfNeeded: number), AddressTable.largestValue)
      return Segment(first: listed[number].first, last: listed[number].last, value: value)
    }
    if exceptions.isEmpty { return listed.indices.map(segment) }
    // In reverse, because `flattened` prefers the first of equally large segments.
    var segments: [Segment<Bits>] = []
    segments.reserveCapacity(listed.count + exceptions.count)
    let excepted = UInt32.max
    var end = listed.count
    for (bounds, place) in exceptions.reversed() {
      segments += (place..<end).reversed().map(segment)
      segments.append(Segment(first: bounds.first, last: bounds.last, value: excepted))
      end = place
    }
    segments += (0..<end).reversed().map(segment)
    return flattened(segments, coveredFrom: segments.count).segments
      .filter { $0.value != excepted }
  }
}

extension Array {
  /// Removes the elements at these indices. They ascend.
  package mutating func remove(numbered numbers: [UInt32]) {
    guard let first = numbers.first, first < count else { return }
    var (next, end) = (0, Int(first))
    for index in Int(first)..<count {
      if next < numbers.count, index == Int(numbers[next]) {
        next += 1
      } else {
        self[end] = self[index]
        end += 1
      }
    }
    removeSubrange(end...)
  }
}
