import ArgumentParser

/// A share as people write it: `80%`, or `80`.
struct Percentage: Hashable, Sendable, ExpressibleByArgument {
  /// From 0 to 100.
  var value: Double

  init?(argument: String) {
    let number = argument.hasSuffix("%") ? String(argument.dropLast()) : argument
    guard number.utf8.allSatisfy({ "0123456789.".utf8.contains($0) }), let value = Double(number),
      value <= 100
    else { return nil }
    self.value = value
  }
}
