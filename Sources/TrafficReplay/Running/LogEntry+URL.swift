import AccessLog
import MaxMindACL

extension LogEntry {
  /// The URL for a person: as the log has it, with the scheme and host that are known of it where the log has
  /// only a target.
  func urlText(in bytes: Span<UInt8>) -> [UInt8] {
    func part(_ range: ByteRange) -> [UInt8] { range.indices.map { bytes[$0] } }
    let target = part(self.target)
    guard target.first == UInt8(ascii: "/"), !url.host.isEmpty else { return target }
    var text = url.scheme.isEmpty ? Array("http".utf8) : part(url.scheme)
    let host = part(url.host)
    text += "://".utf8
    text += host.contains(UInt8(ascii: ":")) ? Array("[".utf8) + host + Array("]".utf8) : host
    if !url.port.isEmpty { text += Array(":".utf8) + part(url.port) }
    return text + target
  }
}
