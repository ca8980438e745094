import Addresses
import MaxMindACL

extension LogBytes {
  /// The address in a field that is more than one: the first of a list (`X-Forwarded-For` begins with whom the
  /// first proxy saw), without the brackets and the port that may follow.
  func firstAddress(_ field: Range<Int>) -> Address? {
    var field = field
    if let comma = find(UInt8(ascii: ","), in: field) { field = field.lowerBound..<comma }
    while let last = field.last, isBlank(self[last]) { field = field.lowerBound..<last }
    while let first = field.first, isBlank(self[first]) {
      field = (first + 1)..<field.upperBound
    }
    if let address = unsafe Address(buffer.span.extracting(field)) { return address }
    guard let (host, _) = unsafe URLParts.hostAndPort(field, in: buffer.span) else { return nil }
    let isBracketed = self[field.lowerBound] == UInt8(ascii: "[")
    guard let address = unsafe Address(buffer.span.extracting(host)) else { return nil }
    return isBracketed || address.isIPv4 ? address : nil
  }

  /// Where an address begins that is the next word behind some blanks; nil if that is something else.
  func startOfAddress(_ range: Range<Int>) -> Int? {
    guard let start = range.first(where: { !isBlank(self[$0]) }) else { return nil }
    let rest = start..<range.upperBound
    let end = rest.first { isBlank(self[$0]) } ?? rest.upperBound
    return firstAddress(start..<end) == nil ? nil : start
  }
}
