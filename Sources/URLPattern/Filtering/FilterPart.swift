/// What a filter looks for on behalf of one pattern: wherever the pattern matches, so does this.
struct FilterPart: Sendable {
  /// Whether it may also match where the pattern doesn't.
  let isLoose: Bool
  /// Whether it can match at the start of the text only. Then the alternatives come without their `^`.
  let isAnchored: Bool
  /// The letters of the options that hold for all of it.
  let options: [UInt8]
  let alternatives: [[PatternSyntax.Item]]

  init(_ syntax: PatternSyntax, isLoose: Bool) {
    self.isLoose = isLoose
    self.isAnchored = syntax.alternatives.allSatisfy { $0.first == .start }
    self.options = syntax.options
    self.alternatives =
      isAnchored ? syntax.alternatives.map { Array($0.dropFirst()) } : syntax.alternatives
  }

  /// Compiles one program that matches where any of the parts does.
  ///
  /// - Parameter parts: all anchored, or none.
  /// - Returns: nil where PCRE2 refuses it, because it is too large or nests too deeply.
  static func compile(_ parts: [FilterPart], usingJIT: Bool) -> Program? {
    var byOptions: [(options: [UInt8], alternatives: [ArraySlice<PatternSyntax.Item>])] = []
    for part in parts {
      let alternatives = part.alternatives.map { $0[...] }
      if let index = byOptions.firstIndex(where: { $0.options == part.options }) {
        byOptions[index].alternatives += alternatives
      } else {
        byOptions.append((options: part.options, alternatives: alternatives))
      }
    }
    var source: [UInt8] = parts.allSatisfy(\.isAnchored) ? Array("\\A(?:".utf8) : Array("(?:".utf8)
    for (index, group) in byOptions.enumerated() {
      if index > 0 { source.append(UInt8(ascii: "|")) }
      source += "(?".utf8 + group.options + ":".utf8
      PrefixTree.write(group.alternatives, to: &source)
      source.append(UInt8(ascii: ")"))
    }
    source.append(UInt8(ascii: ")"))
    return try? Program(source, usingJIT: usingJIT, maximumLength: maximumLength)
  }

  /// PCRE2 takes 64 kB of code, and few expressions become four times smaller in it.
  private static let maximumLength = 1 << 18
}
