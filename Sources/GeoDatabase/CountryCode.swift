/// A country code in upper case: ISO 3166-1 alpha-2, or whatever short code a database carries.
///
/// One to eight ASCII letters, digits and `-`. Compares as text does.
public struct CountryCode: Hashable, Sendable {
  /// The characters from the highest byte on, filled with zeros.
  private let packed: UInt64

  /// A code from its text, put into upper case; nil where it is empty, longer than eight characters or
  /// holds anything but ASCII letters, digits and `-`.
  public init?(_ text: some StringProtocol) {
    self.init(bytes: text.utf8)
  }

  init?(bytes: some Collection<UInt8>) {
    var packed: UInt64 = 0
    var shift = 56
    for byte in bytes {
      guard shift >= 0, let character = Self.upperCased(byte) else { return nil }
      packed |= UInt64(character) << shift
      shift -= 8
    }
    guard packed != 0 else { return nil }
    self.packed = packed
  }

  private static func upperCased(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte & ~0x20
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
    case UInt8(ascii: "-"): byte
    default: nil
    }
  }
}

extension CountryCode: Comparable, CustomStringConvertible {
  /// Orders as the texts do.
  public static func < (left: CountryCode, right: CountryCode) -> Bool {
    left.packed < right.packed
  }

  /// The code in upper case.
  public var description: String {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: packed &>> (56 - 8 * UInt64($0))) }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

extension CountryCode {
  /// The code in eight bytes of memory, filled with zeros.
  package var bytes: UInt64 { packed.bigEndian }

  /// The code of such bytes; nil if they are all zero. Nothing else is checked.
  package init?(uncheckedBytes bytes: UInt64) {
    guard bytes != 0 else { return nil }
    packed = bytes.bigEndian
  }
}
