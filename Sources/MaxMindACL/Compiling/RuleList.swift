import Addresses
import Files

/// All rules of a policy in report order: by step, then in the order of the file. List files follow the addresses of
/// their section.
///
/// A rule of the configuration is stored whole. A rule of a list file takes 12 bytes and is built on access.
package struct RuleList: Sendable {
  /// Consecutive rules of one step, all from the configuration or all from one list.
  private struct Block: Sendable {
    /// The number of the first rule.
    var first: Int
    var count: Int
    var step: Step
    /// The number of the first rule's source.
    var source: Int
    /// Rules of the configuration: the index of the first in `written`. Nil: rules of a list.
    var written: Int?
    /// Rules of a list: the index in `lists`.
    var list = 0
  }

  private var written: [Rule] = []
  private var lists: [(source: Rule, list: AddressList)] = []
  private var blocks: [Block] = []
  /// The number of `sources`.
  package private(set) var sourceCount = 0
  private(set) var lines: [UInt32] = []

  /// - Parameter count: The number of the configuration's rules.
  init(count: Int = 0) {
    written.reserveCapacity(count)
    lines.reserveCapacity(count)
  }

  /// Adds a rule of the configuration and returns its number.
  mutating func append(_ rule: Rule) -> UInt32 {
    let number = lines.count
    if let last = blocks.last, last.step == rule.step, last.written != nil {
      blocks[blocks.count - 1].count += 1
    } else {
      blocks.append(
        Block(
          first: number, count: 1, step: rule.step, source: sourceCount,
          written: written.count))
    }
    written.append(rule)
    sourceCount += 1
    lines.append(UInt32(truncatingIfNeeded: rule.line))
    return UInt32(truncatingIfNeeded: number)
  }

  /// Adds the entries of the list file that `source` names, and returns the number of the first.
  mutating func append(_ list: AddressList, source: Rule) -> UInt32 {
    let number = lines.count
    blocks.append(
      Block(
        first: number, count: list.ranges.count, step: source.step, source: sourceCount,
        list: lists.count))
    lists.append((source, list))
    sourceCount += 1
    lines += list.lines
    return UInt32(truncatingIfNeeded: number)
  }

  /// The rules of the configuration in order. A list file counts as one. Built on access.
  package var sources: [Rule] {
    blocks.flatMap { block in
      block.written.map { Array(written[$0..<$0 + block.count]) } ?? [lists[block.list].source]
    }
  }

  /// The rules of a step in the configuration, without list files.
  func written(of step: Step) -> [Rule] {
    blocks.filter { $0.step == step }.flatMap { block in
      block.written.map { written[$0..<$0 + block.count] } ?? []
    }
  }

  /// The reference to a rule in decisions.
  func reference(to number: UInt32) -> RuleReference {
    RuleReference(
      number: number, line: lines.indices.contains(Int(number)) ? lines[Int(number)] : 0)
  }

  /// The number of a step's first rule; nil: it has none.
  package func first(of step: Step) -> Int? { blocks.first { $0.step == step }?.first }

  /// How many rules a step has.
  package func count(of step: Step) -> Int {
    blocks.reduce(0) { $1.step == step ? $0 + $1.count : $0 }
  }

  /// The list file of a rule; nil: the rule is in the configuration. Does not allocate.
  package func listFile(of number: Int) -> String? {
    guard let block = block(of: number), block.written == nil else { return nil }
    return lists[block.list].list.file
  }

  /// The list files with the numbers of their rules.
  package var listFiles: [(rules: Range<Int>, file: String)] {
    blocks.filter { $0.written == nil }
      .map { (rules: $0.first..<$0.first + $0.count, file: lists[$0.list].list.file) }
  }

  /// The addresses of a list file's rule; nil: another rule.
  func listedRange(_ number: Int) -> AddressRange? {
    guard let block = block(of: number), block.written == nil else { return nil }
    return lists[block.list].list.ranges[number - block.first]
  }

  /// The rule for a report. Reads a list file again to quote the line, if the entry is still there.
  func quoted(_ number: Int) -> Rule {
    var rule = self[number]
    guard let block = block(of: number), block.written == nil else { return rule }
    let list = lists[block.list].list
    guard let path = list.path,
      let contents = try? FileContents.read(path: path, limit: AddressList.maximumSize),
      let quotation = AddressListReader.quotation(
        of: list.ranges[number - block.first], line: rule.line, in: contents.bytes, use: list.use)
    else { return rule }
    rule.range = quotation.range
    rule.sourceLine = quotation.sourceLine
    rule.sourceColumn = quotation.sourceColumn
    return rule
  }

  /// The number of a rule's source in `sources`.
  package func source(of number: Int) -> Int? {
    guard let block = block(of: number) else { return nil }
    return block.written == nil ? block.source : block.source + (number - block.first)
  }

  private func block(of number: Int) -> Block? {
    guard lines.indices.contains(number) else { return nil }
    return blocks.last { $0.first <= number }
  }
}

extension RuleList: RandomAccessCollection {
  /// The number of the first rule.
  package var startIndex: Int { 0 }
  /// One more than the number of the last rule.
  package var endIndex: Int { lines.count }

  /// A rule by its number.
  package subscript(number: Int) -> Rule {
    // An invalid number is a mistake of the caller, as in an array.
    guard let block = block(of: number) else { return written[number] }
    if let first = block.written { return written[first + (number - block.first)] }
    let list = lists[block.list].list
    let start = SourcePosition(line: Int(lines[number]), column: 1)
    return Rule(
      step: block.step, text: list.ranges[number - block.first].description, file: list.file,
      range: SourceRange(start: start, end: start), sourceLine: nil)
  }
}

/// A rule of the configuration or of a list file, as reports print it.
package struct Rule: Hashable, Sendable {
  /// The step of the rule: the list or section that contains it.
  package var step: Step
  /// The rule as written: the address range, country code, pattern, flag name or name of the bypass header.
  package var text: String
  /// The list file that contains the rule, in the operator's spelling; nil: the configuration.
  package var file: String?
  /// The position in its file. An entry of a list file has only a line.
  package var range: SourceRange
  /// The first line of the rule; nil: an entry of a list file.
  package var sourceLine: String?
  /// The column at which `sourceLine` begins.
  var sourceColumn = 1

  /// The line number in the file, from 1.
  package var line: Int { range.start.line }

  /// The line with its number, and a caret below the rule; empty: unknown.
  package var excerpt: String {
    sourceLine.map { MaxMindACL.excerpt(of: $0, from: sourceColumn, at: range) } ?? ""
  }
}
