import MaxMindACL
import Text

extension LogFormat {
  /// The lines of a file have no known format.
  struct NotDetected: Error {
    /// A sentence without the file's name and without a full stop.
    var message: String
  }

  /// Detects the format of some lines.
  ///
  /// More than half of the lines have to match. A line with a bad URL counts as a match. Of several such formats, the one
  /// with the most client addresses wins, because a host and the `-` after it look like a host and an unknown client.
  /// If no format matches half of the lines, and only one matches any, it is the format: a log may begin with other
  /// messages.
  ///
  /// - Parameter fields: The format by the directive `#Fields:`. Nil: there is none.
  static func detected(
    by sample: LogSample, fields: LogFormat? = nil
  ) throws(NotDetected) -> LogFormat {
    let formats = known + (fields.map { [$0] } ?? [])
    let envelopes = Envelope.allCases.compactMap { envelope in
      sample.content(of: envelope).map { (envelope: envelope, sample: $0) }
    }
    for share in LogSample.Share.allCases {
      for (envelope, content) in envelopes {
        guard var format = best(of: formats, content, share) else { continue }
        format.envelope = envelope
        return format
      }
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

  /// The format, with the envelope around most lines if the lines match only within it.
  func enveloped(in sample: LogSample) -> LogFormat {
    var format = self
    for isStrict in [true, false] {
      for envelope in Envelope.allCases {
        guard let content = sample.content(of: envelope),
          content.score(self, isStrict: isStrict).lines.count * 2 > content.lineCount
        else { continue }
        format.envelope = envelope
        return format
      }
    }
    return format
  }

  /// The format that matches the lines best. Nil: none matches enough of them.
  private static func best(
    of formats: [LogFormat], _ sample: LogSample, _ share: LogSample.Share
  ) -> LogFormat? {
    var best: (format: LogFormat, score: LogSample.Score)?
    var matched: Set<UInt32> = []
    for format in formats {
      let score = sample.score(format, isStrict: share != .mostBeginnings)
      switch share {
      case .mostLines, .mostBeginnings:
        guard score.lines.count * 2 > sample.lineCount else { continue }
      case .someLines:
        guard format.hasTime || format.isJSON, !score.lines.isEmpty else { continue }
        // Lines of another format.
        if !matched.isEmpty, matched.isDisjoint(with: score.lines) { return nil }
        matched.formUnion(score.lines)
      }
      // Of equal formats, the first one is preferred.
      if let best, !(best.score < score) { continue }
      best = (format, score)
    }
    return best?.format
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
  /// How much of a sample has to match a format.
  enum Share: CaseIterable {
    /// More than half of the lines, each as a whole.
    case mostLines
    /// The beginnings of more than half of the lines.
    case mostBeginnings
    /// Any line as a whole.
    case someLines
  }

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

  /// The prefix of a block, then the lines.
  private let bytes: [UInt8]
  let lineCount: Int
  /// The start of the first line, for messages.
  let beginning: String

  private static let prefix = BlockPrefix(nil).bytes

  /// Nil: all lines are comments or blank.
  init?(
    _ lines: Range<Int>, of bytes: [UInt8], mostLines: Int = 200, mostBytes: Int = 1 << 16
  ) {
    var sample = Self.prefix
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

  private init(bytes: [UInt8], lineCount: Int, beginning: String) {
    self.bytes = bytes
    self.lineCount = lineCount
    self.beginning = beginning
  }

  /// The lines in an envelope. Nil: less than half of the lines have it.
  func content(of envelope: Envelope) -> LogSample? {
    if envelope == .none { return self }
    var source = bytes
    var contents = Self.prefix
    var count = 0
    unsafe source.withUnsafeMutableBufferPointer { buffer in
      guard let bytes = unsafe LogBytes(buffer) else { return }
      var place = Self.prefix.count
      while place < bytes.count {
        let end = bytes.find(0x0A, in: place..<bytes.count) ?? bytes.count
        var line = place..<end
        place = end + 1
        if let last = line.last, bytes[last] == 0x0D { line = line.lowerBound..<last }
        guard let content = envelope.content(of: line, in: bytes) else { continue }
        if Comments.all.hasNoRequest(content, { bytes[$0] }) { continue }
        count += 1
        for index in content { contents.append(bytes[index]) }
        contents.append(0x0A)
      }
    }
    guard count * 2 > lineCount else { return nil }
    return LogSample(bytes: contents, lineCount: count, beginning: beginning)
  }

  /// Finds the lines that match a format.
  func score(_ format: LogFormat, isStrict: Bool) -> Score {
    let read = format.addressList.map { format.reading([$0]) } ?? format
    let block = parsed(read, isStrict: isStrict)
    // Lines with a time are requests, even if clients sent only nonsense.
    guard !block.entries.isEmpty || format.hasTime else { return Score() }
    let malformed = block.malformed.lazy.filter { $0.kind == .url }.map(\.lineNumber)
    let entries = block.entriesWithAddressLists()
    return Score(
      lines: Set(entries.map(\.lineNumber)).union(malformed),
      addresses: entries.count { $0.client != nil })
  }

  func isWithoutHosts(_ format: LogFormat) -> Bool {
    let entries = parsed(format, isStrict: false).entries
    return entries.count { $0.url.host.isEmpty } * 2 > entries.count
  }

  private func parsed(_ format: LogFormat, isStrict: Bool) -> LogBlock {
    var block = LogBlock()
    block.bytes = bytes
    block.parse(
      lines: Self.prefix.count..<bytes.count, format: format, base: nil, isStrict: isStrict)
    return block
  }
}

extension LogBlock {
  /// The requests whose header fields begin with an address, or are empty.
  fileprivate func entriesWithAddressLists() -> [LogEntry] {
    if headerCount == 0 { return entries }
    var copy = bytes
    return unsafe copy.withUnsafeMutableBufferPointer { buffer in
      guard let bytes = unsafe LogBytes(buffer) else { return [] }
      return entries.filter { entry in
        headers[entry.headerIndices(count: headerCount)].allSatisfy {
          $0.isEmpty || bytes.firstAddress($0.indices) != nil
        }
      }
    }
  }
}
