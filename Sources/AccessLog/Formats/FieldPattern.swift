/// A line's fields and what stands between them.
struct FieldPattern: Sendable {
  /// How a field ends.
  enum End: Sendable {
    /// Before a run of blanks.
    case blanks
    /// Before some bytes, whose place in `literals` this is.
    case literal(Range<Int>)
    /// Before a quote that no backslash escapes, which some bytes follow.
    case quote(Range<Int>)
    /// At the end of the line.
    case line
  }

  /// A field.
  struct Element: Sendable {
    var field: LogField
    var end: End
    /// Whether it may be a list of addresses with blanks behind the commas, as `X-Forwarded-For` is.
    var isList: Bool
    /// Whether what ends it can stand inside of it too, and clients choose what it holds.
    var isOpen: Bool
  }

  /// What the line begins with.
  let start: Range<Int>
  /// The fields up to the last that matters; all of them where how a line goes on tells where a URL ends.
  let needed: [Element]
  /// All fields, for finding out whether a line is of this format.
  let all: [Element]
  /// The bytes between the fields.
  let literals: [UInt8]
  /// What is done to bytes that cannot be written as they are.
  let escaping: RequestParts.Escaping
  /// Whether all of a line must be of the pattern. Otherwise what follows the last needed field may be anything.
  let isWhole: Bool
  /// Whether what ends a URL may be in one, so that all of a line has to be looked at.
  private let isOpen: Bool
  /// Whether a URL or request line without a host is that of a request whose host the server knew but did not
  /// write. Traffic Server writes one where it had none either, and answered with an error.
  let hasTargets: Bool

  /// A pattern from what stands before the first field, and the fields with what stands after each.
  ///
  /// - Parameter lists: The places of the fields that may be lists of addresses, beside the client.
  init(
    start: [UInt8], fields: [(field: LogField, literal: [UInt8])], lists: Set<Int> = [],
    escaping: RequestParts.Escaping, isWhole: Bool = false, hasTargets: Bool = true
  ) {
    var literals = start
    self.start = 0..<start.count
    var before = start
    var all: [Element] = []
    for (index, (field, literal)) in fields.enumerated() {
      let range = literals.count..<(literals.count + literal.count)
      literals += literal
      // What escapes nothing (Traffic Server) may write a quote inside of the field too.
      let isQuoted =
        escaping != .none && before.last == UInt8(ascii: "\"")
        && literal.first == UInt8(ascii: "\"")
      let end: End =
        if literal.isEmpty && index == fields.count - 1 {
          .line
        } else if literal.allSatisfy({ $0 == 0x20 }) {
          .blanks
        } else if isQuoted {
          .quote(range)
        } else {
          .literal(range)
        }
      all.append(
        Element(
          field: field, end: end, isList: field == .client || lists.contains(index),
          isOpen: Self.isOpen(field, before: end)))
      before = literal
    }
    self.literals = literals
    self.all = all
    self.escaping = escaping
    self.isWhole = isWhole
    self.hasTargets = hasTargets
    isOpen = all.contains { $0.isOpen && $0.field != .request }
    let last = all.lastIndex { $0.field != .other } ?? -1
    needed = isWhole || isOpen ? all : Array(all[...last])
  }

  private static func isOpen(_ field: LogField, before end: End) -> Bool {
    switch (field, end) {
    case (.request, .blanks), (.request, .literal): true
    // Neither URLs nor hosts hold blanks.
    case (.url, .literal), (.path, .literal), (.host, .literal): true
    default: false
    }
  }
}

/// A field pattern while it is used on the lines of a block.
///
/// INVARIANT: `elements` and `literals` point into the arrays of a pattern that outlives this value; it is only
/// made in `withMatcher`.
@safe struct FieldMatcher {
  private let elements: UnsafeBufferPointer<FieldPattern.Element>
  private let literals: UnsafeBufferPointer<UInt8>
  private let start: Range<Int>
  private let isWhole: Bool
  private let bytes: LogBytes

  @unsafe fileprivate init(
    elements: UnsafeBufferPointer<FieldPattern.Element>, literals: UnsafeBufferPointer<UInt8>,
    start: Range<Int>, isWhole: Bool, bytes: LogBytes
  ) {
    unsafe self.elements = elements
    unsafe self.literals = literals
    self.start = start
    self.isWhole = isWhole
    self.bytes = bytes
  }

  /// Finds the fields of a line; nil if it is not of the pattern.
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
      case .line:
        place = line.upperBound
        if isWhole {
          guard let end = endOfWord(fieldStart..<line.upperBound) else { return nil }
          fieldEnd = end
        } else {
          fieldEnd = place
        }
      }
      found.set(element.field, to: fieldStart..<fieldEnd)
    }
    return isWhole && place != line.upperBound ? nil : found
  }

  /// Where a request line ends: before the first separator behind its version, since there may be others in its
  /// URL. What has no version is no request line up to the first separator, or cannot be told apart.
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

  /// Whether a literal stands in the rest of a line as often as in the rest of the pattern: more of them may
  /// mean that one was inside of the field.
  @inline(never)
  private func isUnique(_ literal: Range<Int>, in rest: Range<Int>, after index: Int) -> Bool {
    var expected = 0
    for other in unsafe (index + 1)..<elements.count {
      switch unsafe elements[other].end {
      case .literal(let text), .quote(let text): expected += occurrences(of: literal, in: text)
      case .blanks, .line: break
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

  /// How often a literal of the pattern stands in another.
  private func occurrences(of literal: Range<Int>, in text: Range<Int>) -> Int {
    guard text.count >= literal.count else { return 0 }
    return (text.lowerBound...(text.upperBound - literal.count)).count { start in
      literal.indices.enumerated().allSatisfy { offset, index in
        unsafe literals[start + offset] == literals[index]
      }
    }
  }

  /// Where the only word of the rest of a line ends; nil if there is no word or another follows.
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
  /// Lends a matcher on a block's bytes.
  ///
  /// - Parameter isStrict: Whether lines have to be of the pattern up to their end.
  func withMatcher<Result>(
    on bytes: LogBytes, isStrict: Bool, _ body: (FieldMatcher) -> Result
  ) -> Result {
    unsafe (isStrict ? all : needed).withUnsafeBufferPointer { elements in
      unsafe literals.withUnsafeBufferPointer { literals in
        unsafe body(
          FieldMatcher(
            elements: elements, literals: literals, start: start, isWhole: isStrict || isWhole,
            bytes: bytes))
      }
    }
  }
}
