import CPCRE2
import Platform

/// One thread's state for running programs: PCRE2's match data and context, the 1 MB stack once a program needed it,
/// and the time spent on the present text.
///
/// A hostile text must not hold a proxy's thread. PCRE2's match limit does not prevent that. It restarts at every
/// place where a match could begin, and machine code may count one for a scan of the whole text. (`(a+)+$` against 60
/// kB of a's in groups of sixteen takes 2.1 s below a limit of 131,072; in the interpreter, groups of fifteen take 11
/// s.) So a search of a long text, or one that hits the limit of a short text, runs in steps. The first step has so
/// few starts and so low a limit that it takes about 2 ms at worst. A step that hits its limit is repeated with a
/// higher one. Between steps the URL's processor time is checked. Almost all searches need one step and read no
/// clock.
@safe final class Matcher {
  enum Outcome: Equatable {
    case matched
    case notMatched
    /// PCRE2 gave up because of a limit, the time allowance, or memory.
    case failed
  }

  /// Machine code searches a text of at most so many bytes in one step.
  static let shortText = 256
  /// The limit of that step: 256 starts of 512 counts take 2 ms if each count is a scan of the text.
  static let shortTextLimit: UInt32 = 512
  /// The highest limit for one start: 0.2 to 3 ms for ordinary runaway expressions (1.3 ns a count in machine code, 25
  /// to 50 ns in the interpreter). A 64 kB text needs half of it if each byte is one repetition of a group.
  static let highestLimit: UInt32 = 131_072
  /// The interpreter's memory, in KiB. It allows about the same recursion as the 1 MB stack of machine code, with
  /// frames of 128 bytes and more instead of 16 to 32.
  static let heapLimit: UInt32 = 8_192
  /// The interpreter's nesting of backtracking points. Usually the heap limit comes first.
  static let depthLimit: UInt32 = 65_536
  /// The stack for matches that need more than the 32 kB of the thread's stack that JIT code uses by default.
  static let deepStackSize = 1 << 20
  /// A longer text takes so many steps that PCRE2 must not scan the rest of the text in each.
  static let longText = 16_384
  /// The worst case of a step, in nanoseconds.
  static let stepTime = 2_000_000

  /// The longest text for an expression whose search cannot be cut: 60 ms at worst, for a rare expression.
  static let longestUncutText = 16_384

  private let data: OpaquePointer
  private let context: OpaquePointer
  private var deepStack: OpaquePointer?
  private var currentLimit: UInt32
  private var currentLastStart: Int
  private let timePerURL: UInt64
  private var allowance: TimeAllowance
  private var filterAllowance = TimeAllowance(total: TimeAllowance.forFilters)

  /// Nil: no memory.
  ///
  /// - Parameter timePerURL: nanoseconds of processor time for all searches of one URL.
  init?(timePerURL: UInt64) {
    guard let data = unsafe pcre2_match_data_create_8(1, nil) else { return nil }
    guard let context = unsafe pcre2_match_context_create_8(nil) else {
      unsafe pcre2_match_data_free_8(data)
      return nil
    }
    _ = unsafe pcre2_set_heap_limit_8(context, Self.heapLimit)
    _ = unsafe pcre2_set_depth_limit_8(context, Self.depthLimit)
    _ = unsafe pcre2_set_match_limit_8(context, Self.shortTextLimit)
    _ = unsafe pcre2_set_offset_limit_8(context, Int.max)
    unsafe self.data = data
    unsafe self.context = context
    unsafe self.deepStack = nil
    self.currentLimit = Self.shortTextLimit
    self.currentLastStart = Int.max
    self.timePerURL = timePerURL
    self.allowance = TimeAllowance(total: timePerURL)
  }

  deinit {
    unsafe pcre2_match_data_free_8(data)
    unsafe pcre2_match_context_free_8(context)
    if let stack = unsafe deepStack { unsafe pcre2_jit_stack_free_8(stack) }
  }

  /// Whether the 1 MB stack has been made.
  var hasDeepStack: Bool { unsafe deepStack != nil }

  /// Starts a new URL, with a fresh time allowance.
  func beginURL() {
    allowance = TimeAllowance(total: timePerURL)
    filterAllowance = TimeAllowance(total: TimeAllowance.forFilters)
  }

  /// Whether a pattern matches the text.
  ///
  /// - Parameter text: Must have an address, even if it is empty.
  func matches(_ test: PatternTest, _ text: UnsafeBufferPointer<UInt8>) -> Outcome {
    switch test {
    case .literal(let literal):
      guard let bytes = text.baseAddress else { return .failed }
      return unsafe literal.matches(bytes, text.count) ? .matched : .notMatched
    case .program(let program):
      return unsafe search(program, in: text)
    }
  }

  /// `search` for a filter, which only saves time. It has a small allowance of its own and does not use the patterns'.
  @inline(__always)
  func filter(_ program: Program, in text: UnsafeBufferPointer<UInt8>) -> Outcome {
    guard let bytes = text.baseAddress, !filterAllowance.isExhausted else { return .failed }
    if let outcome = unsafe searchAtOnce(program, bytes, text.count) { return outcome }
    return unsafe filterInSteps(program, bytes, text.count)
  }

  private func filterInSteps(
    _ program: Program, _ bytes: UnsafePointer<UInt8>, _ count: Int
  ) -> Outcome {
    // The patterns' clock stops during a filter. Allowances are changed in a copy, because a change in place adds a
    // run-time check for exclusive access.
    let used = allowance.elapsed
    var current = filterAllowance
    let outcome = unsafe searchInSteps(program, bytes, count, &current)
    filterAllowance = current
    allowance = allowance.resumed(at: used)
    return outcome
  }

  /// Whether the program matches at least one byte anywhere in the text.
  ///
  /// - Parameter text: Must have an address, even if it is empty.
  func search(_ program: Program, in text: UnsafeBufferPointer<UInt8>) -> Outcome {
    guard let bytes = text.baseAddress, !allowance.isExhausted else { return .failed }
    if let outcome = unsafe searchAtOnce(program, bytes, text.count) { return outcome }
    return unsafe searchInSteps(program, bytes, text.count)
  }

  /// Searches a short text in one step. Nil: the search needs more steps.
  @inline(__always)
  private func searchAtOnce(
    _ program: Program, _ bytes: UnsafePointer<UInt8>, _ count: Int
  ) -> Outcome? {
    guard program.usesJIT && count <= Self.shortText else { return nil }
    let step = unsafe run(
      program, bytes, count, from: 0, through: Int.max, limit: Self.shortTextLimit)
    switch step {
    case .matched: return .matched
    case .notMatched: return .notMatched
    case .failed: return .failed
    case .overLimit: return nil
    }
  }

  /// `search` for long texts.
  func searchInSteps(
    _ program: Program, _ bytes: UnsafePointer<UInt8>, _ count: Int
  ) -> Outcome {
    var current = allowance
    let outcome = unsafe searchInSteps(program, bytes, count, &current)
    allowance = current
    return outcome
  }

  private func searchInSteps(
    _ program: Program, _ bytes: UnsafePointer<UInt8>, _ count: Int,
    _ allowance: inout TimeAllowance
  ) -> Outcome {
    let cut =
      switch program.starts {
      case .text, .uncut: false
      case .lines: unsafe memchr(bytes, CInt(UInt8(ascii: "\n")), count) != nil
      case .anywhere: true
      }
    // The worst cost of one count, in nanoseconds: a scan of the text at four bytes a nanosecond, and the count itself.
    let countTime = (program.usesJIT ? 2 : 50) &+ count / 4
    var lowestLimit = program.usesJIT ? 8 : 4_096
    if program.starts == .uncut {
      guard count <= Self.longestUncutText else { return .failed }
      lowestLimit = 4
    }
    let starts = cut || program.starts == .uncut ? count &+ 1 : 1
    var limit = UInt32(
      truncatingIfNeeded: min(
        max(quotient(Self.stepTime, starts &* countTime), lowestLimit), Int(Self.highestLimit)))
    var start = 0
    var growth = 1
    var slice: TimeAllowance.Slice?
    var isPastQuarter = false
    while true {
      var last = Int.max
      if cut {
        if count > Self.longText {
          guard let place = unsafe program.firstPlace(bytes, count, from: start) else {
            return .notMatched
          }
          start = place
        }
        let width = max(quotient(Self.stepTime, Int(limit) &* countTime), 1) &* growth
        if count &- start >= width { last = start &+ width &- 1 }
      }
      let step = unsafe run(program, bytes, count, from: start, through: last, limit: limit)
      if step == .matched { return .matched }
      if step == .failed { return .failed }
      if step == .notMatched && last == Int.max { return .notMatched }
      // The clock starts when a second step is needed, so the first step is free.
      let allowed = slice ?? allowance.forSearch()
      slice = allowed
      isPastQuarter = isPastQuarter || allowance.isSpent(beyond: allowed.firstQuarter)
      if step == .notMatched {
        start = last &+ 1
        if !isPastQuarter {
          // Real expressions cost far less than the worst case.
          growth = min(growth &* 2, 16)
        } else if allowance.isSpent(beyond: allowed.end) {
          return .failed
        }
      } else {
        // The repetition may take four times as long as everything before.
        if limit >= Self.highestLimit || isPastQuarter { return .failed }
        limit = min(limit &* 4, Self.highestLimit)
        growth = 1
      }
    }
  }

  /// Whether the program matches anywhere in a host, even an empty part. False: PCRE2 gave up.
  func matchesHost(_ program: Program, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    unsafe run(
      program, bytes, count, from: 0, through: Int.max, limit: Self.highestLimit, options: 0)
      == .matched
  }

  private enum Step { case matched, notMatched, overLimit, failed }

  /// Runs the program once for matches that begin in `from ... through`.
  private func run(
    _ program: Program, _ bytes: UnsafePointer<UInt8>, _ count: Int,
    from start: Int, through last: Int, limit: UInt32, options: UInt32 = PCRE2_NOTEMPTY
  ) -> Step {
    if limit != currentLimit {
      _ = unsafe pcre2_set_match_limit_8(context, limit)
      currentLimit = limit
    }
    if last != currentLastStart {
      _ = unsafe pcre2_set_offset_limit_8(context, last)
      currentLastStart = last
    }
    var code: CInt
    if program.usesJIT {
      code = unsafe pcre2_jit_match_8(program.code, bytes, count, start, options, data, context)
      if code == PCRE2_ERROR_JIT_STACKLIMIT, makeDeepStack() {
        unsafe pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(deepStack))
        code = unsafe pcre2_jit_match_8(program.code, bytes, count, start, options, data, context)
        unsafe pcre2_jit_stack_assign_8(context, nil, nil)
      }
    } else {
      code = unsafe pcre2_match_8(program.code, bytes, count, start, options, data, context)
    }
    // 0 is a match whose groups did not fit into the match data. Groups are not needed.
    if code >= 0 { return .matched }
    if code == PCRE2_ERROR_NOMATCH { return .notMatched }
    return code == PCRE2_ERROR_MATCHLIMIT ? .overLimit : .failed
  }

  private func makeDeepStack() -> Bool {
    if unsafe deepStack == nil {
      unsafe deepStack = pcre2_jit_stack_create_8(32 * 1024, Self.deepStackSize, nil)
    }
    return unsafe deepStack != nil
  }
}

/// `dividend / divisor` for positive numbers, without the trap of `/`.
private func quotient(_ dividend: Int, _ divisor: Int) -> Int {
  dividend.dividedReportingOverflow(by: divisor).partialValue
}
