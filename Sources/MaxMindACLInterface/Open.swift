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
    let nameless = Diagnostic(
      severity: .error, id: .fileUnreadable, message: "no configuration file is named",
      file: "maxmind_acl")
    report([nameless])
    unsafe write(nameless.summary, to: errbuf, size: errbufSize)
    return nil
  }
  // As for every text, NULL and length 0 are the same.
  let directory = directoryLength == 0 ? nil : unsafe text(directory, directoryLength)
  do throws(LoadFailure) {
    let mapHost = unsafe observer?.map_host.map { unsafe String(cString: $0) }
    let lacksVerified = unsafe observer?.lacks_verified_addresses ?? false
    let policy = try Policy.load(
      path: path, directory: directory, mapHost: mapHost ?? nil,
      hasVerifiedAddresses: !lacksVerified
    ) {
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
