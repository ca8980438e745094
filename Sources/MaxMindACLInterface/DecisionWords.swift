import CMaxMindACL
import GeoDatabase
import MaxMindACL
import Text

/// The names of the reasons, for all policies.
///
/// INVARIANT: only `init` writes, so any thread may read.
@safe private final class ReasonWords: @unchecked Sendable {
  static let shared = ReasonWords()

  /// One cell per code and detail of a reason: the length of its name, then the name. No reason has the code 0: its
  /// cells have the names of the failures.
  private let cells: UnsafeMutablePointer<UInt8>
  private static let cell = 32

  private init() {
    let count = Reason.detailStride * Reason.detailStride * Self.cell
    unsafe cells = .allocate(capacity: count)
    unsafe cells.initialize(repeating: 0, count: count)
    for number in 0..<count / Self.cell {
      let (detail, code) = number.quotientAndRemainder(dividingBy: Reason.detailStride)
      let failure = Failure(rawValue: UInt8(truncatingIfNeeded: detail)).map(\.name)
      let name = code == 0 ? failure ?? "" : Reason(number: number).description
      let text = name.isEmpty ? [] : DecisionWords.word(name.utf8.prefix(Self.cell - 1))
      let cell = number * Self.cell
      unsafe cells[cell] = UInt8(truncatingIfNeeded: text.count)
      for (index, byte) in text.enumerated() { unsafe cells[cell + 1 + index] = byte }
    }
  }

  deinit {
    unsafe cells.deallocate()
  }

  func write(_ code: UInt8, _ detail: UInt8, to text: inout TextWriter) {
    let index = Int(detail & 0x1f) &* Reason.detailStride &+ Int(code & 0x1f)
    let cell = unsafe cells + index &* Self.cell
    unsafe text.append(cell + 1, Int(cell.pointee))
  }
}

/// The words of texts about decisions, precomputed at load so that a request allocates nothing.
///
/// INVARIANT: only `init` writes, so any thread may read.
@safe final class DecisionWords: @unchecked Sendable {
  private let reasons = ReasonWords.shared
  private let file: StableBytes
  /// The base names of the list files, with the numbers of their rules.
  private let lists: [(first: UInt32, end: UInt32, file: StableBytes)]
  private let database: StableBytes
  /// The texts of `Policy.countryTexts`.
  private let countries: [StableBytes]
  let name: StableBytes
  /// The header field that names the client. Nil: there is none.
  private let clientHeader: StableBytes?

  init(_ policy: Policy) {
    file = StableBytes(DecisionWords.baseName(of: policy.configuration.file))
    lists = policy.rules.listFiles.map { list in
      (
        first: UInt32(clamping: list.rules.lowerBound),
        end: UInt32(clamping: list.rules.upperBound),
        file: StableBytes(DecisionWords.baseName(of: list.file))
      )
    }
    countries = policy.countryTexts.map { StableBytes(DecisionWords.word($0.text)) }
    let day = policy.oldestBuild.map { isoDate(epoch: $0) } ?? "-"
    database = StableBytes(Array(day.utf8))
    name = StableBytes(Array(policy.configuration.name.utf8))
    clientHeader = policy.clientHeader.map { StableBytes(DecisionWords.word($0.utf8.prefix(64))) }
  }

  private static func baseName(of path: String) -> [UInt8] {
    let base = path.utf8.split(separator: UInt8(ascii: "/")).last ?? ""[...].utf8
    return word(base.suffix(64))
  }

  /// Bytes as one word of a line: `_` replaces bytes that are not visible ASCII.
  fileprivate static func word(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let word = bytes.map { (0x21...0x7e).contains($0) ? $0 : UInt8(ascii: "_") }
    return word.isEmpty ? [UInt8(ascii: "-")] : word
  }

  /// Writes the name of a reason. An unknown code gets an error's name.
  func writeReason(_ code: UInt8, _ detail: UInt8, to text: inout TextWriter) {
    reasons.write(code, detail, to: &text)
  }

  /// Writes the failure of a decision error: ` error=no-address`. Nothing if the detail is not a failure.
  func writeFailure(_ detail: UInt8, to text: inout TextWriter) {
    guard Failure(rawValue: detail) != nil else { return }
    text.append(" error=")
    reasons.write(0, detail, to: &text)
  }

  /// Writes the country of a decision. False: it has none.
  @inline(__always)
  func writeCountry(
    of decision: UnsafePointer<maxmind_acl_decision>, to text: inout TextWriter
  ) -> Bool {
    let offset = MemoryLayout<maxmind_acl_decision>.offset(of: \.country) ?? 3
    let letters = unsafe UnsafeRawPointer(decision).advanced(by: offset)
      .assumingMemoryBound(to: UInt8.self)
    if unsafe letters[0] == PlaceCode.numberMark {
      return unsafe writeCountry(numbered: letters + 1, to: &text)
    }
    var index = 0
    while index < 8, unsafe letters[index] != 0 {
      let letter = unsafe letters[index]
      text.append(letter > 0x20 && letter < 0x7f ? letter : UInt8(ascii: "_"))
      index &+= 1
    }
    return index > 0
  }

  /// Writes the country with a number of up to seven digits.
  @inline(never)
  private func writeCountry(
    numbered digits: UnsafePointer<UInt8>, to text: inout TextWriter
  ) -> Bool {
    var number = 0
    var index = 0
    while index < 7, unsafe digits[index] != 0 {
      number = number &* 10 &+ Int(unsafe digits[index] & 0x0f)
      index &+= 1
    }
    // In a release build a buffer's subscript, unlike an array's, cannot trap.
    return unsafe countries.withUnsafeBufferPointer { countries in
      guard number < countries.count else { return false }
      unsafe write(unsafe countries[number], to: &text)
      return true
    }
  }

  /// Writes `maxmind.yaml:12`, or the file's name alone if no rule decided. A rule of a list has the list's file name.
  func writePlace(rule: UInt32, line: UInt32, to text: inout TextWriter) {
    unsafe write(file(of: rule), to: &text)
    if line > 0 {
      text.append(UInt8(ascii: ":"))
      text.append(decimal: line)
    }
  }

  private func file(of rule: UInt32) -> StableBytes {
    // In a release build a buffer's subscript, unlike an array's, cannot trap.
    unsafe lists.withUnsafeBufferPointer { lists in
      for index in lists.indices {
        let list = unsafe lists[index]
        if list.first <= rule, rule < list.end { return list.file }
      }
      return file
    }
  }

  /// Writes the day on which the database was built. `-`: unknown.
  @inline(__always)
  func writeDatabase(to text: inout TextWriter) {
    unsafe write(database, to: &text)
  }

  /// Writes the source of a client's address.
  func writeSource(_ source: UInt8, to text: inout TextWriter) {
    if UInt32(source) == MAXMIND_ACL_CLIENT_VERIFIED.rawValue {
      text.append("verified")
    } else if let clientHeader {
      unsafe write(clientHeader, to: &text)
    } else {
      text.append("-")
    }
  }

  func writeName(to text: inout TextWriter) {
    unsafe write(name, to: &text)
  }

  @unsafe private func write(_ bytes: StableBytes, to text: inout TextWriter) {
    if let start = unsafe bytes.start {
      unsafe text.append(
        UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), bytes.count)
    }
  }

  /// Whether `writeDatabase` writes a day.
  var hasDatabaseDay: Bool { database.count > 1 }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_reason_name(_ reason: UInt8) -> UnsafePointer<CChar>? {
  guard let word = Step(rawValue: reason)?.word else { return nil }
  return unsafe UnsafeRawPointer(word.utf8Start).assumingMemoryBound(to: CChar.self)
}
