import Files
import Synchronization

/// Selects the denials for the log of denials, by the `sample` and the `rate` of `log`.
///
/// Threads: any. Only the static functions take a lock.
package final class DenialSampler: Sendable {
  /// All samplers, in the order of their creation.
  private static let all = Locked<[DenialSampler]>([])
  private static let nanosecondsPerSecond: Int64 = 1_000_000_000

  /// The `name` of the policies.
  package let name: String
  /// The file name of the log.
  package let file: String
  private let seen = Atomic<UInt64>(0)
  /// The earliest time for the next line at an even pace.
  private let earliest = Atomic<Int64>(0)
  private let suppressed = Atomic<UInt64>(0)

  /// The shared sampler of a log and a `name`. It is never freed.
  package static func of(_ name: String, file: String) -> DenialSampler {
    all.withLock { all in
      if let sampler = all.first(where: { $0.name == name && $0.file == file }) { return sampler }
      let sampler = DenialSampler(name, file: file)
      all.append(sampler)
      return sampler
    }
  }

  private init(_ name: String, file: String) {
    self.name = name
    self.file = file
  }

  /// Whether to log a denial, at a time in nanoseconds of a monotonic clock.
  package func admits(_ log: Configuration.DenialLog, at uptime: Int64) -> Bool {
    let sample = UInt64(log.sample)
    let whole = UInt64(allHundredthsOfPercent)
    let number = seen.wrappingAdd(1, ordering: .relaxed).oldValue % whole
    if number &* sample % whole >= sample { return false }
    if isWithinRate(log.linesPerSecond, at: uptime) { return true }
    suppressed.wrappingAdd(1, ordering: .relaxed)
    return false
  }

  /// The number of lines that the rate suppressed since the last call.
  package func takeSuppressed() -> UInt64 { suppressed.exchange(0, ordering: .relaxed) }

  /// Takes the count of the next sampler with suppressed lines; nil: none is left.
  ///
  /// - Parameter place: 0 begins a pass, which visits each sampler once.
  package static func takeSuppressed(
    from place: inout Int
  ) -> (sampler: DenialSampler, count: UInt64)? {
    let all = all.withLock { $0 }
    while all.indices.contains(place) {
      let sampler = all[place]
      place += 1
      let count = sampler.takeSuppressed()
      if count > 0 { return (sampler, count) }
    }
    return nil
  }

  /// Lines may come in a burst of at most one second's lines.
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
