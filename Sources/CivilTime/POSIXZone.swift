import Text

/// The rule of a zone for all times after the changes that its file lists.
///
/// Source: POSIX.1-2017 section 8.3, `TZ`, with the extensions of RFC 8536 section 3.3.1.
struct POSIXZone {
  /// Seconds east of UTC.
  private(set) var standard: Int32 = 0
  private(set) var daylight: Daylight?

  struct Daylight {
    /// Seconds east of UTC.
    var offset: Int32
    /// The start, in standard time.
    var start: YearlyTime
    /// The end, in daylight saving time.
    var end: YearlyTime
  }

  /// A moment of each year.
  struct YearlyTime {
    enum Day {
      /// `Jn`: 1 to 365, without 29 February.
      case julian(Int)
      /// `n`: 0 to 365, with 29 February.
      case ordinal(Int)
      /// `Mm.w.d`: the weekday (0: Sunday) of week 1 to 5 of the month. 5: the last one.
      case weekday(Int, week: Int, month: Int)
    }

    var day: Day
    /// Seconds after midnight; a week more or less at most.
    var time: Int

    /// Local seconds since 1970-01-01.
    func seconds(in year: Int) -> Int64 {
      let newYear = daysSince1970(year: year, month: 1, day: 1)
      let days =
        switch day {
        case .julian(let number): newYear + number - (number < 60 || !isLeapYear(year) ? 1 : 0)
        case .ordinal(let number): newYear + number
        case .weekday(let weekday, let week, let month):
          Self.day(weekday, week: week, month: month, year: year)
        }
      return Int64(days * 86_400 + time)
    }

    private static func day(_ weekday: Int, week: Int, month: Int, year: Int) -> Int {
      let first = daysSince1970(year: year, month: month, day: 1)
      // 1970-01-01 was a Thursday. The remainder is negative before that year.
      let weekdayOfFirst = ((first + 4) % 7 + 7) % 7
      let next = (weekday - weekdayOfFirst + 7) % 7 + 7 * (week - 1)
      return first + (next < dayCount(ofMonth: month, in: year) ? next : next - 7)
    }
  }

  /// All changes of some years, ascending, each with the offset from then on.
  func changes(inYears years: ClosedRange<Int>) -> [(epoch: Int64, offset: Int32)] {
    guard let daylight else { return [] }
    let end = { (year: Int) in daylight.end.seconds(in: year) - Int64(daylight.offset) }
    var changes: [(epoch: Int64, offset: Int32)] = []
    for year in years {
      let start = daylight.start.seconds(in: year) - Int64(standard)
      let ownEnd = end(year)
      if let last = changes.last, start <= last.epoch {
        // Daylight saving time goes on into this year.
        changes.removeLast()
      } else {
        changes.append((start, daylight.offset))
      }
      changes.append((ownEnd > start ? ownEnd : end(year + 1), standard))
    }
    return changes
  }
}

extension POSIXZone {
  /// A rule such as `CET-1CEST,M3.5.0,M10.5.0/3`. Nil: the text is empty.
  init?(_ text: ArraySlice<UInt8>) throws(ZoneError) {
    if text.isEmpty { return nil }
    var reader = POSIXZoneReader(rest: text)
    guard let zone = reader.zone(), reader.rest.isEmpty else {
      throw .damaged("its rule for later years cannot be read")
    }
    self = zone
  }

  fileprivate init(standard: Int, daylight: Daylight?) {
    self.standard = Int32(truncatingIfNeeded: standard)
    self.daylight = daylight
  }
}

/// Reads the text of a rule from left to right. Nil: the text has another form.
private struct POSIXZoneReader {
  var rest: ArraySlice<UInt8>

  mutating func zone() -> POSIXZone? {
    guard skipName(), let west = time(mostHours: 24) else { return nil }
    let standard = -west
    if rest.isEmpty { return POSIXZone(standard: standard, daylight: nil) }
    guard skipName() else { return nil }
    var offset = standard + 3600
    if rest.first != UInt8(ascii: ",") {
      guard let west = time(mostHours: 24) else { return nil }
      offset = -west
    }
    guard skip(","), let start = yearlyTime(), skip(","), let end = yearlyTime() else { return nil }
    return POSIXZone(
      standard: standard,
      daylight: .init(offset: Int32(truncatingIfNeeded: offset), start: start, end: end))
  }

  /// At least three letters, or `<` and `>` around letters, digits and signs.
  private mutating func skipName() -> Bool {
    let isQuoted = skip("<")
    let name = rest.prefix {
      $0.isASCIILetter || isQuoted && ($0.isASCIIDigit || "+-".utf8.contains($0))
    }
    rest = rest[name.endIndex...]
    return name.count >= 3 && (!isQuoted || skip(">"))
  }

  private mutating func yearlyTime() -> POSIXZone.YearlyTime? {
    guard let day = day() else { return nil }
    let twoHours = 7200
    guard skip("/") else { return .init(day: day, time: twoHours) }
    return time(mostHours: 167).map { .init(day: day, time: $0) }
  }

  private mutating func day() -> POSIXZone.YearlyTime.Day? {
    if skip("J") { return number(1...365).map { .julian($0) } }
    guard skip("M") else { return number(0...365).map { .ordinal($0) } }
    guard let month = number(1...12), skip("."), let week = number(1...5), skip("."),
      let weekday = number(0...6)
    else { return nil }
    return .weekday(weekday, week: week, month: month)
  }

  /// Seconds of `h`, `h:mm` or `h:mm:ss` with a sign.
  private mutating func time(mostHours: Int) -> Int? {
    let isNegative = skip("-")
    if !isNegative { _ = skip("+") }
    guard let hours = number(0...mostHours) else { return nil }
    var seconds = hours * 3600
    for unit in [60, 1] where skip(":") {
      guard let part = number(0...59) else { return nil }
      seconds += part * unit
    }
    return isNegative ? -seconds : seconds
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int? {
    let digits = rest.prefix { $0.isASCIIDigit }
    guard (1...3).contains(digits.count) else { return nil }
    rest = rest[digits.endIndex...]
    let value = digits.reduce(0) { $0 * 10 + Int($1 & 0x0F) }
    return range.contains(value) ? value : nil
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }
}
