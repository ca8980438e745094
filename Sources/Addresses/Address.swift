import Platform

/// An IPv4 or IPv6 address.
///
/// An IPv4-mapped IPv6 address (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2) is its IPv4 address. The two
/// are equal. 6to4, Teredo and NAT64 addresses stay IPv6.
///
/// ```swift
/// Address("::ffff:192.0.2.1") == Address(ipv4: 0xc000_0201)  // true
/// ```
public struct Address: Hashable, Sendable {
  /// The 128 bits of the address. An IPv4 address is in its mapped form.
  @usableFromInline package let bits: UInt128

  /// An IPv4 address from its number: 127.0.0.1 is `0x7f00_0001`.
  ///
  /// ```swift
  /// Address(ipv4: 0xc000_0201)  // 192.0.2.1
  /// ```
  @inlinable
  public init(ipv4: UInt32) {
    bits = 0xffff_0000_0000 | UInt128(ipv4)
  }

  /// An IPv6 address from its number, or the IPv4 address of a mapped one.
  ///
  /// ```swift
  /// Address(ipv6: 1)  // ::1
  /// ```
  @inlinable
  public init(ipv6: UInt128) {
    bits = ipv6
  }

  /// The number of a socket's IPv4 address. Nil: the family is not IPv4; a mapped address has the family IPv6.
  ///
  /// Reads 16 bytes, at any alignment. Does not allocate.
  @inlinable @inline(__always)
  @unsafe package static func ipv4(of socketAddress: UnsafePointer<sockaddr>) -> UInt32? {
    let bytes = unsafe UnsafeRawPointer(socketAddress)
    guard unsafe Int32(bytes.loadUnaligned(as: sa_family_t.self)) == AF_INET else { return nil }
    let offset = MemoryLayout<sockaddr_in>.offset(of: \.sin_addr) ?? 4
    return unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// A socket's address. Nil: the family is neither IPv4 nor IPv6, or the pointer is NULL.
  ///
  /// Reads the 16 or 28 bytes of the family, at any alignment. Does not allocate.
  @inlinable @inline(__always)
  @unsafe package init?(socketAddress: UnsafePointer<sockaddr>?) {
    guard let socketAddress = unsafe socketAddress else { return nil }
    if let number = unsafe Self.ipv4(of: socketAddress) {
      self.init(ipv4: number)
      return
    }
    let bytes = unsafe UnsafeRawPointer(socketAddress)
    guard unsafe Int32(bytes.loadUnaligned(as: sa_family_t.self)) == AF_INET6 else { return nil }
    let offset = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) ?? 8
    let value = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt128.self)
    self.init(ipv6: UInt128(bigEndian: value))
  }

  /// Whether this is an IPv4 address, mapped ones included.
  @inlinable
  package var isIPv4: Bool {
    bits &>> 32 == 0xffff
  }

  /// The number of an IPv4 address, or the last 32 bits of an IPv6 address.
  @inlinable
  package var low32: UInt32 {
    UInt32(truncatingIfNeeded: bits)
  }

  /// The first 64 bits.
  @inlinable
  package var highBits: UInt64 {
    UInt64(truncatingIfNeeded: bits &>> 64)
  }

  /// The last 64 bits.
  @inlinable
  package var lowBits: UInt64 {
    UInt64(truncatingIfNeeded: bits)
  }

  /// `::ffff:0:0`, the first of the mapped addresses.
  @inlinable
  package static var mappedPrefix: UInt128 { 0xffff_0000_0000 }
}

extension Address {
  /// The 16 bytes in network order. An IPv4 address is in the last four.
  package var networkBytes: UInt128 { bits.bigEndian }
}

extension Address: Comparable {
  /// Orders by the 128 bits, with IPv4 addresses in their mapped form.
  public static func < (left: Address, right: Address) -> Bool {
    left.bits < right.bits
  }
}

extension Address {
  /// The first IPv6 address after the mapped addresses.
  private static var afterMapped: UInt128 { mappedPrefix &+ 1 &<< 32 }

  /// The address before this one in its family. Nil: this is the first of its family.
  package var previous: Address? {
    if bits == 0 || bits == Self.mappedPrefix { return nil }
    return Address(ipv6: (bits == Self.afterMapped ? Self.mappedPrefix : bits) &- 1)
  }

  /// The address after this one in its family. Nil: this is the last of its family.
  package var next: Address? {
    if bits == .max || bits == Self.afterMapped &- 1 { return nil }
    let next = bits &+ 1
    return Address(ipv6: next == Self.mappedPrefix ? Self.afterMapped : next)
  }
}
