import Locking
import Synchronization

/// Chooses the denials that get a line in the log of denials, by the sample and the rate of `log`.
///
/// Threads: any. Only `of(_:_:)` takes a lock.
public final class DenialSampler: Sendable {
  private static let all = Locked<[[String]: DenialSampler]>([:])
  private static let nanosecondsPerSecond: Int64 = 1_000_000_000

  private let seen = Atomic<UInt64>(0)
  /// When the next line is due at an even pace.
  private let earliest = Atomic<Int64>(0)
  private let suppressed = Atomic<UInt64>(0)

  /// The sampler of a file, for the policies of one `name`. It is never freed.
  public static func of(_ name: String, file: String) -> DenialSampler {
    all.withLock { all in
      if let sampler = all[[name, file]] { return sampler }
      let sampler = DenialSampler()
      all[[name, file]] = sampler
      return sampler
    }
  }

  init() {}

  /// Whether a denial gets a line, at a time in nanoseconds of a clock that is never set.
  public func admits(_ log: Configuration.DenialLog, at uptime: Int64) -> Bool {
    let sample = UInt64(log.sample)
    let whole = UInt64(allHundredthsOfPercent)
    let number = seen.wrappingAdd(1, ordering: .relaxed).oldValue % whole
    if number &* sample % whole >= sample { return false }
    if isWithinRate(log.linesPerSecond, at: uptime) { return true }
    suppressed.wrappingAdd(1, ordering: .relaxed)
    return false
  }

  /// How many lines the rate has suppressed since the last call.
  public func takeSuppressed() -> UInt64 { suppressed.exchange(0, ordering: .relaxed) }

  /// Lines may come in a burst, of at most the lines of one second.
  private func isWithinRate(_ linesPerSecond: UInt32, at uptime: Int64) -> Bool {
    let pace = Self.nanosecondsPerSecond / Int64(max(1, linesPerSecond))
    let ahead = Self.nanosecondsPerSecond &- pace
    var known = earliest.load(ordering: .relaxed)
    while true {
      let start = max(known, uptime)
      if start &- uptime > ahead { return false }
      let (isDone, found) = earliest.weakCompareExchange(
        expected: known, desired: start &+ pace, ordering: .relaxed)
      if isDone { return true }
      known = found
    }
  }
}
