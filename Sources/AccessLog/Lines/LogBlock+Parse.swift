import MaxMindACL

extension LogBlock {
  /// The longest line, in bytes. Longer lines are malformed.
  static let longestLine = 256 << 10

  /// Finds the requests in some lines.
  ///
  /// - Parameters:
  ///   - lines: The place of the lines in `bytes`. The last may lack its line break.
  ///   - base: The places of the parts of the base URL.
  ///   - acceptsTargets: Whether requests may have no host.
  ///   - isCut: Whether a last line without its line break is incomplete.
  ///   - isStrict: Whether the whole line must match the format.
  mutating func parse(
    lines: Range<Int>, format: LogFormat, base: URLParts?, acceptsTargets: Bool = true,
    isCut: Bool = false, isStrict: Bool = false
  ) {
    lineCount = 0
    skippedCount = 0
    entries.removeAll(keepingCapacity: true)
    malformed.removeAll(keepingCapacity: true)
    // Taken out of the block, whose other parts change meanwhile.
    var bytes: [UInt8] = []
    swap(&bytes, &self.bytes)
    defer { swap(&bytes, &self.bytes) }
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      guard let bytes = unsafe LogBytes(buffer) else { return }
      var lines = LineLoop(bytes: bytes, range: lines, comments: format.comments, isCut: isCut)
      switch format.layout {
      case .fields(let pattern):
        var parts = RequestParts(
          base: base, escaping: pattern.escaping, hasTargets: pattern.hasTargets && acceptsTargets,
          bytes: bytes)
        pattern.withMatcher(on: bytes, isStrict: isStrict) { matcher in
          read(&lines, &parts) { matcher.fields(of: $0, time: $1) }
        }
      case .json(let keys):
        var parts = RequestParts(
          base: base, escaping: .json, hasTargets: acceptsTargets, bytes: bytes)
        read(&lines, &parts) { line, _ in JSONLine.fields(of: line, keys: keys, bytes: bytes) }
      }
      lineCount = lines.count
      skippedCount = lines.skipped
    }
  }

  @inline(__always)
  private mutating func read(
    _ lines: inout LineLoop, _ parts: inout RequestParts,
    _ fields: (Range<Int>, TimeOfRequest) -> FoundFields?
  ) {
    while let line = lines.next(&malformed) {
      let kind =
        if let found = fields(line, parts.time) {
          parts.append(found, of: line, number: lines.number, to: &entries)
        } else {
          MalformedLine.Kind.fields
        }
      if let kind { lines.note(kind, line, &malformed) }
    }
  }
}

/// Iterates over the lines of a block.
private struct LineLoop {
  let bytes: LogBytes
  let range: Range<Int>
  private let comments: Comments
  private let isCut: Bool
  private var place: Int
  /// How many lines there were.
  private(set) var count = 0
  /// How many of them are blank or comments.
  private(set) var skipped = 0

  init(bytes: LogBytes, range: Range<Int>, comments: Comments, isCut: Bool) {
    self.bytes = bytes
    self.range = range
    self.comments = comments
    self.isCut = isCut
    place = range.lowerBound
  }

  /// The number of the last line from `next`, from 0.
  var number: Int { count - 1 }

  /// The next line that may hold a request, without its line break.
  @inline(__always)
  mutating func next(_ malformed: inout [MalformedLine]) -> Range<Int>? {
    while place < range.upperBound {
      let start = place
      var end = bytes.find(0x0A, in: start..<range.upperBound) ?? range.upperBound
      place = end + 1
      count += 1
      if end - start > LogBlock.longestLine {
        add(.long, start..<end, &malformed)
        continue
      }
      if end > start, bytes[end - 1] == 0x0D { end -= 1 }
      if comments.hasNoRequest(start..<end, { bytes[$0] }) {
        skipped += 1
        continue
      }
      if isCut, place > range.upperBound {
        add(.cutOff, start..<end, &malformed)
        continue
      }
      return start..<end
    }
    return nil
  }

  /// Notes that a line holds no request. A line without its line break was cut off.
  mutating func note(
    _ kind: MalformedLine.Kind, _ line: Range<Int>, _ malformed: inout [MalformedLine]
  ) {
    add(place > range.upperBound ? .cutOff : kind, line, &malformed)
  }

  private mutating func add(
    _ kind: MalformedLine.Kind, _ line: Range<Int>, _ malformed: inout [MalformedLine]
  ) {
    let shown = line.lowerBound..<min(line.upperBound, line.lowerBound + MalformedLine.longestText)
    malformed.append(
      MalformedLine(
        kind: kind, lineNumber: UInt32(truncatingIfNeeded: number), text: ByteRange(shown)))
  }
}
