import Text
import URLPattern

/// The lines of one kind, by host, scheme and port, and the lines with an expression for a host in their order.
///
/// Source: Traffic Server's `_mappingLookup`, `_tableLookup` and `_regexMappingLookup`.
struct MappingStore: Sendable {
  private struct Group {
    var hash: UInt64
    var scheme: RemapScheme
    var port: UInt16
    var host: [UInt8]
    var paths: PathPrefixes
  }

  private struct PatternLine {
    var pattern: HostPattern
    var from: RemapURL
    var line: Int
  }

  private let groups: [Group]
  /// A hash table with open addressing, at most half full: indices into `groups`, -1: a free slot.
  private let slots: [Int32]
  private let patternLines: [PatternLine]
  private let hostless: PathPrefixes

  /// - Parameter lines: Each with its number, in growing order.
  init(_ lines: [(line: RemapLine, number: Int)]) {
    var keys: [RemapURL: [(path: [UInt8], line: Int)]] = [:]
    var order: [RemapURL] = []
    var patternLines: [PatternLine] = []
    for (line, number) in lines {
      if let pattern = line.hostPattern {
        patternLines.append(PatternLine(pattern: pattern, from: line.from, line: number))
        continue
      }
      var key = line.from
      key.path = []
      if keys[key] == nil { order.append(key) }
      keys[key, default: []].append((line.from.path, number))
    }
    hostless = PathPrefixes(order.filter { $0.host.isEmpty }.flatMap { keys[$0] ?? [] })
    groups = order.filter { !$0.host.isEmpty }.map { key in
      Group(
        hash: Self.hash(
          key.host.indices, in: key.host.span, scheme: key.scheme, port: key.port),
        scheme: key.scheme, port: key.port, host: key.host, paths: PathPrefixes(keys[key] ?? []))
    }
    self.patternLines = patternLines
    var capacity = 2
    while capacity < groups.count * 2 { capacity *= 2 }
    var slots = [Int32](repeating: -1, count: capacity)
    for (index, group) in groups.enumerated() {
      var slot = Int(truncatingIfNeeded: group.hash) & (capacity - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (capacity - 1) }
      slots[slot] = Int32(truncatingIfNeeded: index)
    }
    self.slots = slots
  }

  /// The first line for the host of a URL.
  func line(_ url: RemapLookup, in bytes: Span<UInt8>) -> Int? {
    guard let scheme = url.scheme, url.host.count < RemapLookup.hostLimit else { return nil }
    let plain = group(url, scheme, in: bytes).flatMap { groups[$0].paths.line(url.path, in: bytes) }
    if patternLines.isEmpty { return plain }
    return patternLine(url, scheme, before: plain ?? Int.max, in: bytes) ?? plain
  }

  /// The first line without a host. Ignores scheme and port.
  func hostlessLine(_ url: RemapLookup, in bytes: Span<UInt8>) -> Int? {
    hostless.line(url.path, in: bytes)
  }

  /// The index in `groups` of the lines with the host, scheme and port of a URL.
  private func group(
    _ url: RemapLookup, _ scheme: RemapScheme, in bytes: Span<UInt8>
  ) -> Int? {
    let hash = Self.hash(url.host, in: bytes, scheme: scheme, port: url.port)
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let index = Int(slots[slot])
      if groups[index].hash == hash, groups[index].scheme == scheme,
        groups[index].port == url.port,
        isEqual(groups[index].host, url.host, in: bytes)
      {
        return index
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func isEqual(_ host: [UInt8], _ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    guard host.count == range.count else { return false }
    for offset in host.indices
    where host[offset] != bytes[range.lowerBound + offset].asciiLowerCased {
      return false
    }
    return true
  }

  private func patternLine(
    _ url: RemapLookup, _ scheme: RemapScheme, before end: Int, in bytes: Span<UInt8>
  ) -> Int? {
    var folded = InlineArray<256, UInt8>(repeating: 0)
    for (offset, index) in url.host.enumerated() { folded[offset] = bytes[index].asciiLowerCased }
    for index in patternLines.indices {
      let line = patternLines[index].line
      if line > end { return nil }
      guard patternLines[index].from.scheme == scheme, patternLines[index].from.port == url.port,
        isBeginning(patternLines[index].from.path, url.path, in: bytes)
      else { continue }
      if patternLines[index].pattern.matches(folded.span.extracting(0..<url.host.count)) {
        return line
      }
    }
    return nil
  }

  private func isBeginning(
    _ prefix: [UInt8], _ path: Range<Int>, in bytes: Span<UInt8>
  ) -> Bool {
    guard prefix.count <= path.count else { return false }
    for offset in prefix.indices where prefix[offset] != bytes[path.lowerBound + offset] {
      return false
    }
    return true
  }

  /// A hash of the host in any case, scheme and port, eight bytes at a time.
  private static func hash(
    _ host: Range<Int>, in bytes: Span<UInt8>, scheme: RemapScheme, port: UInt16
  ) -> UInt64 {
    // Letters with this bit are in lower case. Other bytes lose the bit, which only makes some hashes equal.
    let lowerCase: UInt64 = 0x2020_2020_2020_2020
    let prime: UInt64 = 0x9E37_79B9_7F4A_7C15
    var hash = UInt64(port) << 8 | UInt64(scheme.number)
    func mix(_ word: UInt64) {
      hash = (hash ^ (word | lowerCase)) &* prime
      hash ^= hash >> 29
    }
    let text = bytes.extracting(host)
    var index = 0
    while text.count - index >= 8 {
      // INVARIANT: eight bytes from `index` on are in the span, whose bounds were checked when it was cut.
      mix(unsafe text.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    var word: UInt64 = 0
    for index in index..<text.count { word = word << 8 | UInt64(text[index]) }
    mix(word)
    return hash ^ (hash >> 32)
  }
}
