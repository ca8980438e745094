import ArgumentParser
import TrafficReplay

/// A percentage as people write it: `80%`, `80 %` or `80`.
struct Percentage: Hashable, Sendable {
  /// From 0; 100 is all of what it is a part of.
  var value: Double

  /// How much of something.
  static func share(_ text: String) throws -> Percentage {
    guard let amount = Amount(text), amount.value <= 100 else {
      throw ValidationError("a percentage from 0 to 100 is needed, such as 80%")
    }
    return Percentage(value: amount.value)
  }

  /// How much something changes, which may be by more than there was.
  static func change(_ text: String) throws -> Percentage {
    guard let amount = Amount(text) else {
      throw ValidationError(
        "a percentage from 0 is needed, such as 20%, or 300% where a list may grow fourfold")
    }
    return Percentage(value: amount.value)
  }
}
