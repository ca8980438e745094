import GeoDatabase

/// The values of one field in a list of rules, for look-ups by a record's value.
struct FieldMatches: Sendable {
  private var places: [PlaceCode: Int] = [:]
  private var numbers: [UInt32: Int] = [:]
  /// Ranges of more than one number, by their first number. `last` is the greatest last number up to here.
  private var ranges: [(range: ClosedRange<UInt32>, index: Int, last: UInt32)] = []

  /// - Parameter values: The values in the order of the file.
  init(_ values: [Located<Configuration.FieldMatch>]) {
    var wide: [(range: ClosedRange<UInt32>, index: Int)] = []
    for (index, value) in values.enumerated() {
      switch value.value {
      case .place(let code): places[code] = places[code] ?? index
      case .asns(let range) where range.count == 1:
        numbers[range.lowerBound] = numbers[range.lowerBound] ?? index
      case .asns(let range): wide.append((range, index))
      }
    }
    var last: UInt32 = 0
    for (range, index) in wide.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      last = max(last, range.upperBound)
      ranges.append((range, index, last))
    }
  }

  /// The index of the first value that a record's value equals; nil: none.
  func first(for key: FieldKey) -> Int? {
    switch key {
    case .place(let code): return places[code]
    case .places(let codes): return codes.compactMap { places[$0] }.min()
    case .asn(let number):
      var found = numbers[number]
      var index = ranges.partitioningIndex { $0.range.lowerBound > number }
      while index > 0, ranges[index - 1].last >= number {
        index -= 1
        if ranges[index].range.contains(number) {
          found = min(found ?? ranges[index].index, ranges[index].index)
        }
      }
      return found
    }
  }
}

extension Array {
  /// The first index at which a test holds. The test must hold for all later elements.
  func partitioningIndex(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
