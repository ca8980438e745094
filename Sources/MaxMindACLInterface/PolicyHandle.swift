import CMaxMindACL
import MaxMindACL

/// The pointee of `maxmind_acl_policy *`: a policy, and texts at stable addresses for C callers.
///
/// INVARIANT: only `init` and `attach` write. The header requires `attach` before other threads have the policy.
@safe final class PolicyHandle: @unchecked Sendable {
  let policy: Policy
  let words: DecisionWords
  let annotations: AnnotationPieces
  let responses: StableResponses
  /// The log of denials, if there is one.
  let denialLog: (settings: Configuration.DenialLog, sampler: DenialSampler)?
  let settings: UnsafeMutablePointer<maxmind_acl_settings>
  /// The texts of `settings`.
  private var texts: [StableBytes] = []
  private var release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?

  init(_ policy: Policy) {
    self.policy = policy
    let configuration = policy.configuration
    words = DecisionWords(policy)
    annotations = AnnotationPieces(configuration.reporting.annotations)
    responses = StableResponses(policy)
    denialLog = configuration.reporting.log.map {
      ($0, DenialSampler.of(configuration.name, file: $0.file))
    }
    unsafe settings = .allocate(capacity: 1)
    unsafe settings.initialize(to: maxmind_acl_settings())
    unsafe settings.pointee.policy = OpaquePointer(Unmanaged.passUnretained(self).toOpaque())
    unsafe settings.pointee.bypass_header = stable(policy.bypassHeader)
    unsafe settings.pointee.client_header = stable(policy.clientHeader)
    unsafe settings.pointee.reads_verified_address = policy.readsVerifiedAddress
    unsafe settings.pointee.enforces_all = policy.enforcesAll
    unsafe settings.pointee.decision_header =
      switch configuration.reporting.decisionHeader {
      case .off: MAXMIND_ACL_HEADER_OFF
      case .denials: MAXMIND_ACL_HEADER_DENIALS
      case .on: MAXMIND_ACL_HEADER_ON
      }
    unsafe settings.pointee.annotation_count = annotations.count
    unsafe settings.pointee.annotations = annotations.names
    unsafe settings.pointee.name = stable(configuration.name)
    unsafe settings.pointee.log_file = stable(denialLog?.settings.file)
    unsafe settings.pointee.summary = stable(policy.summary)
    unsafe settings.pointee.rule_count = UInt64(policy.rules.count)
    unsafe settings.pointee.build_epoch = policy.oldestBuild ?? 0
  }

  deinit {
    if let release = unsafe release { unsafe release(settings.pointee.attached) }
    unsafe settings.deallocate()
  }

  /// A text at a stable address.
  private func stable(_ text: String?) -> maxmind_acl_text {
    guard let text else { return unsafe maxmind_acl_text() }
    let bytes = StableBytes(Array(text.utf8))
    texts.append(bytes)
    return unsafe bytes.text
  }

  func attach(
    _ data: UnsafeMutableRawPointer?,
    _ release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
  ) {
    unsafe settings.pointee.attached = data
    unsafe self.release = unsafe release
  }

  /// A pointer for a C caller. Increments the reference count.
  func retained() -> OpaquePointer {
    unsafe OpaquePointer(Unmanaged.passRetained(self).toOpaque())
  }

  /// Decrements the reference count.
  static func release(_ pointer: OpaquePointer) {
    unsafe Unmanaged<PolicyHandle>.fromOpaque(UnsafeRawPointer(pointer)).release()
  }

  /// Calls `body` with the handle of a pointer. Does not change the reference count.
  @inline(__always)
  static func with<Result>(
    _ pointer: OpaquePointer, _ body: (PolicyHandle) -> Result
  ) -> Result {
    // INVARIANT: the pointer came from `retained`, and the caller keeps it open during the call.
    unsafe Unmanaged<PolicyHandle>.fromOpaque(UnsafeRawPointer(pointer))
      ._withUnsafeGuaranteedRef { body($0) }
  }
}

/// NUL-terminated bytes at a stable address.
///
/// INVARIANT: only `init` writes, so any thread may read.
@safe final class StableBytes: @unchecked Sendable {
  private let storage: UnsafeMutableBufferPointer<CChar>

  init(_ bytes: [UInt8]) {
    unsafe storage = .allocate(capacity: bytes.count + 1)
    for (index, byte) in bytes.enumerated() {
      unsafe storage.initializeElement(at: index, to: CChar(bitPattern: byte))
    }
    unsafe storage.initializeElement(at: bytes.count, to: 0)
  }

  deinit {
    unsafe storage.deallocate()
  }

  /// The first byte, for C.
  @unsafe var start: UnsafePointer<CChar>? { unsafe UnsafePointer(storage.baseAddress) }

  /// The number of bytes without the NUL.
  var count: Int { unsafe storage.count &- 1 }

  @unsafe var text: maxmind_acl_text { unsafe maxmind_acl_text(bytes: start, length: count) }
}
