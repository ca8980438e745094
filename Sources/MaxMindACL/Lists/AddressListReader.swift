import Addresses
import Files
import Text

/// Reads a list file: one entry a line, the lines of nginx, Apache or ipset, CSV, or JSON.
///
/// docs/configuration.md has the syntax. Works on bytes, and makes strings only for diagnostics: a million lines take a
/// fraction of a second.
struct AddressListReader {
  /// An address, prefix or range with its position.
  struct Entry {
    var range: AddressRange
    var place: Range<Int>
  }

  /// The quotation of an entry in a report.
  struct Quotation {
    var range: SourceRange
    var sourceLine: String
    var sourceColumn: Int
  }

  /// All entries of the file, including expired ones.
  private(set) var list: AddressList
  /// Warnings leave out entries that have expired by this time.
  private let now: Int64
  private var found = DiagnosticList()
  /// The value that lists; nil: every value that nginx does not treat as false.
  let wantedValue: [UInt8]?
  /// The verdict that `deny` and `allow` must agree with; nil: not known yet.
  var verdict: Verdict?

  var text: ListLine
  var line = 0
  /// The start of a `geo` that is not closed.
  private var openFrame: Quotation?
  /// Whether the brace of a `geo` is missing so far.
  private var expectsBrace = false
  /// The value or set of the first entry that lists.
  private var firstValue: Range<Int>?
  /// One report of wrong values is enough for a file.
  private var hasReportedValue = false
  /// Whether the lines are CSV; nil: not known yet.
  private var isCSV: Bool?
  var rows = CSVRows()
  /// The first prefix with host bits, and the number of further ones.
  private var hostBits: (warning: Diagnostic, others: Int)?
  /// The first entry that is too large, and the number of further ones.
  private var shortPrefixes: (warning: Diagnostic, others: Int)?

  /// The entry to quote, and its quotation.
  private var sought: (range: AddressRange, line: Int)?
  private var quotation: Quotation?

  init(_ bytes: [UInt8], file: String, use: AddressList.Use, now: Int64) {
    text = ListLine(bytes: bytes)
    list = AddressList(file: file, use: use)
    wantedValue = use.value.map { Array($0.utf8) }
    verdict = use.verdict
    self.now = now
  }

  /// Searches a list for an entry; nil: the file no longer has it on that line.
  static func quotation(
    of range: AddressRange, line: Int, in bytes: [UInt8], use: AddressList.Use
  ) -> Quotation? {
    var reader = AddressListReader(bytes, file: "", use: use, now: .max)
    reader.sought = (range, line)
    reader.read()
    return reader.quotation
  }

  /// All diagnostics, in the order of the file.
  var diagnostics: [Diagnostic] { found.diagnostics.inOrderOfFile.limited }

  mutating func read() {
    switch FileKind(text.bytes) {
    case .json: readJSON()
    case let kind?: reportKind(kind)
    case nil: readLines()
    }
    finish()
  }

  private mutating func readLines() {
    while !text.isBehindEnd {
      line += 1
      if isCSV == nil, let byte = text.next(), byte != UInt8(ascii: ";") {
        isCSV = text.hasFields && !Self.isDirective(text)
      }
      if isCSV == true { readRow() } else { readLine() }
      text.goOn()
    }
  }

  private mutating func reportKind(_ kind: FileKind) {
    found.append(
      Diagnostic(
        severity: .error, id: .badListLine,
        message: "is \(kind.name), not a list of addresses; \(kind.advice)", file: list.file),
      .error)
  }

  private mutating func finish() {
    for (place, message) in [
      (openFrame, "geo: is not closed by a }; the file may be truncated"),
      (rows.openQuote, "the row has an unclosed \"; the file may be truncated"),
    ] {
      guard let place else { continue }
      let diagnostic = diagnostic(.error, .badListLine, message, at: place)
      found.append(diagnostic, .error)
    }
    if let (first, others) = hostBits {
      var warning = first
      if others > 0 { warning.message += "; \(grouped(others)) more like this" }
      found.append(warning, .warning)
    }
    if let (first, others) = shortPrefixes {
      var warning = first
      if others > 0 { warning.message += "; \(grouped(others)) more like this" }
      found.append(warning, .warning)
    }
  }

  // MARK: - One line

  /// The first words of lines in other formats than plain entries.
  private static func isDirective(_ line: ListLine) -> Bool {
    var line = line
    let word = line.takeWord()
    return ["add", "create", "deny", "allow", "geo", "default"].contains { line.isEqual(word, $0) }
      || line.isEqualIgnoringCase(word, "require")
  }

  /// Reads the statements of a line, up to the first mistake.
  private mutating func readLine() {
    while let byte = text.next() {
      let isFine =
        switch byte {
        case UInt8(ascii: "{"): openBrace()
        case UInt8(ascii: "}"): closeBrace()
        // A comment in some lists.
        case UInt8(ascii: ";"): skipComment()
        default: readStatement(byte)
        }
      if !isFine { return }
    }
  }

  private mutating func skipComment() -> Bool {
    text.takeRest()
    return true
  }

  private mutating func openBrace() -> Bool {
    let brace = text.takeByte()
    guard expectsBrace else { return error(.badListLine, "a { belongs after geo", at: brace) }
    expectsBrace = false
    return true
  }

  private mutating func closeBrace() -> Bool {
    let brace = text.takeByte()
    guard openFrame != nil, !expectsBrace else {
      return error(.badListLine, "this } closes no geo {", at: brace)
    }
    openFrame = nil
    return true
  }

  private mutating func readStatement(_ first: UInt8) -> Bool {
    let word = text.takeWord()
    if expectsBrace {
      expectsBrace = false
      return error(.badListLine, "geo: expected a $variable and a {", at: word)
    }
    // The common case first.
    if first.isASCIIDigit { return readEntry(word) }
    if text.isEqual(word, "geo") { return readGeo(word) }
    if text.isEqual(word, "default") { return readDefault(word) }
    if text.isEqual(word, "ranges") || text.isEqual(word, "volatile") { return endStatement(word) }
    for (directive, advice) in Self.otherDirectives where text.isEqual(word, directive) {
      return error(.badListLine, "\(directive): \(advice)", at: word)
    }
    if text.isEqual(word, "deny") { return readAccess(word, .deny) }
    if text.isEqual(word, "allow") { return readAccess(word, .allow) }
    if text.isEqualIgnoringCase(word, "require") { return readRequire(word) }
    if text.isEqual(word, "add") { return readAdd(word) }
    if text.isEqual(word, "create") { return skipComment() }
    if first == UInt8(ascii: "<") {
      return error(
        .badListLine, "sections of Apache are not supported; keep only the Require lines",
        at: word)
    }
    return readEntry(word)
  }

  /// Other directives of `geo`, and the advice for them.
  private static let otherDirectives: [(StaticString, String)] = [
    ("include", "is not supported; name that file under ip_file, too"),
    ("delete", "is not supported; write the prefix with the value 0"),
    ("proxy", "is not supported; remove the line"),
    ("proxy_recursive", "is not supported; remove the line"),
  ]

  /// `geo [$address] $variable {`
  private mutating func readGeo(_ geo: Range<Int>) -> Bool {
    if openFrame != nil {
      return error(.badListLine, "geo: the previous geo is not closed by a }", at: geo)
    }
    openFrame = quoted(geo)
    expectsBrace = true
    while let byte = text.next(), byte != UInt8(ascii: "{") {
      let word = text.takeWord()
      guard byte == UInt8(ascii: "$") else {
        expectsBrace = false
        return error(.badListLine, "geo: expected a $variable and a {", at: word)
      }
    }
    return true
  }

  private mutating func readDefault(_ name: Range<Int>) -> Bool {
    guard let byte = text.next(), byte != UInt8(ascii: ";") else {
      return error(.badListLine, "default: expected a value and a ;", at: name)
    }
    let place = text.takeValue()
    let value = text.unquoted(place)
    let lists = wantedValue.map { text.bytes[value].elementsEqual($0) } ?? !isFalse(value)
    guard !lists else {
      let other = wantedValue == nil ? ", or set the value that lists: \(valueHint(nil))" : ""
      return error(
        .badListLine,
        "default: would list every address; to do so, write 0.0.0.0/0 and ::/0\(other)",
        at: place)
    }
    return endStatement(place)
  }

  /// Takes the `;` at the end of a statement.
  mutating func endStatement(_ last: Range<Int>) -> Bool {
    guard text.next() == UInt8(ascii: ";") else {
      return error(.badListLine, "expected a ; after this, as in nginx", at: last)
    }
    _ = text.takeByte()
    return true
  }

  /// `PREFIX [expires=TIME]` or `PREFIX VALUE [expires=TIME];`
  private mutating func readEntry(_ word: Range<Int>) -> Bool {
    guard let entry = readAddress(text.takeRange(word)) else { return false }
    var value: Range<Int>?
    var expiry: Int64?
    while let byte = text.next(), byte != UInt8(ascii: "}") {
      if byte == UInt8(ascii: ";") {
        // A geo line has a value. Elsewhere a ; begins a comment.
        guard let value else {
          text.takeRest()
          break
        }
        _ = text.takeByte()
        guard let lists = self.lists(value) else { return false }
        return add(entry, lists: lists, hasValue: true, until: expiry)
      }
      let word = text.takeValue()
      if text.begins(word, "expires=") {
        let time = (word.lowerBound + 8)..<word.upperBound
        guard expiry == nil, let seconds = epoch(time: text.bytes.span.extracting(time)) else {
          return error(
            .badTime, "expires: expected one time such as 2026-12-31T00:00:00Z", at: word)
        }
        expiry = seconds
      } else if value == nil {
        value = word
      } else {
        return error(.badListLine, "more than a prefix and a value", at: word)
      }
    }
    if let value {
      return error(
        .badListLine,
        "expected expires=TIME, or a ; after a value as in nginx's geo; a comment begins with #",
        at: value)
    }
    return add(entry, until: expiry)
  }

  // MARK: - Values

  /// Whether nginx's `if` treats a value of `geo` as false.
  private func isFalse(_ value: Range<Int>) -> Bool { value.isEmpty || text.isEqual(value, "0") }

  /// Whether a value lists; nil: unclear. Reports unclear values.
  private mutating func lists(_ place: Range<Int>) -> Bool? {
    let value = text.unquoted(place)
    if wantedValue == nil {
      if isFalse(value) { return false }
      let negations: [StaticString] = ["no", "off", "false"]
      if negations.contains(where: { text.isEqualIgnoringCase(value, $0) }) {
        return reportValue(
          "the value \(text.text(place)) lists, like all values but 0 and \"\"; write 0, "
            + "or set the value that lists: \(valueHint(nil))", at: place)
      }
    }
    return isListed(value, at: place, "values")
  }

  /// Whether a value or a set lists: it is the wanted one or, without one, the only one in the file.
  ///
  /// - Parameter noun: The plural for messages.
  mutating func isListed(
    _ value: Range<Int>, at place: Range<Int>, _ noun: String
  ) -> Bool? {
    if let wantedValue { return text.bytes[value].elementsEqual(wantedValue) }
    guard let first = firstValue else {
      firstValue = value
      return true
    }
    if text.bytes[first].elementsEqual(text.bytes[value]) { return true }
    let (one, other) = (text.text(first), text.text(value))
    return reportValue(
      "the \(noun) \(one) and \(other) both list; choose one: "
        + valueHint(other), at: place)
  }

  private mutating func reportValue(_ message: String, at place: Range<Int>) -> Bool? {
    if !hasReportedValue { _ = error(.badListLine, message, at: place) }
    hasReportedValue = true
    return nil
  }

  /// The configuration that selects a value.
  private func valueHint(_ value: String?) -> String {
    "ip_file: [{file: \(list.file), value: \(value ?? "VALUE")}]"
  }

  // MARK: - Entries

  /// - Parameter spelled: Replaces the bytes at the place; nil: no replacement.
  mutating func readAddress(_ place: Range<Int>, spelled: [UInt8]? = nil) -> Entry? {
    do throws(AddressRangeError) {
      let parsed =
        if let spelled {
          try AddressRange.parse(spelled.span)
        } else {
          try AddressRange.parse(text.bytes.span.extracting(place))
        }
      if parsed.hasHostBits {
        if text.isEndOfFile(place.upperBound) {
          _ = error(
            .badListLine,
            "\(text.text(place)) has host bits set and no line break after it; "
              + "the file may be truncated", at: place)
          return nil
        }
        noteHostBits(parsed.range, at: place)
      }
      return Entry(range: parsed.range, place: place)
    } catch {
      _ = self.error(.badAddress, error.message, at: place)
      return nil
    }
  }

  mutating func add(
    _ entry: Entry, lists: Bool = true, hasValue: Bool = false, until expiry: Int64? = nil
  ) -> Bool {
    if wantedValue != nil, !hasValue {
      let value = list.use.value ?? ""
      return reportValue("has no value, but ip_file selects \(value)", at: entry.place) ?? false
    }
    if let (range, line) = sought, line == self.line, range == entry.range, lists {
      quotation = quoted(entry.place)
      sought = nil
    }
    if lists {
      if entry.range.isShortPublicPrefix, expiry.map({ $0 > now }) != false {
        noteShortPrefix(entry)
      }
      list.append(entry.range, line: line, until: expiry)
    } else {
      list.except(entry.range, until: expiry)
    }
    return true
  }

  // MARK: - Diagnostics

  private mutating func noteHostBits(_ range: AddressRange, at place: Range<Int>) {
    if hostBits != nil {
      hostBits?.others += 1
    } else {
      let message = "\(text.text(place)) has host bits set; it is read as \(range)"
      hostBits = (diagnostic(.warning, .hostBits, message, at: quoted(place)), others: 0)
    }
  }

  private mutating func noteShortPrefix(_ entry: Entry) {
    if shortPrefixes != nil {
      shortPrefixes?.others += 1
    } else {
      let largest = entry.range.isIPv4 ? "a /8" : "a /16"
      let message = "\(entry.range) is larger than \(largest) and holds public addresses"
      shortPrefixes = (
        diagnostic(.warning, .shortPrefix, message, at: quoted(entry.place)), others: 0
      )
    }
  }

  /// Moves to the line of a place at or after the current line.
  mutating func goOn(to place: Int) {
    while place > text.range.upperBound {
      line += 1
      text.goOn()
    }
  }

  /// Reports an error and returns false.
  mutating func error(_ id: DiagnosticID, _ message: String, at place: Range<Int>) -> Bool {
    // After the limit, errors are only counted.
    if found.errorCount < listedDiagnostics {
      let diagnostic = diagnostic(.error, id, message, at: quoted(place))
      found.append(diagnostic, .error)
    } else {
      found.count(.error)
    }
    return false
  }

  private func diagnostic(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at place: Quotation
  ) -> Diagnostic {
    var diagnostic = Diagnostic(
      severity: severity, id: id, message: message, file: list.file, range: place.range,
      sourceLine: place.sourceLine)
    diagnostic.sourceColumn = place.sourceColumn
    return diagnostic
  }

  /// A part of the current line for a report.
  mutating func quoted(_ place: Range<Int>) -> Quotation {
    let (sourceLine, sourceColumn) = text.shown(around: place.lowerBound)
    let start = text.column(of: place.lowerBound)
    let length = max(1, text.length(of: place))
    let range = SourceRange(
      start: SourcePosition(line: line, column: start),
      end: SourcePosition(line: line, column: start + length))
    return Quotation(range: range, sourceLine: sourceLine, sourceColumn: sourceColumn)
  }
}
