import Addresses
import Text

/// The entries of a list file at one moment.
package struct AddressList: Sendable {
  /// The use of a list, which selects among its entries.
  package struct Use: Hashable, Sendable {
    /// The verdict for clients in the list; nil: unknown.
    package var verdict: Verdict?
    /// The value of nginx's `geo`, or the ipset set, that selects the entries; nil: the file has only one.
    package var value: String?

    package init(verdict: Verdict? = nil, value: String? = nil) {
      self.verdict = verdict
      self.value = value
    }
  }

  /// The file, in the operator's spelling.
  package var file: String
  let use: Use
  /// The path that it was read from; nil: no file.
  var path: String?
  /// The entries that have not expired.
  package internal(set) var ranges = AddressRangeList()
  /// The line of each entry.
  package var lines: [UInt32] { linesOfIPv4 + linesOfIPv6 }
  /// The number of expired entries.
  package internal(set) var expiredCount = 0
  /// When the next entry expires, in seconds since 1970; nil: never.
  package var nextExpiry: Int64? { expiries.nextTime }

  private var linesOfIPv4: [UInt32] = []
  private var linesOfIPv6: [UInt32] = []
  private var expiries = ListExpiries()
  /// The list with its expired entries; empty: no entry ever expires.
  private var whole: [AddressList] = []

  init(file: String, use: Use = Use()) {
    self.file = file
    self.use = use
  }

  /// Whether the file has entries that list, including expired ones.
  var hasEntries: Bool { ranges.count + expiredCount > 0 }

  /// Adds an entry that lists its addresses until it expires.
  mutating func append(_ range: AddressRange, line: Int, until expiry: Int64? = nil) {
    note(expiry, range.isIPv4 ? .listedIPv4 : .listedIPv6)
    ranges.append(range)
    let line = UInt32(truncatingIfNeeded: line)
    if range.isIPv4 { linesOfIPv4.append(line) } else { linesOfIPv6.append(line) }
  }

  /// Adds an entry that excludes its addresses until it expires.
  mutating func except(_ range: AddressRange, until expiry: Int64? = nil) {
    note(expiry, range.isIPv4 ? .exceptedIPv4 : .exceptedIPv6)
    ranges.except(range)
  }

  private mutating func note(_ expiry: Int64?, _ part: AddressRangeList.Part) {
    if let expiry { expiries.append(expiry, of: part, number: ranges.count(of: part)) }
  }

  /// The same list at another moment.
  func at(_ now: Int64) -> AddressList {
    guard var list = whole.first ?? (expiries.isEmpty ? nil : self) else { return self }
    let whole = [list]
    list.expire(by: now)
    list.whole = whole
    list.path = path
    return list
  }

  /// The number of entries that expire after `start` and not after `end`.
  func expiryCount(after start: Int64, upTo end: Int64) -> Int {
    (whole.first?.expiries ?? expiries).count(after: start, upTo: end)
  }

  /// The last expiry that is not after a moment; nil: none.
  func lastExpiry(upTo now: Int64) -> Int64? {
    (whole.first?.expiries ?? expiries).lastTime(upTo: now)
  }

  /// Removes the entries that have expired.
  private mutating func expire(by now: Int64) {
    guard let next = nextExpiry, next <= now else { return }
    for part in AddressRangeList.Part.allCases {
      let numbers = expiries.remove(part, by: now)
      ranges.remove(part, numbers)
      switch part {
      case .listedIPv4: linesOfIPv4.remove(numbered: numbers)
      case .listedIPv6: linesOfIPv6.remove(numbered: numbers)
      case .exceptedIPv4, .exceptedIPv6: break
      }
      if part.lists { expiredCount += numbers.count }
    }
  }

  /// When the entries for some ranges expire, in seconds since 1970. A range that stays listed is left out.
  ///
  /// Cost: linear in the list.
  package func expiries(of wanted: Set<AddressRange>) -> [AddressRange: Int64] {
    var times: [AddressRange: Int64] = [:]
    var left: [AddressRange: Int] = [:]
    for number in 0..<ranges.count where wanted.contains(ranges[number]) {
      left[ranges[number], default: 0] += 1
    }
    let parts = [(AddressRangeList.Part.listedIPv4, 0), (.listedIPv6, linesOfIPv4.count)]
    for (part, first) in parts {
      for (time, number) in expiries.times(of: part) {
        let range = ranges[first + Int(number)]
        guard wanted.contains(range) else { continue }
        left[range, default: 0] -= 1
        times[range] = max(times[range] ?? time, time)
      }
    }
    return times.filter { left[$0.key] == 0 }
  }

  /// The number of entries: `12 entries, 1 expired`.
  package var size: String {
    counted(ranges.count, "entry", plural: "entries")
      + (expiredCount > 0 ? ", \(grouped(expiredCount)) expired" : "")
  }

  /// The list in reports: `blocked.conf (12 entries, 1 expired, the next expires 2026-12-31T00:00:00Z)`.
  var summary: String {
    var words = [size]
    if let nextExpiry { words.append("the next expires \(isoTime(epoch: nextExpiry))") }
    return "\(file) (\(words.joined(separator: ", ")))"
  }
}

extension AddressList {
  /// The maximum size of a list file, in bytes: about sixteen million addresses.
  package static let maximumSize = 256 << 20

  /// The maximum memory to read a list, for each byte of its file.
  static let memoryPerByte = 40

  /// Reads a list at a moment, with all its problems.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - file: The file, in the operator's spelling.
  ///   - use: The use of the list.
  ///   - now: The moment, in seconds since 1970.
  package static func read(
    _ bytes: [UInt8], file: String, for use: Use = Use(), now: Int64
  ) -> (list: AddressList, diagnostics: [Diagnostic]) {
    var reader = AddressListReader(bytes, file: file, use: use, now: now)
    reader.read()
    return (reader.list.at(now), reader.diagnostics)
  }
}
