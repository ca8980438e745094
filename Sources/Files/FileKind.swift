/// A kind of file, recognised by its first bytes, that users often have in place of the right one: a download that is
/// still compressed, or a web page with an error message.
///
/// ```swift
/// if let kind = FileKind(bytes) { print("is \(kind.name); \(kind.advice)") }
/// ```
package enum FileKind: CaseIterable, Hashable, Sendable {
  case gzip, bzip2, xz, zstd, zip, tar, pdf, sqlite, html, xml, json, utf16

  /// The kind, as the middle of a sentence: `a gzip file`.
  package var name: String {
    switch self {
    case .gzip: "a gzip file"
    case .bzip2: "a bzip2 file"
    case .xz: "an xz file"
    case .zstd: "a zstd file"
    case .zip: "a zip archive"
    case .tar: "a tar archive"
    case .pdf: "a PDF document"
    case .sqlite: "an SQLite database"
    case .html: "an HTML page"
    case .xml: "an XML document"
    case .json: "JSON"
    case .utf16: "text in UTF-16"
    }
  }

  /// Advice for such a file, in the imperative.
  package var advice: String {
    switch self {
    case .gzip, .bzip2, .xz, .zstd: "decompress it first"
    case .zip, .tar: "extract the file that is meant from it"
    case .html: "look at it: it may be the error message of a download"
    case .utf16: "save it as UTF-8"
    case .pdf, .sqlite, .xml, .json: "fetch the file in another format"
    }
  }

  /// The kind of a file by its first kilobyte. Nil: none of these. Blanks may precede JSON or a tag.
  package init?(_ bytes: [UInt8]) {
    guard let kind = Self.byMagic(bytes) ?? Self.byText(bytes) else { return nil }
    self = kind
  }

  private static let magic: [(kind: FileKind, offset: Int, bytes: [UInt8])] = [
    (.gzip, 0, [0x1F, 0x8B]),
    (.bzip2, 0, Array("BZh".utf8)),
    (.xz, 0, [0xFD] + Array("7zXZ\0".utf8)),
    (.zstd, 0, [0x28, 0xB5, 0x2F, 0xFD]),
    (.zip, 0, Array("PK\u{3}\u{4}".utf8)),
    (.zip, 0, Array("PK\u{5}\u{6}".utf8)),
    (.tar, 257, Array("ustar".utf8)),
    (.pdf, 0, Array("%PDF-".utf8)),
    (.sqlite, 0, Array("SQLite format 3\0".utf8)),
    (.utf16, 0, [0xFF, 0xFE]),
    (.utf16, 0, [0xFE, 0xFF]),
  ]

  private static func byMagic(_ bytes: [UInt8]) -> FileKind? {
    magic.first { bytes.dropFirst($0.offset).starts(with: $0.bytes) }?.kind
  }

  /// The first tags of an HTML page, in lower case.
  private static let tags = ["!doctype html", "html", "head", "body", "title", "!--"]

  private static func byText(_ bytes: [UInt8]) -> FileKind? {
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = bytes.dropFirst(bytes.starts(with: byteOrderMark) ? 3 : 0)
      .drop { isBlank($0) }
    let rest = text.dropFirst()
    // The first byte of a value, or the end of an empty one.
    let next = rest.first { !isBlank($0) }
    switch text.first {
    case UInt8(ascii: "{"):
      return next.map { "\"}".utf8.contains($0) } == true ? .json : nil
    case UInt8(ascii: "["):
      return next.map { "\"{[]".utf8.contains($0) } == true ? .json : nil
    case UInt8(ascii: "<"):
      let beginning = rest.prefix(16).map { $0 < 0x80 ? $0 | 0x20 : $0 }
      if rest.starts(with: "?xml".utf8) { return .xml }
      let isPage = tags.contains { tag in beginning.starts(with: tag.utf8.map { $0 | 0x20 }) }
      return isPage ? .html : nil
    default: return nil
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (UInt8(ascii: "\t")...UInt8(ascii: "\r")).contains(byte)
  }
}
