import ASCII
import Glibc

/// The URL of the request being decided, in the forms that rules look at.
///
/// One per thread (`withThisThread`), used by that thread alone, and set anew for each request. It also
/// holds what the thread needs to match: PCRE2's scratch, and a stack for deeply nested matches. Setting
/// a URL and matching it allocate nothing, except that the buffers grow when a URL comes that is longer
/// than any before, and that PCRE2 makes room once for what it has not needed before.
///
/// Source: RFC 3986 §5.2.4, §6.2.2.
@safe public final class URLSubject {
  /// A way to read the URL.
  ///
  /// Each is `host/path;params`. The host is in lower case and has lost one trailing dot. Escapes,
  /// slashes and dots are touched in the path and its params only.
  public enum Form: CaseIterable, Sendable {
    /// The path as the client sent it.
    case asSent
    /// Percent-escapes of unreserved characters decoded, then runs of slashes collapsed, then dot
    /// segments removed.
    case normalised
    /// As `normalised`, but with every escape decoded, once, except `%2F` and `%00`.
    case decoded
  }

  /// The longest URL that can be held, in bytes: host, slash, path and params together.
  public static let maximumLength = 1 << 20

  let matcher: Matcher
  /// Room for each of the three forms, one after the other: none is longer than the URL as sent.
  private var storage: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var hostLength = 0
  private var sentLength = 0
  private var normalisedLength = 0
  private var decodedLength = 0
  private var normalisedState = FormState.unknown
  private var decodedState = FormState.unknown
  /// Whether a URL is held at all.
  private(set) var isAssigned = false

  private enum FormState {
    /// Not worked out for this URL.
    case unknown
    /// The same bytes as an earlier form.
    case repeated
    case distinct
  }

  /// Nil: no memory.
  ///
  /// - Parameter timePerURL: nanoseconds of processor time for all searches of one URL.
  init?(timePerURL: UInt64 = TimeAllowance.perURL) {
    guard let matcher = Matcher(timePerURL: timePerURL) else { return nil }
    let capacity = 4_096
    guard let memory = unsafe malloc(3 &* capacity) else { return nil }
    self.matcher = matcher
    unsafe self.storage = memory.assumingMemoryBound(to: UInt8.self)
    self.capacity = capacity
  }

  deinit {
    unsafe free(storage)
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
    normalisedState = .unknown
    decodedState = .unknown
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
    guard let memory = unsafe malloc(3 &* newCapacity) else { return false }
    unsafe free(storage)
    unsafe storage = memory.assumingMemoryBound(to: UInt8.self)
    capacity = newCapacity
    return true
  }

  /// The bytes of the URL as sent.
  var sent: UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: storage, count: sentLength)
  }

  /// The bytes of the normalised form; nil where it is the form as sent.
  ///
  /// Worked out on the first call for a URL: one pass over the path where nothing is to be done, else
  /// some 2 ns a byte.
  @inline(__always)
  func normalisedIfDistinct() -> UnsafeBufferPointer<UInt8>? {
    normalisedState == .repeated ? nil : unsafe workOutNormalised()
  }

  private func workOutNormalised() -> UnsafeBufferPointer<UInt8>? {
    if normalisedState == .unknown {
      guard pathNeedsNormalising() else {
        normalisedState = .repeated
        decodedState = .repeated
        return nil
      }
      unsafe normalisedLength = derive(into: storage + capacity, decoding: .unreserved)
      normalisedState =
        unsafe equal(storage, sentLength, storage + capacity, normalisedLength)
        ? .repeated : .distinct
    }
    guard normalisedState == .distinct else { return nil }
    return unsafe UnsafeBufferPointer(start: storage + capacity, count: normalisedLength)
  }

  /// The bytes of the decoded form; nil where it is one of the other two. Cost as before.
  @inline(__always)
  func decodedIfDistinct() -> UnsafeBufferPointer<UInt8>? {
    decodedState == .repeated ? nil : unsafe workOutDecoded()
  }

  private func workOutDecoded() -> UnsafeBufferPointer<UInt8>? {
    if decodedState == .unknown {
      let earlier = unsafe normalisedIfDistinct()
      // That may have found that there is nothing to decode either.
      if decodedState == .repeated { return nil }
      let target = unsafe storage + 2 &* capacity
      unsafe decodedLength = derive(into: target, decoding: .allButSlashAndNul)
      var isRepeated = unsafe equal(storage, sentLength, target, decodedLength)
      if let bytes = unsafe earlier?.baseAddress {
        isRepeated = unsafe isRepeated || equal(bytes, normalisedLength, target, decodedLength)
      }
      decodedState = isRepeated ? .repeated : .distinct
    }
    guard decodedState == .distinct else { return nil }
    return unsafe UnsafeBufferPointer(start: storage + 2 &* capacity, count: decodedLength)
  }

  private func pathNeedsNormalising() -> Bool {
    unsafe URLNormalisation.mayChange(
      UnsafeBufferPointer(start: storage + hostLength, count: sentLength &- hostLength))
  }

  /// Writes the host and the path, normalised; returns their length.
  private func derive(
    into target: UnsafeMutablePointer<UInt8>, decoding escapes: URLNormalisation.Escapes
  ) -> Int {
    unsafe memcpy(target, storage, hostLength)
    let path = unsafe UnsafeBufferPointer(
      start: storage + hostLength, count: sentLength &- hostLength)
    return unsafe hostLength
      &+ URLNormalisation.normalise(path, decoding: escapes, into: target + hostLength)
  }

  private func equal(
    _ first: UnsafePointer<UInt8>, _ firstLength: Int,
    _ second: UnsafePointer<UInt8>, _ secondLength: Int
  ) -> Bool {
    unsafe firstLength == secondLength && memcmp(first, second, firstLength) == 0
  }

  /// The text of a form, for explanations; bytes that aren't UTF-8 are repaired, and no URL is an empty
  /// text. Allocates.
  public func text(_ form: Form) -> String {
    guard isAssigned else { return "" }
    // A form that isn't distinct has the bytes of the one before it.
    var bytes = unsafe sent
    if form != .asSent, let normalised = unsafe normalisedIfDistinct() {
      unsafe bytes = normalised
    }
    if form == .decoded, let decoded = unsafe decodedIfDistinct() {
      unsafe bytes = decoded
    }
    return unsafe String(decoding: bytes, as: UTF8.self)
  }
}
