import Text

// The denials that are enforced.
extension ConfigurationReader {
  mutating func readEnforcement(_ keys: Keys) {
    if let entry = keys["mode"] { readMode(entry) }
    if let entry = keys["enforce_percent"] { readPercent(entry) }
    let start = keys["enforce_from"].flatMap { time($0, "enforce_from") }
    let end = keys["enforce_until"].flatMap { time($0, "enforce_until") }
    configuration.enforcement.start = start
    configuration.enforcement.end = end
    if let start, let end, end <= start, let from = keys["enforce_from"],
      let until = keys["enforce_until"]
    {
      let line = document[from.key].range.start.line
      error(
        .badTime, "enforce_until: is not after enforce_from on line \(line)", at: until.value)
    }
  }

  private mutating func readMode(_ entry: Entry) {
    guard case .scalar(let text, isPlain: _) = document[entry.value].content,
      ["enforce", "monitor"].contains(text)
    else {
      error(.badMode, "mode: expected enforce or monitor", at: entry.value)
      return
    }
    configuration.enforcement.isMonitoring = text == "monitor"
  }

  private mutating func readPercent(_ entry: Entry) {
    guard case .scalar(let text, isPlain: _) = document[entry.value].content,
      let share = hundredthsOfPercent(text)
    else {
      error(
        .badPercentage, "enforce_percent: expected a number from 0 to 100, such as 10 or 0.5",
        at: entry.value)
      return
    }
    configuration.enforcement.share = share
  }
}

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

// How a running policy follows its files.
extension ConfigurationReader {
  /// Ten milliseconds, for tests.
  private static let shortestInterval = Duration.milliseconds(10)
  private static let longestInterval = Duration.seconds(86_400)

  mutating func readReload(_ keys: Keys) {
    if let entry = keys["reload"] { readInterval(entry) }
    if let entry = keys["jitter"] {
      if let jitter = duration(entry.value, "jitter") {
        if jitter <= Self.longestInterval {
          configuration.reload.jitter = jitter
        } else {
          error(.badDuration, "jitter: the most is 1d", at: entry.value)
        }
      }
      if configuration.reload.interval == nil {
        warning(.unusedKey, "jitter: has no effect, because reload is off", at: entry.key)
      }
    }
    if let entry = keys["allow_older"] {
      configuration.reload.allowsOlder = boolean(entry, "allow_older") ?? false
    }
    if let entry = keys["allow_lost_countries"] {
      configuration.reload.allowsLostCountries = boolean(entry, "allow_lost_countries") ?? false
    }
  }

  private mutating func readInterval(_ entry: Entry) {
    // In YAML, `off` is a boolean.
    if case .scalar(let text, isPlain: true) = document[entry.value].content,
      booleanValue(of: text) == false
    {
      configuration.reload.interval = nil
      return
    }
    guard let interval = duration(entry.value, "reload", alternative: "off") else { return }
    guard (Self.shortestInterval...Self.longestInterval).contains(interval) else {
      error(
        .badDuration, "reload: at least 10ms and at most 1d, or off", at: entry.value)
      return
    }
    configuration.reload.interval = interval
  }
}
