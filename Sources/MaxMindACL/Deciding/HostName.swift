import Addresses
import Text

/// A host of a rule: a name, or all names below one (`*.example.com`).
package struct HostName: Hashable, Sendable {
  /// In lower case, without a final dot. Of all names below one: with the dot before it.
  private var bytes: [UInt8]
  private var hasSubdomains: Bool

  /// Nil: not a host name or an address.
  package init?(_ text: String) {
    hasSubdomains = text.hasPrefix("*.")
    var bytes = Array(text.lowercased().utf8.dropFirst(hasSubdomains ? 1 : 0))
    if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
    if bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") {
      bytes = Array(bytes.dropFirst().dropLast())
    }
    let isAddress = bytes.contains(UInt8(ascii: ":"))
    let isHost =
      isAddress
      ? !hasSubdomains && Address(String(decoding: bytes, as: UTF8.self)) != nil
      : bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        .dropFirst(hasSubdomains ? 1 : 0)
        .allSatisfy { label in
          !label.isEmpty
            && label.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "-_".utf8.contains($0) }
        }
    guard isHost, bytes.count <= 255 else { return nil }
    self.bytes = bytes
  }

  /// Whether a host is this one, or below it. Does not allocate.
  ///
  /// - Parameter host: In lower case, without a final dot and port.
  func matches(_ host: Span<UInt8>) -> Bool {
    let own = bytes.span
    guard hasSubdomains ? host.count > own.count : host.count == own.count else { return false }
    let start = host.count &- own.count
    var index = 0
    // A checked subscript could trap.
    while index < own.count {
      if unsafe host[unchecked: start &+ index] != own[unchecked: index] { return false }
      index &+= 1
    }
    return true
  }
}

extension HostName: CustomStringConvertible {
  /// `example.com` or `*.example.com`.
  package var description: String {
    (hasSubdomains ? "*" : "") + String(decoding: bytes, as: UTF8.self)
  }
}
