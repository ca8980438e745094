import Foundation

/// Which line of its file each block of a log begins with, while several threads read blocks.
///
/// INVARIANT: all of it is read and written while `condition` is held.
final class LineNumbers: @unchecked Sendable {
  private let condition = NSCondition()
  private var nextBlock = 0
  private var nextLine: [Int: Int] = [:]

  /// The number of a block's first line, from 1; waits until all blocks before it were asked for. Each block is
  /// asked for once.
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
