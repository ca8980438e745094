import CZlib

/// Unpacks gzip data (RFC 1952) of any number of members.
///
/// INVARIANT: `inflateInit2_` initialised `stream`. It points into buffers only within a call.
@safe final class GzipStream: Decompressor {
  private let stream: UnsafeMutablePointer<z_stream>
  private var isBetweenMembers = false

  init() throws(LogReadError) {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let largestWindowAndGzip: CInt = 15 + 16
    let size = unsafe CInt(MemoryLayout<z_stream>.size)
    guard unsafe inflateInit2_(stream, largestWindowAndGzip, ZLIB_VERSION, size) == Z_OK else {
      unsafe stream.deallocate()
      throw LogReadError(message: "cannot be unpacked: no memory for zlib")
    }
    unsafe self.stream = stream
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  var isComplete: Bool { isBetweenMembers }

  func unpack(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> DecompressionStep {
    var input = unsafe input[...]
    if isBetweenMembers {
      // Tapes and block devices pad with zeros. gzip skips them too.
      while unsafe input.first == 0 { unsafe input.removeFirst() }
      guard let first = unsafe input.first else {
        return DecompressionStep(consumed: unsafe input.startIndex, produced: 0)
      }
      guard first == 0x1F else {
        return DecompressionStep(
          consumed: unsafe input.startIndex, produced: 0,
          failure: "data other than gzip follows the compressed data")
      }
      unsafe inflateReset(stream)
      isBetweenMembers = false
    }
    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: input)
    unsafe stream.pointee.next_in = unsafe rest.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_in = UInt32(truncatingIfNeeded: rest.count)
    unsafe stream.pointee.next_out = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(truncatingIfNeeded: output.count)
    let result = unsafe inflate(stream, Z_NO_FLUSH)
    var step = DecompressionStep(
      consumed: unsafe input.endIndex - Int(stream.pointee.avail_in),
      produced: unsafe output.count - Int(stream.pointee.avail_out))
    switch result {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: isBetweenMembers = true
    default:
      let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
      step.failure = "the gzip data is damaged: \(reason ?? "zlib error \(result)")"
    }
    return step
  }
}
