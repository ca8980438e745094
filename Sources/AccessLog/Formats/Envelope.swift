import Text

/// What another program wrote around each line of a log. The raw value is its name in reports.
enum Envelope: String, Sendable, CaseIterable {
  case none
  /// Docker's `json-file` driver: `{"log":"LINE\n","stream":"stdout","time":"…"}`.
  case docker
  /// Kubernetes' container runtime interface: `TIME stdout F LINE`.
  case kubernetes
  /// syslog, RFC 3164 and RFC 5424, as it is sent and as files hold it: `Sep  1 10:00:00 HOST PROGRAM[7]: LINE`.
  case syslog

  /// The line within. Nil: there is no such envelope. Replaces the escapes of Docker's JSON in place.
  func content(of line: Range<Int>, in bytes: LogBytes) -> Range<Int>? {
    switch self {
    case .none: line
    case .docker: Self.docker(line, bytes)
    case .kubernetes: Self.kubernetes(line, bytes)
    case .syslog: Self.syslog(line, bytes)
    }
  }

  private static func docker(_ line: Range<Int>, _ bytes: LogBytes) -> Range<Int>? {
    var scanner = JSONByteScanner(bytes, line)
    var found: Range<Int>?
    do throws(JSONError) {
      try scanner.members { name, scanner throws(JSONError) in
        let isLog =
          name.count == 5 && bytes.has("\"log\"", at: name.lowerBound, before: name.upperBound)
        let value = try scanner.value()
        if isLog, bytes[value.lowerBound] == UInt8(ascii: "\"") {
          found = (value.lowerBound + 1)..<(value.upperBound - 1)
        }
      }
    } catch {
      return nil
    }
    guard let escaped = found, scanner.isAtEnd() else { return nil }
    var bytes = bytes
    guard var end = bytes.undoJSONEscapes(in: escaped) else { return nil }
    while end > escaped.lowerBound, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
    return escaped.lowerBound..<end
  }

  private static func kubernetes(_ line: Range<Int>, _ bytes: LogBytes) -> Range<Int>? {
    guard isISOTime(at: line.lowerBound, line.upperBound, bytes) else { return nil }
    var reader = WordReader(line, bytes)
    reader.skipWord()
    guard reader.skip("stdout ") || reader.skip("stderr "), reader.skip("F ") || reader.skip("P ")
    else { return nil }
    return reader.place..<line.upperBound
  }

  private static func syslog(_ line: Range<Int>, _ bytes: LogBytes) -> Range<Int>? {
    var reader = WordReader(line, bytes)
    if reader.skip("<") {
      while !reader.isAtEnd, bytes[reader.place].isASCIIDigit { reader.place += 1 }
      guard reader.skip(">") else { return nil }
      if reader.skip("1 ") { return structured(&reader) }
    }
    if isISOTime(at: reader.place, line.upperBound, bytes) {
      reader.skipWord()
    } else {
      guard reader.skipOldTime() else { return nil }
    }
    // The host may be missing. The program ends with a colon.
    for _ in 0..<2 {
      let start = reader.place
      reader.skipWord()
      if reader.place - start > 2, bytes[reader.place - 1] == 0x20,
        bytes[reader.place - 2] == UInt8(ascii: ":")
      {
        return reader.place..<line.upperBound
      }
    }
    return nil
  }

  /// The message of RFC 5424, after its version: `TIME HOST PROGRAM PROCESS ID [DATA] LINE`.
  private static func structured(_ reader: inout WordReader) -> Range<Int>? {
    for _ in 0..<5 { reader.skipWord() }
    if !reader.skip("-") {
      guard reader.skip("[") else { return nil }
      var isQuoted = false
      while !reader.isAtEnd {
        let byte = reader.bytes[reader.place]
        reader.place += 1
        if byte == UInt8(ascii: "\\") { reader.place += 1 }
        if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
        if byte == UInt8(ascii: "]"), !isQuoted, !reader.skip("[") { break }
      }
    }
    guard reader.skip(" ") else { return nil }
    _ = reader.skip("\u{FEFF}")
    return reader.place..<reader.end
  }

  /// Whether a time such as `2026-09-01T10:00:00` begins at a place.
  private static func isISOTime(at start: Int, _ end: Int, _ bytes: LogBytes) -> Bool {
    end - start > 20 && bytes[start].isASCIIDigit && bytes[start + 4] == UInt8(ascii: "-")
      && bytes[start + 10] == UInt8(ascii: "T") && bytes[start + 13] == UInt8(ascii: ":")
  }
}

/// Steps over the words of a line.
private struct WordReader {
  let bytes: LogBytes
  let end: Int
  var place: Int

  init(_ line: Range<Int>, _ bytes: LogBytes) {
    self.bytes = bytes
    place = line.lowerBound
    end = line.upperBound
  }

  var isAtEnd: Bool { place >= end }

  mutating func skip(_ text: StaticString) -> Bool {
    guard bytes.has(text, at: place, before: end) else { return false }
    place += text.utf8CodeUnitCount
    return true
  }

  /// Steps over a word and the blank after it.
  mutating func skipWord() {
    guard place < end else { return }
    place = bytes.find(0x20, in: place..<end).map { $0 + 1 } ?? end
  }

  /// Steps over `Sep  1 10:00:00 `. False: there is no such time.
  mutating func skipOldTime() -> Bool {
    let length = 16
    guard end - place > length, bytes[place + 3] == 0x20, bytes[place + 6] == 0x20,
      bytes[place + 9] == UInt8(ascii: ":"), bytes[place + 12] == UInt8(ascii: ":"),
      bytes[place + 15] == 0x20, bytes[place + 5].isASCIIDigit, bytes[place].isASCIILetter
    else { return false }
    place += length
    return true
  }
}
