import Foundation
import MaxMindACL

@testable import AccessLog

/// A log of `Tests/Fixtures/logs`. The README there describes how it was made.
func fixture(_ name: String, from file: String = #filePath) -> String {
  let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
  return tests.appendingPathComponent("Fixtures/logs/\(name)").path
}

/// Gives the body the path of a file with some bytes, and removes it afterwards.
func withFile<Result>(
  _ bytes: some Sequence<UInt8>, _ body: (String) throws -> Result
) throws -> Result {
  let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try Data(bytes).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  return try body(file.path)
}

extension LogBlock {
  func text(_ range: ByteRange) -> String {
    String(decoding: bytes[range.indices], as: UTF8.self)
  }

  /// The requests, a line each: the number of the line, client, time, scheme, host, port, path, target.
  var requestLines: [String] {
    entries.map { entry in
      let time = entry.time.map { "\($0)" } ?? "-"
      let url = [entry.url.scheme, entry.url.host, entry.url.port, entry.url.path].map(text)
      return "\(entry.lineNumber) \(entry.client?.description ?? "-") \(time) "
        + url.joined(separator: "|") + " " + text(entry.target)
    }
  }

  /// The other lines: the number of the line, and the mistake.
  var malformedLines: [String] {
    malformed.map { "\($0.lineNumber) \($0.kind.rawValue)" }
  }
}

/// All of a log's blocks in their order.
func blocks(of input: LogInput) -> [LogBlock] {
  var blocks: [LogBlock] = []
  var block = LogBlock()
  while input.next(&block) { blocks.append(block) }
  return blocks
}

/// The one block of a short text.
func block(_ text: String, format: LogFormat?, baseURL: String? = nil) throws -> LogBlock {
  try withFile(text.utf8) { file in
    let input = LogInput(files: [file], format: format, baseURL: baseURL.flatMap { BaseURL($0) })
    return blocks(of: input).first ?? LogBlock()
  }
}

/// The counts of all lines of some logs.
struct Totals: Equatable {
  var lines = 0
  var skipped = 0
  var requests = 0
  var malformed: [String: Int] = [:]
  var targets: [String] = []

  init(_ blocks: [LogBlock]) {
    for block in blocks {
      lines += block.lineCount
      skipped += block.skippedCount
      requests += block.entries.count
      for line in block.malformed { malformed[line.kind.rawValue, default: 0] += 1 }
      targets += block.entries.map { block.text($0.target) }
    }
  }
}
