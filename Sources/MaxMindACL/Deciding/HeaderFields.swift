/// The header fields of a request by name, in any case.
package struct HeaderFields: Sendable {
  private let fields: [(name: String, value: [UInt8])]

  /// Stores fields in the order of the request.
  package init(_ fields: [(name: String, value: String)] = []) {
    self.fields = fields.map { (name: $0.name.lowercased(), value: Array($0.value.utf8)) }
  }

  /// The value of the first field with a name; nil: none.
  package func first(_ name: String) -> [UInt8]? {
    if fields.isEmpty { return nil }
    let name = name.lowercased()
    return fields.first { $0.name == name }?.value
  }

  /// The values of all fields with a name, in the order of the request.
  package func all(_ name: String) -> [[UInt8]] {
    if fields.isEmpty { return [] }
    let name = name.lowercased()
    return fields.filter { $0.name == name }.map(\.value)
  }
}

/// The header fields that a policy reads.
package struct PolicyHeaders: Sendable {
  /// The value of the first field named `bypassHeader`; nil: none.
  package fileprivate(set) var bypassValue: [UInt8]?
  /// The values of all fields named `clientHeader`.
  fileprivate(set) var clientLines: [[UInt8]] = []

  /// A request without these fields.
  package init() {}
}

extension Policy {
  /// Selects the header fields that the policy reads.
  package func headers(of fields: HeaderFields) -> PolicyHeaders {
    var headers = PolicyHeaders()
    headers.bypassValue = bypassHeader.flatMap(fields.first)
    headers.clientLines = clientHeader.map(fields.all) ?? []
    return headers
  }
}

/// Whether a text is a valid header field name.
func isHeaderName(_ text: String) -> Bool {
  // Internal names of some proxies begin with an `@`.
  !text.isEmpty && text.utf8.allSatisfy { isTokenCharacter($0) || $0 == UInt8(ascii: "@") }
}

/// Whether a text is a valid header field value (RFC 9110 §5.5): no control characters, and no white space at its ends,
/// which is invisible in YAML.
func isHeaderValue(_ text: String) -> Bool {
  guard let first = text.utf8.first, let last = text.utf8.last else { return false }
  return !isBlank(first) && !isBlank(last)
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

/// Whether an origin may confuse two header field names.
///
/// CGI (RFC 3875 §4.1.18), WSGI, Rack and PHP turn fields into variables. `X-Client-Country`, `x_client_country` and,
/// in some of them, `X.Client.Country` become `HTTP_X_CLIENT_COUNTRY`. So all bytes but letters and digits compare
/// equal. Does not allocate, lock or trap.
package func areOneVariable(
  _ name: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>
) -> Bool {
  guard name.count == other.count else { return false }
  var index = 0
  while index < name.count {
    if unsafe variableByte(name[index]) != variableByte(other[index]) { return false }
    index &+= 1
  }
  return true
}

/// The variable's byte for a byte of the field's name.
func variableByte(_ byte: UInt8) -> UInt8 {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"): byte & ~0x20
  case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
  default: UInt8(ascii: "_")
  }
}

/// Removes names from a comma-separated list, such as the value of `Connection`, in place.
///
/// White space and quotes around an element do not count. Does not allocate, lock or trap. Returns the new length.
package func removeNames(
  from list: UnsafeMutableBufferPointer<UInt8>,
  where isRemoved: (UnsafeBufferPointer<UInt8>) -> Bool
) -> Int {
  var kept = 0
  var start = 0
  while start <= list.count {
    var end = start
    while unsafe end < list.count && list[end] != UInt8(ascii: ",") { end &+= 1 }
    var first = start
    while unsafe first < end && isBlank(list[first]) { first &+= 1 }
    if unsafe !isRemoved(unquoted(UnsafeBufferPointer(list), from: first, to: end)) {
      // Drop the comma before a removed element.
      var from = kept > 0 ? start &- 1 : first
      while from < end {
        unsafe list[kept] = list[from]
        kept &+= 1
        from &+= 1
      }
    }
    start = end &+ 1
  }
  return kept
}

private func unquoted(
  _ list: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
) -> UnsafeBufferPointer<UInt8> {
  let isAround = { (byte: UInt8) in isBlank(byte) || byte == UInt8(ascii: "\"") }
  var start = start
  var end = end
  while unsafe start < end && isAround(list[start]) { start &+= 1 }
  while unsafe start < end && isAround(list[end &- 1]) { end &-= 1 }
  return unsafe UnsafeBufferPointer(
    start: list.baseAddress.map { unsafe $0 + start }, count: end &- start)
}

/// Whether a byte is white space in a field value: a space or a tab.
func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
