import Addresses
import Text

/// The state of a CSV reader between rows.
struct CSVRows {
  /// The number of fields in the first row.
  fileprivate var fieldCount: Int?
  /// Whether a quoted field continues on the next line.
  fileprivate var isQuoted = false
  /// The row in which that field began.
  var openQuote: AddressListReader.Quotation?
}

// Rows of CSV (RFC 4180). The first field is an address, a prefix or a range, or the first two are the ends of a range.
extension AddressListReader {
  mutating func readRow() {
    if rows.isQuoted {
      _ = text.takeFields(&rows.isQuoted)
      if !rows.isQuoted { rows.openQuote = nil }
      return
    }
    guard let byte = text.next(), byte != UInt8(ascii: ";") else { return }
    let first = text.takeField(&rows.isQuoted)
    if rows.fieldCount == nil, isColumnName(first) {
      rows.fieldCount = endRow(first)
      return
    }
    guard var entry = readAddress(first) else {
      _ = endRow(first)
      return
    }
    var isFine = true
    var commas = 0
    if text.takeComma() {
      commas += 1
      let second = text.takeField(&rows.isQuoted)
      if let last = address(second) {
        isFine = extend(&entry, to: last, second)
        if isFine, text.takeComma() {
          commas += 1
          let third = text.takeField(&rows.isQuoted)
          if address(third) != nil { isFine = reportSeveral(third) }
        }
      }
    }
    let fieldCount = commas + endRow(first)
    if text.isEndOfFile(text.range.upperBound), let expected = rows.fieldCount,
      fieldCount < expected, isFine
    {
      isFine = error(
        .badListLine,
        "the last row has \(counted(fieldCount, "field")), the first \(expected); "
          + "the file may be truncated", at: first)
    }
    if rows.fieldCount == nil { rows.fieldCount = fieldCount }
    if isFine { _ = add(entry) }
  }

  /// Takes the rest of a row. Returns the number of fields, including the last field read.
  private mutating func endRow(_ first: Range<Int>) -> Int {
    let commas = text.takeFields(&rows.isQuoted)
    if rows.isQuoted { rows.openQuote = quoted(first) }
    return commas + 1
  }

  /// Whether a field is a column name: it begins with a letter and has no `.`, `:` or `/`.
  private func isColumnName(_ field: Range<Int>) -> Bool {
    guard let first = text.bytes[field].first, first.isASCIILetter else { return false }
    return !text.bytes[field].contains { ".:/".utf8.contains($0) }
  }

  /// The address, prefix or range of a field; nil: another value.
  private func address(_ field: Range<Int>) -> AddressRange? {
    let bytes = text.bytes[field]
    guard let first = bytes.first, first.hexadecimalValue != nil || first == UInt8(ascii: ":"),
      bytes.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") })
    else { return nil }
    return try? AddressRange.parse(text.bytes.span.extracting(field)).range
  }

  /// Extends the first address to a range that ends with the second.
  private mutating func extend(
    _ entry: inout Entry, to last: AddressRange, _ place: Range<Int>
  ) -> Bool {
    let isSingle = { (place: Range<Int>, bytes: [UInt8]) in
      !bytes[place].contains { "/-".utf8.contains($0) }
    }
    guard isSingle(entry.place, text.bytes), isSingle(place, text.bytes) else {
      return reportSeveral(place)
    }
    guard entry.range.isIPv4 == last.isIPv4 else {
      return error(.badAddress, AddressRangeError.mixedFamilies.message, at: place)
    }
    guard let range = AddressRange(first: entry.range.first, last: last.last) else {
      return error(.badAddress, AddressRangeError.reversed.message, at: place)
    }
    entry.range = range
    return true
  }

  private mutating func reportSeveral(_ place: Range<Int>) -> Bool {
    error(
      .badListLine,
      "expected one address, prefix or range a line",
      at: place)
  }
}
