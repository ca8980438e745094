/// A timeline grouped into as many bars as fit a drawing.
struct TimelineBars {
  /// The requests of a span of time.
  struct Bar {
    /// Its beginning, in seconds since 1970.
    var start: Int
    var count: VerdictCounts
  }

  /// How long each bar is, in seconds.
  let width: Int
  /// The bars with requests, by time.
  let bars: [Bar]
  /// The ends of the timeline, in seconds since 1970: whole bars.
  let start: Int
  let end: Int

  /// Nil: no request has a time.
  init?(_ timeline: Timeline, atMost limit: Int) {
    let starts = timeline.intervals.map { nameable($0.start) }
    guard let first = starts.min(), let last = starts.max() else { return nil }
    let interval = min(max(timeline.width, 1), 1_000_000_000)
    // One more than fits by length, because both ends may lie within a bar.
    let needed = (last - first + interval) / max(1, limit - 1) + 1
    let width = Self.width(atLeast: max(needed, interval), multipleOf: interval)

    var counts: [Int: VerdictCounts] = [:]
    for (start, interval) in zip(starts, timeline.intervals) {
      let key = start / width * width
      let sum = counts[key] ?? VerdictCounts()
      counts[key] = VerdictCounts(
        allow: saturatingSum([sum.allow, max(0, interval.decisions.allow)]),
        deny: saturatingSum([sum.deny, max(0, interval.decisions.deny)]))
    }
    self.width = width
    bars = counts.sorted { $0.key < $1.key }.map { Bar(start: $0.key, count: $0.value) }
    start = first / width * width
    end = last / width * width + width
  }

  /// The shortest span that reads well on a clock or in a calendar.
  private static func width(atLeast needed: Int, multipleOf interval: Int) -> Int {
    if needed <= interval { return interval }
    let readable = readableSpans.first { $0 >= needed && $0.isMultiple(of: interval) }
    return readable ?? (needed + interval - 1) / interval * interval
  }

  /// The times of the marks on an axis, at most `limit`.
  func ticks(atMost limit: Int) -> [Int] {
    let fits = { (span: Int) in span >= width && (end - start) / span < limit }
    let span = readableSpans.first(where: fits) ?? max(1, (end - start) / max(1, limit) + 1)
    let first = (start + span - 1) / span * span
    return Array(stride(from: first, through: end, by: span).prefix(limit))
  }
}

/// Spans of time that divide a minute, an hour or a day, then days and years, in seconds.
private let readableSpans: [Int] =
  [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800]
  + [1, 2, 3, 4, 6, 8, 12, 24].map { $0 * 3600 }
  + [2, 5, 7, 14, 28, 91, 182, 365, 730, 1825, 3650].map { $0 * 86_400 }
