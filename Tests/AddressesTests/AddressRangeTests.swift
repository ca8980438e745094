import Testing

@testable import Addresses

@Suite struct AddressRangeTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1", false),
    ("192.168.10.0/20", "192.168.0.0/20", true),
    ("192.168.0.0/20", "192.168.0.0/20", false),
    ("10.0.0.1/32", "10.0.0.1", false),
    ("0.0.0.0/0", "0.0.0.0/0", false),
    ("1.2.3.4/0", "0.0.0.0/0", true),
    ("255.255.255.255/1", "128.0.0.0/1", true),
    ("::/0", "::/0", false),
    ("2001:db8::/32", "2001:db8::/32", false),
    ("2001:db8::1/64", "2001:db8::/64", true),
    ("::1/128", "::1", false),
    ("::ffff:10.0.0.0/104", "10.0.0.0/8", false),
    ("::ffff:10.1.0.0/104", "10.0.0.0/8", true),
    ("::ffff:0:0/96", "0.0.0.0/0", false),
    ("::ffff:10.0.0.1/128", "10.0.0.1", false),
    ("::ffff:10.0.0.0/95", "::fffe:0:0/96", true),
    ("::fffe:0:0/95", "::fffe:0:0/96", false),
    ("::ffff:10.0.0.0/24", "::/24", true),
    ("10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9", false),
    ("10.0.0.0-10.0.0.255", "10.0.0.0/24", false),
    ("10.0.0.1 - 10.0.0.9", "10.0.0.1-10.0.0.9", false),
    ("10.0.0.1\t-\t10.0.0.9", "10.0.0.1-10.0.0.9", false),
    ("10.0.0.1-10.0.0.1", "10.0.0.1", false),
    ("0.0.0.0-255.255.255.255", "0.0.0.0/0", false),
    ("2001:db8::-2001:db8::ff", "2001:db8::/120", false),
    ("2001:db8::1-2001:db8::ff", "2001:db8::1-2001:db8::ff", false),
    ("::ffff:10.0.0.1-::ffff:10.0.0.9", "10.0.0.1-10.0.0.9", false),
    ("::ffff:10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9", false),
    ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0", false),
  ])
  func `a range is read in each of its forms`(
    text: String, written: String, hasHostBits: Bool
  ) throws {
    let (range, actual) = try AddressRange.parse(text)
    #expect(range.description == written)
    #expect(actual == hasHostBits)
    #expect(try AddressRange.parse(written).range == range)
  }

  @Test(arguments: [
    ("", AddressRangeError.empty, "the address is empty"),
    ("/8", .empty, "the address is empty"),
    ("-", .empty, "the address is empty"),
    ("10.0.0.1-", .empty, "the address is empty"),
    (
      "10.0.0.0/33", .prefixTooLong(33, maximum: 32), "prefix length 33 is above 32"
    ),
    ("::/129", .prefixTooLong(129, maximum: 128), "prefix length 129 is above 128"),
    (
      "10.0.0.0/", .notAPrefixLength("", maximum: 32),
      "\"\" is not a prefix length, a number from 0 to 32 without leading zeros"
    ),
    (
      "10.0.0.0/08", .notAPrefixLength("08", maximum: 32),
      "\"08\" is not a prefix length, a number from 0 to 32 without leading zeros"
    ),
    (
      "10.0.0.0/+8", .notAPrefixLength("+8", maximum: 32),
      "\"+8\" is not a prefix length, a number from 0 to 32 without leading zeros"
    ),
    (
      "10.0.0.0/255.0.0.0", .notAPrefixLength("255.0.0.0", maximum: 32),
      "\"255.0.0.0\" is not a prefix length, a number from 0 to 32 without leading zeros"
    ),
    (
      "::/99999999999999999999", .notAPrefixLength("99999999999999999999", maximum: 128),
      "\"99999999999999999999\" is not a prefix length, a number from 0 to 128 without leading zeros"
    ),
    (
      "10.0.0.0/8 ", .notAPrefixLength("8 ", maximum: 32),
      "\"8 \" is not a prefix length, a number from 0 to 32 without leading zeros"
    ),
    (
      "10.0.0.0 /8", .notAnAddress("10.0.0.0 "), "\"10.0.0.0 \" is not an IPv4 or IPv6 address"
    ),
    (
      "010.0.0.0/8", .leadingZero("010.0.0.0"),
      "\"010.0.0.0\" has an octet with a leading zero, write it without"
    ),
    (
      "10.0.0.00", .leadingZero("10.0.0.00"),
      "\"10.0.0.00\" has an octet with a leading zero, write it without"
    ),
    ("10.0.0.", .notAnAddress("10.0.0."), "\"10.0.0.\" is not an IPv4 or IPv6 address"),
    ("10.0.0.256", .notAnAddress("10.0.0.256"), "\"10.0.0.256\" is not an IPv4 or IPv6 address"),
    ("[::1]", .notAnAddress("[::1]"), "\"[::1]\" is not an IPv4 or IPv6 address"),
    (" 10.0.0.1", .notAnAddress(" 10.0.0.1"), "\" 10.0.0.1\" is not an IPv4 or IPv6 address"),
    (
      "10.0.0.9-10.0.0.1", .reversed, "range ends before it begins"
    ),
    (
      "10.0.0.1-::1", .mixedFamilies, "first and last address are of different families"
    ),
    (
      "::1-::ffff:10.0.0.1", .mixedFamilies, "first and last address are of different families"
    ),
    (
      "10.0.0.0/8-11.0.0.0/8", .blockInRange("10.0.0.0/8-11.0.0.0/8"),
      "\"10.0.0.0/8-11.0.0.0/8\" is both a range and a prefix, write one of the two"
    ),
    ("1-2-3", .notAnAddress("1"), "\"1\" is not an IPv4 or IPv6 address"),
  ])
  func `a text that is not a range is an error with the reason`(
    text: String, error: AddressRangeError, message: String
  ) {
    #expect(throws: error) { try AddressRange.parse(text) }
    #expect(error.message == message)
  }

  @Test func `a long text is shortened in the message`() {
    let text = String(repeating: "x", count: 1000)
    #expect(AddressRangeError.notAnAddress(text).message.utf8.count < 120)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.0.0.0", true),
    ("10.0.0.0/8", "10.255.255.255", true),
    ("10.0.0.0/8", "9.255.255.255", false),
    ("10.0.0.0/8", "11.0.0.0", false),
    ("10.0.0.0/8", "::ffff:10.1.2.3", true),
    ("0.0.0.0/0", "::1", false),
    ("0.0.0.0/0", "::ffff:0.0.0.0", true),
    ("::/0", "::1", true),
    ("::/0", "10.0.0.1", false),
    ("::/0", "::ffff:10.0.0.1", false),
    ("10.0.0.1-10.0.0.9", "10.0.0.9", true),
    ("10.0.0.1-10.0.0.9", "10.0.0.10", false),
  ])
  func `a range contains the addresses of its family between its ends`(
    text: String, inside: String, isContained: Bool
  ) throws {
    #expect(try range(text).contains(address(inside)) == isContained)
    #expect(try range(text).contains(AddressRange(address(inside))) == isContained)
  }

  @Test func `a range contains itself and the ranges inside it`() throws {
    #expect(try range("10.0.0.0/8").contains(range("10.0.0.0/8")))
    #expect(try range("10.0.0.0/8").contains(range("10.3.0.0-10.4.0.0")))
    #expect(try !range("10.0.0.0/8").contains(range("10.3.0.0-11.0.0.0")))
    #expect(try !range("::/0").contains(range("0.0.0.0/0")))
  }

  @Test func `ends in the wrong order or of two families give no range`() throws {
    #expect(AddressRange(first: Address(ipv4: 2), last: Address(ipv4: 1)) == nil)
    #expect(AddressRange(first: Address(ipv4: 1), last: Address(ipv6: .max)) == nil)
    #expect(AddressRange(first: Address(ipv4: 1), last: Address(ipv4: 1)) != nil)
  }
}
