/// Whether a text can be the name of a header field.
func isHeaderName(_ text: String) -> Bool {
  // Traffic Server's internal names begin with an `@`.
  !text.isEmpty && text.utf8.allSatisfy { isTokenCharacter($0) || $0 == UInt8(ascii: "@") }
}

/// Whether a text can be the value of a header field as it is written (RFC 9110 §5.5): no control characters,
/// and no white space at its ends, which nobody would see.
func isHeaderValue(_ text: String) -> Bool {
  let isWhiteSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
  guard let first = text.utf8.first, let last = text.utf8.last else { return false }
  return !isWhiteSpace(first) && !isWhiteSpace(last)
    && text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == UInt8(ascii: "\t") }
}

/// Whether a text is a media type with or without parameters: `text/html; charset=utf-8`.
func isMediaType(_ text: String) -> Bool {
  let type = text.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false)
  guard type.count == 2, let main = type.first, let sub = type.last else { return false }
  return isHeaderName(String(main)) && isHeaderName(String(sub.prefix { $0 != " " }))
    && sub.drop { $0 != " " }.allSatisfy { $0 == " " } && isHeaderValue(text)
    && text.utf8.allSatisfy { $0 < 0x80 }
}

/// Whether a byte may stand in the name of a header field or method: `tchar` of RFC 9110 §5.6.2.
@inlinable
package func isTokenCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default:
    "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}
