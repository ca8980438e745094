import MaxMindACL

/// The fields of a line and the text between them.
struct FieldPattern: Sendable {
  /// How a field ends.
  enum End: Sendable {
    /// Before a run of blanks.
    case blanks
    /// Before a literal, at this place in `literals`.
    case literal(Range<Int>)
    /// Before a literal that begins with a quote. A quote after a backslash does not end the field.
    case quote(Range<Int>)
    /// Before so many words at the end of the line.
    case lastWords(Int)
    case line
  }

  /// A field and the text after it.
  struct Part {
    var field: LogField
    var literal: [UInt8]
    /// The name of the request's header field that it is, by `headerByte`.
    var header: [UInt8]?
    /// Whether it may be a list of addresses, besides the client.
    var isList = false
  }

  struct Element: Sendable {
    var field: LogField
    var end: End
    /// Whether it may be a list of addresses with blanks after the commas, such as `X-Forwarded-For`.
    var isList: Bool
    /// Whether the field can contain its own end, because clients choose the content.
    var isOpen: Bool
    /// The number of the header field that rules read. Negative: they do not read it.
    var header: Int32 = -1
  }

  /// The place in `literals` of the text before the first field.
  let start: Range<Int>
  /// The fields up to the last one that matters. All fields if the end of a URL depends on the rest of the line.
  private(set) var needed: [Element] = []
  /// All fields, for format detection.
  private(set) var all: [Element]
  /// The names of the fields that are header fields, in the order of `all`.
  private let headers: [[UInt8]?]
  /// The bytes between the fields.
  let literals: [UInt8]
  /// How the server escapes bytes.
  let escaping: RequestParts.Escaping
  /// Whether the whole line must match. Otherwise anything may follow the last needed field.
  let isWhole: Bool
  /// Whether a URL may contain its own end, so the whole line has to be read.
  private let isOpen: Bool
  /// Whether a URL or request line without a host belongs to a host that the server knew but did not write.
  /// Traffic Server also writes such a line for a request without a host, and answers it with an error.
  let hasTargets: Bool

  /// Whether a port always follows the client's address.
  var hasClientPort: Bool { all.contains { $0.field == .endpoint } }
  /// Whether times have no zone and are UTC.
  var hasUTCTime: Bool { all.contains { $0.field == .utcTime } }

  /// Makes a pattern of the text before the first field, and of each field with the text after it.
  init(
    start: [UInt8], parts: [Part], escaping: RequestParts.Escaping, isWhole: Bool = false,
    hasTargets: Bool = true
  ) {
    var literals = start
    self.start = 0..<start.count
    var before = start
    var all: [Element] = []
    let hasRest = parts.last?.field == .rest
    for (index, part) in parts.enumerated() {
      let range = literals.count..<(literals.count + part.literal.count)
      literals += part.literal
      // Without escapes (Traffic Server), a field may contain a quote.
      let isQuoted =
        escaping == .backslash && before.last == UInt8(ascii: "\"")
        && part.literal.first == UInt8(ascii: "\"")
      let end: End =
        if part.field == .words {
          .lastWords(parts.count - 1 - index)
        } else if part.literal.isEmpty && index == parts.count - 1 {
          .line
        } else if part.literal.allSatisfy({ $0 == 0x20 }) {
          .blanks
        } else if isQuoted {
          .quote(range)
        } else {
          .literal(range)
        }
      all.append(
        Element(
          field: part.field, end: end, isList: part.field == .client || part.isList,
          isOpen: Self.isOpen(part.field, before: end, hasRest: hasRest)))
      before = part.literal
    }
    self.literals = literals
    self.all = all
    headers = parts.map(\.header)
    self.escaping = escaping
    self.isWhole = isWhole
    self.hasTargets = hasTargets
    isOpen = all.contains { $0.isOpen && $0.field != .request }
    needed = neededElements
  }

  private static func isOpen(_ field: LogField, before end: End, hasRest: Bool) -> Bool {
    switch (field, end) {
    case (.request, .blanks), (.request, .literal): true
    // Neither URLs nor hosts hold blanks. The rest of a line may hold any separator.
    case (.url, .literal), (.path, .literal), (.host, .literal): !hasRest
    default: false
    }
  }

  private var neededElements: [Element] {
    let last = all.lastIndex { !$0.field.isSkipped || $0.header >= 0 } ?? -1
    return isWhole || isOpen ? all : Array(all[...last])
  }

  /// The pattern for rules that read some header fields.
  func reading(_ read: [LogHeader]) -> FieldPattern {
    var pattern = self
    for (index, name) in headers.enumerated() {
      let number = read.firstIndex { $0.bytes == name }
      pattern.all[index].header = Int32(truncatingIfNeeded: number ?? -1)
      if let number, read[number].isList { pattern.all[index].isList = true }
    }
    pattern.needed = pattern.neededElements
    return pattern
  }
}

/// A field pattern in use on the lines of a block.
///
/// INVARIANT: `elements` and `literals` point into the arrays of a pattern that outlives this value. Only
/// `withMatcher` makes one.
@safe struct FieldMatcher {
  private let elements: UnsafeBufferPointer<FieldPattern.Element>
  private let literals: UnsafeBufferPointer<UInt8>
  private let start: Range<Int>
  private let isWhole: Bool
  private let bytes: LogBytes
  private let headers: HeaderPlaces

  @unsafe fileprivate init(
    elements: UnsafeBufferPointer<FieldPattern.Element>, literals: UnsafeBufferPointer<UInt8>,
    start: Range<Int>, isWhole: Bool, bytes: LogBytes, headers: HeaderPlaces
  ) {
    unsafe self.elements = elements
    unsafe self.literals = literals
    self.start = start
    self.isWhole = isWhole
    self.bytes = bytes
    self.headers = headers
  }

  /// Finds the fields of a line. Nil: the line does not match.
  @inline(__always)
  func fields(of line: Range<Int>, time: TimeOfRequest) -> FoundFields? {
    var found = FoundFields()
    var place = line.lowerBound
    if isWhole {
      while place < line.upperBound, isBlank(bytes[place]) { place += 1 }
    }
    if !start.isEmpty {
      guard hasLiteral(start, at: place, before: line.upperBound) else { return nil }
      place += start.count
    }
    for index in unsafe 0..<elements.count {
      let element = unsafe elements[index]
      let fieldStart = place
      let fieldEnd: Int
      switch element.end {
      case .blanks where element.isOpen:
        guard let end = endOfRequest(place..<line.upperBound, { isBlank(bytes[$0]) })
        else { return nil }
        fieldEnd = end
        place = end
        while place < line.upperBound, isBlank(bytes[place]) { place += 1 }
      case .literal(let literal) where element.isOpen && element.field == .request:
        guard
          let end = endOfRequest(
            place..<line.upperBound, { hasLiteral(literal, at: $0, before: line.upperBound) })
        else { return nil }
        fieldEnd = end
        place = end + literal.count
      case .blanks:
        while true {
          while place < line.upperBound, !isBlank(bytes[place]) { place += 1 }
          guard place < line.upperBound else { return nil }
          guard element.isList, place > fieldStart, bytes[place - 1] == UInt8(ascii: ","),
            let next = bytes.startOfAddress(place..<line.upperBound)
          else { break }
          place = next
        }
        fieldEnd = place
        while place < line.upperBound, isBlank(bytes[place]) { place += 1 }
      case .literal(let literal):
        if element.field == .time,
          let end = time.endOfLastText(at: place, before: line.upperBound, in: bytes),
          hasLiteral(literal, at: end, before: line.upperBound)
        {
          fieldEnd = end
        } else {
          let first = unsafe literals[literal.lowerBound]
          while place < line.upperBound {
            if bytes[place] == first, hasLiteral(literal, at: place, before: line.upperBound) {
              break
            }
            place += 1
          }
          guard place < line.upperBound else { return nil }
          fieldEnd = place
        }
        place = fieldEnd + literal.count
        if element.isOpen, !isUnique(literal, in: place..<line.upperBound, after: index) {
          return nil
        }
      case .quote(let literal):
        guard let end = bytes.endOfQuoted(place..<line.upperBound),
          hasLiteral(literal, at: end, before: line.upperBound)
        else { return nil }
        fieldEnd = end
        place = end + literal.count
      case .lastWords(let count):
        guard let end = startOfLastWords(count, in: place..<line.upperBound) else { return nil }
        fieldEnd = end
        place = end
      case .line:
        place = line.upperBound
        if isWhole, element.field != .rest {
          guard let end = endOfWord(fieldStart..<line.upperBound) else { return nil }
          fieldEnd = end
        } else {
          fieldEnd = place
        }
      }
      found.set(element.field, to: fieldStart..<fieldEnd)
      if element.header >= 0 { headers[Int(element.header)] = ByteRange(fieldStart..<fieldEnd) }
    }
    return isWhole && place != line.upperBound ? nil : found
  }

  /// The end of a request line: the first separator after its version, because its URL may contain separators. Without
  /// a version: the first separator, or nil if a blank before it leaves the end open.
  @inline(never)
  private func endOfRequest(_ range: Range<Int>, _ isSeparator: (Int) -> Bool) -> Int? {
    var first: Int?
    for place in range where isSeparator(place) {
      if bytes.startOfVersion(range.lowerBound..<place) != nil { return place }
      first = first ?? place
    }
    guard let first else { return nil }
    let looksCut = (range.lowerBound..<first).contains { bytes[$0] == 0x20 }
    return looksCut ? nil : first
  }

  /// Whether a literal occurs in the rest of a line as often as in the rest of the pattern. If it occurs more often,
  /// the field may contain it.
  @inline(never)
  private func isUnique(_ literal: Range<Int>, in rest: Range<Int>, after index: Int) -> Bool {
    var expected = 0
    for other in unsafe (index + 1)..<elements.count {
      switch unsafe elements[other].end {
      case .literal(let text), .quote(let text): expected += occurrences(of: literal, in: text)
      case .blanks, .lastWords, .line: break
      }
    }
    var place = rest.lowerBound
    while place < rest.upperBound {
      if hasLiteral(literal, at: place, before: rest.upperBound) {
        expected -= 1
        place += literal.count
      } else {
        place += 1
      }
    }
    return expected >= 0
  }

  /// How often a literal of the pattern occurs in another.
  private func occurrences(of literal: Range<Int>, in text: Range<Int>) -> Int {
    guard text.count >= literal.count else { return 0 }
    return (text.lowerBound...(text.upperBound - literal.count)).count { start in
      literal.indices.enumerated().allSatisfy { offset, index in
        unsafe literals[start + offset] == literals[index]
      }
    }
  }

  /// The start of the last words of a line. Nil: it has fewer.
  @inline(never)
  private func startOfLastWords(_ count: Int, in range: Range<Int>) -> Int? {
    var place = range.upperBound
    while place > range.lowerBound, isBlank(bytes[place - 1]) { place -= 1 }
    for number in 0..<count {
      while number > 0, place > range.lowerBound, isBlank(bytes[place - 1]) { place -= 1 }
      let end = place
      while place > range.lowerBound, !isBlank(bytes[place - 1]) { place -= 1 }
      if place == end { return nil }
    }
    return place
  }

  /// The end of the only word in the rest of a line. Nil: there is no word, or there are several.
  private func endOfWord(_ range: Range<Int>) -> Int? {
    var end = range.upperBound
    while end > range.lowerBound, isBlank(bytes[end - 1]) { end -= 1 }
    let isWord = !(range.lowerBound..<end).contains { isBlank(bytes[$0]) }
    return isWord && end > range.lowerBound ? end : nil
  }

  @inline(__always)
  private func hasLiteral(_ literal: Range<Int>, at place: Int, before end: Int) -> Bool {
    guard end - place >= literal.count else { return false }
    var place = place
    for index in literal {
      guard unsafe bytes[place] == literals[index] else { return false }
      place += 1
    }
    return true
  }
}

extension FieldPattern {
  /// Calls the body with a matcher for a block's bytes.
  ///
  /// - Parameter isStrict: Whether the whole line must match.
  func withMatcher<Result>(
    on bytes: LogBytes, headers: HeaderPlaces, isStrict: Bool, _ body: (FieldMatcher) -> Result
  ) -> Result {
    unsafe (isStrict ? all : needed).withUnsafeBufferPointer { elements in
      unsafe literals.withUnsafeBufferPointer { literals in
        unsafe body(
          FieldMatcher(
            elements: elements, literals: literals, start: start, isWhole: isStrict || isWhole,
            bytes: bytes, headers: headers))
      }
    }
  }
}
