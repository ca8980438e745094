import CMaxMindACL
import Files
import MaxMindACL
import Platform
import Text

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_admits_log_line(_ policy: OpaquePointer?, _ uptime: Int64) -> Bool {
  guard let policy = unsafe policy else { return false }
  return unsafe PolicyHandle.with(policy) { handle in
    guard let log = handle.denialLog else { return false }
    return log.sampler.admits(log.settings, at: uptime)
  }
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_take_suppressed(
  _ place: UnsafeMutablePointer<Int>?, _ file: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  guard let place = unsafe place, let file = unsafe file,
    let (sampler, count) = unsafe DenialSampler.takeSuppressed(from: &place.pointee)
  else { return unsafe write("", to: buffer, size: size) }
  unsafe file.pointee = logFiles.withLock { files in
    if let known = files[sampler.file] { return unsafe known.start }
    let bytes = StableBytes(Array(sampler.file.utf8))
    files[sampler.file] = bytes
    return unsafe bytes.start
  }
  return unsafe write(
    "# \(sampler.name): \(count) denials more than the rate allows", to: buffer, size: size)
}

/// The names of the logs of denials. They live as long as the process, since C callers may keep them.
private let logFiles = Locked<[String: StableBytes]>([:])

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_write_log_line(
  _ policy: OpaquePointer?, _ decision: UnsafePointer<maxmind_acl_decision>?,
  _ request: UnsafePointer<maxmind_acl_request>?, _ isEnforced: Bool,
  _ address: UnsafePointer<sockaddr>?, _ method: maxmind_acl_text, _ url: maxmind_acl_text,
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  var text = unsafe TextWriter(buffer, size)
  guard let policy = unsafe policy, let decision = unsafe decision, let request = unsafe request
  else { return text.finish() }
  if unsafe !writeAddress(address, to: &text) { text.append(UInt8(ascii: "-")) }
  text.append(UInt8(ascii: " "))
  unsafe PolicyHandle.with(policy) { handle in
    unsafe handle.write(decision, request, isEnforced, to: &text)
  }
  text.append(UInt8(ascii: " "))
  unsafe writeWord(bytes(method.bytes, min(method.length, 32)), to: &text)
  text.append(UInt8(ascii: " "))
  unsafe writeWord(bytes(url.bytes, url.length), to: &text)
  return text.finish()
}

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_write_time(
  _ now: Int64, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  let latest: Int64 = 253_402_300_799
  let epoch = UInt64(truncatingIfNeeded: min(max(now, 0), latest))
  let day = CivilDay(epoch: epoch)
  let second = Int(truncatingIfNeeded: epoch % 86_400)
  var text = unsafe TextWriter(buffer, size)
  write(twoDigits: day.year / 100, to: &text)
  write(twoDigits: day.year % 100, to: &text)
  text.append("-")
  write(twoDigits: day.month, to: &text)
  text.append("-")
  write(twoDigits: day.day, to: &text)
  text.append("T")
  write(twoDigits: second / 3600, to: &text)
  text.append(":")
  write(twoDigits: second / 60 % 60, to: &text)
  text.append(":")
  write(twoDigits: second % 60, to: &text)
  text.append("Z")
  return text.finish()
}

/// Writes two digits.
private func write(twoDigits number: Int, to text: inout TextWriter) {
  text.append(UInt8(truncatingIfNeeded: number / 10) &+ UInt8(ascii: "0"))
  text.append(UInt8(truncatingIfNeeded: number % 10) &+ UInt8(ascii: "0"))
}

/// Writes bytes as one word and percent-encodes bytes that could end it or be misread. A line of a log has a limited
/// length, so this cuts the word.
private func writeWord(_ word: UnsafeBufferPointer<UInt8>, to text: inout TextWriter) {
  let limit = 2_048
  let start = text.length
  if word.isEmpty { text.append(UInt8(ascii: "-")) }
  var index = 0
  while index < word.count {
    let byte = unsafe word[index]
    index &+= 1
    if text.length &- start &+ 3 > limit {
      text.append("...")
      return
    }
    if byte > 0x20, byte < 0x7f, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      text.append(byte)
    } else {
      text.append(UInt8(ascii: "%"))
      text.append(hexadecimal: byte &>> 4)
      text.append(hexadecimal: byte & 15)
    }
  }
}
