/// One pattern's share of a filter. It matches wherever the pattern matches.
struct FilterPart: Sendable {
  /// Whether it may also match where the pattern does not.
  let isLoose: Bool
  /// Whether it matches at the start of the text only. If so, the alternatives have no `^`.
  let isAnchored: Bool
  /// The letters of the options, which hold for the whole part.
  let options: [UInt8]
  let alternatives: [[PatternSyntax.Item]]

  init(_ syntax: PatternSyntax, isLoose: Bool) {
    self.isLoose = isLoose
    self.isAnchored = syntax.alternatives.allSatisfy { $0.first == .start }
    self.options = syntax.options
    self.alternatives =
      isAnchored ? syntax.alternatives.map { Array($0.dropFirst()) } : syntax.alternatives
  }

  /// Compiles one program that matches wherever one of the parts matches.
  ///
  /// - Parameter parts: Either all anchored or none.
  /// - Returns: nil if PCRE2 refuses the program as too large or too deep.
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

  /// PCRE2's code is limited to 64 kB, and few expressions are four times longer than their code.
  private static let maximumLength = 1 << 18
}

/// Writes many alternatives as one expression in which each common prefix appears once: `/abc`, `/abd` and `x` become
/// `/ab(?:c|d)|x`.
///
/// PCRE2 tries alternatives one after the other. A thousand words with a common prefix cost a thousand comparisons at
/// each place where one could begin. As a tree they cost a few.
enum PrefixTree {
  /// How many levels of parentheses a tree may add. PCRE2 allows 250.
  private static let maximumDepth = 40

  /// Appends an expression to `text` that matches wherever one of the alternatives matches. Their order is not kept.
  static func write(_ alternatives: [ArraySlice<PatternSyntax.Item>], to text: inout [UInt8]) {
    write(alternatives, depth: 0, to: &text)
  }

  private static func write(
    _ alternatives: [ArraySlice<PatternSyntax.Item>], depth: Int, to text: inout [UInt8]
  ) {
    var order: [PatternSyntax.Item?] = []
    var groups: [PatternSyntax.Item?: [ArraySlice<PatternSyntax.Item>]] = [:]
    for alternative in alternatives {
      if groups[alternative.first] == nil { order.append(alternative.first) }
      groups[alternative.first, default: []].append(alternative.dropFirst())
    }
    for (index, item) in order.enumerated() {
      if index > 0 { text.append(UInt8(ascii: "|")) }
      // Alternatives that end here are one empty alternative.
      guard let item, var rests = groups[item] else { continue }
      PatternSyntax.write(item, to: &text)
      while let next = rests[0].first, rests.allSatisfy({ $0.first == next }) {
        PatternSyntax.write(next, to: &text)
        rests = rests.map { $0.dropFirst() }
      }
      if rests.allSatisfy(\.isEmpty) { continue }
      text += "(?:".utf8
      if depth < maximumDepth {
        write(rests, depth: depth + 1, to: &text)
      } else {
        PatternSyntax.write(rests.map(Array.init), to: &text)
      }
      text.append(UInt8(ascii: ")"))
    }
  }
}
