import Text

extension LogFormat {
  /// The lines of a file have no known format.
  struct NotDetected: Error {
    /// A sentence without the file's name and without a full stop.
    var message: String
  }

  /// Detects the format of some lines.
  ///
  /// More than half of the lines have to match. A line with a bad URL counts as a match if other lines hold requests.
  /// Of several such formats, the one with the most client addresses wins, because a host and the `-` after it look
  /// like a host and an unknown client.
  static func detected(by sample: LogSample) throws(NotDetected) -> LogFormat {
    for isStrict in [true, false] {
      var best: (format: LogFormat, score: LogSample.Score)?
      for format in known {
        let score = sample.score(format, isStrict: isStrict)
        guard score.lines.count * 2 > sample.lineCount else { continue }
        // Of equal formats, the first one is preferred.
        if let best, !(best.score < score) { continue }
        best = (format, score)
      }
      if let best { return best.format }
    }
    let names = known.map(\.name).joined(separator: ", ")
    if let (first, second) = mixed(in: sample) {
      throw NotDetected(
        message: """
          the lines have two formats (of the first \(sample.lineCount), \(first.lines) are \
          \(first.name) and \(second.lines) \(second.name)); split the file, or choose one with \
          --format
          """)
    }
    throw NotDetected(
      message: """
        the format of the lines is unknown (the first is \(sample.beginning)); \
        name it with --format: \(names), or a pattern of fields
        """)
  }

  /// Two formats that together match most of the lines.
  private static func mixed(
    in sample: LogSample
  ) -> (first: (name: String, lines: Int), second: (name: String, lines: Int))? {
    let scores = known.map { (name: $0.name, lines: sample.score($0, isStrict: true).lines) }
    var rest: Set<UInt32> = []
    func most() -> (name: String, lines: Set<UInt32>)? {
      var best: (name: String, lines: Set<UInt32>)?
      for (name, lines) in scores {
        let others = lines.subtracting(rest)
        if others.count > best?.lines.count ?? 0 { best = (name, others) }
      }
      return best
    }
    guard let first = most() else { return nil }
    rest = first.lines
    guard let second = most(), (first.lines.count + second.lines.count) * 2 > sample.lineCount
    else { return nil }
    return ((first.name, first.lines.count), (second.name, second.lines.count))
  }
}

/// The first lines of a log, for format detection.
struct LogSample {
  /// How well a format matches some lines.
  struct Score: Comparable {
    /// The numbers of the lines that match.
    var lines: Set<UInt32> = []
    /// How many of them have a client address.
    var addresses = 0

    static func < (left: Score, right: Score) -> Bool {
      (left.addresses, left.lines.count) < (right.addresses, right.lines.count)
    }
  }

  let bytes: [UInt8]
  let lineCount: Int
  /// The start of the first line, for messages.
  let beginning: String

  /// Nil: all lines are comments or blank.
  init?(
    _ lines: Range<Int>, of bytes: [UInt8], mostLines: Int = 200, mostBytes: Int = 1 << 16
  ) {
    var sample: [UInt8] = []
    var count = 0
    var first: Range<Int>?
    var place = lines.lowerBound
    while place < lines.upperBound, count < mostLines, sample.count < mostBytes {
      let end = bytes[place..<lines.upperBound].firstIndex(of: 0x0A) ?? lines.upperBound
      let line = place..<end
      place = end + 1
      if line.count > LogBlock.longestLine || Comments.all.hasNoRequest(line, { bytes[$0] }) {
        continue
      }
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

  /// Finds the lines that match a format.
  func score(_ format: LogFormat, isStrict: Bool) -> Score {
    let block = parsed(format, isStrict: isStrict)
    guard !block.entries.isEmpty else { return Score() }
    let malformed = block.malformed.lazy.filter { $0.kind == .url }.map(\.lineNumber)
    return Score(
      lines: Set(block.entries.map(\.lineNumber)).union(malformed),
      addresses: block.entries.count { $0.client != nil })
  }

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
