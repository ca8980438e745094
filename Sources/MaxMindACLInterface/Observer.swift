import CMaxMindACL
import MaxMindACL

/// The callbacks of a C caller while a configuration is loaded; any of them may be absent.
@safe struct Observer {
  private let callbacks: maxmind_acl_observer?

  init(_ callbacks: UnsafePointer<maxmind_acl_observer>?) {
    unsafe self.callbacks = unsafe callbacks?.pointee
  }

  /// The host of the remap line; nil: not known.
  var mapHost: String? {
    guard let host = unsafe callbacks?.map_host else { return nil }
    return unsafe String(cString: host)
  }


  func willRead(_ file: String) {
    guard let callback = unsafe callbacks?.will_read else { return }
    unsafe file.withCString { unsafe callback(callbacks?.context, $0) }
  }

  func report(_ diagnostics: [Diagnostic]) {
    guard let callback = unsafe callbacks?.diagnostic else { return }
    for diagnostic in diagnostics {
      let severity = diagnostic.severity == .error ? MAXMIND_ACL_ERROR : MAXMIND_ACL_WARNING
      unsafe diagnostic.rendered.withCString {
        unsafe callback(callbacks?.context, severity, $0)
      }
    }
  }
}
