import Glibc
import Text

/// The URL of the request being decided, in the forms that rules look at.
///
/// Each form is `host/path;params`. The host is in lower case and has lost one trailing dot; only the path and
/// its params differ from form to form.
///
/// One per thread (`withThisThread`), used by that thread alone, and set anew for each request. It also
/// holds what the thread needs to match: PCRE2's scratch, and a stack for deeply nested matches. Setting
/// a URL and matching it allocate nothing, except that the buffers grow when a URL comes that is longer
/// than any before, and that PCRE2 makes room once for what it has not needed before.
///
/// Source: RFC 3986 §5.2.4, §6.2.2.
@safe public final class URLSubject {
  /// One form of the URL held. Valid until the next URL is assigned.
  @safe struct Text {
    let form: URLForm
    let bytes: UnsafeBufferPointer<UInt8>

    /// A copy for people. Allocates.
    var spelling: Spelling {
      unsafe Spelling(form: form, text: String(decoding: bytes, as: UTF8.self))
    }
  }

  /// A form of a URL, for explanations; bytes that aren't UTF-8 are repaired.
  public struct Spelling: Equatable, Sendable {
    /// The form.
    public let form: URLForm
    /// `host/path;params` in this form.
    public let text: String
  }

  /// The longest URL that can be held, in bytes: host, slash, path and params together.
  public static let maximumLength = 1 << 20

  let matcher: Matcher
  /// The URL as sent, then its other forms, one right after the other. Room for all: none is longer than the
  /// URL as sent.
  private var storage: UnsafeMutablePointer<UInt8>
  /// The longest URL that there is room for.
  private var capacity: Int
  private var hostLength = 0
  private var sentLength = 0
  /// How much of `storage` holds forms.
  private var usedLength = 0
  /// The other forms: those for deny rules, and from `maximumOtherCount` on those for allow rules.
  private let otherTexts: UnsafeMutablePointer<Text>
  private var denyCount = 0
  private var allowCount = 0
  /// The last kind of form that is worked out; nil until the path has been looked at.
  private var lastKind: URLForm.Kind?
  /// Whether a URL is held at all.
  private(set) var isAssigned = false

  /// Stands for the number of other forms of a URL for which they are not worked out.
  private static let unknownCount = -1
  /// How many forms there is room for.
  private static let maximumTextCount = 1 + 2 * URLForm.maximumOtherCount

  /// Nil: no memory.
  ///
  /// - Parameter timePerURL: nanoseconds of processor time for all searches of one URL.
  init?(timePerURL: UInt64 = TimeAllowance.perURL) {
    guard let matcher = Matcher(timePerURL: timePerURL) else { return nil }
    let capacity = 4_096
    guard let storage = unsafe malloc(Self.maximumTextCount &* capacity) else { return nil }
    let textsSize = 2 &* URLForm.maximumOtherCount &* MemoryLayout<Text>.stride
    guard let texts = unsafe malloc(textsSize) else {
      unsafe free(storage)
      return nil
    }
    self.matcher = matcher
    unsafe self.storage = storage.assumingMemoryBound(to: UInt8.self)
    self.capacity = capacity
    unsafe self.otherTexts = texts.assumingMemoryBound(to: Text.self)
  }

  deinit {
    unsafe free(storage)
    unsafe free(otherTexts)
  }

  /// Sets the URL.
  ///
  /// The bytes are copied. Nothing is checked: any byte may stand anywhere.
  ///
  /// - Parameters:
  ///   - host: in any case, perhaps with a trailing dot, of which one is dropped; without port. The
  ///     brackets of an IPv6 address are dropped, also where only one is left of them, as Traffic Server
  ///     9.2 has it where a port follows.
  ///   - path: without the slash that begins it; empty gives `host/`.
  ///   - params: what the proxy has split off after the path's first `;`; empty for none.
  /// - Returns: false if the URL is longer than `maximumLength` or memory runs out. Then the subject
  ///   holds no URL: no allow pattern matches it, and deny patterns report a failure.
  public func assign(host: Span<UInt8>, path: Span<UInt8>, params: Span<UInt8>) -> Bool {
    isAssigned = false
    denyCount = Self.unknownCount
    allowCount = Self.unknownCount
    lastKind = nil
    matcher.beginURL()
    let assigned = unsafe host.withUnsafeBufferPointer { host in
      unsafe path.withUnsafeBufferPointer { path in
        unsafe params.withUnsafeBufferPointer { params in
          unsafe copy(host: host, path: path, params: params)
        }
      }
    }
    isAssigned = assigned
    return assigned
  }

  private func copy(
    host: UnsafeBufferPointer<UInt8>, path: UnsafeBufferPointer<UInt8>,
    params: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    // No sum of three lengths of things in memory overflows.
    let length = host.count &+ 1 &+ path.count &+ (params.isEmpty ? 0 : params.count &+ 1)
    guard length <= Self.maximumLength, reserve(length) else { return false }
    let start = unsafe storage
    var end = unsafe start
    if let bytes = host.baseAddress, host.count > 0 {
      let skipped = unsafe bytes[0] == UInt8(ascii: "[") ? 1 : 0
      unsafe copyInLowerCase(bytes + skipped, host.count &- skipped, to: end)
      unsafe end += host.count &- skipped
      if unsafe end > start, unsafe end[-1] == UInt8(ascii: ".") || end[-1] == UInt8(ascii: "]") {
        unsafe end -= 1
      }
    }
    unsafe hostLength = end - start
    unsafe end.pointee = UInt8(ascii: "/")
    unsafe end += 1
    if let bytes = path.baseAddress {
      unsafe memcpy(end, bytes, path.count)
      unsafe end += path.count
    }
    if let bytes = params.baseAddress, params.count > 0 {
      unsafe end.pointee = UInt8(ascii: ";")
      unsafe memcpy(end + 1, bytes, params.count)
      unsafe end += 1 &+ params.count
    }
    unsafe sentLength = end - start
    usedLength = sentLength
    return true
  }

  private func copyInLowerCase(
    _ source: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<UInt8>
  ) {
    var index = 0
    // Eight bytes at a time; the last eight may repeat some.
    if count >= 8 {
      while index &+ 8 < count {
        unsafe copyWordInLowerCase(source + index, to: target + index)
        index &+= 8
      }
      return unsafe copyWordInLowerCase(source + (count &- 8), to: target + (count &- 8))
    }
    while index < count {
      unsafe target[index] = source[index].asciiLowerCased
      index &+= 1
    }
  }

  private func copyWordInLowerCase(
    _ source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>
  ) {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let word = unsafe UnsafeRawPointer(source).loadUnaligned(as: UInt64.self)
    let low = word & (ones &* 0x7f)
    // A byte's highest bit: whether it is at least `A`, and whether it is beyond `Z`.
    let fromA = low &+ ones &* UInt64(0x80 - UInt8(ascii: "A"))
    let beyondZ = low &+ ones &* UInt64(0x80 - UInt8(ascii: "Z") - 1)
    let upper = fromA & ~beyondZ & ~word & (ones &* 0x80)
    unsafe UnsafeMutableRawPointer(target).storeBytes(of: word | upper >> 2, as: UInt64.self)
  }

  /// Makes room for a URL of so many bytes; what is held is lost. False: no memory.
  private func reserve(_ length: Int) -> Bool {
    guard length > capacity else { return true }
    var newCapacity = capacity
    while newCapacity < length { newCapacity &*= 2 }
    guard let memory = unsafe malloc(Self.maximumTextCount &* newCapacity) else { return false }
    unsafe free(storage)
    unsafe storage = memory.assumingMemoryBound(to: UInt8.self)
    capacity = newCapacity
    return true
  }

  /// The bytes of the URL as sent.
  var sent: UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: storage, count: sentLength)
  }

  /// The other forms that count for a side, each text once; none where all are the URL as sent.
  ///
  /// Worked out on the first call for a URL and a side: a scan of the path where it has nothing that forms
  /// differ in, else some 2 ns a byte and form, for those that don't repeat others for sure.
  @inline(__always)
  func others(for side: PatternSet.Side) -> UnsafeBufferPointer<Text> {
    let count = side == .deny ? denyCount : allowCount
    return unsafe count == 0
      ? UnsafeBufferPointer(start: nil, count: 0) : workedOutOthers(for: side, count)
  }

  private func workedOutOthers(
    for side: PatternSet.Side, _ count: Int
  ) -> UnsafeBufferPointer<Text> {
    let first = unsafe side == .deny ? otherTexts : otherTexts + URLForm.maximumOtherCount
    var count = count
    if count == Self.unknownCount {
      let last = lastKind ?? lookAtPath()
      count = unsafe last == .sent ? 0 : workOutOthers(for: side, through: last, at: first)
      if side == .deny { denyCount = count } else { allowCount = count }
    }
    return unsafe UnsafeBufferPointer(start: first, count: count)
  }

  private func lookAtPath() -> URLForm.Kind {
    // No other form has been written, so that the padding overwrites none, and there is room for it.
    let end = unsafe UnsafeMutableRawPointer(storage + sentLength)
    unsafe memset(end, 0, URLForm.padding)
    let last = unsafe URLForm.lastToDiffer(path)
    lastKind = last
    return last
  }

  private func workOutOthers(
    for side: PatternSet.Side, through last: URLForm.Kind, at first: UnsafeMutablePointer<Text>
  ) -> Int {
    var count = 0
    var number = URLForm.Kind.sent.rawValue
    while number <= last.rawValue, let kind = URLForm.Kind(rawValue: number) {
      number &+= 1
      if unsafe add(URLForm(kind), for: side, to: first, &count) {
        _ = unsafe add(URLForm(kind, removesDotsFirst: true), for: side, to: first, &count)
      }
    }
    return count
  }

  /// Adds a form unless its text is there already; returns whether it matters for it if dots or slashes go
  /// first.
  private func add(
    _ form: URLForm, for side: PatternSet.Side, to first: UnsafeMutablePointer<Text>,
    _ count: inout Int
  ) -> Bool {
    guard let readings = form.readings(for: side) else { return false }
    let start = unsafe storage + usedLength
    unsafe memcpy(start, storage, hostLength)
    let (length, hasRunsAndDots) = unsafe form.write(path, readings, to: start + hostLength)
    let text = unsafe UnsafeBufferPointer(start: UnsafePointer(start), count: hostLength &+ length)
    var isRepeated = unsafe equal(text, sent)
    var index = 0
    while index < count, !isRepeated {
      isRepeated = unsafe equal(text, first[index].bytes)
      index &+= 1
    }
    if !isRepeated {
      unsafe (first + count).initialize(to: Text(form: form, bytes: text))
      count &+= 1
      usedLength &+= text.count
    }
    return hasRunsAndDots
  }

  /// The path as sent, with the slash that begins it, and its params.
  private var path: UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: storage + hostLength, count: sentLength &- hostLength)
  }

  private func equal(
    _ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard let start = first.baseAddress, let other = second.baseAddress else { return false }
    return unsafe first.count == second.count && memcmp(start, other, first.count) == 0
  }

  /// The forms that count for a side, each text once, as sent first. Allocates.
  func texts(for side: PatternSet.Side) -> [Text] {
    unsafe isAssigned ? [Text(form: URLForm(.sent), bytes: sent)] + others(for: side) : []
  }

  /// The forms that count for a side, each text once, as sent first; none where no URL is held. Allocates.
  public func spellings(for side: PatternSet.Side) -> [Spelling] {
    texts(for: side).map(\.spelling)
  }
}
