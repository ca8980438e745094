import ArgumentParser
import MaxMindACL
import Text

/// The moment for which requests are decided.
struct MomentOption: ParsableArguments {
  @Option(
    name: .customLong("now"),
    help: ArgumentHelp(
      "Decide as at this time, such as 2026-12-31T00:00:00Z, not as at present.",
      valueName: "time"))
  private var time: Moment?

  /// In seconds since 1970; nil: the present.
  var now: Int64? { time?.seconds }
}

/// A time as people write it: `2026-12-31T00:00:00Z`, or with `+01:00` in place of the `Z`.
struct Moment: Hashable, Sendable, ExpressibleByArgument {
  /// In seconds since 1970.
  var seconds: Int64

  init?(argument: String) {
    guard let seconds = epoch(time: argument.utf8.span) else { return nil }
    self.seconds = seconds
  }
}
