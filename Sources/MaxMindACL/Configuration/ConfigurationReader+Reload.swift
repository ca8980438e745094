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
