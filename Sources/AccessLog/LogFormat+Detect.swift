import GeoDatabase

extension LogFormat {
  /// A file whose lines are of no known format.
  struct NotDetected: Error {
    /// A sentence without the file's name and without a full stop.
    var message: String
  }

  /// The format of some lines.
  ///
  /// More than half of the first lines have to be of the format; lines of which only the URL is none count
  /// where others hold requests.
  static func detected(by sample: LogSample) throws(NotDetected) -> LogFormat {
    for isStrict in [true, false] {
      let scores = known.map { sample.score($0, isStrict: isStrict) }
      guard let best = scores.max(), best * 2 > sample.lineCount else { continue }
      let winners = zip(known, scores).filter { $0.1 == best }.map(\.0)
      // Formats that read a line alike are in the order of preference.
      if let winner = winners.first { return winner }
    }
    let names = known.map(\.name).joined(separator: ", ")
    throw NotDetected(
      message: """
        the format of the lines is not known (the first is \(sample.beginning)); \
        say which it is with --format: \(names), or a pattern of fields
        """)
  }
}

/// The first lines of a log, for trying formats on.
struct LogSample {
  private static let mostLines = 200
  private static let mostBytes = 1 << 16

  let bytes: [UInt8]
  let lineCount: Int
  /// The start of the first line, as a message shows it.
  let beginning: String

  /// Nil if no line is more than a comment.
  init?(_ lines: Range<Int>, of bytes: [UInt8]) {
    var sample: [UInt8] = []
    var count = 0
    var first: Range<Int>?
    var place = lines.lowerBound
    while place < lines.upperBound, count < Self.mostLines, sample.count < Self.mostBytes {
      let end = bytes[place..<lines.upperBound].firstIndex(of: 0x0A) ?? lines.upperBound
      let line = place..<end
      place = end + 1
      if line.count > Self.mostBytes || Comments.all.hasNoRequest(line, { bytes[$0] }) { continue }
      first = first ?? line
      count += 1
      sample += bytes[line]
      sample.append(0x0A)
    }
    guard let first else { return nil }
    self.bytes = sample
    lineCount = count
    let shown = String(decoding: bytes[first.prefix(60)], as: UTF8.self)
    beginning = "'\(printable(shown))\(first.count > 60 ? "…" : "")'"
  }

  /// How many lines are of a format.
  func score(_ format: LogFormat, isStrict: Bool) -> Int {
    let block = parsed(format, isStrict: isStrict)
    guard !block.entries.isEmpty else { return 0 }
    return block.entries.count + block.malformed.count { $0.kind == .url }
  }

  /// Whether most requests have no host.
  func isWithoutHosts(_ format: LogFormat) -> Bool {
    let entries = parsed(format, isStrict: false).entries
    return entries.count { $0.url.host.isEmpty } * 2 > entries.count
  }

  private func parsed(_ format: LogFormat, isStrict: Bool) -> LogBlock {
    var block = LogBlock()
    block.bytes = bytes
    block.parse(lines: bytes.indices, format: format, base: nil, isStrict: isStrict)
    return block
  }
}
