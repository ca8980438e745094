import Addresses
import CMaxMindACL
import MaxMindACL
import Platform

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_write_decision(
  _ policy: OpaquePointer?, _ decision: UnsafePointer<maxmind_acl_decision>?,
  _ request: UnsafePointer<maxmind_acl_request>?, _ isEnforced: Bool,
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  var text = unsafe TextWriter(buffer, size)
  guard let policy = unsafe policy, let decision = unsafe decision else { return text.finish() }
  unsafe PolicyHandle.with(policy) { handle in
    unsafe handle.write(decision, request, isEnforced, to: &text)
  }
  return text.finish()
}

extension PolicyHandle {
  /// Writes the words of a decision.
  @inline(__always)
  func write(
    _ decision: UnsafePointer<maxmind_acl_decision>,
    _ request: UnsafePointer<maxmind_acl_request>?, _ isEnforced: Bool, to text: inout TextWriter
  ) {
    writeVerdict(unsafe decision.pointee.verdict, to: &text)
    text.append(UInt8(ascii: " "))
    unsafe words.writeReason(decision.pointee.reason, decision.pointee.detail, to: &text)
    text.append(UInt8(ascii: " "))
    if unsafe !words.writeCountry(of: decision, to: &text) { text.append(UInt8(ascii: "-")) }
    text.append(UInt8(ascii: " "))
    unsafe words.writePlace(
      rule: decision.pointee.rule, line: decision.pointee.line, to: &text)
    text.append(" db=")
    words.writeDatabase(to: &text)
    if unsafe UInt32(decision.pointee.reason) == MAXMIND_ACL_REASON_ERROR.rawValue {
      unsafe words.writeFailure(decision.pointee.detail, to: &text)
    }
    if let request = unsafe request,
      unsafe UInt32(request.pointee.client_source) != MAXMIND_ACL_CLIENT_CONNECTION.rawValue
    {
      unsafe words.writeClient(of: request, to: &text)
    }
    if !isEnforced, unsafe UInt32(decision.pointee.verdict) != MAXMIND_ACL_ALLOW.rawValue {
      text.append(" not-enforced")
    }
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_is_annotation(
  _ policy: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ length: Int
) -> Bool {
  guard let policy = unsafe policy else { return false }
  return unsafe PolicyHandle.with(policy) { unsafe $0.annotations.has(bytes(name, length)) }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_remove_annotations(
  _ policy: OpaquePointer?, _ list: UnsafeMutablePointer<CChar>?, _ length: Int
) -> Int {
  guard let policy = unsafe policy, let list = unsafe list, length > 0 else { return length }
  let text = unsafe UnsafeMutableBufferPointer(
    start: UnsafeMutableRawPointer(list).assumingMemoryBound(to: UInt8.self), count: length)
  return unsafe PolicyHandle.with(policy) { handle in
    unsafe removeNames(from: text) { unsafe handle.annotations.has($0) }
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_write_annotation(
  _ policy: OpaquePointer?, _ index: Int, _ decision: UnsafePointer<maxmind_acl_decision>?,
  _ client: UnsafePointer<sockaddr>?, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  var text = unsafe TextWriter(buffer, size)
  guard let policy = unsafe policy else { return text.finish() }
  let isWhole = unsafe PolicyHandle.with(policy) { handle in
    handle.annotations.write(index, to: &text) { field, text in
      unsafe handle.write(field, decision, client, to: &text)
    }
  }
  guard isWhole, size > 0, text.length < size else {
    let nothing = unsafe TextWriter(buffer, size)
    return nothing.finish()
  }
  return text.finish()
}

extension PolicyHandle {
  /// Writes a field of a decision. False: it is unknown.
  fileprivate func write(
    _ field: AnnotationTemplate.Field, _ decision: UnsafePointer<maxmind_acl_decision>?,
    _ client: UnsafePointer<sockaddr>?, to text: inout TextWriter
  ) -> Bool {
    switch field {
    case .client: return unsafe writeAddress(client, to: &text)
    case .name: words.writeName(to: &text)
    case .database:
      guard words.hasDatabaseDay else { return false }
      words.writeDatabase(to: &text)
    case .registeredCountry, .continent, .subdivision, .asn, .organisation:
      guard let address = unsafe Address(socketAddress: client) else { return false }
      return words.write(field, of: policy.record(for: address), to: &text)
    case .country, .verdict, .reason, .rule:
      guard let decision = unsafe decision else { return false }
      return unsafe write(field, of: decision, client, to: &text)
    }
    return true
  }

  private func write(
    _ field: AnnotationTemplate.Field, of decision: UnsafePointer<maxmind_acl_decision>,
    _ client: UnsafePointer<sockaddr>?, to text: inout TextWriter
  ) -> Bool {
    switch field {
    case .verdict: writeVerdict(unsafe decision.pointee.verdict, to: &text)
    case .reason:
      unsafe words.writeReason(decision.pointee.reason, decision.pointee.detail, to: &text)
    case .rule:
      guard unsafe decision.pointee.line > 0 else { return false }
      unsafe words.writePlace(
        rule: decision.pointee.rule, line: decision.pointee.line, to: &text)
    case .country, .client, .name, .database, .registeredCountry, .continent, .subdivision, .asn,
      .organisation:
      if unsafe words.writeCountry(of: decision, to: &text) { return true }
      // A decision without a look-up of the record has no country, but the origin needs one.
      guard let address = unsafe Address(socketAddress: client) else { return false }
      let plan = policy.mergedPlan(for: address)
      return unsafe withUnsafePointer(to: plan.decision) { decision in
        unsafe decision.withMemoryRebound(to: maxmind_acl_decision.self, capacity: 1) {
          unsafe words.writeCountry(of: $0, to: &text)
        }
      }
    }
    return true
  }
}

extension DecisionWords {
  /// Writes a field of a client's record. False: it is absent or unreadable.
  fileprivate func write(
    _ field: AnnotationTemplate.Field, of record: Record, to text: inout TextWriter
  ) -> Bool {
    switch field {
    case .asn:
      guard case .value(let number) = record.asn else { return false }
      text.append(decimal: number)
    case .organisation:
      guard let name = record.organisation else { return false }
      text.append(printable: name)
    case .continent: return write(record.continent, to: &text)
    case .registeredCountry: return write(record.registeredCountry, to: &text)
    case .subdivision:
      guard case .value(let codes) = record.subdivisions, let code = codes.first else {
        return false
      }
      return write(.value(code), to: &text)
    case .country, .verdict, .reason, .client, .rule, .database, .name: return false
    }
    return true
  }

  private func write(_ value: FieldValue<PlaceCode>, to text: inout TextWriter) -> Bool {
    guard case .value(let code) = value else { return false }
    text.append(printable: code.bytes)
    return true
  }

  /// Writes a client that is not the connection's, with its source: `client=192.0.2.1 from=Forwarded`.
  @inline(never)
  fileprivate func writeClient(
    of request: UnsafePointer<maxmind_acl_request>, to text: inout TextWriter
  ) {
    text.append(" client=")
    if unsafe !writeAddress(request.pointee.client, to: &text) { text.append(UInt8(ascii: "-")) }
    text.append(" from=")
    writeSource(unsafe request.pointee.client_source, to: &text)
  }
}

@inline(__always)
private func writeVerdict(_ verdict: UInt8, to text: inout TextWriter) {
  text.append(UInt32(verdict) == MAXMIND_ACL_ALLOW.rawValue ? "allow" : "deny")
}

/// Writes a client's address, a mapped IPv4 address as IPv4. False: there is none.
func writeAddress(_ client: UnsafePointer<sockaddr>?, to text: inout TextWriter) -> Bool {
  guard let address = unsafe Address(socketAddress: client) else { return false }
  return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) {
    room in
    guard let start = room.baseAddress else { return false }
    var bytes = address.networkBytes
    let isIPv4 = address.isIPv4
    let written = unsafe withUnsafeBytes(of: &bytes) { bytes in
      unsafe inet_ntop(
        isIPv4 ? AF_INET : AF_INET6, bytes.baseAddress?.advanced(by: isIPv4 ? 12 : 0), start,
        socklen_t(INET6_ADDRSTRLEN))
    }
    guard unsafe written != nil else { return false }
    unsafe text.append(upToNUL: start)
    return true
  }
}
