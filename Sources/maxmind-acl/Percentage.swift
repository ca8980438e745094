import ArgumentParser
import TrafficReplay

/// A share as people write it: `80%`, `80 %` or `80`.
struct Percentage: Hashable, Sendable, ExpressibleByArgument {
  /// From 0 to 100.
  var value: Double

  init?(argument: String) {
    guard let amount = Amount(argument), amount.value <= 100 else { return nil }
    value = amount.value
  }
}
