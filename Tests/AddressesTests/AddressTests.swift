import Glibc
import SeededRandom
import Testing

@testable import Addresses

@Suite struct AddressTests {
  @Test(arguments: [
    ("0.0.0.0", "0.0.0.0"),
    ("127.0.0.1", "127.0.0.1"),
    ("255.255.255.255", "255.255.255.255"),
    ("::", "::"),
    ("::1", "::1"),
    ("1::", "1::"),
    ("2001:DB8::1", "2001:db8::1"),
    ("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
    ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
    ("::ffff:192.0.2.1", "192.0.2.1"),
    ("::ffff:c000:201", "192.0.2.1"),
    ("0:0:0:0:0:FFFF:192.0.2.1", "192.0.2.1"),
    ("::192.0.2.1", "::c000:201"),
    ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
    ("2002:c000:201::", "2002:c000:201::"),
    ("::fffe:ffff:ffff", "::fffe:ffff:ffff"),
    ("::1:0:0:0", "::1:0:0:0"),
  ])
  func `an address is written as RFC 5952 says`(text: String, written: String) throws {
    #expect(try address(text).description == written)
    #expect(try address(written) == address(text))
  }

  @Test(arguments: [
    "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4",
    "1.2.3.-4", "+1.2.3.4", "0x7f.0.0.1", "127.1", "2130706433", "1.2.3.4/32", "1.2.3.4:80",
    "[::1]",
    "::1%lo", "fe80::1%1", ":::", "1::2::3", "12345::", "::g", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
    "::ffff:1.2.3", "::1.2.3.04", "::1\0", "1.2.3.4\0", "1.2.3.4\0.5", "１.2.3.4", "localhost", "-",
    "0000:0000:0000:0000:0000:ffff:255.255.255.2555",
  ])
  func `a text that inet_pton refuses is not an address`(text: String) {
    #expect(Address(text) == nil)
  }

  @Test func `a part of a string is read as it is`() throws {
    #expect(Address("x127.0.0.1/8".dropFirst().dropLast(2)) == Address(ipv4: 0x7f00_0001))
  }

  private func byInetPton(_ bytes: [UInt8]) -> Address? {
    let text = String(decoding: bytes, as: UTF8.self)
    var (ipv4, ipv6) = (UInt32.zero, UInt128.zero)
    if bytes.contains(0) { return nil }
    if unsafe inet_pton(AF_INET, text, &ipv4) == 1 { return Address(ipv4: UInt32(bigEndian: ipv4)) }
    return unsafe inet_pton(AF_INET6, text, &ipv6) == 1
      ? Address(ipv6: UInt128(bigEndian: ipv6)) : nil
  }

  @Test func `any text is read as by inet_pton`() {
    var generator = SeededGenerator(seed: 11)
    var wrong: [String] = []
    let letters = Array("0123456789.:af%-\0g ".utf8)
    let starts = ["1.2.3.4", "255.255.255.255", "0.0.0.0", "2001:db8::1", "::ffff:192.0.2.1", ""]
    for _ in 0..<200_000 {
      var bytes = Array((starts.randomElement(using: &generator) ?? "").utf8)
      for _ in 0..<Int.random(in: 0..<4, using: &generator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let letter = letters.randomElement(using: &generator) ?? 0
        if place < bytes.count, Bool.random(using: &generator) {
          bytes[place] = letter
        } else {
          bytes.insert(letter, at: place)
        }
      }
      if Address(bytes.span) != byInetPton(bytes) {
        wrong.append(String(decoding: bytes, as: UTF8.self))
      }
    }
    #expect(wrong.isEmpty)
  }

  @Test func `a mapped address is its IPv4 address`() throws {
    let mapped = Address(ipv6: 0xffff_7f00_0001)
    #expect(mapped == Address(ipv4: 0x7f00_0001))
    #expect(mapped.isIPv4)
    #expect(mapped.hashValue == Address(ipv4: 0x7f00_0001).hashValue)
    #expect(!Address(ipv6: 0x7f00_0001).isIPv4)
    #expect(!Address(ipv6: 0x1_ffff_7f00_0001).isIPv4)
  }

  /// The bytes after the family: port, the flow of IPv6, address.
  @Test(arguments: [
    (AF_INET, "1f90 7f010203", "127.1.2.3"),
    (AF_INET6, "1f90 00000000 20010db8 00000000 00000000 00000001", "2001:db8::1"),
    (AF_INET6, "1f90 00000000 00000000 00000000 0000ffff 7f010203", "127.1.2.3"),
    (AF_UNIX, "1f90 7f010203", nil),
    (AF_UNSPEC, "1f90 7f010203", nil),
  ])
  func `a socket address is read at any alignment`(
    family: CInt, afterFamily: String, written: String?
  ) {
    let digits = afterFamily.compactMap(\.hexDigitValue).map(UInt8.init)
    var bytes = unsafe withUnsafeBytes(of: sa_family_t(family)) { unsafe Array($0) }
    for index in stride(from: 0, to: digits.count, by: 2) {
      bytes.append(digits[index] << 4 | digits[index + 1])
    }
    bytes += [UInt8](repeating: 0xff, count: 8)
    for padding in 0...3 {
      let padded = [UInt8](repeating: 0, count: padding) + bytes
      let address = unsafe padded.withUnsafeBytes { padded in
        unsafe Address(
          socketAddress: padded.baseAddress.map {
            unsafe ($0 + padding).assumingMemoryBound(to: sockaddr.self)
          })
      }
      #expect(address?.description == written)
    }
  }

  @Test func `NULL is not a socket address`() {
    let address = unsafe Address(socketAddress: nil)
    #expect(address == nil)
  }
}
