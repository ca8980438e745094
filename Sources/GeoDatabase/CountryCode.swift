import Text

/// A country as databases and rules name it: an ISO 3166-1 alpha-2 code, or any other text that a vendor writes in
/// its place, such as `CLOUDFLARE`.
///
/// Two letters or digits are put into upper case; any other text stays as it is written. Neither empty nor `-`, with
/// which a record says that it has no country. Compares as text does.
public struct CountryCode: Hashable, Sendable {
  private enum Storage: Hashable {
    /// One to eight ASCII letters, digits and `-`: from the highest byte on, filled with zeros.
    case short(UInt64)
    case text(CountryText)
  }

  private let storage: Storage

  /// The most bytes of a text that a rule can name.
  package static let longest = 64

  /// A country from its text; nil where that is empty, `-`, or longer than 64 bytes.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count <= Self.longest else { return nil }
    self.init(recorded: text.utf8)
  }

  /// A country from the text of a record; nil where that is empty or `-`. Of a longer text only the first 64 bytes
  /// are kept, and it equals no country of a rule.
  init?(recorded bytes: some Collection<UInt8>) {
    if bytes.isEmpty || bytes.elementsEqual([UInt8(ascii: "-")]) { return nil }
    if let packed = Self.packed(bytes) {
      storage = .short(packed)
    } else {
      storage = .text(
        CountryText(
          bytes: Array(bytes.prefix(Self.longest)), isCut: bytes.count > Self.longest, number: 0))
    }
  }

  private init(_ text: CountryText) {
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

  /// Whether it is two ASCII letters, as ISO 3166-1 alpha-2 has them.
  var isTwoLetters: Bool {
    guard case .short(let packed) = storage, packed & 0x0000_ffff_ffff_ffff == 0 else {
      return false
    }
    let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
    return letters.contains(UInt8(truncatingIfNeeded: packed >> 56))
      && letters.contains(UInt8(truncatingIfNeeded: packed >> 48))
  }

  /// The text; the first 64 bytes of a longer one.
  package var text: [UInt8] {
    switch storage {
    case .short(let packed):
      (0..<8).map { UInt8(truncatingIfNeeded: packed &>> (56 - 8 * UInt64($0))) }
        .prefix { $0 != 0 }.map { $0 }
    case .text(let text): text.bytes
    }
  }
}

/// A text that is no short code.
private final class CountryText: Hashable, Sendable {
  let bytes: [UInt8]
  /// Whether `bytes` are only the beginning.
  let isCut: Bool
  /// Its place in `GeoDatabase.countryTexts`, if it is from there.
  let number: Int

  init(bytes: [UInt8], isCut: Bool, number: Int) {
    self.bytes = bytes
    self.isCut = isCut
    self.number = number
  }

  static func == (left: CountryText, right: CountryText) -> Bool {
    left === right || (left.isCut == right.isCut && left.bytes == right.bytes)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
  }
}

extension CountryCode: Comparable, CustomStringConvertible {
  /// Orders as the texts do.
  public static func < (left: CountryCode, right: CountryCode) -> Bool {
    if case .short(let left) = left.storage, case .short(let right) = right.storage {
      return left < right
    }
    return left.text.lexicographicallyPrecedes(right.text)
  }

  /// The text, fit for a terminal and a line of a log: what could steer these is replaced, and `…` stands for the
  /// rest of a text of more than 64 bytes.
  public var description: String {
    let shown = printable(String(decoding: text, as: UTF8.self))
    if case .text(let text) = storage, text.isCut { return shown + "…" }
    return shown
  }
}

// A decision has eight bytes for its country.
extension CountryCode {
  /// Marks a number in place of a text; not a character of a short code.
  package static let numberMark = UInt8(ascii: "~")

  /// The same with its place in `GeoDatabase.countryTexts`.
  func numbered(_ number: Int) -> CountryCode {
    guard case .text(let text) = storage else { return self }
    return CountryCode(CountryText(bytes: text.bytes, isCut: text.isCut, number: number))
  }

  /// Eight bytes of memory: a short code filled with zeros, or `~` and, in decimal, the text's place in
  /// `GeoDatabase.countryTexts`.
  package var handle: UInt64 {
    switch storage {
    case .short(let packed): packed.bigEndian
    case .text(let text):
      ((Self.packed("\(text.number)".utf8) ?? 0) >> 8 | UInt64(Self.numberMark) << 56).bigEndian
    }
  }

  /// The country of a handle by the texts of its database; nil where all bytes are zero.
  package init?(handle: UInt64, of texts: [CountryCode]) {
    let packed = handle.bigEndian
    guard packed != 0 else { return nil }
    guard UInt8(truncatingIfNeeded: packed >> 56) == Self.numberMark else {
      storage = .short(packed)
      return
    }
    let digits = CountryCode(short: packed << 8).text
    guard let number = Int(String(decoding: digits, as: UTF8.self)), texts.indices.contains(number)
    else { return nil }
    self = texts[number]
  }

  private init(short packed: UInt64) {
    storage = .short(packed)
  }
}
