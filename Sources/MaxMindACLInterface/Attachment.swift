import CMaxMindACL

/// What a C caller keeps with a policy.
///
/// INVARIANT: set before the policy is given to other threads, as the header asks for, and never again.
@safe final class Attachment: @unchecked Sendable {
  private(set) var data: UnsafeMutableRawPointer?
  private var release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?

  func set(
    _ data: UnsafeMutableRawPointer?,
    _ release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
  ) {
    unsafe self.data = unsafe data
    unsafe self.release = unsafe release
  }

  deinit {
    if let release = unsafe release { unsafe release(data) }
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_attach(
  _ policy: OpaquePointer?, _ data: UnsafeMutableRawPointer?,
  _ release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
) {
  guard let policy = unsafe policy else { return }
  unsafe PolicyHandle.with(policy) { unsafe $0.attachment.set(data, release) }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_attached(_ policy: OpaquePointer?) -> UnsafeMutableRawPointer? {
  guard let policy = unsafe policy else { return nil }
  return unsafe PolicyHandle.with(policy) { unsafe $0.attachment.data }
}
