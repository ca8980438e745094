/// The UTC date of a time in seconds since 1970, as `2026-09-01`.
///
/// Source: the civil calendar by days from 0000-03-01, in eras of 400 years (146,097 days).
package func isoDate(epoch: UInt64) -> String {
  let days = Int(epoch.quotientAndRemainder(dividingBy: 86_400).quotient) + 719_468
  let era = days / 146_097
  let dayOfEra = days % 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shifted = (5 * dayOfYear + 2) / 153  // months from March
  let day = dayOfYear - (153 * shifted + 2) / 5 + 1
  let month = shifted < 10 ? shifted + 3 : shifted - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return "\(year)-\(padded(month))-\(padded(day))"
}

/// The UTC time of a time in seconds since 1970, as `2026-09-01T12:00:00Z`.
package func isoTime(epoch: Int64) -> String {
  let epoch = UInt64(max(0, epoch))
  let seconds = Int(epoch % 86_400)
  let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(padded)
  return "\(isoDate(epoch: epoch))T\(clock.joined(separator: ":"))Z"
}

/// A number of at most two digits with two: `05`.
package func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

/// Seconds since 1970 for a civil date and a number of seconds after its midnight UTC. Nil: the date does not exist.
package func epoch(year: Int, month: Int, day: Int, seconds: Int) -> Int64? {
  let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  let length = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  guard (1...9999).contains(year), (1...12).contains(month), (1...length).contains(day) else {
    return nil
  }
  let shiftedYear = month > 2 ? year : year - 1
  let era = shiftedYear / 400
  let yearOfEra = shiftedYear % 400
  let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
  let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return Int64((days - 719_468) * 86_400 + seconds)
}

/// Seconds since 1970 for a time such as `2026-12-31T00:00:00Z`, or with `+01:00` in place of `Z`. Nil: the text is
/// not a time.
///
/// Source: RFC 3339, without fractions of seconds.
package func epoch(time text: Span<UInt8>) -> Int64? {
  func isPunctuation(_ index: Int, _ character: Unicode.Scalar) -> Bool {
    text[index] == UInt8(ascii: character)
  }
  func number(_ start: Int, _ digits: Int) -> Int? {
    var value = 0
    for index in start..<(start + digits) {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }
  guard text.count == 20 || text.count == 25, isPunctuation(4, "-"), isPunctuation(7, "-"),
    isPunctuation(10, "T"), isPunctuation(13, ":"), isPunctuation(16, ":"),
    let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
    let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
    hour < 24, minute < 60, second <= 60
  else { return nil }
  var offset = 0
  if text.count == 20 {
    guard isPunctuation(19, "Z") else { return nil }
  } else {
    guard isPunctuation(19, "+") || isPunctuation(19, "-"), isPunctuation(22, ":"),
      let hours = number(20, 2), let minutes = number(23, 2), hours < 24, minutes < 60
    else { return nil }
    offset = (hours * 3600 + minutes * 60) * (isPunctuation(19, "-") ? -1 : 1)
  }
  return epoch(
    year: year, month: month, day: day, seconds: hour * 3600 + minute * 60 + second - offset)
}
