import Text

/// The fields that a load reads.
///
/// Records that differ only in other fields are one record, so a small selection makes a small table. Flags are always
/// read.
///
///     let asn = try GeoDatabase.load(path: path, reading: FieldSelection(fields: [.asn]))
///     asn.record(for: client)?.asn  // .value(64496)
package struct FieldSelection: Hashable, Sendable {
  /// The fields.
  package var fields: Set<RecordField>
  /// The places of fields in the records of a vendor that no known path fits. A pointer replaces the known paths.
  package var pointers: [RecordField: JSONPointer]
  /// The same for flags, each of them one flag.
  package var flagPointers: [AnonymityFlags: JSONPointer]
  /// Whether the country is the exact text of `country.iso_code`, without which a record is unreadable, and each flag
  /// is the boolean of its first field.
  package var readsExactly: Bool

  /// A selection. Without arguments, the country.
  package init(
    fields: Set<RecordField> = [.country], pointers: [RecordField: JSONPointer] = [:],
    flagPointers: [AnonymityFlags: JSONPointer] = [:], readsExactly: Bool = false
  ) {
    self.fields = fields
    self.pointers = pointers
    self.flagPointers = flagPointers
    self.readsExactly = readsExactly
  }
}

/// A path to a field of a record, such as `/traits/autonomous_system_number` or `/subdivisions/0/iso_code`.
///
/// Source: RFC 6901. The empty pointer is refused, because a whole record is no value.
package struct JSONPointer: Hashable, Sendable {
  /// The pointer as written.
  package let text: String
  /// The names and indexes, without escapes.
  package let parts: [String]

  /// The maximum length in bytes.
  package static let longest = 256
  /// The maximum number of parts.
  package static let mostParts = 16

  /// A pointer from its text.
  package init(_ text: String) throws(JSONPointerError) {
    guard text.utf8.first == UInt8(ascii: "/") else {
      throw JSONPointerError(message: "a JSON pointer begins with /, such as /country/iso_code")
    }
    guard text.utf8.count <= Self.longest else {
      throw JSONPointerError(message: "a JSON pointer has at most \(Self.longest) bytes")
    }
    let written = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .dropFirst()
    guard written.count <= Self.mostParts else {
      throw JSONPointerError(message: "a JSON pointer has at most \(Self.mostParts) parts")
    }
    var parts: [String] = []
    for part in written {
      guard let part = Self.unescaped(part) else {
        throw JSONPointerError(
          message: "in a JSON pointer 0 or 1 follows ~: ~0 is the character ~, and ~1 is /")
      }
      parts.append(part)
    }
    self.text = text
    self.parts = parts
  }

  /// The index of an array that a part means. Nil: the part is only a name (RFC 6901 section 4).
  package static func index(of part: String) -> Int? {
    let isIndex = part == "0" || (part.utf8.first != UInt8(ascii: "0") && part.utf8.count < 10)
    return isIndex && part.utf8.allSatisfy(\.isASCIIDigit) ? Int(part) : nil
  }

  private static func unescaped(_ part: some Collection<UInt8>) -> String? {
    var bytes: [UInt8] = []
    var rest = part[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "~") else {
        bytes.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
      default: return nil
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A text that is not a JSON pointer.
package struct JSONPointerError: Error, Hashable, Sendable {
  /// The mistake: one sentence without the pointer and without a full stop.
  package let message: String
}
