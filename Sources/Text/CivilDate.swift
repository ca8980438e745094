/// A day of the Gregorian calendar.
package struct CivilDay: Hashable, Sendable {
  package var year: Int
  package var month: Int
  package var day: Int

  /// The UTC day of a time in seconds since 1970, up to the end of the year 9999. Does not allocate or trap.
  ///
  /// Source: the civil calendar by days from 0000-03-01, in eras of 400 years (146,097 days).
  package init(epoch: UInt64) {
    let days = Int(truncatingIfNeeded: epoch / 86_400) &+ 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let leapDays = dayOfEra / 1460 &- dayOfEra / 36_524 &+ dayOfEra / 146_096
    let yearOfEra = (dayOfEra &- leapDays) / 365
    let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
    let shifted = (5 &* dayOfYear &+ 2) / 153  // months from March
    day = dayOfYear &- (153 &* shifted &+ 2) / 5 &+ 1
    month = shifted < 10 ? shifted &+ 3 : shifted &- 9
    year = yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0)
  }
}

/// The UTC date of a time in seconds since 1970: `2026-09-01`.
package func isoDate(epoch: UInt64) -> String {
  let day = CivilDay(epoch: epoch)
  return "\(day.year)-\(padded(day.month))-\(padded(day.day))"
}

/// The UTC time of day of a time in seconds since 1970: `14:05:30`, or `14:05`.
package func timeOfDay(epoch: UInt64, hasSeconds: Bool) -> String {
  let second = Int(epoch % 86_400)
  let minutes = "\(padded(second / 3600)):\(padded(second / 60 % 60))"
  return hasSeconds ? "\(minutes):\(padded(second % 60))" : minutes
}

/// The UTC date and time of a time in seconds since 1970: `2026-09-01T12:00:00Z`.
package func isoTime(epoch: Int64) -> String {
  let epoch = UInt64(max(0, epoch))
  return "\(isoDate(epoch: epoch))T\(timeOfDay(epoch: epoch, hasSeconds: true))Z"
}

private func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

/// Seconds since 1970 of a time such as `2026-12-31T00:00:00Z` or `2026-12-31T00:00:00+01:00`. Nil: the text has
/// another form.
///
/// Source: RFC 3339, without fractions of seconds.
package func epoch(time text: Span<UInt8>) -> Int64? {
  let isUTC = text.count == 20 && text[19] == UInt8(ascii: "Z")
  guard isUTC || text.count == 25 && text[22] == UInt8(ascii: ":"), text[10] == UInt8(ascii: "T")
  else { return nil }
  var reader = TimeReader()
  return reader.iso8601(text)
}

/// Seconds since 1970 of a time in a log: epoch seconds, milliseconds, microseconds or nanoseconds,
/// `10/Oct/2000:13:55:36 -0700`, or ISO 8601 with a zone. Nil: the text has another form.
package func epoch(logTime text: Span<UInt8>) -> Int64? {
  var reader = TimeReader()
  if text.count > 4 {
    if text[4] == UInt8(ascii: "-") { return reader.iso8601(text) }
    if text[2] == UInt8(ascii: "/") { return reader.common(text) }
  }
  return reader.count(text)
}

/// Seconds since 1970 of a UTC time in a log without a zone: `2000-10-10 13:55:36`, also with a T or a tab, or
/// `10/Oct/2000:13:55:36.123`. Nil: the text has another form.
package func epoch(utcTime text: Span<UInt8>) -> Int64? {
  var reader = TimeReader()
  guard text.count > 4 else { return nil }
  return text[4] == UInt8(ascii: "-")
    ? reader.iso8601(text, hasZone: false) : reader.common(text, hasZone: false)
}

/// Seconds since 1970 of a date in an HTTP header: `Sun, 06 Nov 1994 08:49:37 GMT`. Nil: the text has another form.
///
/// Source: RFC 9110 section 5.6.7, without its obsolete forms. The day of the week is not compared with the date.
package func epoch(httpDate text: Span<UInt8>) -> Int64? {
  var reader = TimeReader()
  return reader.http(text)
}

/// Seconds east of UTC of an offset such as `+01:00` or `-0330`. Nil: the text has another form.
package func utcOffset(_ text: Span<UInt8>) -> Int? {
  var reader = TimeReader()
  return reader.wholeOffset(text)
}

/// Minutes since midnight of a time of day from `00:00` to `24:00`. Nil: the text has another form.
package func minuteOfDay(_ text: Span<UInt8>) -> Int? {
  var reader = TimeReader()
  return reader.minuteOfDay(text)
}

/// Whether a year of the Gregorian calendar has a 29 February.
package func isLeapYear(_ year: Int) -> Bool {
  year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days since 1970-01-01 of a day of the Gregorian calendar, also before its beginning.
package func daysSince1970(year: Int, month: Int, day: Int) -> Int {
  let shiftedYear = month > 2 ? year : year - 1
  let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
  let yearOfEra = shiftedYear - era * 400
  let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/// The number of days of a month.
package func dayCount(ofMonth month: Int, in year: Int) -> Int {
  month == 2 ? (isLeapYear(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
}

/// Reads the text of a time from left to right.
private struct TimeReader {
  private var place = 0

  /// A number of seconds with or without a fraction. A number over 100 thousand million counts milliseconds,
  /// microseconds or nanoseconds.
  mutating func count(_ text: Span<UInt8>) -> Int64? {
    var value: Int64 = 0
    while place < text.count, text[place].isASCIIDigit {
      guard place < 19 else { return nil }
      let (product, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) = product.addingReportingOverflow(Int64(text[place] & 0x0F))
      guard !first, !second else { return nil }
      value = sum
      place += 1
    }
    guard place > 0, skipFraction(text), place == text.count else { return nil }
    for divisor: Int64 in [1, 1000, 1_000_000, 1_000_000_000]
    where value / divisor < 100_000_000_000 {
      return value / divisor
    }
    return nil
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT`
  mutating func http(_ text: Span<UInt8>) -> Int64? {
    guard text.count == 29, text[3] == UInt8(ascii: ",") else { return nil }
    place = 4
    guard skip(" ", text), let day = number(2, text), skip(" ", text), let month = month(text),
      skip(" ", text), let year = number(4, text), skip(" ", text), let time = clock(text),
      skip(" ", text), skip("G", text), skip("M", text), skip("T", text)
    else { return nil }
    return epoch(year: year, month: month, day: day, seconds: time)
  }

  /// `10/Oct/2000:13:55:36 -0700`
  mutating func common(_ text: Span<UInt8>, hasZone: Bool = true) -> Int64? {
    guard let day = number(2, text), skip("/", text), let month = month(text), skip("/", text),
      let year = number(4, text), skip(":", text), let time = clock(text), skipFraction(text),
      !hasZone || skip(" ", text), let zone = hasZone ? zone(text) : 0, place == text.count
    else { return nil }
    return epoch(year: year, month: month, day: day, seconds: time - zone)
  }

  /// `2000-10-10T13:55:36.25-07:00`, also with a blank for the T, and with `Z` or `-0700`.
  mutating func iso8601(_ text: Span<UInt8>, hasZone: Bool = true) -> Int64? {
    guard let year = number(4, text), skip("-", text), let month = number(2, text),
      skip("-", text), let day = number(2, text),
      skip("T", text) || skip("t", text) || skip(" ", text) || skip("\t", text),
      let time = clock(text), skipFraction(text)
    else { return nil }
    _ = skip(" ", text)
    guard let zone = hasZone ? zone(text) : 0, place == text.count else { return nil }
    return epoch(year: year, month: month, day: day, seconds: time - zone)
  }

  /// An offset and nothing else. `Z` is not an offset.
  mutating func wholeOffset(_ text: Span<UInt8>) -> Int? {
    guard text.count > 1, let zone = zone(text), place == text.count else { return nil }
    return zone
  }

  mutating func minuteOfDay(_ text: Span<UInt8>) -> Int? {
    guard let hour = number(2, text), skip(":", text), let minute = number(2, text), minute < 60,
      place == text.count, hour < 24 || hour == 24 && minute == 0
    else { return nil }
    return hour * 60 + minute
  }

  private mutating func number(_ digits: Int, _ text: Span<UInt8>) -> Int? {
    guard text.count - place >= digits else { return nil }
    var value = 0
    for _ in 0..<digits {
      guard text[place].isASCIIDigit else { return nil }
      value = value * 10 + Int(text[place] & 0x0F)
      place += 1
    }
    return value
  }

  private mutating func skip(_ character: Unicode.Scalar, _ text: Span<UInt8>) -> Bool {
    guard place < text.count, text[place] == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  /// False if no digit follows the point.
  private mutating func skipFraction(_ text: Span<UInt8>) -> Bool {
    guard skip(".", text) || skip(",", text) else { return true }
    let start = place
    while place < text.count, text[place].isASCIIDigit { place += 1 }
    return place > start
  }

  private mutating func month(_ text: Span<UInt8>) -> Int? {
    guard text.count - place >= 3 else { return nil }
    let names: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
    let name = (text[place], text[place + 1], text[place + 2])
    place += 3
    return names.withUTF8Buffer { names in
      (0..<12).first {
        unsafe (names[3 * $0], names[3 * $0 + 1], names[3 * $0 + 2]) == name
      }.map { $0 + 1 }
    }
  }

  private mutating func clock(_ text: Span<UInt8>) -> Int? {
    guard let hour = number(2, text), hour < 24, skip(":", text),
      let minute = number(2, text), minute < 60, skip(":", text),
      let second = number(2, text), second <= 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  /// Seconds east of Greenwich.
  private mutating func zone(_ text: Span<UInt8>) -> Int? {
    if skip("Z", text) || skip("z", text) { return 0 }
    let isWest = skip("-", text)
    guard isWest || skip("+", text), let hours = number(2, text), hours < 24 else { return nil }
    _ = skip(":", text)
    guard let minutes = number(2, text), minutes < 60 else { return nil }
    let seconds = hours * 3600 + minutes * 60
    return isWest ? -seconds : seconds
  }

  /// Seconds since 1970 of a day and the seconds since its midnight UTC. Nil: no calendar has the day.
  private func epoch(year: Int, month: Int, day: Int, seconds: Int) -> Int64? {
    guard (1...9999).contains(year), (1...12).contains(month),
      (1...dayCount(ofMonth: month, in: year)).contains(day)
    else { return nil }
    return Int64(daysSince1970(year: year, month: month, day: day) * 86_400 + seconds)
  }
}
