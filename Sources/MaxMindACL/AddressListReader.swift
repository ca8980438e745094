import GeoDatabase

/// Reads a list file: one entry a line, or the lines of nginx's `geo`.
///
/// docs/configuration.md has the syntax. Reads bytes, and makes texts for diagnostics only: a million lines are
/// read in a fraction of a second.
struct AddressListReader {
  /// The entries of the file, also those that have expired.
  private(set) var list: AddressList
  private var found = DiagnosticList()

  private var text: ListLine
  private var line = 0
  /// Where a `geo` that was not closed begins.
  private var openFrame: (range: SourceRange, sourceLine: String)?
  /// Whether the brace of a `geo` is still to come.
  private var expectsBrace = false
  /// The first prefix with host bits, and how many more there are.
  private var hostBits: (warning: Diagnostic, others: Int)?

  init(_ bytes: [UInt8], file: String) {
    text = ListLine(bytes: bytes)
    list = AddressList(file: file)
  }

  /// What was found, in the order of the file.
  var diagnostics: [Diagnostic] { found.diagnostics.inOrderOfFile }

  mutating func read() {
    while !text.isBehindEnd {
      line += 1
      readLine()
      text.goOn()
    }
    finish()
  }

  private mutating func finish() {
    if let openFrame {
      found.append(
        Diagnostic(
          severity: .error, id: .badListLine,
          message: "geo: is not closed by a }; the file may have been cut off", file: list.file,
          range: openFrame.range, sourceLine: openFrame.sourceLine), .error)
    }
    if let (first, others) = hostBits {
      var warning = first
      if others > 0 { warning.message += "; so have \(others) more" }
      found.append(warning, .warning)
    }
  }

  // MARK: - One line

  /// Reads the statements of a line, up to the first that is wrong.
  private mutating func readLine() {
    while let byte = text.next() {
      let isFine =
        switch byte {
        case UInt8(ascii: "{"): openBrace()
        case UInt8(ascii: "}"): closeBrace()
        // What some lists begin a comment with.
        case UInt8(ascii: ";"): skipComment()
        default: readStatement()
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
    guard expectsBrace else { return error(.badListLine, "a { belongs behind geo", at: brace) }
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

  private mutating func readStatement() -> Bool {
    let word = text.takeWord()
    if expectsBrace {
      expectsBrace = false
      return error(.badListLine, "geo: expected a $variable and a {", at: word)
    }
    if text.isEqual(word, "geo") { return readGeo(word) }
    if text.isEqual(word, "default") { return readDefault(word) }
    if text.isEqual(word, "ranges") || text.isEqual(word, "volatile") { return endStatement(word) }
    for (directive, advice) in Self.otherDirectives where text.isEqual(word, directive) {
      return error(.badListLine, "\(directive): \(advice)", at: word)
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
    openFrame = (sourceRange(geo), text.string)
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
    let value = text.takeValue()
    guard !text.isTrue(value) else {
      return error(
        .badListLine,
        "default: would list every address; write 0.0.0.0/0 and ::/0 if that is meant", at: value)
    }
    return endStatement(value)
  }

  /// Takes the `;` behind what has to have one.
  private mutating func endStatement(_ last: Range<Int>) -> Bool {
    guard text.next() == UInt8(ascii: ";") else {
      return error(.badListLine, "expected a ; behind it, as nginx's geo has it", at: last)
    }
    _ = text.takeByte()
    return true
  }

  /// `PREFIX [expires=TIME]` or `PREFIX VALUE [expires=TIME];`
  private mutating func readEntry(_ word: Range<Int>) -> Bool {
    guard let entry = parseAddress(text.takeRange(word)) else { return false }
    var value: Range<Int>?
    var expiry: Int64?
    while let byte = text.next(), byte != UInt8(ascii: "}") {
      if byte == UInt8(ascii: ";") {
        // A geo line has a value; behind anything else a ; begins a comment.
        if value == nil { text.takeRest() } else { _ = text.takeByte() }
        return add(entry, isListed: value.map { text.isTrue($0) } ?? true, until: expiry)
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
        "expected expires=TIME, or a ; behind a value as in nginx's geo; a comment begins with #",
        at: value)
    }
    return add(entry, isListed: true, until: expiry)
  }

  private mutating func parseAddress(_ place: Range<Int>) -> AddressRange? {
    do throws(AddressRangeError) {
      let parsed = try AddressRange.parse(text.bytes.span.extracting(place))
      if parsed.hasHostBits { noteHostBits(parsed.range, at: place) }
      return parsed.range
    } catch {
      _ = self.error(.badAddress, error.message, at: place)
      return nil
    }
  }

  private mutating func add(
    _ range: AddressRange, isListed: Bool, until expiry: Int64?
  ) -> Bool {
    if isListed {
      list.append(range, line: line, until: expiry)
    } else {
      list.except(range, until: expiry)
    }
    return true
  }

  // MARK: - What is wrong

  private mutating func noteHostBits(
    _ range: AddressRange, at place: Range<Int>
  ) {
    guard let (warning, others) = hostBits else {
      let message = "\(text.text(place)) has host bits set; it is read as \(range)"
      hostBits = (diagnostic(.warning, .hostBits, message, at: place), others: 0)
      return
    }
    hostBits = (warning, others + 1)
  }

  private mutating func error(
    _ id: DiagnosticID, _ message: String, at place: Range<Int>
  ) -> Bool {
    let diagnostic = { [self] in self.diagnostic(.error, id, message, at: place) }
    found.append(diagnostic(), .error)
    return false
  }

  private func diagnostic(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String,
    at place: Range<Int>
  ) -> Diagnostic {
    Diagnostic(
      severity: severity, id: id, message: message, file: list.file,
      range: sourceRange(place), sourceLine: text.string)
  }

  private func sourceRange(_ place: Range<Int>) -> SourceRange {
    let start = text.column(of: place.lowerBound)
    let length = max(1, text.text(place).unicodeScalars.count)
    return SourceRange(
      start: SourcePosition(line: line, column: start),
      end: SourcePosition(line: line, column: start + length))
  }
}
