import Text

/// A part of some days of the week, by the clock of a time zone.
///
/// A window that goes over midnight belongs to the weekday on which it begins: `22:00-06:00` on `fri` ends on Saturday.
/// A time that the clock shows twice counts twice, and one that it skips never.
///
/// ```swift
/// let night = try DailyWindow(
///   hours: DailyHours("22:00-06:00"), weekdays: Weekdays("mon-fri"),
///   zone: ZoneRules(name: "Europe/Berlin"))
/// night.contains(1_788_220_800)  // false: 2026-09-01, 02:00 in Berlin, is Tuesday
/// ```
package struct DailyWindow: Hashable, Sendable {
  package let hours: DailyHours
  package let weekdays: Weekdays
  package let zone: ZoneRules

  package init(hours: DailyHours, weekdays: Weekdays = .all, zone: ZoneRules = .utc) {
    self.hours = hours
    self.weekdays = weekdays
    self.zone = zone
  }

  /// Whether a moment, given in seconds since 1970, is in the window.
  ///
  /// Takes no lock, allocates nothing and cannot trap.
  package func contains(_ epoch: Int64) -> Bool {
    let local = epoch &+ Int64(zone.offset(at: epoch))
    var day = local / 86_400
    var second = local % 86_400
    if second < 0 {
      second &+= 86_400
      day &-= 1
    }
    let minute = UInt16(truncatingIfNeeded: second / 60)
    if hours.start < hours.end {
      return weekdays.contains(day: day) && hours.start <= minute && minute < hours.end
    }
    return minute >= hours.start && weekdays.contains(day: day)
      || minute < hours.end && weekdays.contains(day: day &- 1)
  }
}

/// A time of day to another one, in minutes after midnight. The end does not belong to it. If it is before the start, it
/// is on the next day.
package struct DailyHours: Hashable, Sendable {
  /// 0 to 1,439.
  package let start: UInt16
  /// 0 to 1,440, but not the start.
  package let end: UInt16

  /// Reads `22:00-06:00`. Blanks are allowed around the dash. `00:00-24:00` is the whole day.
  package init(_ text: String) throws(DailyWindowError) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let start = Self.minute(parts[0]), let end = Self.minute(parts[1]),
      start < 1440
    else { throw .notHours }
    if start == end { throw .noHours }
    self.start = start
    self.end = end
  }

  /// The whole day.
  package static let wholeDay = DailyHours(start: 0, end: 1440)

  private init(start: UInt16, end: UInt16) {
    self.start = start
    self.end = end
  }

  private static func minute(_ text: Substring) -> UInt16? {
    let isBlank = { (character: Character) in character == " " || character == "\t" }
    let digits = text.drop(while: isBlank).prefix { !isBlank($0) }
    guard text[digits.endIndex...].allSatisfy(isBlank) else { return nil }
    return minuteOfDay(digits.utf8.span).map { UInt16($0) }
  }
}

/// Days of the week.
package struct Weekdays: OptionSet, Hashable, Sendable {
  /// Bit 0: Monday, to bit 6: Sunday.
  package let rawValue: UInt8

  package init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The whole week.
  package static let all = Weekdays(rawValue: 0x7F)

  /// The names in a configuration, from Monday.
  package static let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  /// Reads a day or a range: `mon`, `mon-fri`, `sat-mon`. Upper-case letters count as lower-case letters.
  package init(_ text: String) throws(DailyWindowError) {
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let days = parts.compactMap { Self.names.firstIndex(of: $0.lowercased()) }
    guard days.count == parts.count, let first = days.first, let last = days.last else {
      throw .notWeekdays
    }
    let length = (last - first + 7) % 7
    self.init((0...length).map { Weekdays(rawValue: 1 << UInt8((first + $0) % 7)) })
  }

  /// Whether the set has the weekday of a day, given in days since 1970-01-01, a Thursday.
  fileprivate func contains(day: Int64) -> Bool {
    let weekday = (day % 7 &+ 10) % 7
    return (rawValue &>> UInt8(truncatingIfNeeded: weekday)) & 1 != 0
  }
}

/// Why a text is not the hours or the weekdays of a window.
package enum DailyWindowError: Error, Hashable, Sendable {
  case notHours, noHours, notWeekdays

  /// The mistake and its correction, as the middle of a sentence.
  package var message: String {
    switch self {
    case .notHours:
      "not a daily window, write two times from 00:00 to 24:00, such as 22:00-06:00"
    case .noHours:
      "the window ends when it begins, write 00:00-24:00 for the whole day"
    case .notWeekdays:
      "not a weekday, write \(Weekdays.names.joined(separator: ", ")), or a range such as mon-fri"
    }
  }
}

extension DailyWindow: CustomStringConvertible {
  /// `22:00-06:00 mon,tue Europe/Berlin`.
  package var description: String {
    let days = Weekdays.names.indices.filter { weekdays.rawValue >> UInt8($0) & 1 != 0 }
      .map { Weekdays.names[$0] }
    let shown = weekdays == .all ? "" : " \(days.joined(separator: ","))"
    return "\(hours)\(shown) \(zone.name)"
  }
}

extension DailyHours: CustomStringConvertible {
  /// `22:00-06:00`.
  package var description: String {
    [start, end].map { minute in
      [minute / 60, minute % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }.joined(separator: "-")
  }
}
