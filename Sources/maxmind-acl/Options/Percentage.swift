import ArgumentParser
import TrafficReplay

/// A percentage as people write it: `80%`, `80 %` or `80`.
struct Percentage: Hashable, Sendable {
  /// From 0. 100 is the whole.
  var value: Double

  /// A share.
  static func share(_ text: String) throws -> Percentage {
    guard let amount = Amount(text), amount.value <= 100 else {
      throw ValidationError("expected a percentage from 0 to 100, such as 80%")
    }
    return Percentage(value: amount.value)
  }

  /// A change, which may be over 100%.
  static func change(_ text: String) throws -> Percentage {
    guard let amount = Amount(text) else {
      throw ValidationError(
        "expected a percentage from 0, such as 20%, or 300% for a list that may grow fourfold")
    }
    return Percentage(value: amount.value)
  }
}
