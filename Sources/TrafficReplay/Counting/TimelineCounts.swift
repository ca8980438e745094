/// Counts the allowed and denied requests of each span of time in bounded memory.
///
/// The width is the smallest of `widths` with at most `capacity` spans. It depends only on the requests, not on their
/// order or their split into parts.
struct TimelineCounts: Sendable {
  /// The widths in seconds, each a multiple of the one before: a minute to about 300 years.
  static let widths = [
    60, 300, 900, 3600, 10800, 21600, 43200, 86400, 604_800, 6_048_000, 60_480_000, 604_800_000,
    6_048_000_000, 60_480_000_000,
  ]
  /// More spans than a chart shows.
  static let capacity = 2000

  /// The valid times: about 3,000 years on either side of 1970.
  private static let years: ClosedRange<Int64> = -100_000_000_000...100_000_000_000

  private(set) var width = widths[0]
  private var intervals: [Int: VerdictCounts] = [:]
  private var untimed = 0
  /// The interval of the last request and its counts. The next request is often in the same interval.
  private var current: (start: Int, counts: VerdictCounts)?

  mutating func add(_ time: Int64?, isAllowed: Bool) {
    guard let time, Self.years.contains(time) else {
      untimed += 1
      return
    }
    if current?.start != Self.start(of: Int(time), width) {
      flush()
      // `flush` may have changed the width.
      current = (Self.start(of: Int(time), width), VerdictCounts())
    }
    current?.counts.add(isAllowed: isAllowed)
  }

  /// The beginning of the span that contains a time.
  private static func start(of time: Int, _ width: Int) -> Int {
    let offset = time % width
    return time - (offset < 0 ? offset + width : offset)
  }

  private mutating func flush() {
    guard let (start, counts) = current else { return }
    current = nil
    intervals[start, default: VerdictCounts()].add(counts)
    widen()
  }

  private mutating func widen() {
    while intervals.count > Self.capacity,
      let wider = Self.widths.first(where: { $0 > width })
    {
      width = wider
      var joined: [Int: VerdictCounts] = [:]
      for (start, counts) in intervals {
        joined[Self.start(of: start, wider), default: VerdictCounts()].add(counts)
      }
      intervals = joined
    }
  }

  mutating func add(_ timeline: Timeline) {
    flush()
    untimed = untimed.plus(timeline.untimed)
    if timeline.width > width {
      width = timeline.width
      let old = intervals
      intervals = [:]
      for (start, counts) in old { add(counts, at: start) }
    }
    for interval in timeline.intervals { add(interval.decisions, at: interval.start) }
    widen()
  }

  private mutating func add(_ counts: VerdictCounts, at start: Int) {
    // A file may hold any number.
    guard abs(start / 10) <= Self.years.upperBound else {
      untimed = untimed.plus(counts.total)
      return
    }
    intervals[Self.start(of: start, width), default: VerdictCounts()].add(counts)
  }

  var timeline: Timeline {
    var copy = self
    copy.flush()
    return Timeline(
      width: copy.width,
      intervals: copy.intervals.sorted { $0.key < $1.key }
        .map { Timeline.Interval(start: $0.key, decisions: $0.value) },
      untimed: copy.untimed)
  }
}
