import AccessLog

/// Counts the lines of one worker's blocks, and keeps the first malformed ones.
struct LineTally: Sendable {
  private struct Example: Sendable {
    var kind: MalformedLine.Kind
    var block: Int
    var line: Int
    var text: String
  }

  /// The names of the kinds in the order of a report.
  static let kindNames = MalformedLine.Kind.allCases.map(\.rawValue)

  private var lines = 0
  private var requests = 0
  /// Nil: no rule reads the method.
  private var withoutMethod: Int?
  private var malformed: [MalformedLine.Kind: Int] = [:]
  private var examples: [Example] = []
  /// How many lines carry each header field that rules read.
  private var headerLines: [Int] = []

  /// - Parameter readsMethod: Whether a rule reads the method.
  init(readsMethod: Bool = false) {
    if readsMethod { withoutMethod = 0 }
  }

  mutating func add(_ block: borrowing LogBlock) {
    if let count = withoutMethod {
      withoutMethod = count + block.entries.count { $0.method.isEmpty }
    }
    lines += block.lineCount - block.skippedCount
    requests += block.entries.count
    if headerLines.isEmpty { headerLines = block.headerLines.map { _ in 0 } }
    for (index, count) in block.headerLines.enumerated() { headerLines[index] += count }
    for line in block.malformed {
      let count = malformed[line.kind, default: 0]
      malformed[line.kind] = count + 1
      // A worker's blocks come in order, so these are its first lines.
      guard count < Coverage.examplesPerKind, line.text.indices.upperBound <= block.bytes.count
      else {
        continue
      }
      examples.append(
        Example(
          kind: line.kind, block: block.number, line: Int(line.lineNumber),
          text: String(decoding: block.bytes[line.text.indices], as: UTF8.self)))
    }
  }

  /// The coverage of some files by all workers.
  ///
  /// - Parameters:
  ///   - headers: The header fields that rules read.
  ///   - columns: The names of the fields that the workers counted.
  static func coverage(
    of tallies: [LineTally], files: [String], formats: [String?] = [], failures: [String],
    _ places: LinePlaces, headers: [Coverage.Header] = [], columns: [String] = []
  ) -> Coverage {
    var coverage = Coverage(
      files: files, formats: formats.map { $0 ?? "-" }, failures: failures)
    for tally in tallies {
      coverage.lines += tally.lines
      coverage.requests += tally.requests
      if let count = tally.withoutMethod {
        coverage.withoutMethod = (coverage.withoutMethod ?? 0) + count
      }
      for (kind, count) in tally.malformed {
        coverage.malformed[kind.rawValue, default: 0] += count
      }
    }
    coverage.headers =
      headers.isEmpty
      ? nil
      : headers.map { header in
        var header = header
        if let column = columns.firstIndex(of: header.name.lowercased()) {
          header.lines = tallies.reduce(0) {
            $0 + ($1.headerLines.indices.contains(column) ? $1.headerLines[column] : 0)
          }
        }
        return header
      }
    coverage.noteMissingParts()
    let sorted = tallies.flatMap(\.examples).sorted { ($0.block, $0.line) < ($1.block, $1.line) }
    for kind in MalformedLine.Kind.allCases {
      for example in sorted.lazy.filter({ $0.kind == kind }).prefix(Coverage.examplesPerKind) {
        let place = places.place(ofLine: example.line, inBlock: example.block)
        coverage.malformedExamples.append(
          Coverage.Example(
            kind: kind.rawValue, file: place.file, line: place.line, text: example.text))
      }
    }
    return coverage
  }
}

/// The first lines of the blocks of some logs. Four bytes a block.
struct LinePlaces: Sendable {
  private var lineCounts: [UInt32] = []
  /// The first block of each file that has one.
  private var firstBlocks: [Int: Int] = [:]
  private let files: [String]

  init(files: [String]) {
    self.files = files
  }

  /// Notes the number of lines of a block. Blocks may come in any order.
  mutating func add(_ block: borrowing LogBlock) {
    while lineCounts.count <= block.number { lineCounts.append(0) }
    lineCounts[block.number] = UInt32(clamping: block.lineCount)
    firstBlocks[block.file] = min(firstBlocks[block.file] ?? block.number, block.number)
  }

  /// The file and line (from 1) of a line of a block (from 0).
  func place(ofLine line: Int, inBlock number: Int) -> (file: String, line: Int) {
    let begun = firstBlocks.filter { $0.value <= number }
    guard lineCounts.indices.contains(number),
      let (file, first) = begun.max(by: { $0.value < $1.value }), files.indices.contains(file)
    else { return ("-", 0) }
    return (files[file], lineCounts[first..<number].reduce(1) { $0 + Int($1) } + line)
  }
}
