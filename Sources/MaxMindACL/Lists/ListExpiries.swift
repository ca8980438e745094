import Addresses

/// When entries of a list expire. 16 bytes for each entry that expires, none for the others.
struct ListExpiries: Sendable {
  /// The times of each part's entries, by ascending entry number.
  private var parts: [[(time: Int64, number: UInt32)]] = Array(
    repeating: [], count: AddressRangeList.Part.allCases.count)
  /// The earliest time; nil: nothing expires.
  private(set) var nextTime: Int64?

  var isEmpty: Bool { parts.allSatisfy(\.isEmpty) }

  /// The number of times after `start` and not after `end`.
  func count(after start: Int64, upTo end: Int64) -> Int {
    parts.lazy.joined().count { $0.time > start && $0.time <= end }
  }

  /// The latest time that is not after a moment.
  func lastTime(upTo now: Int64) -> Int64? {
    parts.lazy.joined().map(\.time).filter { $0 <= now }.max()
  }

  /// Adds the time of the part's last entry.
  mutating func append(_ time: Int64, of part: AddressRangeList.Part, number: Int) {
    parts[part.rawValue].append((time, UInt32(truncatingIfNeeded: number)))
    nextTime = min(nextTime ?? time, time)
  }

  /// The times of a part's entries, with the entry numbers.
  func times(of part: AddressRangeList.Part) -> [(time: Int64, number: UInt32)] {
    parts[part.rawValue]
  }

  /// Removes the expired entries of a part, and renumbers the others as if the removed ones had never existed. Returns
  /// the removed numbers.
  mutating func remove(_ part: AddressRangeList.Part, by now: Int64) -> [UInt32] {
    var expired: [UInt32] = []
    var left: [(time: Int64, number: UInt32)] = []
    for (time, number) in parts[part.rawValue] {
      if time <= now {
        expired.append(number)
      } else {
        left.append((time, number &- UInt32(truncatingIfNeeded: expired.count)))
      }
    }
    parts[part.rawValue] = left
    nextTime = parts.lazy.joined().map(\.time).min()
    return expired
  }
}

extension AddressRangeList.Part {
  /// Whether the part's entries list their addresses.
  var lists: Bool { self == .listedIPv4 || self == .listedIPv6 }
}
