import Addresses
import Text

/// What a list file lists at one moment.
package struct AddressList: Sendable {
  /// What a list is for, where its content means something else by that.
  package struct Use: Hashable, Sendable {
    /// What becomes of clients in the list; nil: not known.
    package var verdict: Verdict?
    /// The value of nginx's `geo`, or the set of ipset, whose entries list; nil: there is only one.
    package var value: String?

    package init(verdict: Verdict? = nil, value: String? = nil) {
      self.verdict = verdict
      self.value = value
    }
  }

  /// The file, as the operator knows it.
  package var file: String
  /// What it was read for.
  let use: Use
  /// Where it was read from; nil: from no file.
  var path: String?
  /// The entries that have not expired.
  package internal(set) var ranges = AddressRangeList()
  /// The line of each of them.
  package var lines: [UInt32] { linesOfIPv4 + linesOfIPv6 }
  /// How many entries have expired.
  package internal(set) var expiredCount = 0
  /// When the next entry expires, in seconds since 1970; nil: none does.
  package var nextExpiry: Int64? { expiries.nextTime }

  private var linesOfIPv4: [UInt32] = []
  private var linesOfIPv6: [UInt32] = []
  private var expiries = ListExpiries()
  /// The list with the entries that have expired; empty where none ever does.
  private var whole: [AddressList] = []

  init(file: String, use: Use = Use()) {
    self.file = file
    self.use = use
  }

  /// Whether the file has any entry that lists, expired ones counted.
  var hasEntries: Bool { ranges.count + expiredCount > 0 }

  /// Adds an entry that lists its addresses, until it expires.
  mutating func append(_ range: AddressRange, line: Int, until expiry: Int64? = nil) {
    note(expiry, range.isIPv4 ? .listedIPv4 : .listedIPv6)
    ranges.append(range)
    let line = UInt32(truncatingIfNeeded: line)
    if range.isIPv4 { linesOfIPv4.append(line) } else { linesOfIPv6.append(line) }
  }

  /// Adds an entry that takes its addresses out, until it expires.
  mutating func except(_ range: AddressRange, until expiry: Int64? = nil) {
    note(expiry, range.isIPv4 ? .exceptedIPv4 : .exceptedIPv6)
    ranges.except(range)
  }

  private mutating func note(_ expiry: Int64?, _ part: AddressRangeList.Part) {
    if let expiry { expiries.append(expiry, of: part, number: ranges.count(of: part)) }
  }

  /// The same list at a moment, whatever moment this one is for, as if the file were read then.
  func at(_ now: Int64) -> AddressList {
    guard var list = whole.first ?? (expiries.isEmpty ? nil : self) else { return self }
    let whole = [list]
    list.expire(by: now)
    list.whole = whole
    list.path = path
    return list
  }

  /// How many entries expire after a moment and not after another.
  func expiryCount(after start: Int64, upTo end: Int64) -> Int {
    (whole.first?.expiries ?? expiries).count(after: start, upTo: end)
  }

  /// When the last entry that has expired by a moment did; nil: none has.
  func lastExpiry(upTo now: Int64) -> Int64? {
    (whole.first?.expiries ?? expiries).lastTime(upTo: now)
  }

  /// Leaves out the entries that expire until a moment.
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

  /// When entries expire that list some ranges, in seconds since 1970; a range that stays listed is left out.
  ///
  /// Goes through the whole list: for people.
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

  /// How many entries it has: `12 entries, 1 expired`.
  package var size: String {
    counted(ranges.count, "entry", plural: "entries")
      + (expiredCount > 0 ? ", \(grouped(expiredCount)) expired" : "")
  }

  /// What reports say of it: `blocked.conf (12 entries, 1 expired, the next on 2026-12-31T00:00:00Z)`.
  var summary: String {
    var words = [size]
    if let nextExpiry { words.append("the next expires \(isoTime(epoch: nextExpiry))") }
    return "\(file) (\(words.joined(separator: ", ")))"
  }
}

extension AddressList {
  /// The most that a list file may hold: about sixteen million addresses.
  package static let maximumSize = 256 << 20

  /// What a list takes of memory for each byte of its file while it is read, at most.
  static let memoryPerByte = 40

  /// Reads a list as it is at a moment, with everything that is wrong with it.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - file: The file, as the operator knows it.
  ///   - use: What the list is for.
  ///   - now: The moment, in seconds since 1970.
  package static func read(
    _ bytes: [UInt8], file: String, for use: Use = Use(), now: Int64
  ) -> (list: AddressList, diagnostics: [Diagnostic]) {
    var reader = AddressListReader(bytes, file: file, use: use, now: now)
    reader.read()
    return (reader.list.at(now), reader.diagnostics)
  }
}
