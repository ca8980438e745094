import Text

/// The last second that a report can name: the end of the year 9999.
private let latest = 253_402_300_799

/// A time in seconds since 1970, limited to the years that a report can name.
func nameable(_ epoch: Int) -> Int { min(max(epoch, 0), latest) }

/// The UTC date: `2026-09-01`.
func utcDate(_ epoch: Int) -> String { isoDate(epoch: UInt64(nameable(epoch))) }

/// The UTC time of day: `14:05`, or `14:05:30` if the seconds are not zero.
func utcTimeOfDay(_ epoch: Int) -> String {
  let epoch = UInt64(nameable(epoch))
  return timeOfDay(epoch: epoch, hasSeconds: !epoch.isMultiple(of: 60))
}

/// The UTC date and time of day: `2026-09-01 14:05`.
func utcTime(_ epoch: Int) -> String { "\(utcDate(epoch)) \(utcTimeOfDay(epoch))" }

/// A length of time in the largest unit that divides it: `10 minutes`, `day`.
func spell(seconds: Int) -> String {
  for (size, unit) in [(86_400, "day"), (3600, "hour"), (60, "minute")]
  where seconds >= size && seconds.isMultiple(of: size) {
    return seconds == size ? unit : "\(grouped(seconds / size)) \(unit)s"
  }
  return seconds == 1 ? "second" : "\(grouped(seconds)) seconds"
}

extension Timeline {
  /// The times of the first and last requests: `2026-09-01 00:00 to 2026-09-02 00:00 UTC`. Nil: the logs hold no time.
  var span: String? {
    guard let first = intervals.first, let last = intervals.last else { return nil }
    let end = saturatingSum([last.start, width])
    let sameDay = utcDate(first.start) == utcDate(end)
    return "\(utcTime(first.start)) to \(sameDay ? utcTimeOfDay(end) : utcTime(end)) UTC"
  }
}
