import Text

/// 100 %, in hundredths of a percent: the unit of `enforce_percent` and `sample`.
let allHundredthsOfPercent: UInt32 = 10_000

/// Parses `10` as 1000 and `0.25` as 25; nil: not a number from 0 to 100 with at most two decimals.
func hundredthsOfPercent(_ text: String) -> UInt32? {
  let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  guard parts.count <= 2, let whole = parts.first, (1...3).contains(whole.count),
    parts.dropFirst().allSatisfy({ (1...2).contains($0.count) }),
    parts.joined().allSatisfy(\.isASCIIDigit)
  else { return nil }
  let decimals = parts.count > 1 ? String(Substring(parts[1])) : ""
  let padded = decimals + String(repeating: "0", count: 2 - decimals.count)
  guard let share = UInt32(String(Substring(whole)) + padded), share <= allHundredthsOfPercent
  else { return nil }
  return share
}

/// Prints 1000 as `10` and 25 as `0.25`.
func percent(hundredths share: UInt32) -> String {
  let (whole, rest) = share.quotientAndRemainder(dividingBy: 100)
  guard rest > 0 else { return "\(whole)" }
  return rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
}
