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

// JSON with a known shape: the lines of Spamhaus DROP, and the object of AWS's ip-ranges.json, which Google also uses.
extension AddressListReader {
  mutating func readJSON() {
    line = 1
    var scanner = JSONScanner(text.bytes, text.range.lowerBound..<text.bytes.count)
    do throws(JSONError) {
      while !scanner.isAtEnd() {
        guard text.bytes[scanner.place] == UInt8(ascii: "{") else {
          reportUnknownJSON(at: scanner.place)
          return
        }
        try readObject(&scanner)
      }
    } catch {
      let place = min(error.place ?? text.bytes.count, text.bytes.count)
      goOn(to: place)
      _ = self.error(
        .badListLine,
        "JSON: \(error.message)" + (error.place == nil ? "; the file may be truncated" : ""),
        at: place..<min(place + 1, text.bytes.count))
    }
  }

  private mutating func readObject(_ scanner: inout JSONScanner) throws(JSONError) {
    let start = scanner.place
    var isKnown = false
    try scanner.members { name, scanner throws(JSONError) in
      switch name {
      case _ where isText(name, "cidr"):
        isKnown = true
        try readText(&scanner)
      case _ where isText(name, "prefixes") || isText(name, "ipv6_prefixes"):
        isKnown = true
        try scanner.elements { scanner throws(JSONError) in try readPrefix(&scanner) }
      case _ where isText(name, "type"):
        let value = try scanner.value()
        if isText(value, "metadata") { isKnown = true }
      default: _ = try scanner.value()
      }
    }
    if !isKnown { reportUnknownJSON(at: start) }
  }

  private static let prefixKeys: [StaticString] = [
    "ip_prefix", "ipv6_prefix", "ipv4Prefix", "ipv6Prefix",
  ]

  private mutating func readPrefix(_ scanner: inout JSONScanner) throws(JSONError) {
    var isKnown = false
    scanner.skipBlanks()
    let start = scanner.place
    try scanner.members { name, scanner throws(JSONError) in
      if Self.prefixKeys.contains(where: { isText(name, $0) }) {
        isKnown = true
        try readText(&scanner)
      } else {
        _ = try scanner.value()
      }
    }
    if !isKnown { reportUnknownJSON(at: start) }
  }

  private mutating func readText(_ scanner: inout JSONScanner) throws(JSONError) {
    let place = try scanner.text().dropFirst().dropLast()
    goOn(to: place.lowerBound)
    if let entry = readAddress(place, spelled: withoutEscapedSlashes(place)) { _ = add(entry) }
  }

  /// The text with `/` for each `\/`, an escape of some JSON writers; nil: no such escape.
  private func withoutEscapedSlashes(_ place: Range<Int>) -> [UInt8]? {
    let bytes = text.bytes[place]
    guard bytes.contains(UInt8(ascii: "\\")) else { return nil }
    return place.filter { index in
      let isEscape = bytes[index] == UInt8(ascii: "\\")
      return !isEscape || index + 1 == place.upperBound || bytes[index + 1] != UInt8(ascii: "/")
    }.map { bytes[$0] }
  }

  /// Whether a quoted text has this content.
  private func isText(_ place: Range<Int>, _ text: StaticString) -> Bool {
    self.text.bytes[place.lowerBound] == UInt8(ascii: "\"")
      && self.text.isEqual(place.dropFirst().dropLast(), text)
  }

  private mutating func reportUnknownJSON(at place: Int) {
    goOn(to: place)
    _ = error(
      .badListLine,
      "unknown JSON: expected Spamhaus's lines with \"cidr\" or AWS's ip-ranges.json, "
        + "or write one address a line", at: place..<(place + 1))
  }
}
