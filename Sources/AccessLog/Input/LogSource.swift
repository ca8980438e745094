/// The result of a decompressor on some input.
struct DecompressionStep {
  var consumed: Int
  var produced: Int
  /// The error in the input.
  var failure: String?
}

/// Unpacks one kind of compressed data.
protocol Decompressor: AnyObject {
  /// Whether the data may end here.
  var isComplete: Bool { get }

  func unpack(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> DecompressionStep
}

/// The bytes of a log, decompressed if the first bytes show a known compression.
final class LogSource {
  private var file: LogFile
  private let decompressor: (any Decompressor)?
  /// The bytes that were read but not handed out: the first ones, then compressed data.
  private var input: [UInt8]
  private var pending: Range<Int>
  /// An error in data whose beginning was handed out first.
  private var failure: LogReadError?

  /// How many bytes of the file, as stored, were read.
  var position: Int { file.position }

  /// Opens a file; `-` is standard input.
  init(path: String) throws(LogReadError) {
    var file = try LogFile(path: path)
    let inputSize = 1 << 18
    var input = [UInt8](repeating: 0, count: inputSize)
    var count = 0
    let longestMagic = 4
    while count < longestMagic {
      let read = try Self.read(&file, into: &input, count..<longestMagic)
      if read == 0 { break }
      count += read
    }
    let start = Array(input[..<count])
    if start.starts(with: [0x1F, 0x8B]) {
      decompressor = try GzipStream()
    } else if start == [0x28, 0xB5, 0x2F, 0xFD]
      || count == 4 && start[0] & 0xF0 == 0x50 && start[1...] == [0x2A, 0x4D, 0x18]
    {
      decompressor = try ZstdStream()
    } else if start == [0xCE, 0xFA, 0xCE, 0x0A] || start == [0x0A, 0xCE, 0xFA, 0xCE] {
      throw LogReadError(
        message: "is a binary log of Traffic Server; convert it with traffic_logcat")
    } else if let name = Self.unreadable.first(where: { start.starts(with: $0.magic) })?.name {
      throw LogReadError(message: "is compressed with \(name); supported are gzip and zstd")
    } else {
      decompressor = nil
    }
    self.file = file
    self.input = input
    pending = 0..<count
  }

  /// The first bytes of unsupported compressions.
  private static let unreadable: [(magic: [UInt8], name: String)] = [
    ([0xFD, 0x37, 0x7A, 0x58], "xz"), ([0x42, 0x5A, 0x68], "bzip2"),
    ([0x04, 0x22, 0x4D, 0x18], "lz4"), ([0x50, 0x4B, 0x03, 0x04], "zip"),
    ([0x1F, 0x9D], "compress"),
  ]

  var hasGrown: Bool { file.hasGrown }

  /// Reads some bytes; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    guard let decompressor else {
      guard pending.isEmpty else { return unsafe handOut(into: buffer) }
      return unsafe try file.read(into: buffer)
    }
    if let failure { throw failure }
    while true {
      let hasInput = pending.isEmpty ? try fill() : true
      let step = unsafe input.withUnsafeMutableBytes { input in
        unsafe decompressor.unpack(
          UnsafeMutableRawBufferPointer(rebasing: input[pending]), into: buffer)
      }
      pending = (pending.lowerBound + step.consumed)..<pending.upperBound
      if let message = step.failure {
        failure = LogReadError(offset: file.position - pending.count, message: message)
      }
      if step.produced > 0 { return step.produced }
      if let failure { throw failure }
      if !hasInput {
        guard decompressor.isComplete else {
          throw LogReadError(
            offset: file.position, message: "ends in the middle of its compressed data")
        }
        return 0
      }
    }
  }

  /// The first bytes of a file that is not compressed.
  private func handOut(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(pending.count, buffer.count)
    let range = pending.lowerBound..<(pending.lowerBound + count)
    unsafe input.withUnsafeBytes { input in
      unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[range]))
    }
    pending = range.upperBound..<pending.upperBound
    return count
  }

  /// Reads more of a compressed file. False: the file has ended.
  private func fill() throws(LogReadError) -> Bool {
    let count = try Self.read(&file, into: &input, 0..<input.count)
    pending = 0..<count
    return count > 0
  }

  private static func read(
    _ file: inout LogFile, into input: inout [UInt8], _ range: Range<Int>
  ) throws(LogReadError) -> Int {
    try unsafe input.withUnsafeMutableBufferPointer { input throws(LogReadError) in
      let free = unsafe UnsafeMutableBufferPointer(rebasing: input[range])
      return unsafe try file.read(into: UnsafeMutableRawBufferPointer(free))
    }
  }
}
