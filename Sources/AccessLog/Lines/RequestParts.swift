import Addresses
import MaxMindACL
import Text

/// Makes requests of the fields of lines.
struct RequestParts {
  /// How the format escapes bytes of a field.
  enum Escaping: Sendable {
    case none, backslash, json
    /// IIS writes a blank as `+`, CloudFront as `%20`. Only header fields can hold blanks.
    case blanks
  }

  let base: URLParts?
  let escaping: Escaping
  /// Whether a URL without a host is valid: see `FieldPattern.hasTargets`.
  let hasTargets: Bool
  let bytes: LogBytes
  /// The header fields of the line that rules read.
  let headers: HeaderPlaces
  /// Whether a port always follows the client's address.
  var hasClientPort = false
  /// Whether times have no zone and are UTC.
  var hasUTCTime = false
  var time = TimeOfRequest()
  /// The beginning of the line before its escapes were replaced.
  private var original: [UInt8] = []

  init(
    base: URLParts?, escaping: Escaping, hasTargets: Bool, bytes: LogBytes, headers: HeaderPlaces
  ) {
    self.base = base
    self.escaping = escaping
    self.hasTargets = hasTargets
    self.bytes = bytes
    self.headers = headers
  }

  /// Appends the request of a line to a block's, or returns the reason why there is none. Replaces escapes in place,
  /// but only in the lines of requests.
  @inline(__always)
  mutating func append(
    _ fields: FoundFields, of line: Range<Int>, number: Int, to entries: inout [LogEntry]
  ) -> MalformedLine.Kind? {
    guard escaping == .backslash || escaping == .json,
      bytes.find(UInt8(ascii: "\\"), in: line.lowerBound..<end(of: fields, in: line)) != nil
    else {
      return append(fields, number: number, to: &entries)
    }
    return appendUnescaped(fields, of: line, number: number, to: &entries)
  }

  /// The end of the part of a line that is read.
  @inline(__always)
  private func end(of fields: FoundFields, in line: Range<Int>) -> Int {
    guard escaping == .backslash, headers.count == 0 else { return line.upperBound }
    let target = (fields.url ?? fields.request ?? fields.path)?.upperBound ?? line.upperBound
    return max(target, fields.host?.upperBound ?? target)
  }

  /// The same for a line that may have escapes.
  @inline(never)
  private mutating func appendUnescaped(
    _ fields: FoundFields, of line: Range<Int>, number: Int, to entries: inout [LogEntry]
  ) -> MalformedLine.Kind? {
    let shown = line.prefix(MalformedLine.longestText)
    original.removeAll(keepingCapacity: true)
    for index in shown { original.append(bytes[index]) }
    var plain = fields
    let kind =
      unescape(&plain) ? append(plain, number: number, to: &entries) : MalformedLine.Kind.url
    guard kind != nil else { return nil }
    for (index, byte) in zip(shown, original) { bytes[index] = byte }
    time.forget()
    return kind
  }

  /// Replaces the escapes in the fields. False: there is an invalid escape.
  private func unescape(_ fields: inout FoundFields) -> Bool {
    let client = fields.client
    for place in [
      \FoundFields.client, \.time, \.url, \.request, \.host, \.path, \.scheme, \.port,
      \.method,
    ] {
      guard let field = fields[keyPath: place] else { continue }
      guard let plain = unescaped(field) else { return false }
      fields[keyPath: place] = plain
    }
    for index in 0..<headers.count where !headers[index].isEmpty {
      let field = headers[index].indices
      // The client's field has no escapes by now.
      guard let plain = field == client ? fields.client : unescaped(field) else { return false }
      headers[index] = ByteRange(plain)
    }
    return true
  }

  /// Appends the request of a line's fields.
  @inline(__always)
  private mutating func append(
    _ fields: FoundFields, number: Int, to entries: inout [LogEntry]
  ) -> MalformedLine.Kind? {
    var client: Address?
    guard let clientField = fields.client else { return .fields }
    if !isNone(clientField) {
      client =
        hasClientPort
        ? bytes.addressBeforePort(clientField)
        : unsafe Address(bytes.buffer.span.extracting(clientField))
          ?? bytes.firstAddress(clientField)
      if client == nil { return .client }
    }
    var seconds: Int64?
    if let timeField = fields.time, !isNone(timeField) {
      seconds =
        time.seconds(timeField, in: bytes, isUTC: hasUTCTime) ?? secondsAfterBracket(timeField)
      if seconds == nil { return .time }
    }
    guard let (target, isConnect) = targetField(of: fields),
      let url = isConnect ? authority(target) : url(target, fields)
    else { return .url }
    entries.append(
      LogEntry(
        client: client, time: seconds, url: url, method: method(of: fields, before: target),
        target: ByteRange(target),
        lineNumber: UInt32(truncatingIfNeeded: number)))
    return nil
  }

  /// Whether a field is `-`.
  @inline(__always)
  func isNone(_ field: Range<Int>) -> Bool {
    field.count == 1 && bytes[field.lowerBound] == UInt8(ascii: "-")
  }

  /// The time if the name of a user holds ` [`, which stands before the time in the pattern.
  private mutating func secondsAfterBracket(_ field: Range<Int>) -> Int64? {
    guard let bracket = field.last(where: { bytes[$0] == UInt8(ascii: "[") }) else { return nil }
    return time.seconds((bracket + 1)..<field.upperBound, in: bytes)
  }

  /// The value of a header field of a line that holds a request. Empty: it has none.
  func headerValue(_ number: Int) -> ByteRange {
    let range = headers[number].indices
    if isNone(range) { return .empty }
    guard escaping == .blanks else { return headers[number] }
    var end = range.lowerBound
    var place = range.lowerBound
    while place < range.upperBound {
      let isEscape = bytes.has("%20", at: place, before: range.upperBound)
      let isBlank = isEscape || bytes[place] == UInt8(ascii: "+")
      bytes[end] = isBlank ? 0x20 : bytes[place]
      end += 1
      place += isEscape ? 3 : 1
    }
    return ByteRange(range.lowerBound..<end)
  }

  // MARK: The URL

  /// The place of the URL or target. Nil: the line has none.
  @inline(__always)
  private func targetField(of fields: FoundFields) -> (range: Range<Int>, isConnect: Bool)? {
    if let url = fields.url { return (url, isConnect(fields.method)) }
    if let request = fields.request { return target(of: request) }
    return fields.path.map { ($0, false) }
  }

  /// The method: a field of its own, or the beginning of the request line. Empty: the line has none.
  @inline(__always)
  private func method(of fields: FoundFields, before target: Range<Int>) -> ByteRange {
    if let method = fields.method { return ByteRange(isNone(method) ? 0..<0 : method) }
    guard fields.url == nil, let request = fields.request else { return ByteRange(0..<0) }
    return ByteRange(request.lowerBound..<target.lowerBound - 1)
  }

  /// Whether a method is CONNECT, whose URL is a host and a port.
  @inline(__always)
  private func isConnect(_ method: Range<Int>?) -> Bool {
    guard let method, method.count == 7 else { return false }
    return bytes.has("CONNECT", at: method.lowerBound, before: method.upperBound)
  }

  /// The target of a request line `METHOD TARGET [VERSION]`. Nil: the line has another form.
  private func target(of request: Range<Int>) -> (range: Range<Int>, isConnect: Bool)? {
    var place = request.lowerBound
    // Most methods are letters and end before a blank.
    while place < request.upperBound, bytes[place] != 0x20,
      bytes[place].isASCIILetter || isTokenCharacter(bytes[place])
    { place += 1 }
    guard place > request.lowerBound, place < request.upperBound, bytes[place] == 0x20,
      !isNone(request.lowerBound..<place)
    else { return nil }
    let isConnect = bytes.has("CONNECT ", at: request.lowerBound, before: request.upperBound)
    let start = place + 1
    let end = bytes.startOfVersion(start..<request.upperBound) ?? request.upperBound
    return start < end ? (start..<end, isConnect) : nil
  }

  @inline(__always)
  private func url(_ range: Range<Int>, _ fields: FoundFields) -> URLParts? {
    guard let first = range.first else { return nil }
    let isPath = fields.path?.lowerBound == range.lowerBound
    if bytes[first] == UInt8(ascii: "/") || isPath || range.count == 1 {
      guard hasTargets || fields.host.map({ !isNone($0) }) ?? false, !isPath || !isNone(range),
        var parts = unsafe isPath
          ? URLParts(path: range, in: bytes.buffer.span)
          : URLParts(target: range, in: bytes.buffer.span)
      else { return nil }
      if fields.host != nil || fields.scheme != nil {
        return complete(parts, fields)
      }
      if let base {
        let path = parts.path
        parts = base
        parts.path = path
      }
      return parts
    }
    guard let parts = unsafe URLParts(absolute: range, in: bytes.buffer.span),
      isHTTP(parts.scheme), !isMissing(parts.host)
    else { return nil }
    return parts
  }

  /// Whether the host is the `-` of a request without one, which the pattern joined with other fields.
  private func isMissing(_ host: ByteRange) -> Bool {
    host.count <= 2 && host.indices.allSatisfy { bytes[$0] == UInt8(ascii: "-") }
  }

  /// Whether a proxy maps the scheme.
  private func isHTTP(_ scheme: ByteRange) -> Bool {
    isScheme("http", scheme) || isScheme("https", scheme) || isScheme("ws", scheme)
      || isScheme("wss", scheme)
  }

  /// Schemes are the same in any case (RFC 3986 section 3.1).
  @inline(__always)
  private func isScheme(_ name: StaticString, _ range: ByteRange) -> Bool {
    guard range.count == name.utf8CodeUnitCount else { return false }
    if isText(name, at: range) { return true }
    return name.withUTF8Buffer { name in
      let lowered = range.indices.lazy.map { bytes[$0] | 0x20 }
      return unsafe lowered.elementsEqual(name)
    }
  }

  /// Adds the host, scheme and port from other fields to a target.
  private func complete(_ target: URLParts, _ fields: FoundFields) -> URLParts? {
    var parts = target
    if let field = fields.host, !field.isEmpty, !isNone(field) {
      guard field.allSatisfy({ isInHost(bytes[$0]) }),
        let (host, port) = unsafe URLParts.hostAndPort(field, in: bytes.buffer.span)
      else { return nil }
      parts.host = ByteRange(host)
      parts.port = ByteRange(port)
    } else if let base {
      parts = base
      parts.path = target.path
    }
    if let port = fields.port, !isNone(port), parts.port.isEmpty { parts.port = ByteRange(port) }
    if let scheme = fields.scheme, !isNone(scheme) {
      parts.scheme = ByteRange(scheme)
    } else if parts.port.isEmpty, let base {
      parts.scheme = base.scheme
    } else if parts.scheme.isEmpty || fields.port != nil {
      parts.scheme = isText("443", at: parts.port) ? BlockPrefix.https : BlockPrefix.http
    }
    let standard: StaticString = parts.scheme.count == 5 ? "443" : "80"
    if isText(standard, at: parts.port) { parts.port = .empty }
    return parts
  }

  @inline(__always)
  private func isText(_ text: StaticString, at range: ByteRange) -> Bool {
    range.count == text.utf8CodeUnitCount
      && bytes.has(text, at: range.indices.lowerBound, before: range.indices.upperBound)
  }

  /// The host and port of a CONNECT. Traffic Server logs a slash after them.
  private func authority(_ range: Range<Int>) -> URLParts? {
    let hasSlash = range.last.map { bytes[$0] == UInt8(ascii: "/") } ?? false
    let range = range.lowerBound..<(range.upperBound - (hasSlash ? 1 : 0))
    guard range.allSatisfy({ isInHost(bytes[$0]) }),
      let (host, port) = unsafe URLParts.hostAndPort(range, in: bytes.buffer.span), !port.isEmpty
    else { return nil }
    var parts = URLParts.empty
    parts.host = ByteRange(host)
    parts.port = ByteRange(port)
    return parts
  }

  /// Replaces the escapes of a field in place. Nil: there is an invalid escape.
  @inline(__always)
  private func unescaped(_ range: Range<Int>) -> Range<Int>? {
    guard bytes.find(UInt8(ascii: "\\"), in: range) != nil else { return range }
    var bytes = bytes
    switch escaping {
    case .none, .blanks: return range
    case .backslash: return range.lowerBound..<bytes.undoBackslashes(in: range)
    case .json: return bytes.undoJSONEscapes(in: range).map { range.lowerBound..<$0 }
    }
  }
}

/// Whether a byte may be in a host with its port. Nothing here needs a well-formed host.
private func isInHost(_ byte: UInt8) -> Bool {
  byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "?")
    && byte != UInt8(ascii: "#") && byte != UInt8(ascii: "@")
}
