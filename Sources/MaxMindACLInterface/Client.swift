import Addresses
import CMaxMindACL
import MaxMindACL
import Platform

/// See maxmind_acl.h.
@c @implementation
public func maxmind_acl_resolve_client(
  _ policy: OpaquePointer?, _ peer: UnsafePointer<sockaddr>?,
  _ fetchLine:
    (
      @convention(c) (
        UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafePointer<CChar>?>?,
        UnsafeMutablePointer<Int>?
      ) -> Bool
    )?,
  _ context: UnsafeMutableRawPointer?, _ client: UnsafeMutablePointer<maxmind_acl_client>?
) {
  guard let client = unsafe client else { return }
  unsafe client.pointee = maxmind_acl_client()
  unsafe client.pointee.client = peer
  guard let policy = unsafe policy, let address = unsafe Address(socketAddress: peer) else {
    return
  }
  let resolved = unsafe PolicyHandle.with(policy) { handle in
    guard handle.policy.believes(address) else { return ResolvedClient(address) }
    var search = ClientSearch()
    var line: UnsafePointer<CChar>?
    var length = 0
    while let fetch = unsafe fetchLine, unsafe fetch(context, &line, &length) {
      unsafe handle.policy.read(bytes(line, length).span, into: &search)
    }
    return search.client(peer: address)
  }
  unsafe client.pointee.source = resolved.source.rawValue
  if resolved.source == .connection { return }
  unsafe client.pointee.client = nil
  guard let found = resolved.address else { return }
  // INVARIANT: the pointer refers to the structure itself, and the caller does not move it.
  unsafe client.pointee.client = unsafe found.write(to: &client.pointee.address)
}

extension Address {
  /// Writes the address into zeroed memory as a `sockaddr` of its family. Returns a pointer to it.
  @unsafe fileprivate func write(
    to address: UnsafeMutablePointer<maxmind_acl_client.__Unnamed_union_address>
  ) -> UnsafePointer<sockaddr> {
    if isIPv4 {
      unsafe address.pointee.ipv4.sin_family = sa_family_t(AF_INET)
      unsafe address.pointee.ipv4.sin_addr.s_addr = UInt32(truncatingIfNeeded: bits).bigEndian
    } else {
      unsafe address.pointee.ipv6.sin6_family = sa_family_t(AF_INET6)
      let offset = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) ?? 8
      unsafe UnsafeMutableRawPointer(address)
        .storeBytes(of: bits.bigEndian, toByteOffset: offset, as: UInt128.self)
    }
    return unsafe UnsafeRawPointer(address).assumingMemoryBound(to: sockaddr.self)
  }
}
