/// The parts of an item that is neither a plain byte nor a run of dots.
struct PatternPart {
  /// The part that the quantifier repeats.
  enum Atom {
    /// One byte of a set.
    case bytes(SubjectBytes)
    /// One of the alternatives. `foldsCase`: letters match in either case.
    case group([[PatternSyntax.Item]], foldsCase: Bool)
    /// Consumes nothing. Its truth is not evaluated.
    case assertion
  }

  var atom: Atom
  /// The least number of repetitions.
  var least: Int
  /// The greatest number of repetitions. Nil: no limit.
  var most: Int?

  /// Reads the text of `PatternSyntax.Item.other`. Nil: its effect is unknown.
  init?(_ source: [UInt8]) {
    // `PatternSyntax` writes a `^` without `(?m)` as `\A`, so that this one has `(?m)`.
    var reader = PatternReader(source, isMultiline: true)
    switch source.first {
    case UInt8(ascii: "("):
      guard let group = reader.readGroupParts() else { return nil }
      let isAssertion = group.opening.contains { "=!".utf8.contains($0) }
      atom =
        isAssertion
        ? .assertion
        : .group(group.alternatives, foldsCase: group.opening.contains(UInt8(ascii: "i")))
    default:
      guard let item = reader.readAtom() else { return nil }
      switch item {
      case .byte(let byte): atom = .bytes(SubjectBytes(byte))
      case .other(let text):
        if ["^", "$", "\\b", "\\B", "\\Z"].contains(String(decoding: text, as: UTF8.self)) {
          atom = .assertion
        } else if let bytes = SubjectBytes(class: text) {
          atom = .bytes(bytes)
        } else {
          return nil
        }
      default: return nil
      }
    }
    guard let quantifier = reader.readQuantifier(), reader.isAtEnd else { return nil }
    (least, most) = (1, 1)
    switch quantifier.first {
    case UInt8(ascii: "*"): (least, most) = (0, nil)
    case UInt8(ascii: "+"): most = nil
    case UInt8(ascii: "?"): least = 0
    case UInt8(ascii: "{"):
      let bounds = quantifier.dropFirst().prefix { $0 != UInt8(ascii: "}") }
        .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        .map { Int(String(decoding: $0, as: UTF8.self)) }
      guard let first = bounds.first, let first else { return nil }
      least = first
      most = bounds.count > 1 ? bounds[1] : first
    default: break
    }
  }
}
