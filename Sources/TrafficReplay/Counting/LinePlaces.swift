import AccessLog

/// Where the blocks of some logs begin: from a line of a block to the line of the file. Four bytes a block.
struct LinePlaces: Sendable {
  /// How many lines each block has.
  private var lineCounts: [UInt32] = []
  /// The first block of each file that has one.
  private var firstBlocks: [Int: Int] = [:]
  private let files: [String]

  init(files: [String]) {
    self.files = files
  }

  /// Notes how many lines a block has. Blocks may come in any order.
  mutating func add(_ block: borrowing LogBlock) {
    while lineCounts.count <= block.number { lineCounts.append(0) }
    lineCounts[block.number] = UInt32(clamping: block.lineCount)
    firstBlocks[block.file] = min(firstBlocks[block.file] ?? block.number, block.number)
  }

  /// The file and the line, from 1, of a line of a block, from 0.
  func place(ofLine line: Int, inBlock number: Int) -> (file: String, line: Int) {
    let begun = firstBlocks.filter { $0.value <= number }
    guard lineCounts.indices.contains(number),
      let (file, first) = begun.max(by: { $0.value < $1.value }), files.indices.contains(file)
    else { return ("-", 0) }
    return (files[file], lineCounts[first..<number].reduce(1) { $0 + Int($1) } + line)
  }
}
