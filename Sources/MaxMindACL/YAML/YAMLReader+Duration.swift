extension YAMLReader {
  /// A length of time such as `60s`: a whole number and a unit. Reports other values.
  ///
  /// - Parameter alternative: The other valid value, for messages.
  package mutating func duration(
    _ id: NodeID, _ name: String, alternative: String? = nil
  ) -> Duration? {
    let or = alternative.map { ", or \($0)" } ?? ""
    guard case .scalar(let text, isPlain: _) = document[id].content, !text.isEmpty else {
      error(.badDuration, "\(name): expected a time such as 60s\(or)", at: id)
      return nil
    }
    let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
    let unit = text.dropFirst(digits.count)
    let count = digits.count <= 12 ? Int64(digits) : nil
    if let count, let unit = durationUnits[String(unit)] { return unit * count }
    let isBareNumber = count != nil && unit.isEmpty
    error(
      .badDuration,
      isBareNumber
        ? "\(name): \(text) has no unit; did you mean \(text)s?"
        : "\(name): expected a time such as 60s (units ms, s, m, h, d)\(or)", at: id)
    return nil
  }
}

private let durationUnits: [String: Duration] = [
  "ms": .milliseconds(1), "s": .seconds(1), "m": .seconds(60), "h": .seconds(3600),
  "d": .seconds(86_400),
]
