import Foundation

/// Writes the results of several threads in the order of the blocks.
///
/// INVARIANT: `condition` is held for every access.
final class OrderedOutput: @unchecked Sendable {
  /// How many blocks a thread may be ahead of the next one to be written.
  private let lead: Int

  private let condition = NSCondition()
  private let write: ([UInt8]) throws -> Void
  private var next = 0
  private var waiting: [Int: [UInt8]] = [:]
  private var firstFailure: (any Error)?

  init(lead: Int, _ write: @escaping ([UInt8]) throws -> Void) {
    self.lead = lead
    self.write = write
  }

  /// The error of the first failed write. Nothing is written after it.
  var failure: (any Error)? {
    condition.lock()
    defer { condition.unlock() }
    return firstFailure
  }

  /// Takes the bytes of a block. Waits while too many blocks before it are missing. Call it once for each block.
  func write(_ bytes: [UInt8], ofBlock number: Int) {
    condition.lock()
    defer { condition.unlock() }
    while number >= next + lead { condition.wait() }
    waiting[number] = bytes
    while let bytes = waiting.removeValue(forKey: next) {
      next += 1
      if firstFailure == nil {
        do { try write(bytes) } catch { firstFailure = error }
      }
    }
    condition.broadcast()
  }
}

/// The first line of each block of a log, while several threads read blocks.
///
/// INVARIANT: `condition` is held for every access.
final class LineNumbers: @unchecked Sendable {
  private let condition = NSCondition()
  private var nextBlock = 0
  private var nextLine: [Int: Int] = [:]

  /// The number of a block's first line, from 1. Waits for the calls for all blocks before it. Call it once for each
  /// block.
  func firstLine(ofBlock number: Int, file: Int, lineCount: Int) -> Int {
    condition.lock()
    defer { condition.unlock() }
    while number > nextBlock { condition.wait() }
    nextBlock += 1
    let line = nextLine[file, default: 1]
    nextLine[file] = line + lineCount
    condition.broadcast()
    return line
  }
}
