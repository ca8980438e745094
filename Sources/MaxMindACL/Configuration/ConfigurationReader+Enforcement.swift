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

  private mutating func time(_ entry: Entry, _ name: String) -> Int64? {
    if case .scalar(let text, isPlain: _) = document[entry.value].content,
      let seconds = epoch(time: text.utf8.span)
    {
      return seconds
    }
    error(
      .badTime, "\(name): expected a time with its offset, such as 2026-12-01T06:00:00Z",
      at: entry.value)
    return nil
  }
}
