/// The candidate closest to a text; nil: none is close enough.
package func suggestion(for text: String, among candidates: [String]) -> String? {
  let lowered = text.lowercased()
  let limit = max(1, text.count / 3)
  let ranked = candidates.map { (name: $0, distance: editDistance(lowered, $0.lowercased())) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit else {
    return nil
  }
  return best.name
}

/// The number of inserted, deleted, replaced and swapped characters.
private func editDistance(_ left: String, _ right: String) -> Int {
  // Long keys are not typing mistakes, and the table grows with the product of the lengths.
  let (a, b) = (Array(left.unicodeScalars.prefix(64)), Array(right.unicodeScalars.prefix(64)))
  var table = [[Int]](repeating: Array(0...b.count), count: a.count + 1)
  for i in 0..<(a.count + 1) { table[i][0] = i }
  for i in 0..<a.count {
    for j in 0..<b.count {
      var best = min(
        table[i][j + 1] + 1, table[i + 1][j] + 1, table[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, table[i - 1][j - 1] + 1)
      }
      table[i + 1][j + 1] = best
    }
  }
  return table[a.count][b.count]
}

/// The message for an unknown `{name}`.
func unknownPlaceholder(_ name: String, among known: [String]) -> String {
  let hint =
    suggestion(for: name, among: known).map { "did you mean {\($0)}?" }
    ?? "expected " + known.map { "{\($0)}" }.joined(separator: ", ")
  return "unknown placeholder {\(name)}; \(hint)"
}
