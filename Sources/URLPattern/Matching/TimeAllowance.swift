import Platform

/// The total processor time for the searches of one URL.
///
/// It counts the thread's own time, so that no request fails because the machine is busy. The wall clock is read first,
/// because that takes 20 ns and the thread's clock 370. No clock is read before `forSearch`.
struct TimeAllowance {
  /// For all searches of one URL: milliseconds, because the thread serves thousands of clients. An 8 kB URL against
  /// fifty ordinary patterns takes 0.1 to 0.5 ms.
  static let perURL: UInt64 = 10_000_000
  /// The least time for each search, even if others have used up the URL's time, so that a runaway expression does not
  /// hide a later match. An ordinary search of 8 kB takes a tenth.
  static let perSearch: UInt64 = 200_000
  /// For all filters of one URL. It is small compared to the patterns' time, because a filter may run in vain.
  static let forFilters: UInt64 = 1_000_000

  private let total: UInt64
  /// Whether the last reading showed that twice the total is used up. If so, no search begins any more, so that many
  /// runaway expressions do not add up.
  private(set) var isExhausted = false
  private var isRunning = false
  private var wallStart: UInt64 = 0
  /// Nil until a quarter of the total has passed on the wall clock, which is rare.
  private var threadStart: UInt64?

  /// An allowance that has not started. `total` is in nanoseconds.
  init(total: UInt64) {
    self.total = total
  }

  /// The limits of one search, counted from this URL's first reading of the clock.
  struct Slice {
    /// Past this the search fails.
    let end: UInt64
    /// Past this the search starts no step that may take several times as long as all before.
    let firstQuarter: UInt64
  }

  /// The slice of a search that begins now.
  mutating func forSearch() -> Slice {
    var begin: UInt64 = 0
    if isRunning {
      begin = timeUsed()
      isExhausted = begin / 2 > total
    } else {
      isRunning = true
      wallStart = Self.nanoseconds(CLOCK_MONOTONIC)
    }
    let end = max(total, begin &+ Self.perSearch)
    return Slice(end: end, firstQuarter: begin &+ (end &- begin) / 4)
  }

  /// The used time, by both clocks.
  struct Elapsed {
    fileprivate let wall: UInt64
    fileprivate let thread: UInt64?
  }

  /// Nil: no clock has been read.
  var elapsed: Elapsed? {
    guard isRunning else { return nil }
    return Elapsed(
      wall: Self.nanoseconds(CLOCK_MONOTONIC) &- wallStart,
      thread: threadStart.map { Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID) &- $0 })
  }

  /// The allowance with the used time set back to `used`.
  func resumed(at used: Elapsed?) -> TimeAllowance {
    var resumed = self
    if let used {
      resumed.wallStart = Self.nanoseconds(CLOCK_MONOTONIC) &- used.wall
      resumed.threadStart = used.thread.map { Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID) &- $0 }
    }
    return resumed
  }

  /// Whether this URL has used more than so many nanoseconds.
  mutating func isSpent(beyond nanoseconds: UInt64) -> Bool {
    Self.nanoseconds(CLOCK_MONOTONIC) &- wallStart > nanoseconds && timeUsed() > nanoseconds
  }

  /// The processor time, or the wall clock's in the first quarter. The first reading of the thread's clock counts that
  /// quarter as processor time, although other threads may have used some of it.
  private mutating func timeUsed() -> UInt64 {
    let wall = Self.nanoseconds(CLOCK_MONOTONIC) &- wallStart
    guard wall > total / 4 else { return wall }
    let thread = Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID)
    let start = threadStart ?? thread &- total / 4
    threadStart = start
    return thread &- start
  }

  private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    _ = unsafe clock_gettime(clock, &time)
    return UInt64(truncatingIfNeeded: time.tv_sec &* 1_000_000_000 &+ time.tv_nsec)
  }
}
