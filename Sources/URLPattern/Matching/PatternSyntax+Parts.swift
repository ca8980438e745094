/// An item that is neither a plain byte nor a run of dots, taken apart one level further.
struct PatternPart {
  /// What is repeated.
  enum Atom {
    /// One byte of these.
    case bytes(SubjectBytes)
    /// One of these alternatives; `foldsCase`: letters match in either case.
    case group([[PatternSyntax.Item]], foldsCase: Bool)
    /// Nothing is consumed; whether it holds is not looked at.
    case assertion
  }

  var atom: Atom
  /// How often it has to match.
  var least: Int
  /// How often it may match; nil: any number of times.
  var most: Int?

  /// Reads the text of `PatternSyntax.Item.other`; nil where its effect is not known.
  init?(_ source: [UInt8]) {
    // `PatternSyntax` writes a `^` of one line as `\A`.
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
