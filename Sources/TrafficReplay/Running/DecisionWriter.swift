import AccessLog
import Addresses
import MaxMindACL
import Remap
import Text

/// Writes each decision of a tally as a line of CSV (RFC 4180).
struct DecisionWriter: TrafficTally {
  static let header = "client,url,country,decision,reason,rule,configuration,line,log,log_line\n"

  private let rules: RuleSet
  private let files: [[UInt8]]
  private let lines: LineNumbers
  private let output: OrderedOutput
  /// The texts of the rules in the configurations.
  private let ruleTexts: [[[UInt8]]]
  private let configurations: [[UInt8]]
  private let countries: [[UInt8]]
  private var tally: ReplayTally
  private var text: [UInt8] = []

  /// - Parameters:
  ///   - tally: Decides and counts the requests.
  ///   - rules: The rules of the tally.
  init(
    _ tally: ReplayTally, rules: RuleSet, files: [String], lines: LineNumbers,
    output: OrderedOutput
  ) {
    self.tally = tally
    self.rules = rules
    self.files = files.map { Self.quoted(Array($0.utf8)) }
    self.lines = lines
    self.output = output
    ruleTexts = rules.policies.map { policy in
      policy.rules.sources.map { Self.quoted(Array($0.text.utf8)) }
    }
    countries = tally.countries.names.map { Self.quoted(Array($0.utf8)) }
    configurations = rules.policies.map { Self.quoted(Array($0.configuration.file.utf8)) }
  }

  var summary: ReplaySummary { tally.summary }
  var isDone: Bool { output.failure != nil }

  mutating func finish() { tally.finish() }

  mutating func add(_ block: borrowing LogBlock) {
    let line = lines.firstLine(
      ofBlock: block.number, file: block.file, lineCount: block.lineCount)
    text.removeAll(keepingCapacity: true)
    let bytes = block.bytes.span
    let values = block.headers.span
    for entry in block.entries {
      write(
        entry, bytes, values, block.headerCount, file: block.file,
        line: line + Int(entry.lineNumber))
    }
    output.write(text, ofBlock: block.number)
  }

  private mutating func write(
    _ entry: LogEntry, _ bytes: Span<UInt8>, _ values: Span<ByteRange>, _ valueCount: Int,
    file: Int, line: Int
  ) {
    var client: Address?
    let outcome = tally.decide(entry, bytes, values, valueCount, client: &client)
    text += (client.map(\.description) ?? "-").utf8
    text.append(Self.comma)
    Self.write(entry.urlText(in: bytes), to: &text)
    text.append(Self.comma)
    var policy = 0
    if case .decided(let index, _) = outcome { policy = index }
    let country = tally.countries.number(of: client, policy: policy)
    text += countries[country]
    text.append(Self.comma)
    switch outcome {
    case .unmapped: text += "unmapped,,,,".utf8
    case .withoutRules: text += "allow,no rules,,,".utf8
    case .decided(_, let decision):
      text += decision.verdict.rawValue.utf8
      text.append(Self.comma)
      text += decision.reason.description.utf8
      text.append(Self.comma)
      writeRule(of: decision, policy)
      if let line = decision.line { text += "\(line)".utf8 }
    }
    text.append(Self.comma)
    if file < files.count { text += files[file] }
    text.append(Self.comma)
    text += "\(line)".utf8
    text.append(10)
  }

  /// The rule and its file.
  private mutating func writeRule(of decision: Decision, _ policy: Int) {
    let rules = rules.policies[policy].rules
    if let number = decision.rule, let file = rules.listFile(of: number) {
      Self.write(Array(rules[number].text.utf8), to: &text)
      text.append(Self.comma)
      Self.write(Array(file.utf8), to: &text)
    } else {
      if let source = decision.rule.flatMap({ rules.source(of: $0) }) {
        text += ruleTexts[policy][source]
      }
      text.append(Self.comma)
      text += configurations[policy]
    }
    text.append(Self.comma)
  }

  private static let comma = UInt8(ascii: ",")

  /// A field, in quotes if it needs them.
  private static func quoted(_ field: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    write(field, to: &text)
    return text
  }

  /// A spreadsheet takes a field that begins with one of `=+-@` for a formula, so a `'` goes before it. Characters that
  /// steer a terminal or turn the direction of writing, and invalid UTF-8, become U+FFFD.
  private static func write(_ field: [UInt8], to text: inout [UInt8]) {
    let isPlain = field.allSatisfy { (0x20..<0x7F).contains($0) }
    let field = isPlain ? field : Array(printable(String(decoding: field, as: UTF8.self)).utf8)
    let mark: [UInt8] =
      field.count > 1 && field.first.map { "=+-@\t".utf8.contains($0) } == true ? [0x27] : []
    let quote = UInt8(ascii: "\"")
    guard field.contains(where: { $0 == quote || $0 == comma }) else {
      text += mark + field
      return
    }
    text.append(quote)
    text += mark
    for byte in field {
      if byte == quote { text.append(quote) }
      text.append(byte)
    }
    text.append(quote)
  }
}
