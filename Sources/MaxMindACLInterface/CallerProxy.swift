import CMaxMindACL
import MaxMindACL

/// A C caller's description of its proxy and its callbacks. Each callback is optional.
///
/// INVARIANT: the caller keeps the pointees alive and allows calls from any thread.
@safe struct CallerProxy: @unchecked Sendable {
  private var caller: maxmind_acl_proxy
  private let isGiven: Bool

  init(_ proxy: UnsafePointer<maxmind_acl_proxy>?) {
    unsafe caller = maxmind_acl_proxy()
    isGiven = unsafe proxy != nil
    guard let proxy = unsafe proxy else { return }
    // A caller that was compiled with an older header has fewer members.
    unsafe withUnsafeMutableBytes(of: &caller) { bytes in
      let size = unsafe min(proxy.pointee.size, bytes.count)
      unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: proxy, count: size))
    }
  }

  /// The proxy's description for the library.
  var proxy: Proxy {
    var proxy = Proxy()
    guard isGiven else { return proxy }
    if let name = unsafe caller.name { proxy.name = unsafe String(cString: name) }
    proxy.reservedPrefix = unsafe caller.reserved_prefix.map { unsafe String(cString: $0) }
    proxy.hasVerifiedAddresses = unsafe caller.has_verified_addresses
    proxy.verifyingVersions = unsafe caller.verifying_versions.map { unsafe String(cString: $0) }
    var next = unsafe caller.logs
    while let place = unsafe next, let log = unsafe place.pointee {
      proxy.logs.insert(unsafe String(cString: log))
      unsafe next = place + 1
    }
    return proxy
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

  func willServe(_ policy: OpaquePointer, by live: UnsafeMutablePointer<maxmind_acl_live>) {
    unsafe caller.will_serve?(caller.context, live, policy)
  }

  func didReload(_ live: UnsafeMutablePointer<maxmind_acl_live>, _ hasSucceeded: Bool) {
    unsafe caller.did_reload?(caller.context, live, hasSucceeded)
  }
}
