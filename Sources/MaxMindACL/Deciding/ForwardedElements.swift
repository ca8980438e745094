import Addresses

/// A part of some bytes: from `start` to before `end`.
struct BytePart {
  var start: Int
  var end: Int

  var isEmpty: Bool { start >= end }
  var count: Int { end &- start }
}

/// The client that one element names.
enum ForwardedHop: Hashable {
  case address(Address)
  /// `unknown`, or an obfuscated name of the proxy (`_hidden`).
  case hidden
  case unreadable
}

/// The elements of one line, from the last to the first, without the empty ones.
///
/// INVARIANT: the bytes outlive this value, and all reads are in bounds. A buffer's subscript, unlike a span's, cannot
/// trap in a release build.
@safe struct ForwardedElements {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let areForwarded: Bool
  /// The end of the unread bytes; negative: all are read.
  private var end: Int

  /// - Parameter areForwarded: Whether the line is `Forwarded` (RFC 7239 §4), with parameters and quotes, or a list of
  ///   addresses.
  @unsafe init(_ bytes: UnsafeBufferPointer<UInt8>, areForwarded: Bool) {
    unsafe self.bytes = bytes
    self.areForwarded = areForwarded
    end = bytes.count
  }

  private func byte(_ index: Int) -> UInt8 { unsafe bytes[index] }

  /// The next element to the left; nil: the line has no more.
  mutating func previous() -> BytePart? {
    while end >= 0 {
      var element = BytePart(start: startOfElement(before: end), end: end)
      end = element.start &- 1
      trim(&element)
      if !element.isEmpty { return element }
    }
    return nil
  }

  /// The start of the element that ends at `end`: after an unquoted comma.
  private func startOfElement(before end: Int) -> Int {
    var index = end
    var isQuoted = false
    while index > 0 {
      index &-= 1
      switch byte(index) {
      case UInt8(ascii: ",") where !isQuoted: return index &+ 1
      case UInt8(ascii: "\"") where areForwarded:
        // A quote after an odd number of backslashes is escaped.
        let quote = index
        while index > 0, byte(index &- 1) == UInt8(ascii: "\\") { index &-= 1 }
        if (quote &- index) & 1 == 0 { isQuoted.toggle() }
      default: break
      }
    }
    return 0
  }

  private func trim(_ part: inout BytePart) {
    while part.start < part.end, isBlank(byte(part.start)) { part.start &+= 1 }
    while part.start < part.end, isBlank(byte(part.end &- 1)) { part.end &-= 1 }
  }

  func hop(_ element: BytePart) -> ForwardedHop {
    areForwarded ? forwardedPairs(element) : node(element)
  }

  // MARK: - Forwarded

  /// `for=192.0.2.60;proto=http`: the node of `for`. No `for`, or two, are unreadable.
  private func forwardedPairs(_ element: BytePart) -> ForwardedHop {
    var found: ForwardedHop?
    var next = element.start
    while next <= element.end {
      guard var pair = pair(from: next, before: element.end) else { return .unreadable }
      next = pair.end &+ 1
      trim(&pair)
      if pair.isEmpty { continue }
      guard let equals = equalsSign(pair), let value = value(from: equals &+ 1, before: pair.end)
      else { return .unreadable }
      if isFor(BytePart(start: pair.start, end: equals)) {
        if found != nil { return .unreadable }
        found = value.start > equals &+ 1 ? quotedNode(value) : node(value)
      }
    }
    return found ?? .unreadable
  }

  /// The bytes up to the next unquoted semicolon; nil: a quote is not closed.
  private func pair(from start: Int, before end: Int) -> BytePart? {
    var index = start
    var isQuoted = false
    while index < end, isQuoted || byte(index) != UInt8(ascii: ";") {
      if byte(index) == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if isQuoted, byte(index) == UInt8(ascii: "\\") {
        index &+= 1
      }
      index &+= 1
    }
    return isQuoted || index > end ? nil : BytePart(start: start, end: index)
  }

  /// The index of the equals sign after a pair's name; nil: no name or no equals sign.
  private func equalsSign(_ pair: BytePart) -> Int? {
    var index = pair.start
    while index < pair.end, isWord(byte(index)) { index &+= 1 }
    return index > pair.start && index < pair.end && byte(index) == UInt8(ascii: "=") ? index : nil
  }

  /// A value without its quotes; nil: bytes follow the quotes, or an unquoted value has white space.
  private func value(from start: Int, before end: Int) -> BytePart? {
    guard start < end, byte(start) == UInt8(ascii: "\"") else {
      var index = start
      while index < end, byte(index) != UInt8(ascii: "\""), !isBlank(byte(index)) { index &+= 1 }
      return index == end ? BytePart(start: start, end: end) : nil
    }
    var index = start &+ 1
    while index < end, byte(index) != UInt8(ascii: "\"") {
      index &+= byte(index) == UInt8(ascii: "\\") ? 2 : 1
    }
    return index == end &- 1 ? BytePart(start: start &+ 1, end: index) : nil
  }

  /// The node in a quoted text. A backslash escapes the next byte (RFC 9110 §5.6.4).
  private func quotedNode(_ part: BytePart) -> ForwardedHop {
    var index = part.start
    while index < part.end, byte(index) != UInt8(ascii: "\\") { index &+= 1 }
    if index == part.end { return node(part) }
    // An address is shorter, so the buffer fits on the stack.
    guard part.count <= 256 else { return .unreadable }
    return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { room in
      var count = 0
      var index = part.start
      while index < part.end {
        if byte(index) == UInt8(ascii: "\\") { index &+= 1 }
        unsafe room[count] = byte(index)
        count &+= 1
        index &+= 1
      }
      let text = unsafe UnsafeBufferPointer(start: room.baseAddress, count: count)
      return unsafe ForwardedElements(text, areForwarded: false)
        .node(BytePart(start: 0, end: count))
    }
  }

  private func isFor(_ name: BytePart) -> Bool {
    name.count == 3 && byte(name.start) | 0x20 == UInt8(ascii: "f")
      && byte(name.start &+ 1) | 0x20 == UInt8(ascii: "o")
      && byte(name.start &+ 2) | 0x20 == UInt8(ascii: "r")
  }

  // MARK: - Nodes

  /// An address with an optional port. An IPv6 address with a port needs brackets.
  private func node(_ part: BytePart) -> ForwardedHop {
    if part.isEmpty { return .unreadable }
    if byte(part.start) == UInt8(ascii: "[") { return bracketed(part) }
    guard let colon = firstColon(part) else { return name(part) }
    guard firstColon(BytePart(start: colon &+ 1, end: part.end)) == nil else {
      return address(part)
    }
    guard isPort(BytePart(start: colon &+ 1, end: part.end)) else { return .unreadable }
    return name(BytePart(start: part.start, end: colon))
  }

  private func bracketed(_ part: BytePart) -> ForwardedHop {
    var close = part.start &+ 1
    while close < part.end, byte(close) != UInt8(ascii: "]") { close &+= 1 }
    let inside = BytePart(start: part.start &+ 1, end: close)
    guard close < part.end, firstColon(inside) != nil else { return .unreadable }
    let behind = close &+ 1
    if behind < part.end {
      guard byte(behind) == UInt8(ascii: ":"),
        isPort(BytePart(start: behind &+ 1, end: part.end))
      else { return .unreadable }
    }
    return address(inside)
  }

  private func firstColon(_ part: BytePart) -> Int? {
    var index = part.start
    while index < part.end, byte(index) != UInt8(ascii: ":") { index &+= 1 }
    return index < part.end ? index : nil
  }

  /// A port of one to five digits up to 65,535, or an obfuscated name.
  private func isPort(_ part: BytePart) -> Bool {
    if isObfuscated(part) { return true }
    guard part.count >= 1 && part.count <= 5 else { return false }
    var number: UInt32 = 0
    var index = part.start
    while index < part.end {
      let digit = byte(index) &- UInt8(ascii: "0")
      if digit > 9 { return false }
      number = number &* 10 &+ UInt32(digit)
      index &+= 1
    }
    return number <= 65_535
  }

  /// A node without a colon.
  private func name(_ part: BytePart) -> ForwardedHop {
    isUnknown(part) || isObfuscated(part) ? .hidden : address(part)
  }

  private func isUnknown(_ part: BytePart) -> Bool {
    let word: StaticString = "unknown"
    guard part.count == word.utf8CodeUnitCount else { return false }
    var index = 0
    while index < part.count {
      if unsafe byte(part.start &+ index) | 0x20 != word.utf8Start[index] { return false }
      index &+= 1
    }
    return true
  }

  /// `_`, then letters, digits, `.`, `_`, `-` (RFC 7239 §6.3).
  private func isObfuscated(_ part: BytePart) -> Bool {
    guard part.count > 1, byte(part.start) == UInt8(ascii: "_") else { return false }
    var index = part.start &+ 1
    while index < part.end, isWord(byte(index)) { index &+= 1 }
    return index == part.end
  }

  private func address(_ part: BytePart) -> ForwardedHop {
    let start = unsafe bytes.baseAddress.map { unsafe $0 + part.start }
    let text = unsafe UnsafeBufferPointer(start: start, count: part.count)
    return unsafe Address(text.span).map { .address($0) } ?? .unreadable
  }
}

private func isWord(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
    UInt8(ascii: "-"):
    true
  default: false
  }
}
