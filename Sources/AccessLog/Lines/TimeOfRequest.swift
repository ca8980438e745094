import MaxMindACL
import Text

/// Reads times, of which those of neighbouring lines are mostly the same text.
struct TimeOfRequest {
  private var lastText = 0..<0
  private var lastValue: Int64 = 0

  /// Where the last text stands again at a place, its end there.
  @inline(__always)
  func endOfLastText(at start: Int, before end: Int, in bytes: LogBytes) -> Int? {
    guard !lastText.isEmpty, end - start >= lastText.count,
      bytes.isEqual(lastText, to: start)
    else { return nil }
    return start + lastText.count
  }

  /// Forgets the last text, whose bytes are others by now.
  mutating func forget() { lastText = 0..<0 }

  /// Seconds since 1970 UTC; nil if the text is no time.
  @inline(__always)
  mutating func seconds(_ range: Range<Int>, in bytes: LogBytes) -> Int64? {
    if !range.isEmpty, range.count == lastText.count,
      bytes.isEqual(lastText, to: range.lowerBound)
    {
      return lastValue
    }
    guard let value = Self.parse(range, in: bytes) else { return nil }
    lastText = range
    lastValue = value
    return value
  }

  /// Epoch seconds, milliseconds, microseconds or nanoseconds, `10/Oct/2000:13:55:36 -0700`, or ISO 8601 with a
  /// zone.
  static func parse(_ range: Range<Int>, in bytes: LogBytes) -> Int64? {
    var text = TimeText(range: range, bytes: bytes)
    if range.count > 4 {
      let fourth = bytes[range.lowerBound + 4]
      let second = bytes[range.lowerBound + 2]
      if fourth == UInt8(ascii: "-") { return text.iso8601() }
      if second == UInt8(ascii: "/") { return text.common() }
    }
    return text.count()
  }
}

/// The text of a time, read from left to right.
private struct TimeText {
  private var place: Int
  private let end: Int
  private let bytes: LogBytes

  init(range: Range<Int>, bytes: LogBytes) {
    place = range.lowerBound
    end = range.upperBound
    self.bytes = bytes
  }

  /// Whole seconds of a number of seconds with or without a fraction; a number too large for seconds of the
  /// next three thousand years counts thousandths, millionths or billionths.
  mutating func count() -> Int64? {
    var value: Int64 = 0
    let start = place
    while place < end, digit(bytes[place]) <= 9 {
      guard place - start < 19 else { return nil }
      let (product, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) = product.addingReportingOverflow(Int64(digit(bytes[place])))
      guard !first, !second else { return nil }
      value = sum
      place += 1
    }
    guard place > start else { return nil }
    guard skipFraction(), place == end else { return nil }
    for divisor: Int64 in [1, 1000, 1_000_000, 1_000_000_000]
    where value / divisor < 100_000_000_000 {
      return value / divisor
    }
    return nil
  }

  /// `10/Oct/2000:13:55:36 -0700`
  mutating func common() -> Int64? {
    guard let day = number(2), skip("/"), let month = month(), skip("/"),
      let year = number(4), skip(":"), let time = clock(), skipFraction(), skip(" "),
      let zone = zone(),
      place == end
    else { return nil }
    return epoch(year: year, month: month, day: day, seconds: time - zone)
  }

  /// `2000-10-10T13:55:36.25-07:00`, also with a blank for the T, and with `Z` or `-0700`.
  mutating func iso8601() -> Int64? {
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
      skip("T") || skip("t") || skip(" "), let time = clock(), skipFraction()
    else { return nil }
    _ = skip(" ")
    guard let zone = zone(), place == end else { return nil }
    return epoch(year: year, month: month, day: day, seconds: time - zone)
  }

  private mutating func number(_ digits: Int) -> Int? {
    guard end - place >= digits else { return nil }
    var value = 0
    for _ in 0..<digits {
      let next = digit(bytes[place])
      guard next <= 9 else { return nil }
      value = value * 10 + Int(next)
      place += 1
    }
    return value
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard place < end, bytes[place] == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  /// False where a point has no digit behind it.
  private mutating func skipFraction() -> Bool {
    guard place < end, bytes[place] == UInt8(ascii: ".") || bytes[place] == UInt8(ascii: ",") else {
      return true
    }
    place += 1
    let start = place
    while place < end, digit(bytes[place]) <= 9 { place += 1 }
    return place > start
  }

  private mutating func month() -> Int? {
    guard end - place >= 3 else { return nil }
    let names: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
    let name = (bytes[place], bytes[place + 1], bytes[place + 2])
    place += 3
    return names.withUTF8Buffer { names in
      (0..<12).first {
        unsafe (names[3 * $0], names[3 * $0 + 1], names[3 * $0 + 2]) == name
      }.map { $0 + 1 }
    }
  }

  private mutating func clock() -> Int? {
    guard let hour = number(2), hour < 24, skip(":"), let minute = number(2), minute < 60,
      skip(":"),
      let second = number(2), second <= 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  /// Seconds east of Greenwich.
  private mutating func zone() -> Int? {
    if skip("Z") || skip("z") { return 0 }
    let isWest = skip("-")
    guard isWest || skip("+"), let hours = number(2), hours < 24 else { return nil }
    _ = skip(":")
    guard let minutes = number(2), minutes < 60 else { return nil }
    let seconds = hours * 3600 + minutes * 60
    return isWest ? -seconds : seconds
  }
}
