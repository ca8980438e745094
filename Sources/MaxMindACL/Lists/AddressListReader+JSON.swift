import Text

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
