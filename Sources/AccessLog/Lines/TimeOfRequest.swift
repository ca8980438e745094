import Text

/// Reads times. Neighbouring lines mostly hold the same text, so the last one is cached.
struct TimeOfRequest {
  private var lastText = 0..<0
  private var lastValue: Int64 = 0

  /// The end of the text at a place, if it is the last text again.
  @inline(__always)
  func endOfLastText(at start: Int, before end: Int, in bytes: LogBytes) -> Int? {
    guard !lastText.isEmpty, end - start >= lastText.count,
      bytes.isEqual(lastText, to: start)
    else { return nil }
    return start + lastText.count
  }

  /// Forgets the last text, after its bytes have changed.
  mutating func forget() { lastText = 0..<0 }

  /// Seconds since 1970 UTC. Nil: the text is not a time.
  ///
  /// - Parameter isUTC: Whether the text has no zone and is UTC.
  @inline(__always)
  mutating func seconds(
    _ range: Range<Int>, in bytes: LogBytes, isUTC: Bool = false
  ) -> Int64? {
    if !range.isEmpty, range.count == lastText.count,
      bytes.isEqual(lastText, to: range.lowerBound)
    {
      return lastValue
    }
    let text = unsafe bytes.buffer.span.extracting(range)
    guard let value = isUTC ? epoch(utcTime: text) : epoch(logTime: text) else { return nil }
    lastText = range
    lastValue = value
    return value
  }
}
