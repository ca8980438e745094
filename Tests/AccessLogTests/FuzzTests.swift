import Foundation
import SeededRandom
import Testing

@testable import AccessLog

/// Debug builds check every index, so a test that ends has stayed within the bytes.
@Suite struct FuzzTests {
  private static let names = [
    "nginx-combined", "nginx-json", "nginx-pattern", "apache-vhost_combined", "apache-pattern",
    "trafficserver-squid", "trafficserver-extended2", "trafficserver-json",
  ]

  private static let formats: [LogFormat] =
    LogFormat.known
    + [
      FixtureTests.nginxPattern, FixtureTests.apachePattern, #"{"url":"$url","client":"$client"}"#,
    ]
    .compactMap { try? LogFormat($0) }

  @Test(arguments: names)
  func `damaged lines are requests or malformed, in every format`(name: String) throws {
    let sound = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("\(name).log"))))
    var generator = SeededGenerator(seed: 3)
    let nasty = Array("\\\"\"{}[]%#:/@-, \t\r\0\n\u{16}xu".utf8)
    for _ in 0..<15 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1..<200, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch UInt8.random(in: 0..<4, using: &generator) {
        case 0: bytes.remove(at: place)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.insert(nasty.randomElement(using: &generator) ?? 0, at: place)
        default: bytes.removeLast(min(bytes.count - 1, 3))
        }
      }
      let lineBreaks = bytes.count { $0 == 0x0A }
      for format in Self.formats {
        var block = LogBlock()
        block.bytes = bytes
        block.parse(lines: bytes.indices, format: format, base: nil)
        #expect(block.lineCount == lineBreaks + (bytes.last == 0x0A ? 0 : 1))
        #expect(
          block.entries.count + block.malformed.count + block.skippedCount == block.lineCount)
      }
    }
  }

  @Test func `random patterns are errors or read lines`() throws {
    var generator = SeededGenerator(seed: 5)
    let pieces = [
      "$client", "$url", "${", "}", "%<", "chi>", "%{", "%h", "%r", "%", "$", "\"", "[", "]", " ",
      "{\"a\":", ":", ",", "'", "\\", "log_format ", "LogFormat ", "://", "$http_host$request_uri",
    ]
    for _ in 0..<5000 {
      let text = (0..<Int.random(in: 0..<8, using: &generator)).compactMap { _ in
        pieces.randomElement(using: &generator)
      }.joined()
      guard let format = try? LogFormat(text) else { continue }
      var block = LogBlock()
      block.bytes = Array("192.0.2.1 \"GET http://a.example/ HTTP/1.1\" [x] {\"a\":1}\n".utf8)
      block.parse(lines: block.bytes.indices, format: format, base: nil)
      #expect(block.lineCount == 1)
    }
  }
}
