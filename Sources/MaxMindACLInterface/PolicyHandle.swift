import MaxMindACL

/// What `maxmind_acl_policy *` points at: a policy, and the bytes that C callers may hold on to.
@safe final class PolicyHandle: Sendable {
  let policy: Policy
  let bypassHeader: StableBytes?
  let words: DecisionWords
  let annotations: AnnotationPieces
  let hasDecisionHeader: Bool
  let logFile: StableBytes?
  let attachment = Attachment()
  let responses: StableResponses
  let clientHeader: StableBytes?

  init(_ policy: Policy) {
    self.policy = policy
    bypassHeader = policy.bypassHeader.map { StableBytes(Array($0.utf8)) }
    let reporting = policy.configuration.reporting
    words = DecisionWords(policy)
    annotations = AnnotationPieces(reporting.annotations)
    hasDecisionHeader = reporting.hasDecisionHeader
    logFile = reporting.log.map { StableBytes(Array($0.file.utf8)) }
    responses = StableResponses(policy.answers)
    clientHeader = policy.clientHeader.map { StableBytes(Array($0.utf8)) }
  }

  /// A pointer for a C caller; the handle lives until `release`.
  func retained() -> OpaquePointer {
    unsafe OpaquePointer(Unmanaged.passRetained(self).toOpaque())
  }

  /// Ends the life that `retained` began.
  static func release(_ pointer: OpaquePointer) {
    unsafe Unmanaged<PolicyHandle>.fromOpaque(UnsafeRawPointer(pointer)).release()
  }

  /// Calls `body` with the handle behind a pointer. No reference is counted.
  @inline(__always)
  static func with<Result>(
    _ pointer: OpaquePointer, _ body: (PolicyHandle) -> Result
  ) -> Result {
    // INVARIANT: the pointer came from `retained`, and the caller keeps it open during the call.
    unsafe Unmanaged<PolicyHandle>.fromOpaque(UnsafeRawPointer(pointer))
      ._withUnsafeGuaranteedRef { body($0) }
  }
}

/// Bytes at an address that does not change, followed by a NUL.
///
/// INVARIANT: written by `init` alone, so that any thread may read them.
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
}
