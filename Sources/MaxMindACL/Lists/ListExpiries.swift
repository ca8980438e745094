import Addresses

/// When entries of a list expire: 16 bytes for each that does, nothing for the others.
struct ListExpiries: Sendable {
  /// The times of a part's entries, by the numbers of these, which ascend.
  private var parts: [[(time: Int64, number: UInt32)]] = Array(
    repeating: [], count: AddressRangeList.Part.allCases.count)
  /// The earliest of the times; nil: nothing expires.
  private(set) var nextTime: Int64?

  var isEmpty: Bool { parts.allSatisfy(\.isEmpty) }

  /// How many of the times are after a moment and not after another.
  func count(after start: Int64, upTo end: Int64) -> Int {
    parts.lazy.joined().count { $0.time > start && $0.time <= end }
  }

  /// The latest of the times that are not after a moment.
  func lastTime(upTo now: Int64) -> Int64? {
    parts.lazy.joined().map(\.time).filter { $0 <= now }.max()
  }

  /// Notes the time of the part's last entry.
  mutating func append(_ time: Int64, of part: AddressRangeList.Part, number: Int) {
    parts[part.rawValue].append((time, UInt32(truncatingIfNeeded: number)))
    nextTime = min(nextTime ?? time, time)
  }

  /// The times of a part's entries that expire, with the numbers of these.
  func times(of part: AddressRangeList.Part) -> [(time: Int64, number: UInt32)] {
    parts[part.rawValue]
  }

  /// Forgets the entries of a part that have expired by a moment, and numbers the others as if those had never
  /// been there. Returns the numbers that they had.
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
  /// Whether its entries list their addresses.
  var lists: Bool { self == .listedIPv4 || self == .listedIPv6 }
}
