import Foundation

/// Writes what several threads make of the blocks of a log in the order of the blocks.
///
/// INVARIANT: all of it is read and written while `condition` is held.
final class OrderedOutput: @unchecked Sendable {
  /// How many blocks a thread may be ahead of the one that is written next.
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

  /// What the first failed write threw; nothing is written after it.
  var failure: (any Error)? {
    condition.lock()
    defer { condition.unlock() }
    return firstFailure
  }

  /// Takes what was made of a block; waits while too many before it are missing. Each block is given once.
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
