import Glibc

/// The processor time that the searches of one URL may take, together.
///
/// Counted is the thread's own time, so that a busy machine fails no request; the wall clock is read
/// first, since that takes 20 ns and the thread's time 370. Nothing is read before `forSearch`.
struct TimeAllowance {
  /// All searches of one URL together: milliseconds, for a thread that serves thousands of clients. An
  /// 8 kB URL against fifty ordinary patterns takes 0.1 to 0.5 ms.
  static let perURL: UInt64 = 10_000_000
  /// What each search is given even if others have used up the URL's time, so that a definite match
  /// isn't lost to an expression that ran away before it: ten times what 8 kB take an ordinary one.
  static let perSearch: UInt64 = 200_000
  /// All filters of one URL together, so that the time they take in vain stays little beside the patterns'.
  static let forFilters: UInt64 = 1_000_000

  private let total: UInt64
  /// Whether twice the total is used up, as far as the clock has been read: then no search begins any
  /// more, because many runaway expressions must not add up.
  private(set) var isExhausted = false
  private var isRunning = false
  private var wallStart: UInt64 = 0
  /// Nil until a quarter of the total has passed by the wall clock, which few URLs see.
  private var threadStart: UInt64?

  /// An allowance that has not begun; `total` in nanoseconds.
  init(total: UInt64) {
    self.total = total
  }

  /// What one search may use, counted from this URL's first reading of the clock.
  struct Slice {
    /// Past this the search fails.
    let end: UInt64
    /// Past this it begins nothing that may take several times as long as all it did so far.
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

  /// What has been used, by both clocks.
  struct Elapsed {
    fileprivate let wall: UInt64
    fileprivate let thread: UInt64?
  }

  /// Nil if nothing has been read.
  var elapsed: Elapsed? {
    guard isRunning else { return nil }
    return Elapsed(
      wall: Self.nanoseconds(CLOCK_MONOTONIC) &- wallStart,
      thread: threadStart.map { Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID) &- $0 })
  }

  /// The allowance as it was when so much of it had been used.
  func resumed(at used: Elapsed?) -> TimeAllowance {
    var resumed = self
    if let used {
      resumed.wallStart = Self.nanoseconds(CLOCK_MONOTONIC) &- used.wall
      resumed.threadStart = used.thread.map { Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID) &- $0 }
    }
    return resumed
  }

  /// Whether this URL has had more than so many nanoseconds.
  mutating func isSpent(beyond nanoseconds: UInt64) -> Bool {
    Self.nanoseconds(CLOCK_MONOTONIC) &- wallStart > nanoseconds && timeUsed() > nanoseconds
  }

  /// The processor time, or the wall clock's while that is little. When the thread's clock is read for the
  /// first time, the quarter that has passed is taken for processor time: others may have had some of it.
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
