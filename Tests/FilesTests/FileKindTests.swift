import Files
import Testing

/// The kind of a file by its first bytes.
@Suite struct FileKindTests {
  static let tar = [UInt8](repeating: 0, count: 257) + Array("ustar\u{0}00".utf8)

  @Test(
    "a kind is known by its first bytes",
    arguments: [
      ([0x1F, 0x8B, 8, 0], .gzip), (Array("BZh91AY".utf8), .bzip2),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], .xz), ([0x28, 0xB5, 0x2F, 0xFD], .zstd),
      (Array("PK\u{3}\u{4}".utf8), .zip), (Array("PK\u{5}\u{6}".utf8), .zip), (tar, .tar),
      (Array("%PDF-1.4".utf8), .pdf), (Array("SQLite format 3\0".utf8), .sqlite),
      ([0xFF, 0xFE, 0x31, 0], .utf16), ([0xFE, 0xFF, 0, 0x31], .utf16),
      (Array("<!DOCTYPE html>".utf8), .html), (Array("\u{FEFF}\r\n <HTML lang=en>".utf8), .html),
      (Array("<!-- error -->".utf8), .html), (Array("<?xml version='1.0'?>".utf8), .xml),
      (Array("{\"a\":1}".utf8), .json), (Array("\u{FEFF}\n{\n  \"a\": 1}".utf8), .json),
      (Array("{ }".utf8), .json), (Array("[{}]".utf8), .json), (Array("[ \"a\"]".utf8), .json),
    ] as [([UInt8], FileKind)])
  func known(_ bytes: [UInt8], _ kind: FileKind) {
    #expect(FileKind(bytes) == kind)
  }

  @Test(
    "other files are of no kind",
    arguments: [
      "", "\n", "10.0.0.1\n", "# {\"a\"\n", "geo $x {\n", "{ 10.0.0.1 1; }", "{", "[2001:db8::1]",
      "[", "<", "<RequireAll>", "PK", "us,tar", "\u{AB}\u{CD}\u{EF}MaxMind.com",
    ])
  func unknown(_ text: String) {
    #expect(FileKind(Array(text.utf8)) == nil)
  }

  @Test("each cut of a file has a kind or none", arguments: [0, 1, 5, 256, 257, 261])
  func cuts(_ count: Int) {
    #expect(FileKind(Array(Self.tar.prefix(count))) == nil)
    #expect(FileKind(Array("<!DOCTYPE html>".utf8.prefix(min(count, 13)))) == nil)
  }
}
