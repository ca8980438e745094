import Text

/// A place in a database or a rule: a country (ISO 3166-1 alpha-2), a subdivision (ISO 3166-2, `US-CA`), a continent
/// (`EU`), or another text that a vendor uses in its place, such as `CLOUDFLARE`.
///
/// Two letters or digits become upper case. Any other text keeps its case. Never empty and never `-`, because these
/// mean that a record has no place, unless it is made by `init(exactly:)`. Compares as text.
package struct PlaceCode: Hashable, Sendable {
  private enum Storage: Hashable {
    /// One to eight ASCII letters, digits and `-`, from the highest byte on, filled with zeros.
    case short(UInt64)
    case text(PlaceText)
  }

  private let storage: Storage

  /// The longest text of a rule, in bytes.
  package static let longest = 64

  /// A place from its text. Nil: the text is empty, `-`, or longer than 64 bytes.
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count <= Self.longest else { return nil }
    self.init(recorded: text.utf8)
  }

  /// A place from the text of a record. Nil: the text is empty or `-`. A text of more than 64 bytes is cut to 64, and
  /// equals no place of a rule.
  package init?(recorded bytes: some Collection<UInt8>) {
    if bytes.isEmpty || bytes.elementsEqual([UInt8(ascii: "-")]) { return nil }
    if let packed = Self.packed(bytes) {
      storage = .short(packed)
    } else {
      storage = .text(
        PlaceText(
          bytes: Array(bytes.prefix(Self.longest)), isCut: bytes.count > Self.longest, number: 0))
    }
  }

  /// A place that keeps the case of each letter, and may be empty or `-`.
  package init(exactly bytes: some Collection<UInt8>) {
    if let packed = Self.packed(bytes), !bytes.isEmpty,
      PlaceCode(short: packed).text.elementsEqual(bytes)
    {
      storage = .short(packed)
    } else {
      storage = .text(
        PlaceText(
          bytes: Array(bytes.prefix(Self.longest)), isCut: bytes.count > Self.longest, number: 0))
    }
  }

  private init(_ text: PlaceText) {
    storage = .text(text)
  }

  private static func packed(_ bytes: some Collection<UInt8>) -> UInt64? {
    let isPair = bytes.count == 2
    var packed: UInt64 = 0
    var shift = 56
    for byte in bytes {
      guard shift >= 0, isCharacter(byte) else { return nil }
      let isLower = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      packed |= UInt64(isPair && isLower ? byte & ~0x20 : byte) << shift
      shift -= 8
    }
    return packed
  }

  private static func isCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// Whether the text looks like a code: at most eight ASCII letters, digits and `-`.
  package var isShort: Bool {
    if case .short = storage { true } else { false }
  }

  /// Whether the text is two ASCII letters, like a code of ISO 3166-1 alpha-2.
  package var isTwoLetters: Bool {
    guard case .short(let packed) = storage, packed & 0x0000_ffff_ffff_ffff == 0 else {
      return false
    }
    let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
    return letters.contains(UInt8(truncatingIfNeeded: packed >> 56))
      && letters.contains(UInt8(truncatingIfNeeded: packed >> 48))
  }

  /// A subdivision from its text, `US-CA` in any case. Nil: another form.
  package init?(subdivision text: some StringProtocol) {
    guard let place = PlaceCode(text)?.wholeSubdivision else { return nil }
    self = place
  }

  /// The same text in upper case if it is a code of ISO 3166-2: two letters, `-`, and one to three letters or digits.
  package var wholeSubdivision: PlaceCode? {
    guard case .short(let packed) = storage else { return nil }
    let text = text
    let isWhole =
      (4...6).contains(text.count) && text[2] == UInt8(ascii: "-")
      && text.prefix(2).allSatisfy(\.isASCIILetter) && !text.dropFirst(3).contains(text[2])
    return isWhole ? PlaceCode(short: Self.upperCase(packed)) : nil
  }

  /// The subdivision of a country whose code has two letters, from the part after `-`. A part of at most three
  /// characters becomes upper case.
  package func subdivision(of country: PlaceCode) -> PlaceCode {
    let separator = UInt8(ascii: "-")
    guard case .short(let head) = country.storage, case .short(let tail) = storage,
      tail << 24 == 0
    else {
      return PlaceCode(recorded: country.text + [separator] + text) ?? self
    }
    return PlaceCode(short: head | UInt64(separator) << 40 | Self.upperCase(tail) >> 24)
  }

  private static func upperCase(_ packed: UInt64) -> UInt64 {
    stride(from: UInt64(0), to: 64, by: 8).reduce(0) { result, shift in
      let byte = UInt8(truncatingIfNeeded: packed >> shift)
      let isLower = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      return result | UInt64(isLower ? byte & ~0x20 : byte) << shift
    }
  }

  /// The bytes of a code, for a loop that must not allocate.
  package struct Bytes: Sequence, IteratorProtocol {
    fileprivate var rest: UInt64
    fileprivate var text: PlaceText?
    fileprivate var index = 0

    package mutating func next() -> UInt8? {
      if let text {
        defer { index &+= 1 }
        let place = index
        // In a release build a buffer's subscript, unlike an array's, cannot trap.
        return unsafe text.bytes.withUnsafeBufferPointer { bytes in
          unsafe place < bytes.count ? bytes[place] : nil
        }
      }
      let byte = UInt8(truncatingIfNeeded: rest &>> 56)
      rest &<<= 8
      return byte == 0 ? nil : byte
    }
  }

  /// The text, cut to 64 bytes, without an array.
  package var bytes: Bytes {
    switch storage {
    case .short(let packed): Bytes(rest: packed)
    case .text(let text): Bytes(rest: 0, text: text)
    }
  }

  /// The text, cut to 64 bytes.
  package var text: [UInt8] {
    switch storage {
    case .short(let packed):
      (0..<8).map { UInt8(truncatingIfNeeded: packed &>> (56 - 8 * UInt64($0))) }
        .prefix { $0 != 0 }.map { $0 }
    case .text(let text): text.bytes
    }
  }
}

/// A text that is not a short code.
private final class PlaceText: Hashable, Sendable {
  let bytes: [UInt8]
  /// Whether the text was longer than `bytes`.
  let isCut: Bool
  /// The index in `GeoDatabase.countryTexts`, for a text from there.
  let number: Int

  init(bytes: [UInt8], isCut: Bool, number: Int) {
    self.bytes = bytes
    self.isCut = isCut
    self.number = number
  }

  static func == (left: PlaceText, right: PlaceText) -> Bool {
    left === right || (left.isCut == right.isCut && left.bytes == right.bytes)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
  }
}

extension PlaceCode: Comparable, CustomStringConvertible {
  /// Orders by the texts.
  package static func < (left: PlaceCode, right: PlaceCode) -> Bool {
    if case .short(let left) = left.storage, case .short(let right) = right.storage {
      return left < right
    }
    return left.text.lexicographicallyPrecedes(right.text)
  }

  /// The text for a terminal or a log, without control characters. A text of more than 64 bytes ends with `…`.
  package var description: String {
    let shown = printable(String(decoding: text, as: UTF8.self))
    if case .text(let text) = storage, text.isCut { return shown + "…" }
    return shown
  }
}

// A decision stores its country in eight bytes.
extension PlaceCode {
  /// Marks the number of a text. Not a character of a short code.
  @inlinable package static var numberMark: UInt8 { UInt8(ascii: "~") }

  /// The same country with its index in `GeoDatabase.countryTexts`.
  package func numbered(_ number: Int) -> PlaceCode {
    guard case .text(let text) = storage else { return self }
    return PlaceCode(PlaceText(bytes: text.bytes, isCut: text.isCut, number: number))
  }

  /// Eight bytes of memory: a short code filled with zeros, or `~` and the decimal index in `GeoDatabase.countryTexts`.
  package var handle: UInt64 {
    switch storage {
    case .short(let packed): packed.bigEndian
    case .text(let text):
      ((Self.packed("\(text.number)".utf8) ?? 0) >> 8 | UInt64(Self.numberMark) << 56).bigEndian
    }
  }

  /// The country of a handle. `texts` are the ones of its database. Nil: all bytes are zero.
  package init?(handle: UInt64, of texts: [PlaceCode]) {
    let packed = handle.bigEndian
    guard packed != 0 else { return nil }
    guard UInt8(truncatingIfNeeded: packed >> 56) == Self.numberMark else {
      storage = .short(packed)
      return
    }
    let digits = PlaceCode(short: packed << 8).text
    guard let number = Int(String(decoding: digits, as: UTF8.self)), texts.indices.contains(number)
    else { return nil }
    self = texts[number]
  }

  private init(short packed: UInt64) {
    storage = .short(packed)
  }
}
