/// The bytes of a database with arbitrary parts, which no writer would make.
package struct DatabaseBytes {
  /// Each node as its two records, 32 bits wide.
  package var nodes: [(left: UInt32, right: UInt32)] = []
  package var data: [UInt8] = []
  package var ipVersion: UInt8
  /// Items of the array `languages`.
  package var languages: [[UInt8]] = [text("en")]
  /// The bytes after the metadata map. Its pointers may lead there.
  package var afterMetadata: [UInt8] = []

  package init(ipVersion: UInt8 = 4) {
    self.ipVersion = ipVersion
  }

  /// The number in a node for the record at an offset of the data.
  package func record(_ offset: Int) -> UInt32 {
    UInt32(nodes.count + 16 + offset)
  }

  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for (left, right) in nodes {
      for record in [left, right] { bytes += Self.bigEndian(record) }
    }
    bytes += [UInt8](repeating: 0, count: 16) + data
    bytes += [0xab, 0xcd, 0xef] + "MaxMind.com".utf8
    return bytes + metadata + afterMetadata
  }

  /// The length of the metadata map, and the offset of `afterMetadata`.
  package var metadataSize: Int { metadata.count }

  private var metadata: [UInt8] {
    Self.map([
      ("binary_format_major_version", [0xa1, 2]), ("binary_format_minor_version", [0xa0]),
      ("build_epoch", [0x01, 0x02, 1]), ("database_type", Self.text("Test")),
      ("description", Self.map([])), ("ip_version", [0xa1, ipVersion]),
      ("languages", Self.array(languages)), ("record_size", [0xa1, 32]),
      ("node_count", [0xc4] + Self.bigEndian(UInt32(nodes.count))),
    ])
  }

  package static func text(_ text: String) -> [UInt8] {
    head(2, text.utf8.count) + text.utf8
  }

  package static func map(_ fields: [(String, [UInt8])]) -> [UInt8] {
    head(7, fields.count) + fields.flatMap { text($0.0) + $0.1 }
  }

  package static func array(_ items: [[UInt8]]) -> [UInt8] {
    let head = head(0, items.count)
    return head.prefix(1) + [4] + head.dropFirst() + items.flatMap(\.self)
  }

  package static func pointer(_ offset: Int) -> [UInt8] {
    [0x38] + bigEndian(UInt32(offset))
  }

  /// The head of a type below 8 with a size below 65,821.
  package static func head(_ kind: UInt8, _ size: Int) -> [UInt8] {
    switch size {
    case ..<29: [kind << 5 | UInt8(size)]
    case ..<285: [kind << 5 | 29, UInt8(size - 29)]
    default: [kind << 5 | 30, UInt8((size - 285) >> 8), UInt8((size - 285) & 0xff)]
    }
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
