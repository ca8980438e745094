import AccessLog

/// Counts the lines of the blocks that one worker gets, and keeps the first malformed ones.
struct LineTally: Sendable {
  /// A malformed line, by its place among all of the input.
  private struct Example: Sendable {
    var kind: MalformedLine.Kind
    var block: Int
    var line: Int
    var text: String
  }

  /// How many examples of each kind are kept.
  static let exampleCount = 3
  /// The names of the kinds in the order of a report.
  static let kindNames = MalformedLine.Kind.allCases.map(\.rawValue)

  private var lines = 0
  private var requests = 0
  private var malformed: [MalformedLine.Kind: Int] = [:]
  private var examples: [Example] = []
  /// The file and the number of lines of each block.
  private var blocks: [(number: Int, file: Int, lineCount: Int)] = []

  mutating func add(_ block: borrowing LogBlock) {
    lines += block.lineCount - block.skippedCount
    requests += block.entries.count
    blocks.append((number: block.number, file: block.file, lineCount: block.lineCount))
    for line in block.malformed {
      let count = malformed[line.kind, default: 0]
      malformed[line.kind] = count + 1
      // A worker's blocks come in order, so its first ones are the first.
      guard count < Self.exampleCount, line.text.indices.upperBound <= block.bytes.count else {
        continue
      }
      examples.append(
        Example(
          kind: line.kind, block: block.number, line: Int(line.lineNumber),
          text: String(decoding: block.bytes[line.text.indices], as: UTF8.self)))
    }
  }

  /// What all workers together found in some files, and where the blocks of each file begin.
  static func coverage(
    of tallies: [LineTally], files: [String], formats: [String?] = [], failures: [String]
  ) -> (coverage: Coverage, places: LinePlaces) {
    var coverage = Coverage(
      files: files, formats: formats.map { $0 ?? "-" }, failures: failures)
    for tally in tallies {
      coverage.lines += tally.lines
      coverage.requests += tally.requests
      for (kind, count) in tally.malformed {
        coverage.malformed[kind.rawValue, default: 0] += count
      }
    }
    let places = LinePlaces(blocks: tallies.flatMap(\.blocks), files: files)
    let sorted = tallies.flatMap(\.examples).sorted { ($0.block, $0.line) < ($1.block, $1.line) }
    for kind in MalformedLine.Kind.allCases {
      for example in sorted.lazy.filter({ $0.kind == kind }).prefix(exampleCount) {
        let place = places.place(ofLine: example.line, inBlock: example.block)
        coverage.malformedExamples.append(
          Coverage.Example(
            kind: kind.rawValue, file: place.file, line: place.line, text: example.text))
      }
    }
    return (coverage, places)
  }
}

/// Where the blocks of a log begin: from a line of a block to the line of the file.
struct LinePlaces: Sendable {
  private var blocks: [Int: (file: Int, firstLine: Int)] = [:]
  private let files: [String]

  init(blocks: [(number: Int, file: Int, lineCount: Int)], files: [String]) {
    self.files = files
    var next: [Int: Int] = [:]
    for block in blocks.sorted(by: { $0.number < $1.number }) {
      let line = next[block.file, default: 1]
      self.blocks[block.number] = (file: block.file, firstLine: line)
      next[block.file] = line + block.lineCount
    }
  }

  /// The file and the line, from 1, of a line of a block, from 0.
  func place(ofLine line: Int, inBlock number: Int) -> (file: String, line: Int) {
    guard let block = blocks[number], files.indices.contains(block.file) else { return ("-", 0) }
    return (files[block.file], block.firstLine + line)
  }
}
