/// A share or a number of requests as people write it: `0.1%`, `80 %`, `250`.
package struct Amount: Hashable, Sendable {
  /// The number as it is written, without the percent sign.
  package var value: Double
  /// Whether it is a percentage.
  package var isPercentage: Bool

  /// An amount from its text; nil if it is none.
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
