/// The sum, between `Int.min` and `Int.max`: a summary from a file may hold any number.
func saturatingSum(_ numbers: some Sequence<Int>) -> Int {
  numbers.reduce(0) { sum, number in
    let (result, overflows) = sum.addingReportingOverflow(number)
    if !overflows { return result }
    return number > 0 ? .max : .min
  }
}

/// The share of a whole: `2.05 %`. A share above 0 never reads `0.00 %`, and a share below 1 never `100.00 %`.
func percentage(_ part: Int, of whole: Int, decimals: Int = 2) -> String {
  guard whole > 0, part > 0 else { return "\(decimal(0, decimals)) %" }
  if part >= whole { return part == whole ? "100 %" : "> 100 %" }
  let unit = (0..<decimals).reduce(1) { unit, _ in unit * 10 }
  // Whole numbers with halves rounded to the even one: the shares of two parts add up to 100 %.
  let product = UInt(part).multipliedFullWidth(by: UInt(100 * unit))
  let (quotient, rest) = UInt(whole).dividingFullWidth(product)
  if quotient == 0 { return "< \(decimal(1 / Double(unit), decimals)) %" }
  let above = UInt(whole) - rest
  let roundsUp = rest > above || rest == above && !quotient.isMultiple(of: 2)
  let count = Int(clamping: roundsUp ? quotient + 1 : quotient)
  if quotient + 1 >= UInt(100 * unit), rest > 0 {
    return "> \(decimal(100 - 1 / Double(unit), decimals)) %"
  }
  return "\(decimal(Double(count) / Double(unit), decimals)) %"
}

/// A number of moderate size with a fixed number of decimals: `12.50`.
func decimal(_ number: Double, _ decimals: Int) -> String {
  let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
  guard let scaled = Int(exactly: (number * Double(scale)).rounded()) else { return "\(number)" }
  let magnitude = scaled.magnitude.quotientAndRemainder(dividingBy: UInt(scale))
  let whole = "\(scaled < 0 ? "-" : "")\(magnitude.quotient)"
  if decimals == 0 { return whole }
  let fraction = String(magnitude.remainder)
  return whole + "." + String(repeating: "0", count: decimals - fraction.count) + fraction
}

/// A number without more decimals than it needs: `12.5`, `12`.
func shortDecimal(_ number: Double, _ decimals: Int) -> String {
  let text = decimal(number, decimals)
  guard text.contains(".") else { return text }
  let kept = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
  return String(kept.reversed())
}

/// A count as the label of an axis: `950`, `12k`, `1.5M`.
func abbreviated(_ count: Int) -> String {
  for (size, unit) in [(1_000_000_000, "G"), (1_000_000, "M"), (1000, "k")] where count >= size {
    let number = Double(count) / Double(size)
    return shortDecimal(number, 1) + unit
  }
  return String(count)
}
