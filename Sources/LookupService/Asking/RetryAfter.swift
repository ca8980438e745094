import Text

/// The seconds that a `Retry-After` header asks for. Nil: the header has another form. A date in the past gives 0.
///
/// Source: RFC 9110 section 10.2.3, with dates of the preferred form alone.
///
/// - Parameter now: Seconds since 1970.
package func retryAfterSeconds(_ header: Span<UInt8>, now: Int64) -> Int64? {
  var range = 0..<header.count
  while let first = range.first, isBlank(header[first]) { range = range.dropFirst() }
  while let last = range.last, isBlank(header[last]) { range = range.dropLast() }
  let text = header.extracting(range)
  if let date = epoch(httpDate: text) { return max(0, date - now) }
  guard !text.isEmpty else { return nil }
  var seconds: Int64 = 0
  for index in 0..<text.count {
    guard text[index].isASCIIDigit else { return nil }
    // A larger number means the same: never.
    seconds = min(seconds * 10 + Int64(text[index] & 0x0F), 1 << 40)
  }
  return seconds
}

private func isBlank(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
}
