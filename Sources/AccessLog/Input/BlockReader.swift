/// Cuts some log files into blocks of whole lines.
struct BlockReader: ~Copyable {
  /// An error that ends a file early.
  struct Failure: Sendable {
    var file: Int
    var text: String
  }

  /// Lines of one format.
  struct Run: Sendable {
    var lines: Range<Int>
    var format: LogFormat
  }

  /// The lines of a block, and their formats.
  struct Filled: Sendable {
    /// A directive `#Fields:` begins a run.
    var runs: [Run]
    /// Whether the last line may be incomplete.
    var isCut: Bool
  }

  /// How to read all files.
  struct Settings: Sendable {
    /// The format of the lines. Nil: detect it for each file.
    var format: LogFormat?
    var prefix: BlockPrefix
    var acceptsTargets: Bool
    /// The header fields that rules read.
    var headers: [LogHeader] = []
  }

  /// The mark that some editors put before UTF-8.
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// The most bytes of lines in a block.
  static let blockSize = 1 << 20

  private(set) var failures: [Failure] = []
  /// The name of the format by the number of the file. A file without lines has no entry.
  private(set) var formatNames: [Int: String] = [:]
  private let files: [String]
  private let skipping: Set<Int>
  private let settings: Settings

  private var nextFile = 0
  private var source: LogSource?
  private var format: LogFormat?
  private var blockNumber = 0
  private var positionBefore = 0
  /// The beginning of a line that the last block cut off.
  private var cutLine: [UInt8] = []
  /// Whether the open file ended without a line break and has grown since.
  private var isCut = false
  /// Whether the rest of a line that is too long comes next.
  private var isInLongLine = false
  /// The error of the last file that cannot be opened or has no known format.
  private var wholeFailure: String?

  private var isChecked = false
  private var isAtStart = false

  init(files: [String], skipping: Set<Int> = [], _ settings: Settings) {
    self.files = files
    self.skipping = skipping
    self.settings = settings
  }

  /// The reason why no part of a file can be read. Nil: at least a part can be read.
  ///
  /// - Parameter block: Is overwritten.
  static func failure(of file: String, _ settings: Settings, _ block: inout LogBlock) -> String? {
    var reader = BlockReader(files: [file], settings)
    let filled = reader.fill(&block)
    return filled == nil ? reader.wholeFailure : nil
  }

  /// How many bytes of the files, as stored, were read.
  var position: Int { positionBefore + (source?.position ?? 0) }

  /// Fills a block with the next lines. Nil: the last file has ended.
  mutating func fill(_ block: inout LogBlock) -> Filled? {
    prepare(&block)
    while source != nil || openNext() {
      var lines = fillFromSource(&block)
      if isAtStart, block.bytes[lines].starts(with: Self.byteOrderMark) {
        lines = lines.dropFirst(Self.byteOrderMark.count)
      }
      isAtStart = false
      if lines.isEmpty { continue }
      let file = nextFile - 1
      let runs: [Run]
      do throws(LogFormat.NotDetected) {
        runs = try self.runs(of: lines, in: block)
      } catch {
        wholeFailure = error.message
        fail(LogReadError(message: error.message))
        close()
        continue
      }
      block.number = blockNumber
      block.file = file
      blockNumber += 1
      return Filled(runs: runs, isCut: isCut)
    }
    return nil
  }

  /// Gives a block's bytes their full size, with the prefix before the lines.
  private func prepare(_ block: inout LogBlock) {
    let size = settings.prefix.bytes.count + Self.blockSize
    if block.bytes.count != size {
      block.bytes = settings.prefix.bytes + [UInt8](repeating: 0, count: Self.blockSize)
    }
  }

  /// Opens the next file that can be opened. False: there is none.
  private mutating func openNext() -> Bool {
    while nextFile < files.count {
      let file = nextFile
      nextFile += 1
      if skipping.contains(file) { continue }
      do throws(LogReadError) {
        source = try LogSource(path: files[file])
        format = settings.format
        isChecked = false
        isAtStart = true
        isCut = false
        return true
      } catch {
        wholeFailure = error.message
        fail(error)
      }
    }
    return false
  }

  private mutating func close() {
    positionBefore = position
    source = nil
    cutLine.removeAll(keepingCapacity: true)
    isInLongLine = false
  }

  private mutating func fail(_ error: LogReadError) {
    let file = nextFile - 1
    failures.append(Failure(file: file, text: error.described(file: files[file])))
  }

  /// The lines of a block with their formats.
  private mutating func runs(
    of lines: Range<Int>, in block: LogBlock
  ) throws(LogFormat.NotDetected) -> [Run] {
    let format = try self.format(of: lines, in: block)
    guard format.name == LogFormat.w3cName else { return [Run(lines: lines, format: format)] }
    var runs: [Run] = []
    var start = lines.lowerBound
    var current = format
    W3CDirective.forEach(in: lines, of: block.bytes) { place, fields in
      guard let next = try? LogFormat.w3c(fields: fields) else { return }
      if place > start { runs.append(Run(lines: start..<place, format: current)) }
      start = place
      current = next.reading(settings.headers)
    }
    self.format = current
    return runs + [Run(lines: start..<lines.upperBound, format: current)]
  }

  /// The format of the file's lines, by the first ones that are neither blank nor comments.
  private mutating func format(
    of lines: Range<Int>, in block: LogBlock
  ) throws(LogFormat.NotDetected) -> LogFormat {
    if isChecked, let format { return format }
    let directive = W3CDirective.first(in: lines, of: block.bytes)
    let fields = directive.flatMap { try? LogFormat.w3c(fields: $0) }
    guard let sample = LogSample(lines, of: block.bytes) else {
      return format ?? fields ?? .requests
    }
    let found =
      if let format {
        format.enveloped(in: sample)
      } else {
        try Self.detected(by: sample, fields: fields, of: lines, in: block)
      }
    if !settings.acceptsTargets, sample.isWithoutHosts(found) {
      throw LogFormat.NotDetected(
        message: """
          the requests hold no host, but the rules read it; name it with \
          --base-url http://www.example.com
          """)
    }
    let read = found.reading(settings.headers)
    format = read
    isChecked = true
    formatNames[nextFile - 1] = found.shownName
    return read
  }

  /// The format of the first lines, or else of all lines in the block: a log may begin with hundreds of other messages.
  private static func detected(
    by sample: LogSample, fields: LogFormat?, of lines: Range<Int>, in block: LogBlock
  ) throws(LogFormat.NotDetected) -> LogFormat {
    do throws(LogFormat.NotDetected) {
      return try LogFormat.detected(by: sample, fields: fields)
    } catch {
      guard let all = LogSample(lines, of: block.bytes, mostLines: .max, mostBytes: .max),
        let format = try? LogFormat.detected(by: all, fields: fields)
      else { throw error }
      return format
    }
  }

  /// Reads as many whole lines of the open file as fit, and closes it at its end.
  private mutating func fillFromSource(_ block: inout LogBlock) -> Range<Int> {
    let start = settings.prefix.bytes.count
    var end = start + cutLine.count
    block.bytes.replaceBytes(at: start, with: cutLine)
    cutLine.removeAll(keepingCapacity: true)
    while end < block.bytes.count {
      let count: Int
      do throws(LogReadError) {
        count = try read(into: &block.bytes, from: end)
      } catch {
        fail(error)
        close()
        return start..<end
      }
      if count == 0 {
        isCut = end > start && block.bytes[end - 1] != 0x0A && source?.hasGrown == true
        close()
        return start..<end
      }
      if isInLongLine {
        let fresh = end..<(end + count)
        guard let lineBreak = block.bytes[fresh].firstIndex(of: 0x0A) else { continue }
        isInLongLine = false
        let rest = (lineBreak + 1)..<fresh.upperBound
        block.bytes.moveBytes(rest, to: end)
        end += rest.count
      } else {
        end += count
      }
    }
    let lastBreak = block.bytes[start..<end].lastIndex(of: 0x0A)
    let cut = (lastBreak.map { $0 + 1 } ?? start)..<end
    if cut.count > LogBlock.longestLine {
      // The start of a line that is too long is enough for the report.
      isInLongLine = true
      return start..<(cut.lowerBound + LogBlock.longestLine + 1)
    }
    cutLine.append(contentsOf: block.bytes[cut])
    return start..<cut.lowerBound
  }

  private mutating func read(
    into bytes: inout [UInt8], from start: Int
  ) throws(LogReadError) -> Int {
    try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(LogReadError) in
      let free = unsafe UnsafeMutableBufferPointer(rebasing: buffer[start...])
      return unsafe try source?.read(into: UnsafeMutableRawBufferPointer(free)) ?? 0
    }
  }
}

extension [UInt8] {
  fileprivate mutating func replaceBytes(at start: Int, with bytes: [UInt8]) {
    replaceSubrange(start..<(start + bytes.count), with: bytes)
  }

  fileprivate mutating func moveBytes(_ range: Range<Int>, to start: Int) {
    for (offset, index) in range.enumerated() { self[start + offset] = self[index] }
  }
}

/// The directive `#Fields: date time c-ip …` of W3C's extended log file format.
private enum W3CDirective {
  private static let name = Array("#Fields:".utf8)

  /// Calls the body with the start of each directive, and its fields.
  static func forEach(
    in lines: Range<Int>, of bytes: [UInt8], _ body: (Int, String) -> Void
  ) {
    var place = lines.lowerBound
    while place < lines.upperBound {
      let end = bytes[place..<lines.upperBound].firstIndex(of: 0x0A) ?? lines.upperBound
      if bytes[place] == UInt8(ascii: "#"), bytes[place..<end].starts(with: name) {
        let text = String(decoding: bytes[(place + name.count)..<end], as: UTF8.self)
        body(place, text.split(whereSeparator: \.isWhitespace).joined(separator: " "))
      }
      place = end + 1
    }
  }

  /// The fields of the first directive. Nil: there is none.
  static func first(in lines: Range<Int>, of bytes: [UInt8]) -> String? {
    var first: String?
    forEach(in: lines, of: bytes) { _, fields in first = first ?? fields }
    return first
  }
}
