import CZstd

/// Unpacks Zstandard data (RFC 8878) of any number of frames.
///
/// INVARIANT: `stream` is a live stream of libzstd.
@safe final class ZstdStream: Decompressor {
  /// The largest window, as a power of two. Bounds the memory of a replay.
  private static let largestWindow: CInt = 26

  private let stream: OpaquePointer
  private(set) var isComplete = false

  init() throws(LogReadError) {
    guard let stream = unsafe ZSTD_createDStream() else {
      throw LogReadError(message: "cannot be unpacked: no memory for libzstd")
    }
    unsafe self.stream = stream
    // Fails only for numbers out of bounds.
    _ = unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Self.largestWindow)
  }

  deinit {
    unsafe ZSTD_freeDStream(stream)
  }

  func unpack(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> DecompressionStep {
    if isComplete, unsafe input.isEmpty { return DecompressionStep(consumed: 0, produced: 0) }
    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = unsafe ZSTD_decompressStream(stream, &target, &source)
    var step = unsafe DecompressionStep(consumed: source.pos, produced: target.pos)
    if ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge {
      step.failure = """
        the zstd data needs a window of more than 64 MiB; decompress it with \
        zstd -dc --memory=2048MB, and read - (standard input)
        """
    } else if ZSTD_isError(result) != 0 {
      let reason = unsafe String(cString: ZSTD_getErrorName(result))
      step.failure = "the zstd data is damaged: \(reason)"
    } else {
      isComplete = result == 0
    }
    return step
  }
}
