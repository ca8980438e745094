import Text

/// The structure of an expression: its alternatives, each a list of items.
///
/// Only for expressions whose parts mean the same in any place: without back-references, names, verbs, recursion,
/// conditions, `\G`, `\K`, `\Q`, options inside the expression, and other rare syntax. PCRE2 gets all others unchanged.
///
/// Source: pcre2pattern(3).
struct PatternSyntax: Hashable {
  /// A part of an alternative.
  enum Item: Hashable {
    /// One byte that stands for itself.
    case byte(UInt8)
    /// `.*` or `.*?`.
    case anything
    /// `.+` or `.+?`.
    case something
    /// The start of the text: `\A`, or `^` without `(?m)`.
    case start
    /// The end of the text, or before a final newline: `$` without `(?m)`.
    case end
    /// The end of the text: `\z`.
    case veryEnd
    /// Anything else with its quantifier, in PCRE2's syntax.
    case other([UInt8])
  }

  /// The letters of leading options `(?i)`, `(?s)` or `(?m)`, each once, in order.
  let options: [UInt8]
  /// The parts between the outermost `|`.
  var alternatives: [[Item]]

  /// Nil: the expression has rare syntax.
  ///
  /// - Parameter source: An expression that PCRE2 can compile.
  init?(_ source: [UInt8]) {
    var reader = PatternReader(source)
    self.options = reader.readOptions()
    guard let alternatives = reader.readAlternatives(), reader.isAtEnd else { return nil }
    self.alternatives = alternatives
  }

  /// The common prefix of all matches.
  var prefix: [UInt8] {
    guard options.isEmpty else { return [] }
    let prefixes = alternatives.map { alternative in
      alternative.prefix { $0.byte != nil }.compactMap(\.byte)
    }
    return prefixes.dropFirst().reduce(prefixes.first ?? []) { common, other in
      zip(common, other).prefix { $0 == $1 }.map(\.0)
    }
  }

  /// The expression as text.
  var source: [UInt8] {
    var text = options.isEmpty ? [] : Array("(?".utf8) + options + Array(")".utf8)
    Self.write(alternatives, to: &text)
    return text
  }

  /// Appends alternatives to an expression.
  static func write(_ alternatives: [[Item]], to text: inout [UInt8]) {
    for (index, alternative) in alternatives.enumerated() {
      if index > 0 { text.append(UInt8(ascii: "|")) }
      for item in alternative { write(item, to: &text) }
    }
  }

  /// Appends an item to an expression.
  static func write(_ item: Item, to text: inout [UInt8]) {
    switch item {
    case .byte(let byte):
      if byte.isMetacharacter { text.append(UInt8(ascii: "\\")) }
      text.append(byte)
    case .anything: text += ".*".utf8
    case .something: text += ".+".utf8
    case .start: text += "\\A".utf8
    case .end: text += "$".utf8
    case .veryEnd: text += "\\z".utf8
    case .other(let source): text += source
    }
  }
}

extension PatternSyntax {
  /// The expression without a `.*` at the start or end of an alternative.
  ///
  /// Both expressions match in the same texts, unless the result can match nothing. The rest after a leading `.*`
  /// matches on its own, the rest before a trailing `.*` too, and the bounds of a match do not matter. (`.*a` matches
  /// from the start, `a` later. This does not hold for `.*+a` and `^.*a`.)
  func withoutOuterDotStars() -> PatternSyntax {
    var reduced = self
    reduced.alternatives = alternatives.map { alternative in
      var items = alternative[...]
      while items.first == .anything { items.removeFirst() }
      while items.last == .anything { items.removeLast() }
      return Array(items)
    }
    return reduced
  }

  /// A faster expression that matches in all texts of this one, and perhaps in more, unless it can match nothing.
  ///
  /// `^.*a` and `.+a` become `a`, and `a.*$` and `a.+` too.
  func loosened() -> PatternSyntax {
    var loose = self
    loose.alternatives = alternatives.map { alternative in
      var items = alternative[...]
      let isTied = items.first == .start
      if !isTied || items.dropFirst().first?.isDots == true {
        if isTied { items.removeFirst() }
        while items.first?.isDots == true { items.removeFirst() }
      }
      let isEnded = items.last == .end || items.last == .veryEnd
      if !isEnded || items.dropLast().last?.isDots == true {
        if isEnded { items.removeLast() }
        while items.last?.isDots == true { items.removeLast() }
      }
      return Array(items)
    }
    return loose
  }
}

/// Reads an expression that PCRE2 can compile, and gives up on rare syntax.
struct PatternReader {
  private let source: [UInt8]
  private var position = 0
  private var isMultiline = false

  /// - Parameter isMultiline: Whether `^` and `$` also match at newlines inside the text.
  init(_ source: [UInt8], isMultiline: Bool = false) {
    self.source = source
    self.isMultiline = isMultiline
  }

  var isAtEnd: Bool { position == source.count }

  var next: UInt8? { isAtEnd ? nil : source[position] }

  private mutating func skip(_ text: String) -> Bool {
    guard source[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  /// Leading options. Empty: there are none, or others than `i`, `m` and `s`.
  mutating func readOptions() -> [UInt8] {
    guard source.starts(with: "(?".utf8), let close = source.firstIndex(of: UInt8(ascii: ")"))
    else { return [] }
    let letters = Array(source[2..<close])
    guard !letters.isEmpty, letters.allSatisfy({ "ims".utf8.contains($0) }) else { return [] }
    position = close + 1
    isMultiline = letters.contains(UInt8(ascii: "m"))
    return Set(letters).sorted()
  }

  /// Alternatives up to the end or to an unmatched closing parenthesis. Nil: rare syntax.
  mutating func readAlternatives() -> [[PatternSyntax.Item]]? {
    var alternatives: [[PatternSyntax.Item]] = [[]]
    while let byte = next, byte != UInt8(ascii: ")") {
      if byte == UInt8(ascii: "|") {
        position += 1
        alternatives.append([])
      } else {
        guard let item = readItem() else { return nil }
        alternatives[alternatives.count - 1].append(item)
      }
    }
    return alternatives
  }

  private mutating func readItem() -> PatternSyntax.Item? {
    guard let atom = readAtom(), let quantifier = readQuantifier() else { return nil }
    if quantifier.isEmpty { return atom }
    if atom.isAssertion { return nil }
    if atom == .other([UInt8(ascii: ".")]) {
      switch String(decoding: quantifier, as: UTF8.self) {
      case "*", "*?": return .anything
      case "+", "+?": return .something
      default: break
      }
    }
    var text: [UInt8] = []
    PatternSyntax.write(atom, to: &text)
    return .other(text + quantifier)
  }

  mutating func readAtom() -> PatternSyntax.Item? {
    guard let byte = next else { return nil }
    switch byte {
    case UInt8(ascii: "("): return readGroup()
    case UInt8(ascii: "["): return readClass()
    case UInt8(ascii: "\\"): return readEscape()
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"): return nil
    default: position += 1
    }
    switch byte {
    case UInt8(ascii: "."): return .other([byte])
    case UInt8(ascii: "^"): return isMultiline ? .other([byte]) : .start
    case UInt8(ascii: "$"): return isMultiline ? .other([byte]) : .end
    default: return .byte(byte)
    }
  }

  /// A quantifier, or nothing. Nil: text that other versions of PCRE2 may read as a quantifier.
  mutating func readQuantifier() -> [UInt8]? {
    let start = position
    switch next {
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"): position += 1
    case UInt8(ascii: "{"):
      position += 1
      guard skipDigits() else { return nil }
      if skip(",") { _ = skipDigits() }
      guard skip("}") else { return nil }
    default: return []
    }
    if !skip("?") { _ = skip("+") }
    return Array(source[start..<position])
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = next, byte.isASCIIDigit { position += 1 }
    return position > start
  }

  private mutating func readEscape() -> PatternSyntax.Item? {
    position += 1
    guard let letter = next else { return nil }
    position += 1
    if letter.isPunctuation { return .byte(letter) }
    switch letter {
    case UInt8(ascii: "A"): return .start
    case UInt8(ascii: "z"): return .veryEnd
    case UInt8(ascii: "t"): return .byte(0x09)
    case UInt8(ascii: "n"): return .byte(0x0a)
    case UInt8(ascii: "f"): return .byte(0x0c)
    case UInt8(ascii: "r"): return .byte(0x0d)
    case UInt8(ascii: "x"):
      let digits = source[position...].prefix(2)
      guard digits.count == 2, digits.allSatisfy({ $0.isASCIIDigit || $0.isASCIILetter }),
        let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      else { return nil }
      position += 2
      return .byte(byte)
    default:
      return "dDwWsShHvVbBZ".utf8.contains(letter) ? .other([UInt8(ascii: "\\"), letter]) : nil
    }
  }

  private mutating func readClass() -> PatternSyntax.Item? {
    let start = position
    position += 1
    _ = skip("^")
    // A closing bracket in the first place stands for itself.
    _ = skip("]")
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "]"): return .other(Array(source[start..<position]))
      case UInt8(ascii: "\\"):
        guard let letter = next, !"QEc".utf8.contains(letter) else { return nil }
        position += 1
      case UInt8(ascii: "["):
        guard let mark = next, ":.=".utf8.contains(mark) else { continue }
        // A named class, such as `[:alpha:]`.
        position += 1
        _ = skip("^")
        while let letter = next, letter.isASCIILetter { position += 1 }
        guard mark == UInt8(ascii: ":"), skip(":]") else { return nil }
      default: break
      }
    }
    return nil
  }

  /// A group. A capturing group becomes a plain one, because nothing refers to it.
  private mutating func readGroup() -> PatternSyntax.Item? {
    guard let group = readGroupParts() else { return nil }
    var text = Array("(?".utf8) + group.opening
    PatternSyntax.write(group.alternatives, to: &text)
    return .other(text + [UInt8(ascii: ")")])
  }

  /// A group's opening after `(?`, such as `:`, `i:` or `<=`, and its alternatives.
  mutating func readGroupParts() -> (opening: [UInt8], alternatives: [[PatternSyntax.Item]])? {
    position += 1
    var opening = Array(":".utf8)
    if skip("?") {
      let start = position
      while let letter = next, "ims".utf8.contains(letter) { position += 1 }
      if !skip(":") {
        guard position == start, skip("=") || skip("!") || skip(">") || skip("<=") || skip("<!")
        else { return nil }
      }
      opening = Array(source[start..<position])
    } else if next == UInt8(ascii: "*") {
      return nil
    }
    let wasMultiline = isMultiline
    if opening.contains(UInt8(ascii: "m")) { isMultiline = true }
    defer { isMultiline = wasMultiline }
    guard let alternatives = readAlternatives(), skip(")") else { return nil }
    return (opening, alternatives)
  }
}

extension PatternSyntax.Item {
  /// The byte of a `byte` item. Nil: another item.
  var byte: UInt8? {
    if case .byte(let byte) = self { return byte }
    return nil
  }

  fileprivate var isDots: Bool { self == .anything || self == .something }

  /// Whether this is an assertion of one character or escape. With a quantifier it is rare syntax.
  fileprivate var isAssertion: Bool {
    switch self {
    case .start, .end, .veryEnd: true
    case .other(let source):
      ["\\b", "\\B", "\\Z", "^", "$"].contains { source.elementsEqual($0.utf8) }
    default: false
    }
  }
}

extension UInt8 {
  /// Whether this means something else than itself outside of a class.
  fileprivate var isMetacharacter: Bool { "\\^$.|?*+()[]{}".utf8.contains(self) }

  /// Whether this is a printable ASCII character, but not a letter, digit or space. After a backslash it stands for
  /// itself.
  fileprivate var isPunctuation: Bool {
    self > 0x20 && self < 0x7f && !isASCIIDigit && !isASCIILetter
  }
}
