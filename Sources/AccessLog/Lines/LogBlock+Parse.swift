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
    clear(headers: format.headers.count)
    append(
      lines: lines, format: format, base: base, acceptsTargets: acceptsTargets, isCut: isCut,
      isStrict: isStrict)
  }

  /// Forgets all lines.
  ///
  /// - Parameter headers: How many header fields rules read.
  mutating func clear(headers: Int) {
    lineCount = 0
    skippedCount = 0
    entries.removeAll(keepingCapacity: true)
    malformed.removeAll(keepingCapacity: true)
    self.headers.removeAll(keepingCapacity: true)
    headerCount = headers
    if headerLines.count != headers { headerLines = Array(repeating: 0, count: headers) }
    for index in headerLines.indices { headerLines[index] = 0 }
  }

  /// Finds the requests in further lines of the block.
  mutating func append(
    lines: Range<Int>, format: LogFormat, base: URLParts?, acceptsTargets: Bool = true,
    isCut: Bool = false, isStrict: Bool = false
  ) {
    // Taken out of the block, whose other parts change meanwhile.
    var bytes: [UInt8] = []
    swap(&bytes, &self.bytes)
    defer { swap(&bytes, &self.bytes) }
    var places = [ByteRange](repeating: .empty, count: format.headers.count)
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      unsafe places.withUnsafeMutableBufferPointer { places in
        guard let bytes = unsafe LogBytes(buffer) else { return }
        let headers = unsafe HeaderPlaces(places)
        var lines = LineLoop(
          bytes: bytes, range: lines, format: format, first: lineCount, isCut: isCut)
        switch format.layout {
        case .fields(let pattern):
          var parts = RequestParts(
            base: base, escaping: pattern.escaping,
            hasTargets: pattern.hasTargets && acceptsTargets, bytes: bytes, headers: headers)
          parts.hasClientPort = pattern.hasClientPort
          parts.hasUTCTime = pattern.hasUTCTime
          pattern.withMatcher(on: bytes, headers: headers, isStrict: isStrict) { matcher in
            read(&lines, &parts) { matcher.fields(of: $0, time: $1) }
          }
        case .json(let keys):
          var parts = RequestParts(
            base: base, escaping: .json, hasTargets: acceptsTargets, bytes: bytes,
            headers: headers)
          read(&lines, &parts) { line, _ in
            JSONLine.fields(of: line, keys: keys, bytes: bytes, headers: headers)
          }
        }
        lineCount = lines.count
        skippedCount += lines.skipped
        if format.hasResolvedClients { countResolvedClients(format.headers) }
      }
    }
  }

  @inline(__always)
  private mutating func read(
    _ lines: inout LineLoop, _ parts: inout RequestParts,
    _ fields: (Range<Int>, TimeOfRequest) -> FoundFields?
  ) {
    let hasHeaders = parts.headers.count > 0
    while let line = lines.next(&malformed) {
      if hasHeaders { parts.headers.clear() }
      let kind =
        if let found = fields(line, parts.time) {
          parts.append(found, of: line, number: lines.number, to: &entries)
        } else {
          MalformedLine.Kind.fields
        }
      if let kind {
        lines.note(kind, line, &malformed)
      } else if hasHeaders {
        noteHeaders(parts)
      }
    }
  }

  /// Adds the header fields of the last request.
  @inline(never)
  private mutating func noteHeaders(_ parts: RequestParts) {
    entries[entries.count - 1].firstHeader = UInt32(truncatingIfNeeded: headers.count)
    for index in 0..<parts.headers.count {
      if parts.headers[index] != .empty { headerLines[index] += 1 }
      headers.append(parts.headerValue(index))
    }
  }

  /// Counts all requests as ones with the fields that name the client.
  private mutating func countResolvedClients(_ read: [LogHeader]) {
    for (index, header) in read.enumerated() where header.isList {
      headerLines[index] = entries.count
    }
  }
}

/// Iterates over the lines of a block.
private struct LineLoop {
  let bytes: LogBytes
  let range: Range<Int>
  private let comments: Comments
  private let envelope: Envelope
  private let isCut: Bool
  private var place: Int
  /// How many lines there were, with those of the block before them.
  private(set) var count: Int
  /// How many of them are blank or comments.
  private(set) var skipped = 0

  init(bytes: LogBytes, range: Range<Int>, format: LogFormat, first: Int, isCut: Bool) {
    self.bytes = bytes
    self.range = range
    comments = format.comments
    envelope = format.envelope
    count = first
    self.isCut = isCut
    place = range.lowerBound
  }

  /// The number in the block of the last line from `next`, from 0.
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
      if envelope == .none { return start..<end }
      guard let content = envelope.content(of: start..<end, in: bytes) else {
        note(.fields, start..<end, &malformed)
        continue
      }
      if comments.hasNoRequest(content, { bytes[$0] }) {
        skipped += 1
        continue
      }
      return content
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
