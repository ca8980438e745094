import GeoDatabase

/// What a list file lists at one moment.
package struct AddressList: Sendable {
  /// The file, as the operator knows it.
  package var file: String
  /// Where it was read from; nil: from no file.
  var path: String?
  /// The entries that have not expired.
  package internal(set) var ranges = AddressRangeList()
  /// The line of each of them.
  package var lines: [UInt32] { linesOfIPv4 + linesOfIPv6 }
  /// How many entries have expired.
  package internal(set) var expiredCount = 0
  /// When the next entry expires, in seconds since 1970; nil: none does.
  package internal(set) var nextExpiry: Int64?

  private var linesOfIPv4: [UInt32] = []
  private var linesOfIPv6: [UInt32] = []

  init(file: String) {
    self.file = file
  }

  /// Adds an entry that lists its addresses.
  mutating func append(_ range: AddressRange, line: Int) {
    ranges.append(range)
    let line = UInt32(truncatingIfNeeded: line)
    if range.isIPv4 { linesOfIPv4.append(line) } else { linesOfIPv6.append(line) }
  }

  /// What reports say of it: `blocked.conf (12 entries, 1 expired, the next on 2026-12-31T00:00:00Z)`.
  var summary: String {
    var words = ["\(ranges.count) \(ranges.count == 1 ? "entry" : "entries")"]
    if expiredCount > 0 { words.append("\(expiredCount) expired") }
    if let nextExpiry { words.append("the next expires \(isoTime(epoch: nextExpiry))") }
    return "\(file) (\(words.joined(separator: ", ")))"
  }
}

extension AddressList {
  /// The most that a list file may hold: about sixteen million addresses.
  package static let maximumSize = 256 << 20

  /// What a list takes of memory for each byte of its file while it is loaded, at most.
  static let memoryPerByte = 24

  /// Reads a list as it is at a moment, with everything that is wrong with it.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - file: The file, as the operator knows it.
  ///   - now: The moment, in seconds since 1970.
  package static func read(
    _ bytes: [UInt8], file: String, now: Int64
  ) -> (list: AddressList, diagnostics: [Diagnostic]) {
    var reader = AddressListReader(bytes, file: file, now: now)
    reader.read()
    return (reader.list, reader.diagnostics)
  }
}
