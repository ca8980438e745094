import Addresses
import Files
import Text

/// Reads a list file: one entry a line, the lines of nginx, Apache or ipset, CSV, or JSON.
///
/// docs/configuration.md has the syntax. Reads bytes, and makes texts for diagnostics only: a million lines are
/// read in a fraction of a second.
struct AddressListReader {
  /// An address, prefix or range, and where it stands.
  struct Entry {
    var range: AddressRange
    var place: Range<Int>
  }

  /// An entry as a report quotes it.
  struct Quotation {
    var range: SourceRange
    var sourceLine: String
    var sourceColumn: Int
  }

  /// The entries of the file, also those that have expired.
  private(set) var list: AddressList
  /// The moment by which warnings leave out entries that have expired.
  private let now: Int64
  private var found = DiagnosticList()
  /// The value whose entries list; nil: any but nginx's false ones.
  let wantedValue: [UInt8]?
  /// What becomes of the addresses, which `deny` and `allow` have to agree with; nil: no such word has said it.
  var verdict: Verdict?

  var text: ListLine
  var line = 0
  /// Where a `geo` that was not closed begins.
  private var openFrame: Quotation?
  /// Whether the brace of a `geo` is still to come.
  private var expectsBrace = false
  /// The value or set of the first entry that has one and lists.
  private var firstValue: Range<Int>?
  /// Whether a mistake with values was reported: one for a file says it all.
  private var hasReportedValue = false
  /// Whether the lines are CSV; nil: no line has said it yet.
  private var isCSV: Bool?
  /// What rows of CSV have come to.
  var rows = CSVRows()
  /// The first prefix with host bits, and how many more there are.
  private var hostBits: (warning: Diagnostic, others: Int)?
  /// The first entry that is as large as is rarely meant, and how many more there are.
  private var shortPrefixes: (warning: Diagnostic, others: Int)?

  /// An entry to be quoted, and the quotation.
  private var sought: (range: AddressRange, line: Int)?
  private var quotation: Quotation?

  init(_ bytes: [UInt8], file: String, use: AddressList.Use, now: Int64) {
    text = ListLine(bytes: bytes)
    list = AddressList(file: file, use: use)
    wantedValue = use.value.map { Array($0.utf8) }
    verdict = use.verdict
    self.now = now
  }

  /// Reads a list for the place of an entry; nil: it is not there any more.
  static func quotation(
    of range: AddressRange, line: Int, in bytes: [UInt8], use: AddressList.Use
  ) -> Quotation? {
    var reader = AddressListReader(bytes, file: "", use: use, now: .max)
    reader.sought = (range, line)
    reader.read()
    return reader.quotation
  }

  /// What was found, in the order of the file.
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
      (openFrame, "geo: is not closed by a }; the file may have been cut off"),
      (rows.openQuote, "the row has a field without its second \"; the file may have been cut off"),
    ] {
      guard let place else { continue }
      let diagnostic = diagnostic(.error, .badListLine, message, at: place)
      found.append(diagnostic, .error)
    }
    if let (first, others) = hostBits {
      var warning = first
      if others > 0 { warning.message += "; so have \(grouped(others)) more" }
      found.append(warning, .warning)
    }
    if let (first, others) = shortPrefixes {
      var warning = first
      if others > 0 { warning.message += "; so are \(grouped(others)) more" }
      found.append(warning, .warning)
    }
  }

  // MARK: - One line

  /// Words that begin a line of another format than plain entries.
  private static func isDirective(_ line: ListLine) -> Bool {
    var line = line
    let word = line.takeWord()
    return ["add", "create", "deny", "allow", "geo", "default"].contains { line.isEqual(word, $0) }
      || line.isEqualIgnoringCase(word, "require")
  }

  /// Reads the statements of a line, up to the first that is wrong.
  private mutating func readLine() {
    while let byte = text.next() {
      let isFine =
        switch byte {
        case UInt8(ascii: "{"): openBrace()
        case UInt8(ascii: "}"): closeBrace()
        // What some lists begin a comment with.
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
      return error(.badListLine, "no geo { is open that this could close", at: brace)
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
    // Most lines are entries.
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
        .badListLine, "a section of Apache has no meaning here; keep only its Require lines",
        at: word)
    }
    return readEntry(word)
  }

  /// What else may stand in a `geo`, and what to do about it.
  private static let otherDirectives: [(StaticString, String)] = [
    ("include", "has no meaning here; name that file under ip_file, too"),
    ("delete", "has no meaning here; write the prefix with the value 0"),
    ("proxy", "has no meaning here; remove the line"),
    ("proxy_recursive", "has no meaning here; remove the line"),
  ]

  /// `geo [$address] $variable {`
  private mutating func readGeo(_ geo: Range<Int>) -> Bool {
    if openFrame != nil {
      return error(.badListLine, "geo: the one before it is not closed by a }", at: geo)
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
      let other = wantedValue == nil ? ", or name the value that lists: \(valueHint(nil))" : ""
      return error(
        .badListLine,
        "default: would list every address; write 0.0.0.0/0 and ::/0 if that is meant\(other)",
        at: place)
    }
    return endStatement(place)
  }

  /// Takes the `;` after what has to have one.
  mutating func endStatement(_ last: Range<Int>) -> Bool {
    guard text.next() == UInt8(ascii: ";") else {
      return error(.badListLine, "expected a ; after it, as nginx has it", at: last)
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
        // A geo line has a value; after anything else a ; begins a comment.
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

  /// Whether a value of nginx's `geo` is false for its `if`.
  private func isFalse(_ value: Range<Int>) -> Bool { value.isEmpty || text.isEqual(value, "0") }

  /// Whether the entries of a value list; nil: that cannot be told, and is reported.
  private mutating func lists(_ place: Range<Int>) -> Bool? {
    let value = text.unquoted(place)
    if wantedValue == nil {
      if isFalse(value) { return false }
      let negations: [StaticString] = ["no", "off", "false"]
      if negations.contains(where: { text.isEqualIgnoringCase(value, $0) }) {
        return reportValue(
          "the value \(text.text(place)) lists, as all but 0 and \"\" do; write 0, "
            + "or name the value that lists: \(valueHint(nil))", at: place)
      }
    }
    return isListed(value, at: place, "values")
  }

  /// Whether the entries of a value or a set list: it is the wanted one or, if none is named, the only one.
  ///
  /// - Parameter noun: What two of them are called.
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
      "the \(noun) \(one) and \(other) both list; name the one that is meant: "
        + valueHint(other), at: place)
  }

  private mutating func reportValue(_ message: String, at place: Range<Int>) -> Bool? {
    if !hasReportedValue { _ = error(.badListLine, message, at: place) }
    hasReportedValue = true
    return nil
  }

  /// How a configuration names the value that lists.
  private func valueHint(_ value: String?) -> String {
    "ip_file: [{file: \(list.file), value: \(value ?? "VALUE")}]"
  }

  // MARK: - Entries

  /// - Parameter spelled: What stands for the bytes at the place; nil: they themselves.
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
              + "the file may have been cut off", at: place)
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
      return reportValue("has no value, but value: \(value) is to list", at: entry.place) ?? false
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

  // MARK: - What is wrong

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

  /// Goes to the line of a place that is not before the current line.
  mutating func goOn(to place: Int) {
    while place > text.range.upperBound {
      line += 1
      text.goOn()
    }
  }

  /// Reports an error, and returns false.
  mutating func error(_ id: DiagnosticID, _ message: String, at place: Range<Int>) -> Bool {
    // Of very many, most are only counted.
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

  /// A part of the current line as a report quotes it.
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
