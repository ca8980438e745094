import CMaxMindACL
import MaxMindACL

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_open(
  _ path: UnsafePointer<CChar>?, _ pathLength: Int,
  _ directory: UnsafePointer<CChar>?, _ directoryLength: Int,
  _ observer: UnsafePointer<maxmind_acl_observer>?,
  _ errbuf: UnsafeMutablePointer<CChar>?, _ errbufSize: Int
) -> OpaquePointer? {
  let observer = unsafe observer?.pointee
  func report(_ diagnostics: [Diagnostic]) {
    guard let callback = unsafe observer?.diagnostic else { return }
    for diagnostic in diagnostics {
      let severity = diagnostic.severity == .error ? MAXMIND_ACL_ERROR : MAXMIND_ACL_WARNING
      unsafe diagnostic.rendered.withCString { unsafe callback(observer?.context, severity, $0) }
    }
  }
  guard let path = unsafe text(path, pathLength), !path.isEmpty else {
    unsafe write("no configuration file is named", to: errbuf, size: errbufSize)
    return nil
  }
  do throws(LoadFailure) {
    let policy = try Policy.load(path: path, directory: unsafe text(directory, directoryLength)) {
      guard let callback = unsafe observer?.will_read else { return }
      unsafe $0.withCString { unsafe callback(observer?.context, $0) }
    }
    report(policy.warnings)
    unsafe write("", to: errbuf, size: errbufSize)
    return unsafe PolicyHandle(policy).retained()
  } catch {
    report(error.diagnostics)
    let first = error.firstError?.summary ?? "\(path): cannot be loaded"
    unsafe write(first, to: errbuf, size: errbufSize)
    return nil
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_close(_ policy: OpaquePointer?) {
  guard let policy = unsafe policy else { return }
  unsafe PolicyHandle.release(policy)
}
