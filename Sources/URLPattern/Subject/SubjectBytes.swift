import Text

/// A set of bytes, as coarse as URLs allow: some similar bytes share one element.
struct SubjectBytes: OptionSet, Hashable {
  var rawValue: UInt32

  static let slash = SubjectBytes(rawValue: 1 << 0)
  static let colon = SubjectBytes(rawValue: 1 << 1)
  static let dot = SubjectBytes(rawValue: 1 << 2)
  static let percent = SubjectBytes(rawValue: 1 << 3)
  static let question = SubjectBytes(rawValue: 1 << 4)
  static let hash = SubjectBytes(rawValue: 1 << 5)
  static let semicolon = SubjectBytes(rawValue: 1 << 6)
  static let backslash = SubjectBytes(rawValue: 1 << 7)
  static let openBracket = SubjectBytes(rawValue: 1 << 8)
  static let closeBracket = SubjectBytes(rawValue: 1 << 9)
  static let two = SubjectBytes(rawValue: 1 << 10)
  static let three = SubjectBytes(rawValue: 1 << 11)
  static let five = SubjectBytes(rawValue: 1 << 12)
  static let otherDigit = SubjectBytes(rawValue: 1 << 13)
  static let lowerB = SubjectBytes(rawValue: 1 << 14)
  static let lowerC = SubjectBytes(rawValue: 1 << 15)
  static let lowerF = SubjectBytes(rawValue: 1 << 16)
  /// `a`, `d` and `e`.
  static let otherLowerHexadecimal = SubjectBytes(rawValue: 1 << 17)
  static let otherLower = SubjectBytes(rawValue: 1 << 18)
  static let upperB = SubjectBytes(rawValue: 1 << 19)
  static let upperC = SubjectBytes(rawValue: 1 << 20)
  static let upperF = SubjectBytes(rawValue: 1 << 21)
  static let otherUpper = SubjectBytes(rawValue: 1 << 22)
  /// All else.
  static let other = SubjectBytes(rawValue: 1 << 23)

  static let all = SubjectBytes(rawValue: (1 << 24) - 1)
  static let digits: SubjectBytes = [.two, .three, .five, .otherDigit]
  static let lowerHexadecimal: SubjectBytes = [.lowerB, .lowerC, .lowerF, .otherLowerHexadecimal]
  static let lower: SubjectBytes = lowerHexadecimal.union(.otherLower)
  static let upper: SubjectBytes = [.upperB, .upperC, .upperF, .otherUpper]

  init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// The set of one byte, and of all bytes that share its element.
  init(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "/"): self = .slash
    case UInt8(ascii: ":"): self = .colon
    case UInt8(ascii: "."): self = .dot
    case UInt8(ascii: "%"): self = .percent
    case UInt8(ascii: "?"): self = .question
    case UInt8(ascii: "#"): self = .hash
    case UInt8(ascii: ";"): self = .semicolon
    case UInt8(ascii: "\\"): self = .backslash
    case UInt8(ascii: "["): self = .openBracket
    case UInt8(ascii: "]"): self = .closeBracket
    case UInt8(ascii: "2"): self = .two
    case UInt8(ascii: "3"): self = .three
    case UInt8(ascii: "5"): self = .five
    case UInt8(ascii: "b"): self = .lowerB
    case UInt8(ascii: "c"): self = .lowerC
    case UInt8(ascii: "f"): self = .lowerF
    case UInt8(ascii: "B"): self = .upperB
    case UInt8(ascii: "C"): self = .upperC
    case UInt8(ascii: "F"): self = .upperF
    case UInt8(ascii: "a"), UInt8(ascii: "d"), UInt8(ascii: "e"): self = .otherLowerHexadecimal
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): self = .otherUpper
    case UInt8(ascii: "a")...UInt8(ascii: "z"): self = .otherLower
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self = .otherDigit
    default: self = .other
    }
  }

  /// Both cases of each letter.
  var foldingCase: SubjectBytes {
    // `A` shares an element with other letters, so it folds to several hexadecimal ones.
    let pairs: [(SubjectBytes, SubjectBytes)] = [
      (.lowerB, .upperB), (.lowerC, .upperC), (.lowerF, .upperF), (.otherLower, .otherUpper),
      (.otherLowerHexadecimal, .otherUpper),
    ]
    return pairs.reduce(self) { folded, pair in
      isDisjoint(with: pair.0.union(pair.1)) ? folded : folded.union(pair.0).union(pair.1)
    }
  }
}

extension SubjectBytes {
  /// The bytes of `.`, of an escape such as `\d`, or of a class in brackets. Nil: anything else.
  ///
  /// A class with rare syntax counts as every byte.
  init?(class source: [UInt8]) {
    switch source.first {
    case UInt8(ascii: "."): self = .all
    case UInt8(ascii: "\\"):
      guard source.count == 2, let bytes = ClassBytes(escape: source[1]) else { return nil }
      self = bytes.subjectBytes
    case UInt8(ascii: "["): self = ClassBytes(class: source)?.subjectBytes ?? .all
    default: return nil
    }
  }
}

/// The exact bytes of a class.
private struct ClassBytes {
  private var bytes = [Bool](repeating: false, count: 256)

  var subjectBytes: SubjectBytes {
    bytes.indices.reduce(into: []) { set, byte in
      if bytes[byte] { set.formUnion(SubjectBytes(UInt8(truncatingIfNeeded: byte))) }
    }
  }

  private mutating func insert(_ range: ClosedRange<UInt8>) {
    for byte in range { bytes[Int(byte)] = true }
  }

  private mutating func insert(_ other: ClassBytes) {
    for byte in bytes.indices where other.bytes[byte] { bytes[byte] = true }
  }

  private var inverted: ClassBytes {
    var result = self
    for byte in bytes.indices { result.bytes[byte].toggle() }
    return result
  }

  private init() {}

  /// `\d`, `\W` and the like. Nil: anything else.
  init?(escape letter: UInt8) {
    var set = ClassBytes()
    switch letter | 0x20 {
    case UInt8(ascii: "d"): set.insert(UInt8(ascii: "0")...UInt8(ascii: "9"))
    case UInt8(ascii: "w"):
      set.insert(UInt8(ascii: "0")...UInt8(ascii: "9"))
      set.insert(UInt8(ascii: "A")...UInt8(ascii: "Z"))
      set.insert(UInt8(ascii: "a")...UInt8(ascii: "z"))
      set.insert(UInt8(ascii: "_")...UInt8(ascii: "_"))
    // All white space shares one element with other bytes that have no meaning in a URL.
    case UInt8(ascii: "s"), UInt8(ascii: "h"), UInt8(ascii: "v"):
      set.insert(0x09...0x0d)
      set.insert(0x20...0x20)
    default: return nil
    }
    let isUpper = letter & 0x20 == 0
    self = isUpper ? set.inverted : set
  }

  /// A class in brackets that `PatternReader` has read. Nil: it has rare syntax.
  init?(class source: [UInt8]) {
    var rest = source.dropFirst().dropLast()
    let isInverted = rest.first == UInt8(ascii: "^")
    if isInverted { rest.removeFirst() }
    var pending: UInt8?
    while let byte = rest.popFirst() {
      var single: UInt8? = byte
      if byte == UInt8(ascii: "\\") {
        guard let letter = rest.popFirst() else { return nil }
        if let set = ClassBytes(escape: letter) {
          insert(set)
          single = nil
        } else if letter.isASCIILetter || letter.isASCIIDigit {
          return nil
        } else {
          single = letter
        }
      } else if byte == UInt8(ascii: "["), rest.first == UInt8(ascii: ":") {
        return nil
      } else if byte == UInt8(ascii: "-"), let first = pending, let last = rest.first {
        if last == UInt8(ascii: "\\") || last == UInt8(ascii: "[") { return nil }
        rest.removeFirst()
        guard first <= last else { return nil }
        insert(first...last)
        single = nil
      }
      if let single { insert(single...single) }
      pending = single
    }
    if isInverted { self = inverted }
  }
}
