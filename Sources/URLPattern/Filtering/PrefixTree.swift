/// Writes many alternatives as one expression in which what they begin with together stands once:
/// `/abc`, `/abd` and `x` become `/ab(?:c|d)|x`.
///
/// Matching tries alternatives one after the other, so that a thousand words that begin alike cost a thousand
/// comparisons wherever one could begin; as a tree they cost a few.
enum PrefixTree {
  /// What a tree may add to the nesting of parentheses, of which PCRE2 allows 250.
  private static let maximumDepth = 40

  /// Adds an expression to `text` that matches where one of the alternatives does; the order in which
  /// they are tried isn't kept.
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
