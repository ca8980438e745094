import CMaxMindACL
import MaxMindACL

/// A C caller's description of its proxy, with its functions. Any of them may be absent.
///
/// INVARIANT: the caller keeps what it points at, and lets any thread call the functions.
@safe struct CallerHost: @unchecked Sendable {
  private var caller: maxmind_acl_host
  private let isGiven: Bool

  init(_ host: UnsafePointer<maxmind_acl_host>?) {
    unsafe caller = maxmind_acl_host()
    isGiven = unsafe host != nil
    guard let host = unsafe host else { return }
    // A caller that was compiled with an older header has fewer members.
    unsafe withUnsafeMutableBytes(of: &caller) { bytes in
      let size = unsafe min(host.pointee.size, bytes.count)
      unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: host, count: size))
    }
  }

  /// The proxy, as the library knows it.
  var host: Host {
    var host = Host()
    guard isGiven else { return host }
    if let name = unsafe caller.name { host.name = unsafe String(cString: name) }
    host.reservedPrefix = unsafe caller.reserved_prefix.map { unsafe String(cString: $0) }
    host.hasVerifiedAddresses = unsafe caller.has_verified_addresses
    host.verifyingVersions = unsafe caller.verifying_versions.map { unsafe String(cString: $0) }
    var next = unsafe caller.logs
    while let place = unsafe next, let log = unsafe place.pointee {
      host.logs.insert(unsafe String(cString: log))
      unsafe next = place + 1
    }
    return host
  }

  func willRead(_ file: String) {
    guard let callback = unsafe caller.will_read else { return }
    unsafe file.withCString { unsafe callback(caller.context, $0) }
  }

  func report(_ severity: maxmind_acl_severity, _ text: String) {
    guard let callback = unsafe caller.report else { return }
    unsafe text.withCString { unsafe callback(caller.context, severity, $0) }
  }

  func report(_ diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics {
      report(
        diagnostic.severity == .error ? MAXMIND_ACL_ERROR : MAXMIND_ACL_WARNING,
        diagnostic.rendered)
    }
  }

  func willServe(_ policy: OpaquePointer, by live: OpaquePointer) {
    unsafe caller.will_serve?(caller.context, live, policy)
  }

  func didReload(_ live: OpaquePointer, _ hasSucceeded: Bool) {
    unsafe caller.did_reload?(caller.context, live, hasSucceeded)
  }
}
