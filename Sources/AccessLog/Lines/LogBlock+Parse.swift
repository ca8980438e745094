import MaxMindACL

extension LogBlock {
  /// The longest line that is read, in bytes.
  static let longestLine = 256 << 10

  /// Finds the requests in some lines.
  ///
  /// - Parameters:
  ///   - lines: Where the lines stand in `bytes`. The last may lack its line break.
  ///   - format: How they are written.
  ///   - base: Where the parts of the base URL stand.
  ///   - acceptsTargets: Whether requests may have no host.
  ///   - isCut: Whether a last line without its line break is but the beginning of one.
  ///   - isStrict: Whether lines have to be of the format up to their end.
  mutating func parse(
    lines: Range<Int>, format: LogFormat, base: URLParts?, acceptsTargets: Bool = true,
    isCut: Bool = false, isStrict: Bool = false
  ) {
    lineCount = 0
    skippedCount = 0
    entries.removeAll(keepingCapacity: true)
    malformed.removeAll(keepingCapacity: true)
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      guard let bytes = unsafe LogBytes(buffer) else { return }
      var lines = LineLoop(bytes: bytes, range: lines, comments: format.comments, isCut: isCut)
      switch format.layout {
      case .fields(let pattern):
        var parts = RequestParts(
          base: base, escaping: pattern.escaping, hasTargets: pattern.hasTargets && acceptsTargets,
          bytes: bytes)
        pattern.withMatcher(on: bytes, isStrict: isStrict) { matcher in
          while let line = lines.next(&malformed) {
            let kind: MalformedLine.Kind?
            if let fields = matcher.fields(of: line, time: parts.time) {
              kind = parts.append(fields, of: line, number: lines.number, to: &entries)
            } else {
              kind = .fields
            }
            if let kind { lines.note(kind, line, &malformed) }
          }
        }
      case .json(let keys):
        var parts = RequestParts(
          base: base, escaping: .json, hasTargets: acceptsTargets, bytes: bytes)
        while let line = lines.next(&malformed) {
          var object = JSONLine(line, keys: keys, bytes: bytes)
          let kind: MalformedLine.Kind?
          if let fields = object.fields() {
            kind = parts.append(fields, of: line, number: lines.number, to: &entries)
          } else {
            kind = .fields
          }
          if let kind { lines.note(kind, line, &malformed) }
        }
      }
      lineCount = lines.count
      skippedCount = lines.skipped
    }
  }
}

/// Goes through the lines of a block.
private struct LineLoop {
  let bytes: LogBytes
  let range: Range<Int>
  private let comments: Comments
  private let isCut: Bool
  private var place: Int
  /// How many lines were met.
  private(set) var count = 0
  /// How many of them are empty or comments.
  private(set) var skipped = 0

  init(bytes: LogBytes, range: Range<Int>, comments: Comments, isCut: Bool) {
    self.bytes = bytes
    self.range = range
    self.comments = comments
    self.isCut = isCut
    place = range.lowerBound
  }

  /// The number of the line that `next` returned, from 0.
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

  /// Notes that a line holds no request. One that lacks its line break was cut off.
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
