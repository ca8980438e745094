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

/// A change against what was there before, which may be more than all of it: `20%`, `150 %` or `20`.
struct ChangePercentage: Hashable, Sendable, ExpressibleByArgument {
  /// From 0.
  var value: Double

  init?(argument: String) {
    guard let amount = Amount(argument) else { return nil }
    value = amount.value
  }
}
