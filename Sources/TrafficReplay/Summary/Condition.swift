/// A text is not a condition.
package struct ConditionError: Error, Hashable, Sendable {
  /// The mistake and the fix.
  package var message: String
}

/// A condition of `--fail-if`: `newly-denied > 0.1%`.
package struct Condition: Hashable, Sendable {
  /// The count that is compared.
  package enum Measure: String, CaseIterable, Sendable {
    /// The requests that flip from allowed to denied.
    case newlyDenied = "newly-denied"
    /// The requests that flip from denied to allowed.
    case newlyAllowed = "newly-allowed"
    /// The requests that OLD maps and NEW does not, which Traffic Server answers with 404.
    case newlyUnmapped = "newly-unmapped"
    /// The requests that NEW maps and OLD does not.
    case newlyMapped = "newly-mapped"
    /// The requests of all four.
    case changed
    case requests
    /// The share of the lines that hold a request.
    case coverage
  }

  private enum Comparison: String, CaseIterable, Sendable {
    case atLeast = ">="
    case atMost = "<="
    case more = ">"
    case less = "<"
  }

  /// The condition as it is written.
  package let text: String
  private let measure: Measure
  private let comparison: Comparison
  private let amount: Amount

  /// A condition from its text.
  package init(_ text: String) throws(ConditionError) {
    guard
      let comparison = Comparison.allCases.first(where: { text.contains($0.rawValue) }),
      let place = text.firstRange(of: comparison.rawValue)
    else {
      throw ConditionError(
        message: "expected a comparison by >, >=, < or <=, such as newly-denied > 0.1%")
    }
    let name = text[..<place.lowerBound].trimmingSpaces
    guard let measure = Measure(rawValue: name) else {
      let names = Measure.allCases.map(\.rawValue).joined(separator: ", ")
      throw ConditionError(message: "'\(name)' cannot be compared; expected one of \(names)")
    }
    let number = text[place.upperBound...].trimmingSpaces
    guard let amount = Amount(number) else {
      throw ConditionError(
        message:
          "'\(number)' is not an amount; expected a number or a percentage, such as 250 or 0.1%")
    }
    switch measure {
    case .coverage where !amount.isPercentage:
      throw ConditionError(message: "coverage is a share; expected a percentage such as 95%")
    case .requests where amount.isPercentage:
      throw ConditionError(message: "requests is a number; expected one without %")
    default: break
    }
    let neverHolds =
      switch comparison {
      case .less: amount.value == 0
      case .more: amount.isPercentage && amount.value >= 100
      case .atLeast: amount.isPercentage && amount.value > 100
      case .atMost: false
      }
    if neverHolds {
      throw ConditionError(
        message: "never holds: no count is below 0 and no share is above 100%")
    }
    self.text = text
    self.measure = measure
    self.comparison = comparison
    self.amount = amount
  }

  /// Whether it holds.
  package func holds(for summary: DifferenceSummary) -> Bool {
    let found = value(in: summary)
    return switch comparison {
    case .more: found > amount.value
    case .less: found < amount.value
    case .atLeast: found >= amount.value
    case .atMost: found <= amount.value
    }
  }

  /// The counts for a person: `1,234 of 1,000,000 requests (0.123 %)`.
  package func finding(in summary: DifferenceSummary) -> String {
    let (count, total) = counts(in: summary)
    let share = total == 0 ? "" : " (\(percentage(count, of: total, decimals: 3)))"
    return measure == .requests
      ? "\(count) requests"
      : "\(count) of \(total) \(measure == .coverage ? "lines" : "requests")\(share)"
  }

  private func counts(in summary: DifferenceSummary) -> (count: Int, total: Int) {
    let requests = summary.coverage.requests
    return switch measure {
    case .newlyDenied: (summary.newlyDenied.requests, requests)
    case .newlyAllowed: (summary.newlyAllowed.requests, requests)
    case .newlyUnmapped: (summary.newlyUnmapped.requests, requests)
    case .newlyMapped: (summary.newlyMapped.requests, requests)
    case .changed: (saturatingSum(summary.directions.map(\.flips.requests)), requests)
    case .requests: (requests, requests)
    case .coverage: (requests, summary.coverage.lines)
    }
  }

  private func value(in summary: DifferenceSummary) -> Double {
    let (count, total) = counts(in: summary)
    guard amount.isPercentage else { return Double(count) }
    return total == 0 ? 0 : 100 * Double(count) / Double(total)
  }
}

extension StringProtocol {
  /// The text without the spaces around it.
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

/// A share or a number of requests as people write it: `0.1%`, `80 %`, `250`.
package struct Amount: Hashable, Sendable {
  /// The number without the percent sign.
  package var value: Double
  /// Whether it is a percentage.
  package var isPercentage: Bool

  /// Nil: the text is not an amount.
  package init?(_ text: some StringProtocol) {
    isPercentage = text.hasSuffix("%")
    var number = text[...]
    if isPercentage { number = number.dropLast() }
    while number.last == " " { number = number.dropLast() }
    guard number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
      let value = Double(String(number)), value.isFinite
    else { return nil }
    self.value = value
  }
}
