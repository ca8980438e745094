import Foundation
import SeededRandom
import Synchronization
import Testing

@testable import AccessLog

@Suite(.timeLimit(.minutes(30))) struct LogInputTests {
  /// Numbered lines, some of them long, that fill several blocks.
  private static func numberedLines(_ count: Int) -> String {
    var generator = SeededGenerator(seed: 7)
    return (0..<count).map { number in
      let padding = String(repeating: "x", count: Int.random(in: 0..<4000, using: &generator))
      return "192.0.2.\(number % 256) http://a.example/\(number)/\(padding)\n"
    }.joined()
  }

  private static let manyCount = 2000

  /// A thousand of these fill several blocks.
  private static let longLine =
    "192.0.2.1 http://a.example/\(String(repeating: "x", count: 3000))\n"

  @Test func `blocks hold every line once and in order`() throws {
    try withFile(Self.numberedLines(Self.manyCount).utf8) { file in
      let input = LogInput(files: [file, file])
      let blocks = blocks(of: input)
      #expect(blocks.map(\.number) == Array(0..<blocks.count))
      #expect(blocks.map(\.file) == blocks.map(\.file).sorted())
      let numbers = Totals(blocks).targets.map { $0.split(separator: "/")[2] }
      #expect(numbers == (0..<(2 * Self.manyCount)).map { "\($0 % Self.manyCount)" })
      #expect(input.failures == [])
    }
  }

  @Test func `several threads share the blocks`() async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try Self.numberedLines(Self.manyCount).write(toFile: file, atomically: false, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let input = LogInput(files: [file, file, file])
    let blocks = await withTaskGroup(of: [LogBlock].self) { group in
      for _ in 0..<4 { group.addTask { AccessLogTests.blocks(of: input) } }
      return await group.reduce([]) { $0 + $1 }
    }
    let ordered = blocks.sorted { $0.number < $1.number }
    #expect(ordered.map(\.number) == Array(0..<blocks.count))
    #expect(Totals(ordered).targets.count == 3 * Self.manyCount)
    #expect(input.progress.bytesRead == input.progress.bytesTotal)
  }

  @Test(arguments: ["nginx-combined.log.gz", "nginx-combined.log.zst"])
  func `compressed logs of several parts are decompressed`(name: String) throws {
    let plain = blocks(of: LogInput(files: [fixture("nginx-combined.log")]))
    let input = LogInput(files: [fixture(name)])
    #expect(blocks(of: input).map(\.requestLines) == plain.map(\.requestLines))
    #expect(input.failures == [])
    #expect(input.progress.bytesRead == input.progress.bytesTotal)
  }

  @Test(arguments: ["nginx-combined.log.gz", "nginx-combined.log.zst"])
  func `compressed logs of many blocks are decompressed`(name: String) throws {
    let once = Totals(blocks(of: LogInput(files: [fixture(name)])))
    let part = try Data(contentsOf: URL(fileURLWithPath: fixture(name)))
    let count = 1500
    try withFile([Data](repeating: part, count: count).joined()) { file in
      let input = LogInput(files: [file])
      let blocks = blocks(of: input)
      #expect(blocks.count > 2)
      #expect(Totals(blocks).requests == once.requests * count)
      #expect(Totals(blocks).malformed == once.malformed.mapValues { $0 * count })
      #expect(input.failures == [])
    }
  }

  /// The header of a zstd frame (RFC 8878 section 3.1.1.1) with a window, then a raw block of a line.
  @Test(arguments: [(26, true), (27, false)])
  func `zstd data is decompressed up to a window of 64 MiB`(logarithm: UInt8, isRead: Bool) throws {
    let line = Array("192.0.2.1 http://a.example/\n".utf8)
    let block = UInt32(line.count) << 3 | 1
    let header = [0x28, 0xB5, 0x2F, 0xFD, 0, (logarithm - 10) << 3]
    let size = (0..<3).map { UInt8(truncatingIfNeeded: block >> (8 * $0)) }
    try withFile(header + size + line) { file in
      let input = LogInput(files: [file], format: .requests)
      #expect(Totals(blocks(of: input)).requests == (isRead ? 1 : 0))
      let message = """
        \(file): at byte 4: the zstd data needs a window of more than 64 MiB; decompress it with \
        zstd -dc --memory=2048MB, and read - (standard input)
        """
      #expect(input.failures == (isRead ? [] : [message]))
    }
  }

  @Test func `zeros after gzip data are skipped`() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture("nginx-combined.log.gz")))
    try withFile(data + Data(count: 512)) { file in
      let input = LogInput(files: [file])
      #expect(Totals(blocks(of: input)).lines == 24)
      #expect(input.failures == [])
    }
  }

  @Test(arguments: [
    ("gz", 600, "at byte 600: ends in the middle of its compressed data"),
    ("zst", 600, "at byte 600: ends in the middle of its compressed data"),
  ])
  func `lines before the end of a truncated file count`(
    name: String, length: Int, message: String
  ) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture("nginx-combined.log.\(name)")))
    try withFile(data.prefix(length)) { file in
      let input = LogInput(files: [file, fixture("apache-common.log")])
      let blocks = blocks(of: input)
      #expect((12..<24).contains(blocks[0].lineCount))
      #expect(blocks.last?.lineCount == 23)
      #expect(input.failures == ["\(file): \(message)"])
    }
  }

  @Test func `lines before damaged data count`() throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: fixture("nginx-combined.log.gz")))
    let second = try #require(data.range(of: Data([0x1F, 0x8B]), in: 10..<data.count)).lowerBound
    data[second + 10] = 0xFF
    try withFile(data) { file in
      let input = LogInput(files: [file])
      #expect(Totals(blocks(of: input)).lines == 12)
      #expect(
        input.failures.map { $0.prefix(while: { $0 != "(" }) }
          == ["\(file): at byte \(second + 11): the gzip data is damaged: invalid block type"])
    }
  }

  @Test func `lines with a wrong checksum count, with an error`() throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: fixture("nginx-combined.log.gz")))
    data[data.count - 8] ^= 1
    try withFile(data) { file in
      let input = LogInput(files: [file])
      #expect(Totals(blocks(of: input)).lines == 24)
      #expect(
        input.failures == [
          "\(file): at byte \(data.count - 4): the gzip data is damaged: incorrect data check"
        ])
    }
  }

  @Test func `other data after gzip data is an error`() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture("nginx-combined.log.gz")))
    try withFile(data + Data("192.0.2.1".utf8)) { file in
      let input = LogInput(files: [file])
      #expect(Totals(blocks(of: input)).lines == 24)
      #expect(
        input.failures == [
          "\(file): at byte \(data.count): data other than gzip follows the compressed data"
        ])
    }
  }

  @Test func `files that cannot be read are errors, and the others are read`() throws {
    let directory = FileManager.default.temporaryDirectory.path
    try withFile([0xCE, 0xFA, 0xCE, 0x0A, 2, 0, 0, 0]) { binary in
      let input = LogInput(files: ["/missing.log", directory, binary, fixture("apache-common.log")])
      #expect(
        input.failures == [
          "/missing.log: cannot be opened: No such file or directory",
          "\(directory): is a directory; expected a log file",
          "\(binary): is a binary log of Traffic Server; convert it with traffic_logcat",
        ])
      let blocks = blocks(of: input)
      #expect(blocks.map(\.file) == [3])
    }
  }

  @Test(arguments: [
    (LogBlock.longestLine, "ok"), (LogBlock.longestLine + 1, "too long"),
    (3 * BlockReader.blockSize, "too long"),
  ])
  func `a line over the limit is malformed`(length: Int, result: String) throws {
    let start = "192.0.2.1 http://a.example/"
    let long = start + String(repeating: "x", count: length - start.utf8.count)
    for before in [0, 1, 1000] {
      let short = String(repeating: "192.0.2.1 http://a.example/\n", count: before)
      try withFile("\(short)\(long)\n192.0.2.2 http://b.example/\n".utf8) { file in
        let input = LogInput(files: [file], format: .requests)
        let totals = Totals(blocks(of: input))
        #expect(totals.lines == before + 2)
        #expect(totals.malformed == (result == "ok" ? [:] : [result: 1]))
        #expect(totals.targets.last == "http://b.example/")
      }
    }
  }

  @Test func `a file that ends in a line over the limit loses only that line`()
    throws
  {
    let line = "192.0.2.1 http://a.example/"
    let long = line + String(repeating: "x", count: 3 * BlockReader.blockSize)
    try withFile("\(line)\n\(long)".utf8) { first in
      try withFile("\(line)second\n".utf8) { second in
        let input = LogInput(files: [first, second], format: .requests)
        let totals = Totals(blocks(of: input))
        #expect(totals.targets == ["http://a.example/", "http://a.example/second"])
        #expect(totals.malformed == ["too long": 1])
        #expect(input.failures == [])
      }
    }
  }

  @Test(arguments: [true, false]) func `a byte order mark is not part of the first line`(
    isDetected: Bool
  ) throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let line = Array("192.0.2.1 http://a.example/\n".utf8)
    try withFile(mark + line + line + mark + line) { file in
      let input = LogInput(files: [file], format: isDetected ? nil : .requests)
      let block = try #require(blocks(of: input).first)
      #expect(block.entries.map(\.lineNumber) == [0, 1])
      #expect(block.malformedLines == ["2 no client address"])
    }
    try withFile(mark) { file in
      #expect(blocks(of: LogInput(files: [file], format: .requests)).isEmpty)
    }
  }

  @Test func `CONNECT requests have a host in place of a URL, and a format`() throws {
    let start = "1756720800.123 5 192.0.2.1 TCP_MISS/200 39"
    let end = "- DIRECT/a.example text/html"
    let lines =
      String(repeating: "\(start) CONNECT a.example:443/ \(end)\n", count: 700)
      + String(repeating: "\(start) GET http://a.example/ \(end)\n", count: 3)
    try withFile(lines.utf8) { file in
      let input = LogInput(files: [file])
      let totals = Totals(blocks(of: input))
      #expect(input.formats == ["squid"])
      #expect(totals.requests == 703)
      #expect(totals.malformed == [:])
    }
  }

  @Test(arguments: [
    ("192.0.2.2 http://b.example/", 2, [:]),
    ("192.0.2.2 htt", 1, ["cut off": 1]),
    ("192.0.2.2", 1, ["cut off": 1]),
    ("", 1, [:]),
    ("# comme", 1, [:]),
  ])
  func `a last line without its line break`(
    last: String, requests: Int, malformed: [String: Int]
  ) throws {
    let block = try block("192.0.2.1 http://a.example/\n" + last, format: .requests)
    #expect(block.entries.count == requests)
    #expect(Totals([block]).malformed == malformed)
  }

  @Test func `each file reports its format`() throws {
    try withFile([]) { empty in
      let files = [fixture("nginx-combined.log"), empty, fixture("trafficserver-squid.log")]
      let input = LogInput(files: files)
      _ = blocks(of: input)
      #expect(input.formats == ["combined", nil, "squid"])
      let given = LogInput(files: [files[0]], format: try LogFormat("$remote_addr - $request"))
      _ = blocks(of: given)
      #expect(given.formats == ["$remote_addr - $request"])
    }
  }

  @Test(
    arguments: [
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz"), (Array("BZh91AY&SY".utf8), "bzip2"),
      ([4, 0x22, 0x4D, 0x18, 0x64], "lz4"), (Array("PK\u{3}\u{4}".utf8), "zip"),
      ([0x1F, 0x9D, 0x90], "compress"),
    ] as [([UInt8], String)])
  func `an unsupported compression is reported before anything is read`(
    bytes: [UInt8], name: String
  ) throws {
    try withFile(bytes) { file in
      let input = LogInput(files: [file], format: .requests)
      #expect(
        input.failures == ["\(file): is compressed with \(name); supported are gzip and zstd"])
    }
  }

  @Test(arguments: [("", 2, [:]), ("ple/x\n", 1, ["cut off": 1])])
  func `the last line of a growing file is cut off`(
    rest: String, requests: Int, malformed: [String: Int]
  ) throws {
    let lines = String(repeating: Self.longLine, count: 1000)
    try withFile((lines + "192.0.2.1 http://a.exam").utf8) { file in
      let input = LogInput(files: [file], format: .requests)
      var block = LogBlock()
      #expect(input.next(&block))
      var first = block.entries.count
      let handle = try #require(FileHandle(forWritingAtPath: file))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(rest.utf8))
      let totals = Totals(blocks(of: input))
      first += totals.requests
      #expect(first == 999 + requests)
      #expect(totals.malformed == malformed)
    }
  }

  @Test func `a growing log is read up to its old end`() throws {
    let lines = String(repeating: Self.longLine, count: 1000)
    try withFile(lines.utf8) { file in
      let input = LogInput(files: [file], format: .requests)
      var block = LogBlock()
      var count = 0
      let handle = try #require(FileHandle(forWritingAtPath: file))
      try handle.seekToEnd()
      while input.next(&block) {
        count += block.lineCount
        try handle.write(contentsOf: Data(lines.utf8))
      }
      #expect(count == 1000)
    }
  }

  @Test func `invalid UTF-8 and NUL bytes are bytes`() throws {
    let bytes = Array("192.0.2.1 http://a.example/".utf8) + [0xFF, 0xC3, 0x0A]
    let withNUL = Array("192.0.2.1 http://a.example/".utf8) + [0, 0x0A]
    try withFile(bytes + withNUL) { file in
      let block = try #require(blocks(of: LogInput(files: [file], format: .requests)).first)
      #expect(block.entries.map { Array(block.bytes[$0.url.path.indices]) } == [[0xFF, 0xC3]])
      #expect(block.malformedLines == ["1 no URL"])
    }
  }

  @Test func `rules that read the host need one`() throws {
    let combined = fixture("nginx-combined.log")
    let input = LogInput(
      files: [combined, fixture("apache-vhost_combined.log")], acceptsTargets: false)
    #expect(
      input.failures == [
        """
        \(combined): the requests hold no host, but the rules read it; name it with \
        --base-url http://www.example.com
        """
      ])
    #expect(blocks(of: input).map(\.file) == [1])
  }

  @Test func `a line without a host is malformed if rules read the host`() throws {
    let lines =
      #"{"client":"192.0.2.1","url":"http://a.example/"}"# + "\n"
      + #"{"client":"192.0.2.1","url":"/x"}"# + "\n"
    try withFile(lines.utf8) { file in
      for (baseURL, acceptsTargets, requests) in [
        (nil, false, 1), (nil, true, 2), ("http://b.example", true, 2),
      ] {
        let input = LogInput(
          files: [file], baseURL: baseURL.flatMap { BaseURL($0) }, acceptsTargets: acceptsTargets)
        #expect(Totals(blocks(of: input)).requests == requests)
      }
    }
  }

  @Test(arguments: [
    "www.example.com", "http://www.example.com/path", "http://a@b.example", "http://",
  ])
  func `a base URL is a scheme and a host`(text: String) {
    #expect(BaseURL(text) == nil)
  }
}
