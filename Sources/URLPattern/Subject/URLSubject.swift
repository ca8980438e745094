import Platform
import Text

/// The URL of the present request, in all forms that rules check.
///
/// Each form is `host/path;params`. The host is in lower case without one trailing dot. The forms differ only in the
/// path and its params.
///
/// Each thread has its own (`withThisThread`) and assigns it for each request. It also holds the thread's `Matcher`.
/// Assigning and matching a URL allocate nothing, except when a URL is longer than any before, or when PCRE2 needs more
/// scratch memory than before.
///
/// Source: RFC 3986 §5.2.4, §6.2.2.
@safe package final class URLSubject {
  /// One form of the assigned URL. Valid until the next `assign`.
  @safe struct Text {
    let form: URLForm
    let bytes: UnsafeBufferPointer<UInt8>

    /// A copy for explanations. Allocates.
    var spelling: Spelling {
      unsafe Spelling(form: form, text: String(decoding: bytes, as: UTF8.self))
    }
  }

  /// A form of a URL, for explanations. Bytes that are not UTF-8 are replaced.
  package struct Spelling: Equatable, Sendable {
    /// The form.
    package let form: URLForm
    /// `host/path;params` in this form.
    package let text: String
  }

  /// The longest URL, in bytes: host, slash, path and params.
  package static let maximumLength = 1 << 20

  let matcher: Matcher
  /// The URL as sent, then its other forms. There is room for all, because no form is longer than the URL as sent.
  private var storage: UnsafeMutablePointer<UInt8>
  /// The longest URL that fits into `storage`.
  private var capacity: Int
  private var hostLength = 0
  private var sentLength = 0
  /// The used part of `storage`.
  private var usedLength = 0
  /// The other forms for deny rules, and from `maximumOtherCount` on the ones for allow rules.
  private let otherTexts: UnsafeMutablePointer<Text>
  private var denyCount = 0
  private var allowCount = 0
  /// The last kind of form that may differ. Nil: the path has not been scanned.
  private var lastKind: URLForm.Kind?
  /// Whether a URL is assigned.
  private(set) var isAssigned = false
  /// The form of the URL that `assign(in:by:)` assigns, and the value of `capacity` outside of it; nil: all forms.
  private var only: (form: OnlyForm, capacity: Int)?

  /// A form of a URL as sent, without other forms.
  package enum OnlyForm: Sendable {
    /// The path up to its first `;`, without its leading slash.
    case pathWithoutParameters
    /// `host/path;params`. The host keeps its case, brackets and final dot.
    case hostAndPath
  }

  /// The count of other forms before they are derived.
  private static let unknownCount = -1
  /// How many forms fit into `storage`.
  private static let maximumTextCount = 1 + 2 * URLForm.maximumOtherCount

  /// Nil: no memory.
  ///
  /// - Parameter timePerURL: The processor time for all searches of one URL, in nanoseconds.
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

  /// Assigns a URL.
  ///
  /// The bytes are copied and not checked: any byte may be anywhere.
  ///
  /// - Parameters:
  ///   - host: In any case, without port. One trailing dot is dropped. The brackets of an IPv6 address are dropped,
  ///     even a single one, because Traffic Server 9.2 leaves one if a port follows.
  ///   - path: Without its leading slash. Empty gives `host/`.
  ///   - params: The part after the path's first `;`, if the proxy has split it off. Empty: none.
  /// - Returns: False: the URL is longer than `maximumLength`, or memory ran out. No URL is assigned then: no allow
  ///   pattern matches, and deny patterns report a failure.
  package func assign(host: Span<UInt8>, path: Span<UInt8>, params: Span<UInt8>) -> Bool {
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
    // The sum of three lengths in memory cannot overflow.
    let length = host.count &+ 1 &+ path.count &+ (params.isEmpty ? 0 : params.count &+ 1)
    guard length <= Self.maximumLength, length <= capacity || reserve(length) else {
      return unsafe copyOnlyForm(host: host, path: path, params: params)
    }
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

  /// Assigns a URL in one form only, as stock plugins match it.
  ///
  /// - Parameter assign: Calls `assign(host:path:params:)`, and returns its result.
  package func assign(in form: OnlyForm, by assign: (URLSubject) -> Bool) -> Bool {
    only = (form, capacity)
    // `copy` takes the way of a URL that does not fit, so that other URLs pay nothing.
    capacity = -1
    let isAssigned = assign(self)
    if let only { capacity = only.capacity }
    only = nil
    return isAssigned
  }

  private func copyOnlyForm(
    host: UnsafeBufferPointer<UInt8>, path: UnsafeBufferPointer<UInt8>,
    params: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard let only else { return false }
    capacity = only.capacity
    self.only = nil
    // One byte more, so that an empty text has an address.
    let length = host.count &+ path.count &+ params.count &+ 3
    guard length <= Self.maximumLength, reserve(length) else { return false }
    var end = unsafe storage
    func append(_ bytes: UnsafeBufferPointer<UInt8>) {
      guard let start = bytes.baseAddress else { return }
      unsafe memcpy(end, start, bytes.count)
      unsafe end += bytes.count
    }
    switch only.form {
    case .pathWithoutParameters:
      unsafe append(path)
      var count = 0
      while unsafe count < path.count && storage[count] != UInt8(ascii: ";") { count &+= 1 }
      unsafe end = storage + count
    case .hostAndPath:
      unsafe append(host)
      unsafe end.pointee = UInt8(ascii: "/")
      unsafe end += 1
      unsafe append(path)
      if !params.isEmpty {
        unsafe end.pointee = UInt8(ascii: ";")
        unsafe end += 1
        unsafe append(params)
      }
    }
    hostLength = 0
    unsafe sentLength = end - storage
    usedLength = sentLength
    denyCount = 0
    allowCount = 0
    return true
  }

  private func copyInLowerCase(
    _ source: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<UInt8>
  ) {
    var index = 0
    // Eight bytes at a time. The last eight may overlap the ones before.
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
    // The highest bit of each byte: whether it is at least `A`, and whether it is above `Z`.
    let fromA = low &+ ones &* UInt64(0x80 - UInt8(ascii: "A"))
    let beyondZ = low &+ ones &* UInt64(0x80 - UInt8(ascii: "Z") - 1)
    let upper = fromA & ~beyondZ & ~word & (ones &* 0x80)
    unsafe UnsafeMutableRawPointer(target).storeBytes(of: word | upper >> 2, as: UInt64.self)
  }

  /// Makes room for a URL of so many bytes and discards the present one. False: no memory.
  private func reserve(_ length: Int) -> Bool {
    guard length > capacity else { return true }
    if only != nil { return false }
    var newCapacity = capacity
    while newCapacity < length { newCapacity &*= 2 }
    guard let memory = unsafe malloc(Self.maximumTextCount &* newCapacity) else { return false }
    unsafe free(storage)
    unsafe storage = memory.assumingMemoryBound(to: UInt8.self)
    capacity = newCapacity
    return true
  }

  /// Calls a function with the host: in lower case, without port, final dot and brackets.
  package func withHost<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    let host = unsafe UnsafeBufferPointer(start: UnsafePointer(storage), count: hostLength)
    return unsafe body(host.span)
  }

  /// The bytes of the URL as sent.
  var sent: UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: storage, count: sentLength)
  }

  /// The other forms that count for a side, each text once. Empty: all equal the URL as sent.
  ///
  /// The first call for a URL and a side derives them. A plain path costs one scan. Else each form that may differ
  /// costs some 2 ns a byte.
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
    // No other form has been written yet, so there is room for the padding.
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

  /// Adds a form unless its text is there already. Returns whether the order of dot segments and slashes matters.
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

  /// The path as sent with its leading slash, and its params.
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

  /// The forms that count for a side, each text once, as sent first. Empty: no URL is assigned. Allocates.
  package func spellings(for side: PatternSet.Side) -> [Spelling] {
    texts(for: side).map(\.spelling)
  }
}

extension URLSubject {
  /// The calling thread's subject, with a reference; see `withThisThread`.
  static func ofThisThread() -> URLSubject? {
    guard let key = threadKey else { return nil }
    if let held = unsafe pthread_getspecific(key) {
      return unsafe Unmanaged<URLSubject>.fromOpaque(held).takeUnretainedValue()
    }
    guard let subject = URLSubject() else { return nil }
    let held = unsafe Unmanaged.passRetained(subject)
    guard unsafe pthread_setspecific(key, held.toOpaque()) == 0 else {
      unsafe held.release()
      return nil
    }
    return subject
  }

  /// Calls a function with the calling thread's subject, without counting a reference.
  ///
  /// A thread's first call allocates the subject, and the end of the thread frees it. Do not keep it or pass it to
  /// another thread.
  ///
  /// - Returns: nil if memory or the process's thread-specific keys ran out. The next call tries to allocate again, but
  ///   not to create the key.
  package static func withThisThread<Result>(_ body: (URLSubject) -> Result) -> Result? {
    if let key = threadKey, let held = unsafe pthread_getspecific(key) {
      return unsafe Unmanaged<URLSubject>.fromOpaque(held)._withUnsafeGuaranteedRef { body($0) }
    }
    return ofThisThread().map(body)
  }

  private static let threadKey: pthread_key_t? = {
    var key = pthread_key_t()
    let status = unsafe pthread_key_create(&key) { held in
      // Called at the thread's end with the argument of `pthread_setspecific`.
      guard let held = unsafe held else { return }
      unsafe Unmanaged<URLSubject>.fromOpaque(held).release()
    }
    return status == 0 ? key : nil
  }()
}
