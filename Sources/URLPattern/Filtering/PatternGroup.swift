import Files

/// Patterns in file order, each with the number of its rule. Filters reject most URLs that no pattern matches with one
/// search.
///
/// Immutable; any number of threads may match with it at once, each on its own subject. The filters are a tree. The
/// root's filter is for all patterns. If it matches, the filters of smaller and smaller parts lead to the first pattern
/// that matches. Building a group takes about as much time and memory as compiling its patterns.
@safe package final class PatternGroup: @unchecked Sendable {
  // INVARIANT: `nodes`, `entries` and `unfiltered` are not written after `init`. The ranges of each node lie within
  // them.

  /// A pattern and its rule.
  struct Entry {
    let test: PatternTest
    let rule: UInt32
  }

  /// Patterns that follow each other in the file.
  struct Node {
    /// The first of its entries.
    var first = 0
    /// How many there are.
    var count = 0
    /// If neither matches, no filtered entry matches.
    var anchoredFilter: Program?
    var floatingFilter: Program?
    /// The entries without a filter, as a range of `unfiltered`.
    var firstUnfiltered = 0
    var unfilteredCount = 0
    /// The parts, as a range of `nodes`. A small node has none.
    var firstChild = 0
    var childCount = 0

    var hasFilter: Bool { anchoredFilter != nil || floatingFilter != nil }
  }

  /// A node of at most so many patterns is not divided.
  static let leafSize = 16
  /// A larger node is divided into at most so many parts.
  private static let fanOut = 8

  private let nodes: UnsafeMutableBufferPointer<Node>
  private let entries: UnsafeMutableBufferPointer<Entry>
  private let unfiltered: UnsafeMutableBufferPointer<Entry>
  /// Keeps the entries' tests alive.
  private let searchers: [PatternSearcher]
  /// Whether memory ran out. If so, the group must not be used.
  package let lacksMemory: Bool

  /// Builds a group of patterns in file order. Rule numbers are the caller's, and ascend.
  package convenience init(_ patterns: [(pattern: Pattern, rule: UInt32)]) {
    self.init(patterns, usingJIT: true)
  }

  /// - Parameter usingJIT: False: PCRE2 interprets the filters.
  init(_ patterns: [(pattern: Pattern, rule: UInt32)], usingJIT: Bool) {
    var lacksMemory = !hasMemory(Self.memory(for: patterns[...]))
    let patterns = lacksMemory ? [] : patterns
    let entries = patterns.map { Entry(test: $0.pattern.searcher.test, rule: $0.rule) }
    var nodes = [Node(count: entries.count)]
    var unfiltered: [Entry] = []
    var next = 0
    while next < nodes.count {
      var node = nodes[next]
      let range = node.first..<(node.first + node.count)
      // Some expressions take more memory than their length suggests, so check before each filter.
      guard hasMemory(Self.memory(for: patterns[range])) else {
        lacksMemory = true
        break
      }
      node.firstUnfiltered = unfiltered.count
      let rest = node.addFilters(patterns[range].map(\.pattern), usingJIT: usingJIT)
      if node.hasFilter { unfiltered += rest.map { entries[range.lowerBound + $0] } }
      node.unfilteredCount = unfiltered.count - node.firstUnfiltered
      if node.count > Self.leafSize {
        node.childCount = min(Self.fanOut, (node.count + Self.leafSize - 1) / Self.leafSize)
        node.firstChild = nodes.count
        for part in 0..<node.childCount {
          let start = node.count * part / node.childCount
          let end = node.count * (part + 1) / node.childCount
          nodes.append(Node(first: node.first + start, count: end - start))
        }
      }
      nodes[next] = node
      next += 1
    }
    unsafe self.nodes = .allocate(capacity: nodes.count)
    _ = unsafe self.nodes.initialize(from: nodes)
    unsafe self.entries = .allocate(capacity: entries.count)
    _ = unsafe self.entries.initialize(from: entries)
    unsafe self.unfiltered = .allocate(capacity: unfiltered.count)
    _ = unsafe self.unfiltered.initialize(from: unfiltered)
    self.searchers = patterns.map(\.pattern.searcher)
    self.lacksMemory = lacksMemory
  }

  private static func memory(for patterns: ArraySlice<(pattern: Pattern, rule: UInt32)>) -> Int {
    patterns.reduce(0) { $0 + Pattern.memory(for: $1.pattern.source) }
  }

  deinit {
    for index in unsafe nodes.indices {
      unsafe nodes[index].anchoredFilter?.free()
      unsafe nodes[index].floatingFilter?.free()
    }
    unsafe nodes.deallocate()
    unsafe entries.deallocate()
    unsafe unfiltered.deallocate()
  }

  /// Whether the group has no patterns.
  var isEmpty: Bool { unsafe entries.isEmpty }

  /// The patterns in file order, for explanations.
  var allEntries: [Entry] { unsafe Array(entries) }

  /// How many filter programs the group has, for tests.
  var filterCount: Int {
    unsafe nodes.reduce(0) {
      $0 + ($1.anchoredFilter == nil ? 0 : 1) + ($1.floatingFilter == nil ? 0 : 1)
    }
  }

  /// How many patterns the root's filter does not cover, for tests. Nil: the root has no filter.
  var unfilteredCount: Int? { unsafe nodes[0].hasFilter ? nodes[0].unfilteredCount : nil }

  /// The first pattern that matches.
  @inline(__always)
  func firstMatch(_ subject: URLSubject, _ side: PatternSet.Side) -> PatternSet.Match {
    guard let root = unsafe nodes.baseAddress else { return .none }
    let isRuledOut = unsafe root.pointee.hasFilter && !subject.mayMatch(root, side)
    if unsafe isRuledOut && root.pointee.unfilteredCount == 0 { return .none }
    var anyFailed = false
    let rule = unsafe firstMatch(in: root, isRuledOut: isRuledOut, subject, side, &anyFailed)
    return rule.map { .matched(rule: $0) } ?? (anyFailed ? .failed : .none)
  }

  /// The rule of a node's first pattern that matches. If the filter has ruled out the others, only unfiltered ones
  /// count.
  @inline(__always)
  private func firstMatch(
    in node: UnsafePointer<Node>, isRuledOut: Bool, _ subject: URLSubject,
    _ side: PatternSet.Side, _ anyFailed: inout Bool
  ) -> UInt32? {
    var (list, first, count) = unsafe (entries, node.pointee.first, node.pointee.count)
    if isRuledOut {
      unsafe (list, first, count) = (
        unfiltered, node.pointee.firstUnfiltered, node.pointee.unfilteredCount
      )
    } else if unsafe node.pointee.childCount > 0 {
      return unsafe firstMatch(inChildrenOf: node, subject, side, &anyFailed)
    }
    return unsafe firstMatch(list, first, count, subject, side, &anyFailed)
  }

  private func firstMatch(
    inChildrenOf node: UnsafePointer<Node>, _ subject: URLSubject, _ side: PatternSet.Side,
    _ anyFailed: inout Bool
  ) -> UInt32? {
    guard let root = unsafe nodes.baseAddress else { return nil }
    var child = unsafe root + node.pointee.firstChild
    let end = unsafe child + node.pointee.childCount
    while unsafe child < end {
      let isRuledOut = unsafe child.pointee.hasFilter && !subject.mayMatch(child, side)
      if let rule = unsafe firstMatch(
        in: child, isRuledOut: isRuledOut, subject, side, &anyFailed)
      {
        return rule
      }
      unsafe child += 1
    }
    return nil
  }

  /// The rule of the first entry that matches.
  @inline(__always)
  private func firstMatch(
    _ entries: UnsafeMutableBufferPointer<Entry>, _ first: Int, _ count: Int,
    _ subject: URLSubject, _ side: PatternSet.Side, _ anyFailed: inout Bool
  ) -> UInt32? {
    // In a release build the subscript of a buffer cannot trap, unlike an array's.
    var index = first
    while index < first &+ count {
      let entry = unsafe entries[index]
      index &+= 1
      switch subject.match(entry.test, side) {
      case .matched: return entry.rule
      case .notMatched: break
      case .failed: anyFailed = anyFailed || side == .deny
      }
    }
    return nil
  }
}

extension PatternGroup.Node {
  /// Compiles the filters that save time. Returns the patterns that no filter covers.
  ///
  /// If PCRE2 refuses one filter of a large node, the node gets none: the filters of its parts are cheaper than a
  /// search for each uncovered pattern.
  fileprivate mutating func addFilters(_ patterns: [Pattern], usingJIT: Bool) -> [Int] {
    var rest = Set(patterns.indices)
    var isRefused = false
    for isAnchored in [true, false] {
      let covered = patterns.indices.filter { patterns[$0].filterPart?.isAnchored == isAnchored }
      let cost = covered.reduce(0) { $0 + patterns[$1].searchCost }
      guard cost > Self.filterCost else { continue }
      let parts = covered.compactMap { patterns[$0].filterPart }
      guard let filter = FilterPart.compile(parts, usingJIT: usingJIT) else {
        isRefused = true
        continue
      }
      if isAnchored { anchoredFilter = filter } else { floatingFilter = filter }
      rest.subtract(covered)
    }
    if isRefused && patterns.count > PatternGroup.leafSize {
      anchoredFilter?.free()
      floatingFilter?.free()
      (anchoredFilter, floatingFilter) = (nil, nil)
    }
    return rest.sorted()
  }

  /// The approximate cost of a filter's search, in nanoseconds.
  private static let filterCost = 12
}

extension Pattern {
  /// The approximate cost of a search in an ordinary URL without a match, in nanoseconds.
  fileprivate var searchCost: Int {
    if case .literal = searcher.test { return 2 }
    return filterPart?.isLoose == true ? 25 : 9
  }
}

extension URLSubject {
  /// False: the node's filter rules out that one of its patterns matches.
  @inline(__always)
  fileprivate func mayMatch(_ node: UnsafePointer<PatternGroup.Node>, _ side: PatternSet.Side)
    -> Bool
  {
    if unsafe mayMatch(node, in: sent) { return true }
    // An allow pattern must also match the URL as sent.
    if side == .allow { return false }
    let others = unsafe others(for: side)
    var index = 0
    while index < others.count {
      if unsafe mayMatch(node, in: others[index].bytes) { return true }
      index &+= 1
    }
    return false
  }

  private func mayMatch(
    _ node: UnsafePointer<PatternGroup.Node>, in text: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    if let filter = unsafe node.pointee.anchoredFilter,
      unsafe matcher.filter(filter, in: text) != .notMatched
    {
      return true
    }
    if let filter = unsafe node.pointee.floatingFilter,
      unsafe matcher.filter(filter, in: text) != .notMatched
    {
      return true
    }
    return false
  }

  /// The outcome of a pattern for the URL. For a deny rule: whether any form matches; `failed` if none does and PCRE2
  /// gave up on one. For an allow rule: whether all forms match.
  @inline(__always)
  fileprivate func match(_ test: PatternTest, _ side: PatternSet.Side) -> Matcher.Outcome {
    let asSent = unsafe matcher.matches(test, sent)
    // A form that matches decides for a deny rule. A form that does not match decides for an allow rule.
    if (asSent == .matched) == (side == .deny) { return asSent }
    var anyFailed = asSent == .failed
    let others = unsafe others(for: side)
    var index = 0
    while index < others.count {
      let outcome = unsafe matcher.matches(test, others[index].bytes)
      if (outcome == .matched) == (side == .deny) { return outcome }
      anyFailed = anyFailed || outcome == .failed
      index &+= 1
    }
    return anyFailed ? .failed : asSent
  }
}
